"""The logarithms.

Source: `x = 2**k (1 + f)` with `1 + f` between the roots of a half and of 2, and `log(1 + f) = 2 atanh(s / 2)` for `s = f / (1 + f / 2)`
(W. J. Cody and W. Waite, "Software Manual for the Elementary Functions", 1980; P.-T. P. Tang, "Table-driven implementation of the
logarithm function in IEEE floating-point arithmetic", 1990). The quotient is a pair of numbers, so that one rounding counts, the last.
"""

import math
from collections.abc import Callable

import numpy as np

from .coefficients.logarithm import ATANH_TAIL, LN2_CUT, LOG10_2_CUT, LOG_CUBIC, ONE_OVER_LN2, ONE_OVER_LN10, ONE_TWELFTH
from .formats import DOUBLE, Constant, format_of, in_range
from .parts import Part
from .polynomials import polynomial, two_product
from .primitives import Value, bits, fma, from_bits, is_single, where, where_any
from .registry import gate
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf
LOG_OF_PAIR_LIMIT = Constant((2.0**1000,), (2.0**120,))
"""Up to here a power of two and its inverse are normal numbers."""
ROOT_OF_HALF = {True: 0x3FE6_A09E_667F_3BCD, False: 0x3F35_04F3}
"""The bits of the root of a half, in float64 and in float32."""


def exponent(x: Value) -> Value:
    """Return the integer `k` for which `x / 2**k` lies between the roots of a half and of 2, for a positive normal `x`."""
    form = format_of(x)
    return (bits(x) - ROOT_OF_HALF[form is DOUBLE]) >> form.fraction_bits


def as_number(k: Value, like: Value) -> Value:
    """Return a small integer as a number."""
    form = format_of(like)
    return from_bits(k + form.shifter_bits) - form.shifter


@Part
def split(x: Value) -> Pair:
    """Return the number `k` and `f` with `x = 2**k (1 + f)`, for a positive normal `x`."""
    k = exponent(x)
    return as_number(k, x), from_bits(bits(x) - (k << format_of(x).fraction_bits)) - 1.0


def split_all(x: Value) -> Pair:
    """Return the same for a positive number that may be subnormal."""
    form = format_of(x)
    doublings = float(form.fraction_bits + 2)
    small = x < form.smallest_normal
    k, f = split(where(small, x * 2.0**doublings, x))
    return where(small, k - doublings, k), f


@Part
def log_quotient(f: Value) -> Pair:
    """Return the pair `s = f / (1 + f / 2)`."""
    return log_quotient_of_pair(f, None)


def log_quotient_of_pair(f: Value, low: Value | None) -> Pair:
    """Return the pair `s = (f + low) / (1 + (f + low) / 2)`."""
    d, d_low = fast_two_sum(1.0, 0.5 * f)
    inverse = 1.0 / d
    s = f * inverse
    rest = fma(-s, d, f)
    if low is not None:
        d_low, rest = fma(0.5, low, d_low), rest + low
    return s, fma(-s, d_low, rest) * inverse


def log_near_one(f: Value, low: Value | None = None) -> Pair:
    """Return `log(1 + f + low)` as a pair right to `2**-58` (`2**-26`) of its value, for `1 + f` between the roots of a half and of 2."""
    if is_single(f):  # with no division in 0.7 of the time
        square = f * f
        high, rest = fast_two_sum(f, -0.5 * square)
        if low is not None:
            rest = fma(-low, f, low) + rest
        return high, fma(square * f, polynomial(LOG_CUBIC, f), rest)
    return log_series(*(log_quotient(f) if low is None else log_quotient_of_pair(f, low)))


@Part
def powers_and_series(s: Value) -> tuple[Value, ...]:
    """Return `w = s * s`, `s * w`, and the series of `2 atanh(s / 2)` from its third term on, over `s * w * w`."""
    w = s * s
    return w, s * w, polynomial(ATANH_TAIL, w)


def log_series(s: Value, s_low: Value) -> Pair:
    """Return `2 atanh((s + s_low) / 2)` as a pair."""
    w, cube, series = powers_and_series(s)
    return s, fma(cube, fma(w, series, ONE_TWELFTH.of(s)[0]), s_low)


def accurate_log_pair(k: Value, f: Value) -> Pair:
    """Return `k log(2) + log(1 + f)` as a pair right to `2**-64` (`2**-34`): the first term of the series after `s` is a pair, too.

    That term comes last, so that all sums before it are made while the processor works on it.
    """
    s, s_low = log_quotient(f)
    two, two_low = LN2_CUT.of(f)
    head, error = fast_two_sum(k * two, s)
    head, error = fast_two_sum(head, fma(k, two_low, error))
    w, cube, series = powers_and_series(s)
    w_low = fma(2.0 * s, s_low, fma(s, s, -w))
    twelfth, twelfth_low = ONE_TWELFTH.of(f)
    q, q_low = fast_two_sum(twelfth, w * series)
    cube_low = fma(s, w_low, fma(s_low, w, fma(s, w, -cube)))
    third, third_low = two_product(cube, q)
    third_low = fma(cube, q_low + twelfth_low, fma(cube_low, q, third_low))
    high, below = fast_two_sum(head, third)
    return high, below + (error + (third_low + s_low))


def with_exponent(k: Value, near_one: Pair, cut: Constant = LN2_CUT) -> Pair:
    """Return `k log(2)` and the logarithm of what is left as a pair; `cut` has the logarithm of 2, to whatever base."""
    two, two_low = cut.of(k)
    high, low = fast_two_sum(k * two, near_one[0])
    return high, low + fma(k, two_low, near_one[1])


def log_pair(x: Value) -> Pair:
    """Return the natural logarithm of a positive normal number as a pair."""
    k, f = split(x)
    return with_exponent(k, log_near_one(f))


def to_base(near_one: Pair, factor: Constant) -> Pair:
    """Return a natural logarithm times a constant in two parts."""
    by, by_low = factor.of(near_one[0])
    high, low = two_product(near_one[0], by)
    return high, fma(near_one[0], by_low, fma(near_one[1], by, low))


def log_of_pair(high: Value, low: Value) -> Pair:
    """Return `log(high + low)` as a pair, for `high` positive, normal and below `LOG_OF_PAIR_LIMIT`, and `low` below its last place."""
    form, k = format_of(high), exponent(high)
    f = from_bits(bits(high) - (k << form.fraction_bits)) - 1.0
    near_one = log_near_one(*fast_two_sum(f, low * from_bits((form.bias - k) << form.fraction_bits)))
    return with_exponent(as_number(k, high), near_one)


def log1p_pair(high: Value, low: Value = 0.0) -> Pair:
    """Return `log(1 + high + low)` as a pair, for `1 + high` positive and below `LOG_OF_PAIR_LIMIT`."""
    total, error = two_sum(1.0, high)
    return log_of_pair(total, error + low)


def is_normal(x: Value) -> Value:
    """Whether a number is positive and neither subnormal nor infinite."""
    form = format_of(x)
    return (x >= form.smallest_normal) & (x <= form.largest)


def for_all(a: Value, of_parts: Callable[[Value, Value], Value]) -> Value:
    """Return the logarithm of any number, given a function of the parts that `split` gives."""

    def elsewhere() -> Value:
        return where(a == 0, -INFINITY, where(a < 0, math.nan, where(a <= format_of(a).largest, of_parts(*split_all(a)), a)))

    return where_any(~is_normal(a), elsewhere, of_parts(*split(a)))


@gate(ufuncs=[np.log], domain=[(0.1, 4.0)], examples=[((1.0,), 0.0, (1.0,)), ((0.0,), -INFINITY, (INFINITY,))])
def log(a: Value) -> Value:
    """Natural logarithm.

    Gradient: `g / a`.
    """

    def of_parts(k: Value, f: Value) -> Value:
        high, low = with_exponent(k, log_near_one(f))
        return high + low

    return for_all(a, of_parts)


@log.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / a


def divided_by(g: Value, a: Value, factor: float) -> Value:
    """Return `g / (a * factor)`, also where that product leaves the range."""
    divisor = a * factor
    return where_any(~in_range(divisor), lambda: (g / a) / factor, g / divisor)


@gate(ufuncs=[np.log2], domain=[(0.1, 4.0)], examples=[((8.0,), 3.0, (1.0 / (8.0 * math.log(2.0)),))])
def log2(a: Value) -> Value:
    """Logarithm to the base 2.

    Gradient: `g / (a * log(2))`.
    """

    def of_parts(k: Value, f: Value) -> Value:
        near_one = to_base(log_near_one(f), ONE_OVER_LN2)
        high, low = fast_two_sum(k, near_one[0])
        return high + (low + near_one[1])

    return for_all(a, of_parts)


@log2.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return divided_by(g, a, math.log(2.0))


@gate(ufuncs=[np.log10], domain=[(0.1, 4.0)], examples=[((100.0,), 2.0, (1.0 / (100.0 * math.log(10.0)),))])
def log10(a: Value) -> Value:
    """Logarithm to the base 10.

    Gradient: `g / (a * log(10))`.
    """

    def of_parts(k: Value, f: Value) -> Value:
        high, low = with_exponent(k, to_base(log_near_one(f), ONE_OVER_LN10), LOG10_2_CUT)
        return high + low

    return for_all(a, of_parts)


@log10.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return divided_by(g, a, math.log(10.0))


@gate(ufuncs=[np.log1p], domain=[(-0.9, 3.0)], examples=[((0.0,), 0.0, (1.0,)), ((-1.0,), -INFINITY, (INFINITY,))])
def log1p(a: Value) -> Value:
    """`log(1 + a)`, accurate near 0.

    Gradient: `g / (1 + a)`.
    """
    most = LOG_OF_PAIR_LIMIT.of(a)[0]
    high, low = log1p_pair(a)

    def elsewhere() -> Value:
        return where(a == -1.0, -INFINITY, where(a < -1.0, math.nan, log(a)))

    return where_any(~((a > -1.0) & (a < most)), elsewhere, where(a == 0, a, high + low))


@log1p.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (1.0 + a)
