"""Tails of the normal distribution: an exponential of a square, and what it is multiplied by.

Source: M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x**2) erfc(x) in [0, inf)", Mathematics of
Computation 36 (1981): once its exponential is taken out, a tail times `p + x` varies little, and is a polynomial in
`t = (x - m) / (x + m)` for every `x >= 0`. That polynomial's centre, the quotient by `p + x`, and the square in the exponential are
pairs of numbers, so that one rounding counts, the last. The polynomials are fitted by `tools/coefficients.py`.
"""

from collections.abc import Callable
from typing import NamedTuple

from .coefficients.normal import (
    DENSITY_AT_ZERO,
    ERF_CENTRE,
    ERF_MIDDLE,
    ERF_POLE,
    ERF_SLOPE,
    NORMAL_CENTRE,
    NORMAL_MIDDLE,
    NORMAL_POLE,
    NORMAL_SLOPE,
)
from .exponential import Sixteenths, accurate_change_of, numbers_of_exponential, scaled
from .formats import Constant
from .parts import Part
from .polynomials import around, quotient, times, two_product
from .primitives import Value, fma, magnitude, where, where_any
from .sums import Pair, fast_two_sum, two_sum

MILLS_IS_X = 2.0**60
"""Where `1 / x` has lost its weight against `x`."""
NORMAL_EXPONENT = Constant((690.0, 1400.0), (80.0, 170.0))
"""Up to the first one `exp(-exponent)` times a factor near 1 is a normal number; beyond the second it is 0."""


class Tail(NamedTuple):
    """The numbers of `x -> (pole + x) tail(x)`, where `tail` has no exponential any more."""

    pole: Constant
    middle: Constant
    centre: Constant
    slope: Constant


OF_ERFC = Tail(ERF_POLE, ERF_MIDDLE, ERF_CENTRE, ERF_SLOPE)
"""Of `exp(x**2) erfc(x)`."""
OF_NORMAL = Tail(NORMAL_POLE, NORMAL_MIDDLE, NORMAL_CENTRE, NORMAL_SLOPE)
"""Of `exp(x**2 / 2) ndtr(-x)`."""


def numerator(tail: Tail, x: Value) -> Pair:
    """Return `(pole + x) tail(x)` as a pair, for `x >= 0`."""
    (middle,) = tail.middle.of(x)
    return around(tail.centre, tail.slope, (x - middle) / (x + middle))


def without_exponential(tail: Tail, x: Value) -> Pair:
    """Return `tail(x)` as a pair, for `x >= 0`."""
    return quotient(numerator(tail, x), two_sum(x, tail.pole.of(x)[0]))


@Part
def numerator_of_normal(a: Value) -> Pair:
    """Return the `numerator` of the normal distribution for a magnitude."""
    return numerator(OF_NORMAL, magnitude(a))


@Part
def normal_without_exponential(a: Value) -> Pair:
    """Return the tail `without_exponential` of the normal distribution beyond a magnitude."""
    return quotient(numerator_of_normal(a), two_sum(magnitude(a), OF_NORMAL.pole.of(a)[0]))


def inverse_mills_of_tail(a: Value) -> Value:
    """Return the density at the magnitude of `a` over the tail beyond it."""
    x = magnitude(a)
    growth = quotient(DENSITY_AT_ZERO.pair_of(x), numerator_of_normal(a))
    value, _ = times(growth, two_sum(x, OF_NORMAL.pole.of(x)[0]))
    return where(x > MILLS_IS_X, x, value)


class Power(NamedTuple):
    """`exp(-exponent)` for a pair: `whole * (1 + less_one)`, where `parts` has the power of two."""

    exponent: Pair
    parts: Sixteenths
    less_one: Value

    def terms(self, factor: Pair, power: Value) -> Pair:
        """Return `factor * power * (1 + less_one)` as a product and what it lacks, which is small beside it."""
        high = power * factor[0]
        return high, fma(high, self.less_one, fma(power, factor[1], fma(power, factor[0], -high)))

    def times(self, factor: Pair, power: Value) -> Pair:
        """Return the same as a pair."""
        return fast_two_sum(*self.terms(factor, power))


def numbers_of_power(exponent: Pair) -> tuple[Value, ...]:
    """Return those of `Power`, one after another."""
    parts = Sixteenths(*numbers_of_exponential(-exponent[0]))
    return *exponent, *parts, accurate_change_of(parts.r + (parts.rest - exponent[1]))


def power_of_numbers(exponent: Value, exponent_low: Value, *numbers: Value) -> Power:
    """Return the `Power` of such numbers."""
    return Power((exponent, exponent_low), Sixteenths(*numbers[:-1]), numbers[-1])


@Part
def exponential_of_square(x: Value) -> tuple[Value, ...]:
    """Return the numbers of `power_of_square`."""
    return numbers_of_power(two_product(x, x))


@Part
def exponential_of_half_square(x: Value) -> tuple[Value, ...]:
    """Return the numbers of `power_of_half_square`."""
    return numbers_of_power(two_product(0.5 * x, x))


def power_of_square(x: Value) -> Power:
    """Return `exp(-x**2)`; the sign of `x` changes no bit of it."""
    return power_of_numbers(*exponential_of_square(x))


def power_of_half_square(x: Value) -> Power:
    """Return `exp(-x**2 / 2)`; the sign of `x` changes no bit of it."""
    return power_of_numbers(*exponential_of_half_square(x))


def lowered(power: Power, times: Callable[[Value], Value]) -> Value:
    """Return what `times` makes of the power of two in `power`; where the result is subnormal it is rounded once."""
    exponent, parts = power.exponent[0], power.parts
    normal, zero = NORMAL_EXPONENT.of(exponent)

    def far_out() -> Value:
        return where(exponent > zero, 0.0, where(exponent != exponent, exponent, scaled(times(parts.near_one()), parts.doublings())))

    return where_any(~(exponent < normal), far_out, times(parts.whole))


def times_power(factor: Pair, power: Power) -> Value:
    """Return `factor * exp(-exponent)` for a factor near 1."""
    return lowered(power, lambda number: power.times(factor, number)[0])
