"""What stands where in a file: the fields that writing and reading share."""

from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from ..nodes.graph import Graph
from ..nodes.node import CONSTANT, DATA, INPUT, OPERATION, PARAMETER
from ..running.choice import AUTO, INTERPRETER, NATIVE
from ..tracing.outputs import Form

MAGIC = b"\x89SGF\r\n\x1a\n"
"""What a file begins with: no text begins so, and a transfer that takes it for text changes the ends of lines."""
VERSION = 3
UNFUSED = 3
"""The version of files of functions whose known compositions stay what was written: a byte more behind the graph."""
FORMED = 2
"""The version of files of other functions whose results are nested or whose rows raise."""
PLAIN = 1
"""The version of files of functions whose results are one array or a flat tuple and whose rows never raise: older versions read these."""
PREFIX = Struct("<8sIIQ")
"""`MAGIC`, the version, a reserved 0, and how many bytes the body has, which follows."""
DIGEST_BYTES = 32
"""SHA-256 of prefix and body, behind the body."""
HEAD = Struct("<BBBBI")
"""The dtype, the engine, the structure of the outputs, whether there is a docstring; how many gates."""
BEHIND = Struct("<BI")
"""Behind the graph, from format 2 on: whether a form of the results follows; for how many lines, which follow that, rows raise."""
FUSED = Struct("<B")
"""Before it, from format 3 on: whether known compositions become one gate."""
FORM = Struct("<BI")
"""How results are nested: the kind, and how many are within."""
COUNTS = Struct("<III")
"""How many nodes, inputs and outputs a graph has."""
NODE = Struct("<BBHIIQ")
"""The role, whether it is boolean, how many axes, which gate, how many operands, and how many bytes its content has."""
INTEGER, NUMBER, PLACE = np.dtype("<i8"), np.dtype("<f8"), np.dtype("<u4")
"""Lengths and what operations have beside operands; elements of constants; numbers of nodes and lengths of strings."""

ROLES = (INPUT, DATA, PARAMETER, CONSTANT, OPERATION)
DTYPES = ("float64", "float32")
ENGINES = (AUTO, INTERPRETER, NATIVE)
STRUCTURES = (True, False)
"""Whether the outputs are one node, or else a tuple."""


class SavedGuards(NamedTuple):
    """Rows that raise: the graph of the conditions, and for each the name of the exception, its message and the line."""

    graph: Graph
    raised: tuple[tuple[str, str, str], ...]


class Saved(NamedTuple):
    """What is kept of a function: its graph as the user wrote it, and how it was compiled."""

    graph: Graph
    single: bool
    dtype: np.dtype[Any]
    name: str
    doc: str | None
    engine: str
    form: Form | None = None
    guards: SavedGuards | None = None
    fuse: bool = True
