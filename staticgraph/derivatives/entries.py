"""Matrices with one entry a row, as seeds are and what elementwise gates make of them: a product with one only scales rows."""

from collections.abc import Callable

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import multiply
from ..gates.chain import chain, directional
from ..gates.linear import view
from ..nodes.node import CONSTANT, Node
from .building import Array, Builder

PRODUCTS: dict[Gate | None, Callable[[Builder, Node, Node], Node]] = {
    multiply: lambda build, a, b: build(multiply, a, b), chain: Builder.chained, directional: Builder.directed,
}  # fmt: skip
"""Gates that are 0 where a factor is, and what makes them without guards that are needless."""
MOST_FACTORS = 8
"""Products one after another that are looked through."""


def alone_in_rows(build: Builder, matrix: Node) -> tuple[Node, Array] | None:
    """Return the one entry of each row of a matrix that can differ from 0, and its column; None if a row has several."""
    nonzero = np.broadcast_to(_nonzero(matrix, MOST_FACTORS), matrix.shape)
    if nonzero.sum(axis=1).max(initial=0) > 1 or matrix.shape[1] == 1:
        return None
    column = nonzero.argmax(axis=1)
    return _picked(build, matrix, np.arange(len(column)) * matrix.shape[1] + column, MOST_FACTORS), column


def _same(node: Node) -> Node | None:
    """Return what a node is another shape of."""
    return node.operands[0] if node.gate is view and node.operands[0].size == node.size else None


def _nonzero(node: Node, factors: int) -> Array:
    """Return which elements can differ from 0, as far as constant factors tell; its shape may be one that broadcasts to the node's."""
    same = _same(node)
    if node.role == CONSTANT:
        return np.asarray(node.static != 0)
    if same is not None:
        return np.broadcast_to(_nonzero(same, factors), same.shape).reshape(node.shape)
    if node.gate in PRODUCTS and factors:
        a, b = (_nonzero(each, factors - 1) for each in node.operands)
        return np.asarray(a & b)
    return np.ones((), bool)


def _picked(build: Builder, node: Node, places: Array, factors: int) -> Node:
    """Return elements of a node, as products of elements of its factors: those of constants may be 1."""
    same = _same(node)
    if same is not None:
        return _picked(build, same, places, factors)
    if node.gate in PRODUCTS and factors:
        a, b = (
            _picked(build, each, np.broadcast_to(np.arange(each.size).reshape(each.shape), node.shape).ravel()[places], factors - 1)
            for each in node.operands
        )
        return PRODUCTS[node.gate](build, a, b)
    return build.pick(places, [node])
