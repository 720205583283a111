"""Computational graphs, compiled once and evaluated with their gradients over batches."""

import builtins
from typing import TYPE_CHECKING, Any

from . import linalg
from .compiling import compile
from .elementwise import Elementwise
from .function import Function
from .functions import (
    broadcast_to,
    clip,
    concatenate,
    dot,
    logsumexp,
    matmul,
    max,
    mean,
    min,
    norm,
    outer,
    prod,
    ravel,
    reshape,
    select,
    softmax,
    stack,
    sum,
    transpose,
    where,
)  # fmt: skip  # isort: skip
from .gates import ELEMENTWISE, GATES
from .graph import Graph
from .leaves import constant, data, input, inputs, parameter
from .native.choice import get_engine, set_engine
from .node import Node
from .profile import Profile, Timing
from .program import Program
from .threads import get_num_threads, set_num_threads
from .tracing import function

__all__ = [
    "Function",
    "Graph",
    "Node",
    "Profile",
    "Program",
    "Timing",
    "broadcast_to",
    "clip",
    "compile",
    "concatenate",
    "constant",
    "data",
    "dot",
    "function",
    "get_engine",
    "get_num_threads",
    "input",
    "inputs",
    "linalg",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "norm",
    "outer",
    "parameter",
    "prod",
    "ravel",
    "reshape",
    "select",
    "set_engine",
    "set_num_threads",
    "softmax",
    "stack",
    "sum",
    "transpose",
    "where",
]  # fmt: skip

for _gate in GATES.values():
    if _gate.public and _gate.kind == ELEMENTWISE and _gate.name not in __all__:
        globals()[_gate.name] = Elementwise(_gate)
        __all__.append(_gate.name)

__all__ = [name for name in __all__ if name not in vars(builtins)]  # `from staticgraph import *` must not hide Python's sum

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Tell type checkers that the gates are here, which follow from their table."""
