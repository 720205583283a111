"""The logarithms.

Source: P.-T. P. Tang, "Table-driven implementation of the logarithm function in IEEE floating-point arithmetic" (1990): `x = 2**k z`, and
with one of sixteen numbers `c` near `1 / z` the logarithm is `k log(2) - log(c) + log(1 + r)` for `r = c z - 1`. They are so short that `r`
is exact, and 1 for all `z` near 1. The first two terms are pairs of numbers, so that one rounding counts, the last.
"""

import math
from typing import NamedTuple

import numpy as np

from .coefficients.logarithm import (
    FACTORS,
    LN2_CUT,
    LOG2_SQUARE,
    LOG2_SQUARE_WIDE,
    LOG2S,
    LOG2S_LOW,
    LOG10_2_CUT,
    LOG10_SQUARE,
    LOG10_SQUARE_WIDE,
    LOG10S,
    LOG10S_LOW,
    LOG_CUBIC,
    LOG_CUBIC_WIDE,
    LOG_SQUARE,
    LOG_SQUARE_WIDE,
    LOGS,
    LOGS_LOW,
    ONE_OVER_LN2,
    ONE_OVER_LN10,
)
from .formats import SINGLE, Constant, format_of, in_range, is_normal
from .octaves import LEAST, as_number, exponent, made_normal
from .parts import Part
from .polynomials import polynomial, two_product
from .primitives import Value, bits, fma, from_bits, is_single, of_sixteen, where, where_any
from .registry import gate
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf
LOG_OF_PAIR_LIMIT = Constant((2.0**1000,), (2.0**120,))
"""Up to here a power of two and its inverse are normal numbers."""


class Fractions(NamedTuple):
    """`x = 2**k (1 + r) / c`, where `c` is one of sixteen short numbers, so that `r` is exact.

    Attributes
    ----------
    k
        As a number.
    place
        The integer whose last four bits say which of them.
    r
    """

    k: Value
    place: Value
    r: Value


def octave(x: Value) -> Value:
    """Return the integer `k` of `Fractions`; in float32 the octaves begin at whole powers of two, which takes two operations less."""
    return (bits(x) >> SINGLE.fraction_bits) - SINGLE.bias if is_single(x) else exponent(x)


@Part
def fractions(x: Value) -> tuple[Value, ...]:
    """Return the numbers of `Fractions`, the integer as the bits of a number, for a positive normal `x`."""
    form, k = format_of(x), octave(x)
    if is_single(x):
        place, reduced = bits(x), (bits(x) & (form.smallest_bits - 1)) | (form.bias << form.fraction_bits)
    else:
        place, reduced = bits(x) - LEAST[True], bits(x) - (k << form.fraction_bits)
    place = place >> (form.fraction_bits - 4)
    return as_number(k, x), from_bits(place), fma(from_bits(reduced), of_sixteen(FACTORS.of(x), place), -1.0)


def fractions_of(x: Value) -> Fractions:
    """Return the `Fractions` of a positive normal number."""
    k, place, r = fractions(x)
    return Fractions(k, bits(place), r)


def fractions_of_all(x: Value) -> Fractions:
    """Return the same for a positive number that may be subnormal."""
    raised, doublings = made_normal(x)
    parts = fractions_of(raised)
    return parts._replace(k=parts.k - doublings)


class Base(NamedTuple):
    """Logarithms to a base.

    Attributes
    ----------
    doubling
        Of 2, a pair.
    steps, steps_low
        Of the inverses of the short numbers, pairs.
    factor
        Of `e`, a pair, None for the natural ones.
    square
        The polynomial `(log(1 + r) - r * factor) / r**2`.
    """

    doubling: Constant
    steps: Constant
    steps_low: Constant
    factor: Constant | None
    square: Constant


def _of_both(double: Constant, single: Constant) -> Constant:
    return Constant(double.double, single.single)


CUBIC = _of_both(LOG_CUBIC, LOG_CUBIC_WIDE)
NATURAL = Base(LN2_CUT, LOGS, LOGS_LOW, None, _of_both(LOG_SQUARE, LOG_SQUARE_WIDE))
TO_BASE_2 = Base(Constant((1.0, 0.0), (1.0, 0.0)), LOG2S, LOG2S_LOW, ONE_OVER_LN2, _of_both(LOG2_SQUARE, LOG2_SQUARE_WIDE))
TO_BASE_10 = Base(LOG10_2_CUT, LOG10S, LOG10S_LOW, ONE_OVER_LN10, _of_both(LOG10_SQUARE, LOG10_SQUARE_WIDE))


def of_octave(parts: Fractions, base: Base) -> Pair:
    """Return `k` times the logarithm of 2 less that of the short number: a number with few bits, exactly, and the rest."""
    two, two_low = base.doubling.of(parts.k)
    low = of_sixteen(base.steps_low.of(parts.k), parts.place)
    return fma(parts.k, two, of_sixteen(base.steps.of(parts.k), parts.place)), fma(parts.k, two_low, low) if two_low else low


def logarithm(parts: Fractions, base: Base = NATURAL, plus: Pair | None = None, exact: bool = True) -> Value:
    """Return the logarithm of what has been split, plus the small product of two numbers; `exact` says whether `r` is."""
    r = parts.r
    whole, rest = of_octave(parts, base)
    if plus is not None:
        rest = fma(*plus, rest)
    after_linear = polynomial(base.square, r)
    if base.factor is not None:
        return logarithm_to(base.factor, r, whole, fma(r * r, after_linear, rest))
    if is_single(r) and exact:  # the part of 1 is so wide that elsewhere `r` is far below `whole`
        return whole + (r + fma(r * r, after_linear, rest))
    high, error = fast_two_sum(whole, r)
    return high + fma(r * r, after_linear, error + rest)


def logarithm_to(factor: Constant, r: Value, whole: Value, rest: Value) -> Value:
    """Return `whole + r * factor + rest`."""
    by, by_low = factor.pair_of(r)
    small = fma(r, by_low, rest)
    if is_single(r):
        return whole + fma(r, by, small)
    r, lost = two_product(r, by)
    high, error = fast_two_sum(whole, r)
    return high + (small + (error + lost))


def log_of_fractions(parts: Fractions, low: Value | None = None) -> Pair:
    """Return the natural logarithm as a pair right to `2**-58` (`2**-26`), where `r` lacks `low`."""
    whole, rest = of_octave(parts, NATURAL)
    r = parts.r
    if low is not None:
        r, low = fast_two_sum(r, low)
        rest = fma(-low, r, low) + rest
    high, error = fast_two_sum(whole, r)
    return fast_two_sum(high, error + fma(r * r, polynomial(NATURAL.square, r), rest))


def accurate_log_pair(parts: Fractions) -> Pair:
    """Return the natural logarithm as a pair right to `2**-64` (`2**-32`): the square of `r` is a pair, too."""
    whole, rest = of_octave(parts, NATURAL)
    r = parts.r
    square, square_low = two_product(r, -0.5 * r)
    high, error = fast_two_sum(whole, r)
    high, lost = fast_two_sum(high, square)
    cube = -2.0 * (r * square)
    return fast_two_sum(high, fma(cube, polynomial(CUBIC, r), (error + lost) + (square_low + rest)))


def log_pair(x: Value) -> Pair:
    """Return the natural logarithm of a positive normal number as a pair."""
    return log_of_fractions(fractions_of(x))


def factor_of(high: Value, parts: Fractions) -> Value:
    """Return the power of two, and the short number, that `high` is multiplied by."""
    short = of_sixteen(FACTORS.of(high), parts.place)
    return from_bits(bits(short) - (octave(high) << format_of(high).fraction_bits))


def log_of_pair(high: Value, low: Value) -> Pair:
    """Return `log(high + low)` as a pair, for `high` positive, normal and below `LOG_OF_PAIR_LIMIT`, and `low` below its last place."""
    parts = fractions_of(high)
    return log_of_fractions(parts, low * factor_of(high, parts))


def log_of_sum(high: Value, low: Value) -> Value:
    """Return the same as one number, for `high + low` near or above 1."""
    parts = fractions_of(high)
    low = low * factor_of(high, parts)
    return logarithm(parts, plus=(fma(-low, fma(0.5, low, parts.r), low), 1.0), exact=False)


def log1p_pair(high: Value, low: Value = 0.0) -> Pair:
    """Return `log(1 + high + low)` as a pair, for `1 + high` positive and below `LOG_OF_PAIR_LIMIT`."""
    total, error = two_sum(1.0, high)
    return log_of_pair(total, error + low)


def for_all(a: Value, base: Base) -> Value:
    """Return the logarithm of any number."""

    def elsewhere() -> Value:
        value = logarithm(fractions_of_all(a), base)
        return where(a == 0, -INFINITY, where(a < 0, math.nan, where(a <= format_of(a).largest, value, a)))

    return where_any(~is_normal(a), elsewhere, logarithm(fractions_of(a), base))


@gate(ufuncs=[np.log], domain=[(0.1, 4.0)], examples=[((1.0,), 0.0, (1.0,)), ((0.0,), -INFINITY, (INFINITY,))])
def log(a: Value) -> Value:
    """Natural logarithm.

    Gradient: `g / a`.
    """
    return for_all(a, NATURAL)


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
    return for_all(a, TO_BASE_2)


@log2.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return divided_by(g, a, math.log(2.0))


@gate(ufuncs=[np.log10], domain=[(0.1, 4.0)], examples=[((100.0,), 2.0, (1.0 / (100.0 * math.log(10.0)),))])
def log10(a: Value) -> Value:
    """Logarithm to the base 10.

    Gradient: `g / (a * log(10))`.
    """
    return for_all(a, TO_BASE_10)


@log10.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return divided_by(g, a, math.log(10.0))


@gate(ufuncs=[np.log1p], domain=[(-0.9, 3.0)], examples=[((0.0,), 0.0, (1.0,)), ((-1.0,), -INFINITY, (INFINITY,))])
def log1p(a: Value) -> Value:
    """`log(1 + a)`, accurate near 0.

    Gradient: `g / (1 + a)`.
    """
    most = LOG_OF_PAIR_LIMIT.of(a)[0]
    total, error = fast_two_sum(1.0, a)  # exact also where `a` is the larger one, as `total - 1` is, until nothing of 1 counts
    parts = fractions_of(total)
    factor = factor_of(total, parts)
    if is_single(a):  # `(1 + a) * factor - 1`, and `a` itself near 0: its error counts nowhere
        parts, plus = parts._replace(r=fma(a, factor, factor - 1.0)), None
    else:
        low = error * factor
        plus = fma(-low, parts.r, low), 1.0
    value = logarithm(parts, plus=plus, exact=False)

    def elsewhere() -> Value:
        return where(a == -1.0, -INFINITY, where(a < -1.0, math.nan, log(a)))

    return where_any(~((a > -1.0) & (a < most)), elsewhere, where(a == 0, a, value))


@log1p.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (1.0 + a)
