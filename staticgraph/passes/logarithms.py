"""Logarithms of functions that tend to 0 far out, which become functions of their own: they stay right where the inner value is 0 or 1."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.activation import sigmoid, softplus
from ..gates.arithmetic import add, divide, multiply, negative, subtract
from ..gates.exponential import exp, exp_of_difference
from ..gates.logarithm import log, log1p
from ..gates.normal import erf, erfc, log_ndtr, ndtr
from ..gates.reduction import logsumexp, sum_
from ..kinds import moves_elements
from ..kinds.kind import Array
from ..kinds.layout import element_index
from ..nodes.node import Node
from ..nodes.shapes import Shape
from .match import Build, Rule, either_order, is_constant, shaped, uniform_value
from .patterns import one_plus


def _logarithm(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`log` of `sigmoid(x)`, `ndtr(x)`, `erfc(x)` times a number, 1 less one of them, and a softmax."""
    (a,) = operands
    if a.gate is sigmoid or _is_sigmoid(a):
        (x,) = (a if a.gate is sigmoid else a.operands[0]).operands
        return build(negative, build(softplus, build(negative, x)))
    if a.gate is ndtr:
        return build(log_ndtr, a.operands[0])
    if a.gate is subtract and is_constant(a.operands[0], 1.0) and a.operands[1].shape == shape:
        return _of_one_less(build, a.operands[1])
    for rule in (_of_erfc_times, _of_softmax, _of_part_of_softmax):
        found = rule(build, a, shape)
        if found is not None:
            return found
    return None


def _is_sigmoid(a: Node) -> bool:
    """Whether a node is `exp(x) / (1 + exp(x))`, which stays a quotient elsewhere: the gradient of `sigmoid` takes longer."""
    return a.gate is divide and a.operands[0].gate is exp and one_plus(a.operands[1]) is a.operands[0]


def _logarithm_of_one_plus(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """`log1p` of `-sigmoid(x)`, `-ndtr(x)`, `-erf(x)` and `erf(x)`."""
    (a,) = operands
    if a.gate is erf:
        return _of_erfc(build, build(negative, a.operands[0]), 1.0)
    return _of_one_less(build, a.operands[0]) if a.gate is negative else None


def _of_one_less(build: Build, a: Node) -> Node | None:
    """Return `log(1 - a)`."""
    if a.gate is sigmoid:
        return build(negative, build(softplus, a.operands[0]))
    if a.gate is ndtr:
        return build(log_ndtr, build(negative, a.operands[0]))
    return _of_erfc(build, a.operands[0], 1.0) if a.gate is erf else None


def _of_erfc(build: Build, x: Node, factor: float) -> Node:
    """Return `log(factor * erfc(x))`: half of `erfc(x)` is `ndtr(-sqrt(2) * x)`."""
    value = build(log_ndtr, build(multiply, x, -math.sqrt(2.0)))
    return value if factor == 0.5 else build(add, value, math.log(2.0 * factor))


def _of_erfc_times(build: Build, a: Node, shape: Shape) -> Node | None:
    """Return `log(a)` for `erfc(x)`, or a positive number times `erfc(x)`, `1 - erf(x)` or `1 + erf(x)`."""
    if a.gate is erfc:
        return _of_erfc(build, a.operands[0], 1.0)
    for tail, number in either_order(a.operands) if a.gate is multiply else ():
        factor = uniform_value(number)
        x = _argument_of_erfc(build, tail)
        if x is not None and x.shape == shape and factor is not None and 0.0 < factor < math.inf:
            return _of_erfc(build, x, factor)
    return None


def _argument_of_erfc(build: Build, a: Node) -> Node | None:
    """Return `x` of what is `erfc(x)`, also where it is written with `erf`."""
    if a.gate is erfc:
        return a.operands[0]
    if a.gate is subtract and is_constant(a.operands[0], 1.0) and a.operands[1].gate is erf:
        return a.operands[1].operands[0]
    for other, one in either_order(a.operands) if a.gate is add else ():
        if is_constant(one, 1.0) and other.gate is erf:
            return build(negative, other.operands[0])
    return None


def _of_softmax(build: Build, a: Node, shape: Shape) -> Node | None:
    """Return `u - logsumexp(u)` for `a = exp(u) / sum(exp(u))`."""
    parts = _parts_of_softmax(build, a)
    return None if parts is None else build(subtract, *parts)


def _of_part_of_softmax(build: Build, a: Node, shape: Shape) -> Node | None:
    """Return the logarithm of some elements of a softmax."""
    if a.gate is None or not moves_elements(a) or len(a.operands) != 1:
        return None
    parts = _parts_of_softmax(build, a.operands[0])
    if parts is None:
        return None
    u, divisor = parts
    if divisor.size == 1:
        return build(subtract, build.make(a.gate, [u], a.static, shape), shaped(divisor, ()))
    return build.make(a.gate, [build(subtract, u, divisor)], a.static, shape)


def _parts_of_softmax(build: Build, a: Node) -> tuple[Node, Node] | None:
    """Return `u` and the logarithm of the divisor where the node is `exp(u) / sum(exp(u))`, each element over the sum it is part of."""
    if a.gate is not divide or a.operands[0].shape != a.shape:
        return None
    raised, divisor = a.operands
    if raised.gate is exp:
        u = raised.operands[0]
    elif raised.gate is exp_of_difference:
        u = build(subtract, *raised.operands)
    else:
        return None
    total = divisor
    while moves_elements(total) and len(total.operands) == 1:
        total = total.operands[0]
    if total.gate is not sum_ or not _divides_its_own(raised, divisor, total):
        return None
    # With the largest element taken out already, the logarithm of the sum is safe, and its gradient takes half the time.
    logarithm = (
        build(log, total)
        if raised.gate is exp_of_difference
        else build.make(logsumexp, [_with(build, total.operands[0], raised, u)], total.static, total.shape)
    )
    return u, _with(build, divisor, total, logarithm)


def _divides_its_own(raised: Node, divisor: Node, total: Node) -> bool:
    """Whether each element of `raised` is divided by that sum of `total` which it is a term of."""
    terms = _elements(total.operands[0], raised)
    if terms is None or terms.size != raised.size:
        return False
    before, length, after = total.static
    sums = np.arange(before * after).reshape(before, 1, after)
    own = np.full(raised.size, -1)
    own[terms] = np.broadcast_to(sums, (before, length, after)).ravel()
    return bool(np.all(own == _elements(divisor, total)))


def _elements(node: Node, source: Node) -> Array | None:
    """Return which element of the source each element of a node is, through gates that only move elements; None if it is none."""
    if node is source:
        return np.arange(source.size)
    if not moves_elements(node) or len(node.operands) != 1:
        return None
    found = _elements(node.operands[0], source)
    return None if found is None else found[element_index(node)]


def _with(build: Build, node: Node, source: Node, other: Node) -> Node:
    """Return a node that moves elements of the source with another source in its place."""
    if node is source:
        return other
    assert node.gate is not None
    return build.make(node.gate, [_with(build, node.operands[0], source, other)], node.static, node.shape)


LOGARITHMS: dict[Gate, Rule] = {log: _logarithm, log1p: _logarithm_of_one_plus}
