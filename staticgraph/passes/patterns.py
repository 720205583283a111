"""Known compositions that become one gate, more accurate and safe from overflow."""

from collections.abc import Sequence
from typing import Any

from ..gates import Gate
from ..gates.activation import sigmoid, softplus
from ..gates.arithmetic import add, negative, reciprocal, subtract
from ..gates.exponential import exp, expm1
from ..gates.logarithm import log, log1p
from ..gates.reduction import logsumexp, sum_
from ..nodes.node import Node
from ..nodes.shapes import Shape
from .match import Build, Rule, either_order, is_constant


def one_plus(node: Node) -> Node | None:
    """Return `x` where the node is `1 + x` of the same shape."""
    if node.gate is add:
        for x, other in either_order(node.operands):
            if is_constant(other, 1.0) and x.shape == node.shape:
                return x
    if node.gate is subtract and is_constant(node.operands[0], 1.0) and node.operands[1].gate is negative:
        return node.operands[1]
    return None


def _sigmoid(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`1 / (1 + exp(-x))`."""
    x = one_plus(operands[0])
    return build(sigmoid, build(negative, x.operands[0])) if x is not None and x.gate is exp else None


def _logarithm(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`log(1 + exp(x))`, `log(1 + x)` and `log(sum(exp(x)))`."""
    (a,) = operands
    x = one_plus(a)
    if x is not None:
        return build(softplus, x.operands[0]) if x.gate is exp else build(log1p, x)
    if a.gate is sum_ and a.operands[0].gate is exp:
        return build.make(logsumexp, a.operands[0].operands, a.static, shape)
    return None


def _logarithm_of_one_plus(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`log1p(exp(x))`."""
    (a,) = operands
    return build(softplus, a.operands[0]) if a.gate is exp else None


def _exponential_less_one(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`exp(x) - 1`."""
    a, b = operands
    return build(expm1, a.operands[0]) if a.gate is exp and is_constant(b, 1.0) and a.shape == shape else None


def _sum_with_minus_one(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`exp(x) + -1`."""
    for a, b in either_order(operands):
        if a.gate is exp and is_constant(b, -1.0) and a.shape == shape:
            return build(expm1, a.operands[0])
    return None


PATTERNS: dict[Gate, Rule] = {
    reciprocal: _sigmoid, log: _logarithm, log1p: _logarithm_of_one_plus, subtract: _exponential_less_one, add: _sum_with_minus_one,
}  # fmt: skip
