"""The hyperbolic functions and their inverses.

Source: with `a = k log(2) + r`, as for the exponential, `sinh(a) = (2**k - 2**-k) / 2 * cosh(r) + (2**k + 2**-k) / 2 * sinh(r)`, and `cosh`
likewise: no difference of exponentials, so that small arguments need no case of their own (compare W. J. Cody and W. Waite, "Software
Manual for the Elementary Functions", 1980). The inverses are logarithms of `1 + x` for a pair `x` (W. Kahan, "Branch cuts for complex
elementary functions", 1987). The polynomials are fitted by `tools/coefficients.py`.
"""

import math

import numpy as np

from .arithmetic import sqrt
from .coefficients.hyperbolic import ARCSINH_PIECES, COSH_TAIL, SINH_TAIL, TANH_PIECES
from .coefficients.inverse_hyperbolic import ARCTANH, ARCTANH_CENTRES, ARCTANHS, ARCTANHS_LOW
from .exponential import EXP_RANGE, exp, expm1_pair, exponential_pair, power_of_two, reduced, scaled
from .formats import Constant, format_of
from .logarithm import fractions_of, log_of_pair, log_of_sum, log_pair, logarithm
from .parts import Part
from .pieces import LAST_PIECE, in_pieces
from .polynomials import near_inverse, near_inverse_of_twice_the_root, polynomial, quotient, root, two_product
from .powers import hypot
from .primitives import Value, bits, fma, is_single, magnitude, of_sixteen, square_root, where, where_any
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf
TANH_IS_ONE = Constant((22.0,), (9.011,))
"""From here on `tanh` rounds to 1."""
LAST_CENTRE = 1.0 - 1.5 / 256.0
"""Where the pieces of `arctanh` end."""
SQUARE_LIMIT = Constant((2.0**500,), (2.0**60,))
"""Up to here a square is finite; long before, `x * x` and `x * x + 1` have become equal."""


@Part
def reduced_hyperbolic(a: Value) -> tuple[Value, ...]:
    """Return the numbers of `Reduced` for the magnitude of an argument."""
    x = magnitude(a)
    k, r, rest = reduced(x)
    half, inverse, square = power_of_two(k - 1, x), power_of_two(-1 - k, x), r * r
    cosh_tail, sinh_tail = square * polynomial(COSH_TAIL, square), square * r * polynomial(SINH_TAIL, square)
    return *fast_two_sum(half, -inverse), *fast_two_sum(half, inverse), r, rest, cosh_tail, sinh_tail


class Reduced:
    """What `sinh` and `cosh` of the magnitude of an argument are made of: `k log(2) + r + rest`, where `r` is small.

    `difference` and `sum` are of `2**(k - 1)` and its inverse over 4; `cosh` and `sinh` are `cosh(r) - 1` and `sinh(r) - r`.
    """

    def __init__(self, a: Value) -> None:
        numbers = reduced_hyperbolic(a)
        self.difference, self.sum = numbers[:2], numbers[2:4]
        self.r, self.rest, self.cosh, self.sinh = numbers[4:]

    def combine(self, even: Pair, odd: Pair) -> Pair:
        """Return `even * cosh(r + rest) + odd * sinh(r + rest)`."""
        product, error = two_product(odd[0], self.r)
        high, low = fast_two_sum(even[0], product)
        slope = fma(even[0], self.r + self.sinh, fma(odd[0], self.cosh, odd[0]))
        tail = fma(self.rest, slope, fma(odd[0], self.sinh, even[0] * self.cosh))
        return high, low + (tail + (error + fma(odd[1], self.r, even[1])))


def half_exponential(x: Value) -> Value:
    """Return `exp(x) / 2`, which may be finite where `exp(x)` is not."""
    k, (y, _) = exponential_pair(x)
    return where(x > EXP_RANGE.of(x)[1], INFINITY, where(x != x, x, scaled(y, k - 1)))


@gate(ufuncs=[np.sinh], examples=[((0.0,), 0.0, (1.0,)), *ends((-INFINITY, INFINITY), (INFINITY, INFINITY))])
def sinh(a: Value) -> Value:
    """Hyperbolic sine.

    Gradient: `g * cosh(a)`.
    """
    x, parts = magnitude(a), Reduced(a)
    high, low = parts.combine(parts.difference, parts.sum)
    value = where_any(~(x < EXP_RANGE.of(a)[0]), lambda: half_exponential(x), high + low)
    return with_sign(value, sign_of(a))


@sinh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * cosh(a)


@gate(ufuncs=[np.cosh], examples=[((0.0,), 1.0, (0.0,)), *ends((INFINITY, -INFINITY), (INFINITY, INFINITY))])
def cosh(a: Value) -> Value:
    """Hyperbolic cosine.

    Gradient: `g * sinh(a)`.
    """
    x, parts = magnitude(a), Reduced(a)
    high, low = parts.combine(parts.sum, parts.difference)
    return where_any(~(x < EXP_RANGE.of(a)[0]), lambda: half_exponential(x), high + low)


@cosh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * sinh(a)


@Part
def numbers_of_tanh(a: Value) -> Pair:
    """Return `p / (p + 2)` and `p + 2` for `p = exp(2 x) - 1`, where `x` is the magnitude of an argument, at most `TANH_IS_ONE`."""
    x, one = magnitude(a), TANH_IS_ONE.of(a)[0]
    p, p_low = fast_two_sum(*expm1_pair(2.0 * where(x > one, one, x)))
    total, error = two_sum(p, 2.0)
    high, low = quotient((p, p_low), (total, error + p_low))
    return high + low, total


@gate(ufuncs=[np.tanh], examples=[((0.0,), 0.0, (1.0,)), *ends((-1.0, 0.0), (1.0, 0.0))])
def tanh(a: Value) -> Value:
    """Hyperbolic tangent.

    `p / (p + 2)` for `p = exp(2 a) - 1`, a pair, so that small arguments need no case of their own; in float32 by polynomials for sixteen
    pieces, which take half of the time.

    Gradient: `g * (1 - y**2)`.
    """
    x = magnitude(a)
    value = where(x > TANH_IS_ONE.of(a)[0], 1.0, in_pieces(TANH_PIECES, x)) if is_single(a) else numbers_of_tanh(a)[0]
    return with_sign(value, sign_of(a))


@tanh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """Beyond 0.85 `1 - y` loses bits, and all of them where `y` rounds to 1.

    Largest error found there: 2.5 units in the last place, and 3.0 of the square of `1 / cosh(a)`.
    """

    def from_cosh() -> Value:
        secant = 1.0 / cosh(a)
        return (g * secant) * secant

    def from_complement() -> Value:
        return where_any(magnitude(a) > TANH_IS_ONE.of(a)[0], from_cosh, (g * tanh_complement(a)) * (1.0 + magnitude(y)))

    return where_any(magnitude(y) > 0.85, from_complement, g * ((1.0 - y) * (1.0 + y)))


@tanh.slope_backward(0)
def _(g: Value, slope: Value, y: Value, a: Value) -> Value:
    """By the rule above it would take eight times as long: `cosh` and `sinh` anew."""
    return None, g * (-2.0 * (y * slope))


@gate(public=False, kinks=lambda a: a == 0, examples=[((0.0,), 1.0, (-1.0,)), *ends((0.0, 0.0), (0.0, 0.0))])
def tanh_complement(a: Value) -> Value:
    """`1 - |tanh(a)|`."""
    x = magnitude(a)
    total = exp(2.0 * x) + 1.0 if is_single(a) else numbers_of_tanh(a)[1]
    return where_any(x > TANH_IS_ONE.of(a)[0], lambda: 2.0 * exp(-2.0 * x), 2.0 / total)


@tanh_complement.backward
def _(g: Value, y: Value, a: Value) -> Value:
    slope = y * (2.0 - y)
    return g * where(a < 0, slope, -slope)


def _logarithm_of_twice(x: Value) -> Value:
    parts = fractions_of(x)
    return where(x < INFINITY, logarithm(parts._replace(k=parts.k + 1.0)), x)


@gate(ufuncs=[np.arcsinh], examples=[((0.0,), 0.0, (1.0,)), *ends((-INFINITY, 0.0), (INFINITY, 0.0))])
def arcsinh(a: Value) -> Value:
    """Inverse hyperbolic sine.

    Gradient: `g / sqrt(a**2 + 1)`.
    """
    x = magnitude(a)

    def by_logarithm() -> Value:
        square, square_low = two_product(x, x)
        total, error = two_sum(1.0, square)
        hypotenuse = square_root(total)
        # What it lacks counts all the more the smaller `x` is, and there its inverse is `2 - hypotenuse`.
        half_inverse = where(x < 0.5, fma(hypotenuse, -0.5, 1.0), near_inverse_of_twice_the_root(total))
        lacking = (fma(-hypotenuse, hypotenuse, total) + (error + square_low)) * half_inverse
        total, error = fast_two_sum(hypotenuse, x)
        value = log_of_sum(total, error + lacking)
        return where_any(~(x < SQUARE_LIMIT.of(a)[0]), lambda: _logarithm_of_twice(x), value)

    value = where_any(~(x < LAST_PIECE), by_logarithm, in_pieces(ARCSINH_PIECES, x)) if is_single(a) else by_logarithm()
    return with_sign(value, sign_of(a))


@arcsinh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / hypot(a, 1.0)


@gate(ufuncs=[np.arccosh], domain=[(1.1, 4.0)], examples=[((1.0,), 0.0, (INFINITY,))])
def arccosh(a: Value) -> Value:
    """Inverse hyperbolic cosine.

    Gradient: `g / sqrt(a**2 - 1)`.
    """
    t = a - 1.0
    square = fma(t, t, t + t)
    leg, leg_low = root((square, fma(t, t, (t + t) - square)))
    total, error = fast_two_sum(a, leg)
    value = where(a >= 1.0, log_of_sum(total, error + leg_low), math.nan)
    return where_any(~(a < SQUARE_LIMIT.of(a)[0]), lambda: _logarithm_of_twice(a), value)


@arccosh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (sqrt(a - 1.0) * sqrt(a + 1.0))


@gate(ufuncs=[np.arctanh], domain=[(-0.9, 0.9)], examples=[((0.0,), 0.0, (1.0,)), ((1.0,), INFINITY, (INFINITY,))])
def arctanh(a: Value) -> Value:
    """Inverse hyperbolic tangent.

    `arctanh(c) + arctanh((a - c) / (1 - a c))` for a number `c` near the middle of one of fifteen pieces up to 0.994, which takes 0.6 of
    the time of the logarithm of a quotient; beyond, logarithms.

    Gradient: `g / (1 - a**2)`.
    """
    x = magnitude(a)
    place = bits(1.0 - x) >> (format_of(x).fraction_bits - 1)
    centre, value, value_low = (of_sixteen(table.of(x), place) for table in (ARCTANH_CENTRES, ARCTANHS, ARCTANHS_LOW))
    numerator, divisor = x - centre, fma(-centre, x, 1.0)
    u = numerator / divisor
    low = fma(-u, divisor, numerator) * near_inverse(divisor)
    square = u * u
    high, error = fast_two_sum(value, u)
    value = high + (error + (fma(u * square, polynomial(ARCTANH, square), low) + value_low))
    return with_sign(where_any(~(x < LAST_CENTRE), lambda: _arctanh_near_one(x), value), sign_of(a))


def _arctanh_near_one(x: Value) -> Value:
    """Return half the difference of the logarithms of `1 + x` and `1 - x`."""
    (above, above_low), (below, below_low) = log_of_pair(*fast_two_sum(1.0, x)), log_pair(1.0 - x)
    high, error = fast_two_sum(-below, above)
    return where(x < 1.0, 0.5 * (high + (error + (above_low - below_low))), where(x == 1.0, INFINITY, math.nan))


@arctanh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / ((1.0 - a) * (1.0 + a))
