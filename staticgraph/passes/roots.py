"""Square roots of sums of squares: the gradient at 0, where the root has none, is 0, as that of `norm`, `hypot` and `abs` is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import abs_, add, divide, divide_by_constant, multiply, root_of_squares, sqrt, square
from ..gates.linear import matmul
from ..gates.reduction import sum_
from ..kinds import moves_elements
from ..nodes.node import CONSTANT, Node
from ..nodes.shapes import Shape
from .match import Build, Rule, either_order

MOST_VISITED = 64
"""Nodes of a sum that are looked at, so that the roots of all partial sums of a long one take no quadratic time."""


def _root(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`sqrt(x * x)`, and `sqrt` of sums, means and products with positive numbers of squares.

    Neither `norm` nor `hypot` takes its place: the gradient of `norm` takes a quarter longer, `hypot` three times as many operations.
    """
    (a,) = operands
    if a.gate is square:
        return build(abs_, a.operands[0])
    return build(root_of_squares, a) if _is_sum_of_squares(a) else None


def _is_sum_of_squares(node: Node) -> bool:
    waiting, visited = [node], 0
    while waiting:
        each = waiting.pop()
        visited += 1
        if visited > MOST_VISITED:
            return False
        if each.gate is square or _is_square_of_length(each) or _is_multiple_of_square(each):
            continue
        parts = _parts(each)
        if not parts:
            return False
        waiting += parts
    return True


def _is_square_of_length(node: Node) -> bool:
    """Whether a node is the product of a vector with itself."""
    return node.gate is matmul and node.operands[0] is node.operands[1] and node.size == 1 and node.operands[0].ndim == 1


def _is_multiple_of_square(node: Node) -> bool:
    """Whether a node is `(factor * x) * x` for a positive factor, as `factor * x * x` is read."""
    if node.gate is not multiply:
        return False
    return any(
        product.gate is multiply and any(_is_positive(factor) and part is x for part, factor in either_order(product.operands))
        for product, x in either_order(node.operands)
    )


def _parts(node: Node) -> Sequence[Node]:
    """Return the nodes of which one is a sum or a multiple by positive numbers, none if it is something else."""
    if node.gate is add or node.gate is sum_ or moves_elements(node):
        return node.operands
    if node.gate is divide or node.gate is divide_by_constant:
        return node.operands[:1] if _is_positive(node.operands[1]) else ()
    if node.gate is multiply:
        return [part for part, factor in either_order(node.operands) if _is_positive(factor)]
    return ()


def _is_positive(node: Node) -> bool:
    return node.role == CONSTANT and bool(np.all(node.static > 0))


ROOTS: dict[Gate, Rule] = {sqrt: _root}
