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
from .coefficients.logarithm import ATANH_TAIL, LN2_CUT, ONE_TWELFTH
from .exponential import EXP_RANGE, exp, expm1_pair, exponential_pair, power_of_two, reduced, scaled
from .formats import Constant
from .logarithm import factor_of, fractions_of, log_of_sum, logarithm
from .octaves import as_number, exponent
from .parts import Part
from .pieces import LAST_PIECE, in_pieces
from .polynomials import near_inverse_of_twice_the_root, polynomial, quotient, root, two_product
from .powers import hypot
from .primitives import Value, fma, is_single, magnitude, square_root, where, where_any
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf
TANH_IS_ONE = Constant((22.0,), (9.011,))
"""From here on `tanh` rounds to 1."""
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


def log_series(s: Value, s_low: Value) -> Pair:
    """Return `2 atanh((s + s_low) / 2)` as a pair."""
    w = s * s
    return s, fma(s * w, fma(w, polynomial(ATANH_TAIL, w), ONE_TWELFTH.of(s)[0]), s_low)


def with_doublings(k: Value, near_one: Pair) -> Pair:
    """Return `k log(2)` and a logarithm as a pair."""
    two, two_low = LN2_CUT.of(k)
    high, low = fast_two_sum(k * two, near_one[0])
    return high, low + fma(k, two_low, near_one[1])


@gate(ufuncs=[np.arctanh], domain=[(-0.9, 0.9)], examples=[((0.0,), 0.0, (1.0,)), ((1.0,), INFINITY, (INFINITY,))])
def arctanh(a: Value) -> Value:
    """Inverse hyperbolic tangent.

    Half the logarithm of `(1 + x) / (1 - x)`: with `2**k` near that quotient, `log(quotient / 2**k) = 2 atanh(difference / sum)` for the
    difference and the sum of `1 + x` and `2**k (1 - x)`. In float32 that difference is taken with a short number beside the power of two,
    and divided by `1 - x`, which leaves a shorter polynomial: 0.9 of the time.

    Gradient: `g / (1 - a**2)`.
    """
    x = magnitude(a)
    value = _log_of_quotient(x) if is_single(a) else _log_of_quotient_of_sums(x)
    value = where_any(~(x < 1.0), lambda: where(x == 1.0, INFINITY, math.nan), 0.5 * value)
    return with_sign(value, sign_of(a))


def _log_of_quotient_of_sums(x: Value) -> Value:
    """Return the logarithm of `(1 + x) / (1 - x)`."""
    (above, above_low), (below, below_low) = fast_two_sum(1.0, x), fast_two_sum(1.0, -x)
    k = exponent(above / below)
    scale = power_of_two(k, x)
    total, error = fast_two_sum(above, below * scale)
    difference = 2.0 * (above - below * scale), 2.0 * fma(-below_low, scale, above_low)
    ratio = quotient(difference, (total, error + fma(below_low, scale, above_low)))
    high, low = with_doublings(as_number(k, x), log_series(*ratio))
    return high + low


def _log_of_quotient(x: Value) -> Value:
    """Return the same in float32, as `log(1 + r) - log(f)` for `r = (f (1 + x) - (1 - x)) / (1 - x)`.

    From a half on `1 - x` is exact; below, the numbers `f + 1` and `f - 1` are, and what `r` lacks counts.
    """
    large, below = x >= 0.5, 1.0 - x
    inverse = 1.0 / below
    ratio = fma(x, inverse, inverse)
    parts = fractions_of(ratio)
    factor = factor_of(ratio, parts)
    numerator = fma(x, where(large, factor, factor + 1.0), factor - where(large, below, 1.0))
    r = numerator * inverse
    lacking = where(large, 0.0, fma(r, x, numerator - r))
    return logarithm(parts._replace(r=r), plus=(lacking, inverse))


@arctanh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / ((1.0 - a) * (1.0 + a))
