"""The slow, obvious evaluator: one row at a time, one node at a time, by the gates' rules on NumPy arrays. The oracle of the tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..nodes.graph import Graph
from ..nodes.node import CONSTANT, OPERATION, Node
from .kind import Array, of


def values(graph: Graph, row: Mapping[str, Any], dtype: Any = np.float64) -> dict[Node, Array]:
    """Return the value of every node for one row, given each leaf's value by name."""
    found: dict[Node, Array] = {}
    for node in graph.nodes:
        if node.gate is not None:
            found[node] = of(node.gate).evaluate(node, [found[operand] for operand in node.operands], dtype)
        else:
            found[node] = np.asarray(node.static if node.role == CONSTANT else row[str(node.name)], dtype)
    return found


def outputs_of(graph: Graph, row: Mapping[str, Any], dtype: Any) -> list[Array]:
    """Return the values of the outputs for one row."""
    found = values(graph, row, dtype)
    return [found[node] for node in graph.outputs]


def received(graph: Graph, row: Mapping[str, Any], cotangents: Sequence[Any], dtype: Any) -> list[Array]:
    """Return the gradient of each input for one row, in their order."""
    return list(gradients(graph, row, cotangents, dtype).values())


def gradients(graph: Graph, row: Mapping[str, Any], cotangents: Sequence[Any], dtype: Any = np.float64) -> dict[str, Array]:
    """Return the gradient of each input for one row, by the chain rule from the outputs down."""
    found = values(graph, row, dtype)
    upstream = {node: np.zeros(node.shape, dtype) for node in (*graph.nodes, *graph.inputs)}
    for node, cotangent in zip(graph.outputs, cotangents, strict=True):
        upstream[node] += np.asarray(cotangent, dtype)
    for node in reversed(graph.nodes):
        if node.role == OPERATION and not node.boolean:
            received = pulled_back(node, upstream[node], found[node], [found[operand] for operand in node.operands])
            with np.errstate(all="ignore"):
                for operand, contribution in zip(node.operands, received, strict=True):
                    upstream[operand] = upstream[operand] + contribution
    return {str(leaf.name): upstream[leaf] for leaf in graph.inputs}


def pulled_back(node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
    """Return what each operand receives. A zero upstream gradient contributes exactly zero."""
    assert node.gate is not None
    return of(node.gate).pulled_back(node, g, y, operands)
