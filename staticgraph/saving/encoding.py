"""From a function to the bytes of a file."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..kinds import of
from ..nodes.custom import is_custom
from ..nodes.graph import Graph
from ..nodes.loops import is_scan
from ..nodes.node import CONSTANT, Node
from ..tracing.outputs import Form
from .forms import encode_form, graphs_of, string
from .layout import (
    BEHIND,
    COUNTS,
    DTYPES,
    ENGINES,
    FORMED,
    FUSED,
    HEAD,
    INTEGER,
    MAGIC,
    NODE,
    NUMBER,
    PLACE,
    PLAIN,
    PREFIX,
    ROLES,
    STRUCTURES,
    UNFUSED,
    Saved,
    SavedGuards,
)  # fmt: skip
from .verify import verify


def encode(saved: Saved) -> list[bytes]:
    """Return the parts of a file, one after another.

    Raises
    ------
    ValueError
        If the graph is one that would not be read again, or results are nested in what a file has no room for.
    """
    for each in graphs_of(saved.graph, saved.guards):
        verify(each)
    gates: dict[Gate, int] = {}
    graph = _graph(saved.graph, gates)
    version = UNFUSED if not saved.fuse else PLAIN if saved.form is None and saved.guards is None else FORMED
    behind = [FUSED.pack(saved.fuse)] if version >= UNFUSED else []
    behind += _behind(saved.form, saved.guards, gates) if version > PLAIN else []
    head = HEAD.pack(
        DTYPES.index(saved.dtype.name), ENGINES.index(saved.engine), STRUCTURES.index(saved.single), saved.doc is not None, len(gates)
    )  # fmt: skip
    body = [head, *map(string, (saved.name, saved.doc or "", *(gate.name for gate in gates))), *graph, *behind]
    parts = [PREFIX.pack(MAGIC, version, 0, sum(map(len, body))), *body]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return [*parts, digest.digest()]


def _behind(form: Form | None, guards: SavedGuards | None, gates: dict[Gate, int]) -> list[bytes]:
    """Return what follows the graph: the form of the results, and the rows that raise."""
    parts = [BEHIND.pack(form is not None, 0 if guards is None else len(guards.raised)), *([] if form is None else encode_form(form))]
    if guards is not None:
        parts += [*_graph(guards.graph, gates), *(string(text) for each in guards.raised for text in each)]
    return parts


def content(graph: Graph) -> bytes:
    """Return all that a graph is, as bytes: equal graphs have equal ones, in any process."""
    gates: dict[Gate, int] = {}
    parts = _graph(graph, gates)
    return b"".join([*(string(gate.name) for gate in gates), *parts])


def _graph(graph: Graph, gates: dict[Gate, int]) -> list[bytes]:
    """Return the parts of a graph, and enter the gates that are new."""
    nodes = list(dict.fromkeys([*graph.nodes, *graph.inputs]))
    place = {node: number for number, node in enumerate(nodes)}
    parts = [COUNTS.pack(len(nodes), len(graph.inputs), len(graph.outputs))]
    for node in nodes:
        parts += _record(node, place, gates)
    return [*parts, *(_places([place[node] for node in group]) for group in (graph.inputs, graph.outputs))]


def _record(node: Node, place: dict[Node, int], gates: dict[Gate, int]) -> list[bytes]:
    """Return the parts of a node: its fields, its lengths, its operands and its content."""
    content = _content(node, gates)
    number = 0 if node.gate is None else gates.setdefault(node.gate, len(gates))
    fields = NODE.pack(ROLES.index(node.role), node.boolean, node.ndim, number, len(node.operands), len(content))
    return [fields, np.array(node.shape, INTEGER).tobytes(), _places([place[operand] for operand in node.operands]), content]


def _content(node: Node, gates: dict[Gate, int]) -> bytes:
    """Return a leaf's name, a constant's elements, or what an operation has beside its operands."""
    if is_custom(node):
        return b"".join([*_graph(node.static.value, gates), *_graph(node.static.pullback, gates)])
    if node.gate is not None:
        integers = of(node.gate).numbers(node).astype(INTEGER).tobytes()
        return b"".join([integers, *_graph(node.static.graph, gates)]) if is_scan(node) else integers
    if node.role == CONSTANT:
        return np.asarray(node.static, NUMBER).tobytes()
    return _text(str(node.name))


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _places(numbers: Sequence[Any]) -> bytes:
    return np.array(numbers, PLACE).tobytes()
