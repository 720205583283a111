"""The proof that a graph is well-formed: whatever passes can be lowered, and its program verified and run."""

import numpy as np

from ..gates.slopes import MOST_ORDERS
from ..kinds import of
from ..kinds.kind import LIMIT
from ..nodes.custom import is_custom
from ..nodes.graph import Graph
from ..nodes.leaves import check_leaves, check_name
from ..nodes.loops import is_scan
from ..nodes.node import CONSTANT, LEAVES, Node, is_boolean

MOST_AXES = 64
"""NumPy's limit."""
MOST_WITHIN = 8
"""Graphs of custom functions and loops within each other: each takes some of the thousand calls within each other that Python allows."""


def verify(graph: Graph, depth: int = 0) -> None:
    """Check a graph within so many others; `ValueError` naming the node if it is not well-formed."""
    check_depth(depth)
    if not graph.outputs:
        raise ValueError("there are no outputs")
    check_leaves(graph.inputs, [node for node in graph.nodes if node.role in LEAVES])
    for number, node in enumerate(dict.fromkeys([*graph.nodes, *graph.inputs])):
        try:
            check_shape(node.shape)
            _check(node, depth)
        except ValueError as error:
            raise ValueError(f"node {number}, {node.gate.name if node.gate else node.role}: {error}") from None


def check_depth(depth: int) -> None:
    """Raise `ValueError` for a graph within more others than are read."""
    if depth > MOST_WITHIN:
        raise ValueError(f"custom functions or loops within each other, more than {MOST_WITHIN}")


def check_shape(shape: tuple[int, ...]) -> None:
    """Raise `ValueError` for a shape that no program has room for."""
    size = 1
    for length in shape:
        size *= length
        if not 0 <= length < LIMIT or size >= LIMIT:
            raise ValueError(f"shape {shape}: expected lengths from 0 and fewer than {LIMIT} elements")
    if len(shape) > MOST_AXES:
        raise ValueError(f"{len(shape)} axes, expected at most {MOST_AXES}")


def _check(node: Node, depth: int) -> None:
    if node.gate is not None:
        if node.gate.name.count(".") > MOST_ORDERS:
            raise ValueError(f"a derivative of an order above {MOST_ORDERS} of one gate, more than files keep")
        if node.boolean != is_boolean(node.gate, node.operands):
            raise ValueError(f"boolean is {node.boolean}, which is not what follows from its operands")
        of(node.gate).check(node)
        for inner in node.static if is_custom(node) else [node.static.graph] if is_scan(node) else []:
            verify(inner, depth + 1)
    elif node.role == CONSTANT:
        _check_constant(node)
    elif node.boolean or check_name(node.name) != node.name:
        raise ValueError(f"a leaf {node.name!r} that is boolean, or whose name is not normalized")


def _check_constant(node: Node) -> None:
    elements = node.static
    if elements.dtype != np.float64 or elements.shape != node.shape:
        raise ValueError(f"elements of dtype {elements.dtype} and shape {elements.shape}, expected float64 and {node.shape}")
    if node.boolean and not np.all((elements == 0) | (elements == 1)):
        raise ValueError("truth values other than 0 and 1")
