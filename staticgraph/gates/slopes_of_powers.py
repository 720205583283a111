"""Derivatives of powers in closed form, so that those of high order stay short.

By the rules of `power` alone, a third one takes 30 s to compile.
"""

import math

from .logarithm import log
from .powers import power, whole_power
from .primitives import Value, constant_like, where
from .registry import gate


@power.closed_form(0)
@gate(
    public=False, domain=[(0.3, 3.0), (-3.0, 3.0)],
    examples=[((2.0, 3.0), 12.0, (12.0, 4.0 + 12.0 * math.log(2.0))), ((0.0, 0.0), 0.0, (0.0, math.inf))],
)  # fmt: skip
def power_slope(a: Value, b: Value) -> Value:
    """`b * a ** (b - 1)`, as the backward rule of `power` has it."""
    return power.contributions(constant_like(a, 1.0), power(a, b), a, b)[0]


@power_slope.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return where(b == 0, 0.0, g * (b * power_slope(a, b - 1.0))), g * mixed(a, b, y)


@power.closed_form(1)
@gate(public=False, domain=[(0.3, 3.0), (-3.0, 3.0)], examples=[((1.0, 3.0), 0.0, (1.0, 0.0)), ((0.0, 2.0), 0.0, (0.0, 0.0))])
def power_times_logarithm(a: Value, b: Value) -> Value:
    """`a ** b * log(a)`, 0 where `a ** b` is 0."""
    return power.contributions(constant_like(a, 1.0), power(a, b), a, b)[1]


@power_times_logarithm.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * mixed(a, b, power_slope(a, b)), where(y == 0, 0.0, (g * y) * log(a))


def mixed(a: Value, b: Value, slope: Value) -> Value:
    """Return the derivative of `a ** b` in both; what a power that is 0 is multiplied by does not count."""
    return power(a, b - 1.0) + where(slope == 0, 0.0, slope * log(a))


@whole_power.closed_form(0)
@gate(public=False, domain=[(0.3, 3.0), (5.0, 5.0)], examples=[((2.0, 5.0), 80.0, (160.0, 0.0)), ((-2.0, -3.0), -0.1875, (-0.375, 0.0))])
def whole_power_slope(a: Value, n: Value) -> Value:
    """`n * a ** (n - 1)` for a whole number."""
    return whole_power.contributions(constant_like(a, 1.0), whole_power(a, n), a, n)[0]


@whole_power_slope.backward
def _(g: Value, y: Value, a: Value, n: Value) -> Value:
    return where(n == 0, 0.0, g * (n * whole_power_slope(a, n - 1.0))), None
