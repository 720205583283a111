"""The modified Bessel functions of the first kind, of the orders 0 and 1, and their values times `exp(-|x|)`.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 9.6.10 and 9.7.1: up to 8 a polynomial in the square stands
for the series, from there on one in the reciprocal for the asymptotic series. The polynomials are fitted by `tools/coefficients.py`.
"""

import math

import numpy as np

from .coefficients.bessel import I0_FAR, I0_NEAR, I1_FAR, I1_NEAR
from .exponential import EXP_RANGE, exponential_pair, raised
from .formats import Constant
from .polynomials import polynomial, times
from .primitives import Value, magnitude, square_root, where
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import fast_two_sum

INFINITY = math.inf
FAR = 8.0
MOST = Constant((1e300,), (1e37,))
"""An argument beyond it is taken for it where only a root of it counts."""

ASYMPTOTIC = 25.0
"""From here on the difference of both orders is its asymptotic series, whose next term is below `2**-57` there."""


def coefficient(order: int, k: int) -> float:
    """Return the coefficient of `(-1 / x)**k` in the asymptotic series (9.7.1)."""
    return math.prod((4 * order * order - (2 * j - 1) ** 2) / (8.0 * j) for j in range(1, k + 1))


DIFFERENCE = tuple((-1.0) ** k * (coefficient(0, k) - coefficient(1, k)) for k in range(1, 21))


def near(order: int, x: Value) -> Value:
    """Return `I(x)` for `0 <= x <= 8`."""
    half = 0.5 * where(x > FAR, FAR, x)
    w = half * half
    high, low = fast_two_sum(1.0, w * polynomial(I1_NEAR if order else I0_NEAR, w))
    return half * high + half * low if order else high + low


def far(order: int, x: Value) -> Value:
    """Return `exp(-x) I(x)` for `x >= 8`."""
    limited = where(x < FAR, FAR, x)
    return polynomial(I1_FAR if order else I0_FAR, 1.0 / limited) / square_root(limited)


def plain(order: int, a: Value) -> Value:
    """Return `I(|a|)`."""
    x = magnitude(a)
    most = EXP_RANGE.of(a)[1]
    limited = where(x > most, most, x)
    k, (y, y_low) = exponential_pair(limited)
    value, rest = times((y, y_low), (far(order, limited), 0.0 * x))
    value = where(x == INFINITY, INFINITY, raised(x, value + rest, k, EXP_RANGE))
    return where(x <= FAR, near(order, x), value)


def damped(order: int, a: Value) -> Value:
    """Return `exp(-|a|) I(|a|)`."""
    x = magnitude(a)
    limited = where(x > FAR, FAR, x)
    k, (y, _) = exponential_pair(-limited)
    value = near(order, x)
    decayed = raised(-limited, y, k, EXP_RANGE) * value
    return where(x <= FAR, decayed, far(order, x))


def difference(zero: Value, one: Value, x: Value) -> Value:
    """Return `exp(-x) (I0(x) - I1(x))` for `x >= 0`, given both terms."""
    inverse = 1.0 / x
    series = DIFFERENCE[-1]
    for term in reversed(DIFFERENCE[:-1]):
        series = series * inverse + term
    return where(x > ASYMPTOTIC, series * inverse * square_root(inverse * (0.5 / math.pi)), zero - one)


@gate(ufuncs=[np.i0], examples=[((0.0,), 1.0, (0.0,)), *ends((INFINITY, -INFINITY), (INFINITY, INFINITY))])
def i0(a: Value) -> Value:
    """Modified Bessel function of order 0.

    Gradient: `g * i1(a)`.
    """
    return plain(0, a)


@i0.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * i1(a)


@gate(examples=[((0.0,), 1.0, (0.0,)), *ends((0.0, 0.0), (0.0, 0.0))])
def i0e(a: Value) -> Value:
    """`exp(-|a|) i0(a)`.

    Gradient: `g * (i1e(a) - sign(a) * y)`.
    """
    return damped(0, a)


@i0e.backward
def _(g: Value, y: Value, a: Value) -> Value:
    x = magnitude(a)
    slope = difference(y, i1e(x), x)
    return g * where(a > 0, -slope, where(a < 0, slope, 0.0 * a))


@gate(examples=[((0.0,), 0.0, (0.5,)), *ends((-INFINITY, INFINITY), (INFINITY, INFINITY))])
def i1(a: Value) -> Value:
    """Modified Bessel function of order 1.

    Gradient: `g * (i0(a) - y / a)`.
    """
    return with_sign(plain(1, a), sign_of(a))


@i1.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * where(magnitude(y) == INFINITY, INFINITY, i0(a) - where(a == 0, 0.5, y / a))


@gate(examples=[((0.0,), 0.0, (0.5,)), *ends((-0.0, 0.0), (0.0, 0.0))])
def i1e(a: Value) -> Value:
    """`exp(-|a|) i1(a)`.

    Gradient: `g * (i0e(a) - y / a - sign(a) * y)`.
    """
    return with_sign(damped(1, a), sign_of(a))


@i1e.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (difference(i0e(a), magnitude(y), magnitude(a)) - where(a == 0, 0.5, y / a))
