"""Activations of neural networks: compositions with a known closed form, as one gate each."""

import math

from .coefficients.activation import INVERSES, LOG1P_SQUARE, LOGS_FROM_ONE, LOGS_FROM_ONE_LOW, PLACES
from .exponential import EXP_RANGE, change_of, exp, numbers_of_exponential
from .formats import format_of
from .logarithm import log1p as log1p  # the logarithms' gates come before those of this file: README's table has the gates' order
from .parts import Part
from .polynomials import polynomial
from .primitives import Value, bits, fma, magnitude, of_sixteen, where, where_any
from .registry import ends, gate
from .sums import Pair, fast_two_sum


@gate(
    kinks=lambda a: a == 0,
    examples=[((2.0,), 2.0, (1.0,)), ((-2.0,), 0.0, (0.0,)), ((0.0,), 0.0, (0.0,)), *ends((0.0, 0.0), (math.inf, 1.0))],
)  # fmt: skip
def relu(a: Value) -> Value:
    """`max(a, 0)`; its gradient at 0 is 0.

    Gradient: `where(a > 0, g, 0)`.
    """
    return where(a <= 0, 0.0, a)


@relu.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return where(a > 0, g, where(a <= 0, 0.0, math.nan))


@Part
def decay(a: Value) -> Pair:
    """Return `exp(-|a|)` as a pair right to `2**-58` (`2**-29`), for a magnitude within the safe part of `EXP_RANGE`."""
    _, whole, r, rest = numbers_of_exponential(-magnitude(a))
    change = change_of(r + rest)
    high = fma(whole, change, whole)
    return high, fma(whole, change, whole - high)


@Part
def lesser(a: Value) -> tuple[Value]:
    """Return the sigmoid of `-|a|`: the lesser of that of `a` and of what it lacks of 1."""
    e, e_low = decay(a)
    total, error = fast_two_sum(1.0, e)
    high = e / total
    rest = fma(-high, total, e) + fma(-high, error + e_low, e_low)
    value = fma(rest, 1.0 - high, high)
    return (where_any(~(magnitude(a) < EXP_RANGE.of(a)[0]), lambda: exp(-magnitude(a)), value),)


@gate(examples=[((0.0,), 0.5, (0.25,)), ((800.0,), 1.0, (0.0,)), ((-800.0,), 0.0, (0.0,)), *ends((0.0, 0.0), (1.0, 0.0))])
def sigmoid(a: Value) -> Value:
    """`1 / (1 + exp(-a))`, without overflow; its local gradient is `(1 - y) * y`.

    Gradient: `g * y * (1 - y)`.
    """
    (value,) = lesser(a)
    return where(a < 0, value, 1.0 - value)


@sigmoid.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """`1 - y` would lose bits beyond 0.75; what it is made of is there already."""
    return g * (y * sigmoid_complement(a))


@sigmoid.slope_backward(0)
def _(g: Value, slope: Value, y: Value, a: Value) -> Value:
    return None, g * (slope * (1.0 - 2.0 * y))


@gate(public=False, examples=[((0.0,), 0.5, (-0.25,)), ((800.0,), 0.0, (0.0,)), ((-800.0,), 1.0, (0.0,)), *ends((1.0, 0.0), (0.0, 0.0))])
def sigmoid_complement(a: Value) -> Value:
    """`1 - sigmoid(a)`: the sigmoid of `-a`, which decays as that of `a`."""
    (value,) = lesser(a)
    return where(a < 0, 1.0 - value, value)


@sigmoid_complement.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * (y * sigmoid(a)))


@gate(examples=[((0.0,), math.log(2.0), (0.5,)), ((800.0,), 800.0, (1.0,)), ((-800.0,), 0.0, (0.0,)), *ends((0.0, 0.0), (math.inf, 1.0))])
def softplus(a: Value) -> Value:
    """`log(1 + exp(a))`, without overflow; its local gradient is the sigmoid.

    The logarithm of `1 + e` for `e = exp(-|a|)` is that of one of sixteen numbers, and of a quotient near 1. That of the former is so
    short that what is lost where it is added to `a` is known.

    Gradient: `g * sigmoid(a)`.
    """
    e, e_low = decay(a)
    place = bits(fma(e, PLACES.of(a)[0], format_of(a).shifter))
    factor, part = of_sixteen(INVERSES.of(a), place), of_sixteen(LOGS_FROM_ONE.of(a), place)
    r = fma(e, factor, factor - 1.0)
    above = where(a > 0, a, 0.0)
    total = above + part
    high, lost = fast_two_sum(total, r)
    rest = (above - (total - part)) + fma(e_low, factor, of_sixteen(LOGS_FROM_ONE_LOW.of(a), place))
    value = high + fma(r * r, polynomial(LOG1P_SQUARE, r), rest + lost)
    return where_any(~(magnitude(a) < EXP_RANGE.of(a)[0]), lambda: where(a > 0, a, exp(a)), value)


@softplus.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * sigmoid(a)
