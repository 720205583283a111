"""Identities that are exact in IEEE arithmetic, for values and for gradients."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import abs_, add, divide, divide_by_constant, multiply, negative, reciprocal, sqrt, square, subtract
from ..gates.powers import MOST_SQUARED, inverse_cube, power, whole_power
from ..gates.selection import where_
from ..nodes.node import CONSTANT, Node
from ..nodes.shapes import Shape
from .match import Build, Rule, either_order, is_constant, shaped, uniform_value

PRODUCTS = (-2, -1, 1, 2, 3, 4)
"""Whole exponents of plain products, up to 1.9 ulps off; `x ** 5` would be 2.7. Other ones up to 64 are squared as pairs."""


def _add(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    for a, b in either_order(operands):
        if is_constant(b, -0.0):
            return shaped(a, shape)
        if b.gate is negative:
            return build(subtract, a, b.operands[0])
    return None


def _subtract(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    a, b = operands
    if is_constant(b, 0.0):
        return shaped(a, shape)
    if b.gate is negative:
        return build(add, a, b.operands[0])
    return build(negative, b) if is_constant(a, -0.0) and b.shape == shape else None


def _multiply(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    a, b = operands
    if a is b:
        return build(square, a)
    if a.gate is negative and b.gate is negative:
        return build(multiply, a.operands[0], b.operands[0])
    for x, factor in either_order(operands):
        if is_constant(factor, 1.0):
            return shaped(x, shape)
        if is_constant(factor, -1.0) and x.shape == shape:
            return build(negative, x)
    return None


def _divide(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    a, b = operands
    if is_constant(b, 1.0):
        return shaped(a, shape)
    if is_constant(a, 1.0) and b.shape == shape:
        return build(reciprocal, b)
    if b.role != CONSTANT or not _has_reciprocal(b.static):
        return None
    mantissas, _ = np.frexp(b.static)
    return build(multiply, a, 1.0 / b.static) if np.all(np.abs(mantissas) == 0.5) else build(divide_by_constant, a, b)


def _has_reciprocal(divisor: Any) -> bool:
    """Whether all are numbers whose reciprocals are normal numbers."""
    mantissas, exponents = np.frexp(divisor)
    limit = np.finfo(divisor.dtype).maxexp - 2
    return bool(np.all(np.isfinite(mantissas) & (mantissas != 0)) and np.all(np.abs(exponents) < limit))


def _negative(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    (a,) = operands
    return a.operands[0] if a.gate is negative else None


def _even(gate: Gate) -> Rule:
    def rule(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
        (a,) = operands
        return build(gate, a.operands[0]) if a.gate in (negative, abs_) else None

    return rule


def _power(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    """Whole exponents up to 64 by repeated squaring, as NumPy's `x ** 2`, and one half as the root."""
    x, exponent = operands
    number = uniform_value(exponent)
    if number == 0:
        return build.constant(np.ones(shape))
    if x.shape != shape or number is None:
        return None
    if number == 0.5:
        return build(sqrt, x)
    if not math.isfinite(number) or number != int(number) or abs(number) > MOST_SQUARED:
        return None
    if number == -3:
        return build(inverse_cube, x)
    if number in PRODUCTS:
        return _product(build, x if number > 0 else build(reciprocal, x), abs(int(number)))
    return build(whole_power, x, number)


def _product(build: Build, x: Node, exponent: int) -> Node:
    """Return `x ** exponent` for a positive exponent, its binary digits from the highest on."""
    value = x
    for digit in bin(exponent)[3:]:
        value = build(square, value)
        if digit == "1":
            value = build(multiply, value, x)
    return value


def _where(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    condition, a, b = operands
    if a is b:
        return shaped(a, shape)
    number = uniform_value(condition)
    return None if number is None else shaped(a if number != 0 or math.isnan(number) else b, shape)


IDENTITIES: dict[Gate, Rule] = {
    add: _add, subtract: _subtract, multiply: _multiply, divide: _divide, negative: _negative, square: _even(square), abs_: _even(abs_),
    power: _power, where_: _where,
}  # fmt: skip
