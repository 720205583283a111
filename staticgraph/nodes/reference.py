"""The slow, obvious evaluator: one row at a time, one node at a time, by the gates' rules on NumPy arrays. The oracle of the tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..gates import CONTRACTION, ELEMENTWISE, LAYOUT
from .evaluate import Array, canonical, element_index, evaluate
from .graph import Graph
from .node import CONSTANT, OPERATION, Node


def values(graph: Graph, row: Mapping[str, Any], dtype: Any = np.float64) -> dict[Node, Array]:
    """Return the value of every node for one row, given each leaf's value by name."""
    found: dict[Node, Array] = {}
    for node in graph.nodes:
        if node.role == OPERATION:
            found[node] = evaluate(node, [found[operand] for operand in node.operands], dtype)
        else:
            found[node] = np.asarray(node.static if node.role == CONSTANT else row[str(node.name)], dtype)
    return found


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
    if node.gate.kind == LAYOUT:
        elements = np.zeros(sum(operand.size for operand in node.operands), g.dtype)
        np.add.at(elements, element_index(node), g.ravel())
        ends = np.cumsum([operand.size for operand in node.operands])[:-1]
        return [part.reshape(operand.shape) for part, operand in zip(np.split(elements, ends), node.operands, strict=True)]
    if node.gate.kind == CONTRACTION:
        return _product_pulled_back(node, g, operands)
    arguments = canonical(node, operands)
    if node.gate.kind != ELEMENTWISE:
        before, _, after = node.static
        g, y = g.reshape(before, 1, after), y.reshape(before, 1, after)
    with np.errstate(all="ignore"):
        contributions = node.gate.contributions(g, y, *arguments)
        return [
            np.zeros(operand.shape, g.dtype) if each is None else _summed(np.where(g == 0, 0, each), argument).reshape(operand.shape)
            for each, argument, operand in zip(contributions, arguments, node.operands, strict=True)
        ]


def _summed(contribution: Array, like: Array) -> Array:
    """Return a contribution summed over the axes along which its operand was broadcast."""
    contribution = np.broadcast_to(contribution, np.broadcast_shapes(contribution.shape, like.shape))
    contribution = contribution.sum(axis=tuple(range(contribution.ndim - like.ndim)))
    repeated = tuple(axis for axis, length in enumerate(like.shape) if length == 1)
    return np.asarray(contribution.sum(axis=repeated, keepdims=True))


def _product_pulled_back(node: Node, g: Array, operands: Sequence[Array]) -> list[Array]:
    rows, _, columns = node.static
    a, b = canonical(node, operands)
    upstream = g.reshape(rows, 1, columns)
    with np.errstate(all="ignore"):
        terms = np.where(upstream == 0, 0, upstream * b[None, :, :]), np.where(upstream == 0, 0, upstream * a[:, :, None])
    received = terms[0].sum(axis=2), terms[1].sum(axis=0)
    return [each.reshape(operand.shape) for each, operand in zip(received, node.operands, strict=True)]
