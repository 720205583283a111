"""The error function and the normal distribution.

Source: M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x**2) erfc(x) in [0, inf)", Mathematics of
Computation 36 (1981): once its exponential is taken out, a tail times `p + x` varies little, and is a polynomial in
`t = (x - m) / (x + m)` for every `x >= 0`. That polynomial's centre, the quotient by `p + x`, and the square in the exponential are
pairs of numbers, so that one rounding counts, the last. The polynomials are fitted by `tools/coefficients.py`.
"""

import math
from typing import NamedTuple

from .coefficients.normal import (
    DENSITY_AT_ZERO,
    ERF_CENTRE,
    ERF_MIDDLE,
    ERF_NEAR_ZERO,
    ERF_POLE,
    ERF_SLOPE,
    ERF_SLOPE_AT_ZERO,
    LOG_ERFC_OF_1,
    LOG_ERFC_SLOPE,
    NORMAL_CENTRE,
    NORMAL_MIDDLE,
    NORMAL_POLE,
    NORMAL_SLOPE,
)
from .exponential import exponential, exponential_pair, power_of_two, scaled
from .formats import Constant, format_of
from .logarithm import log_of_pair
from .parts import Part
from .polynomials import around, polynomial, quotient, times, two_product
from .primitives import Value, bits, fma, from_bits, magnitude, where, where_any
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf

NEAR_ZERO = 0.84375
"""Up to here `erf` is a polynomial."""
ERF_IS_ONE = 6.0
"""From here on, and long before, `erf` is 1."""
FAR_LEFT = Constant((2.0**60,), (2.0**32,))
"""Where half the square is beyond this, nothing else counts in `log_ndtr`."""
FAR_RIGHT = Constant((2.0**-60,), (2.0**-30,))
"""A tail below this is its own `-log(1 - tail)`."""
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
    """A pair `exponent`, and `k` and a pair `y` with `exp(-exponent) = 2**k * y`."""

    exponent: Pair
    k: Value
    y: Pair


@Part
def exponential_of_square(x: Value) -> tuple[Value, ...]:
    """Return the numbers of `power_of_square`."""
    exponent = two_product(x, x)
    k, y = exponential_pair(-exponent[0], -exponent[1])
    return *exponent, from_bits(k), *y


@Part
def exponential_of_half_square(x: Value) -> tuple[Value, ...]:
    """Return the numbers of `power_of_half_square`."""
    exponent = two_product(0.5 * x, x)
    k, y = exponential_pair(-exponent[0], -exponent[1])
    return *exponent, from_bits(k), *y


def power_of_square(x: Value) -> Power:
    """Return `exp(-x**2)`; the sign of `x` changes no bit of it."""
    exponent, exponent_low, k, y, y_low = exponential_of_square(x)
    return Power((exponent, exponent_low), bits(k), (y, y_low))


def power_of_half_square(x: Value) -> Power:
    """Return `exp(-x**2 / 2)`; the sign of `x` changes no bit of it."""
    exponent, exponent_low, k, y, y_low = exponential_of_half_square(x)
    return Power((exponent, exponent_low), bits(k), (y, y_low))


def times_power(factor: Pair, power: Power) -> Value:
    """Return `factor * exp(-exponent)` for a factor near 1, rounded once where that is subnormal."""
    y, _ = times(power.y, factor)
    return lowered(power.exponent[0], y, power.k)


def lowered(exponent: Value, y: Value, k: Value) -> Value:
    """Return `2**k * y`, which is `exp(-exponent)` times a factor near 1."""
    normal, zero = NORMAL_EXPONENT.of(y)

    def far_out() -> Value:
        return where(exponent > zero, 0.0, where(exponent != exponent, exponent, scaled(y, k)))

    return where_any(~(exponent < normal), far_out, from_bits(bits(y) + (k << format_of(y).fraction_bits)))


@gate(examples=[((0.0,), 0.0, (ERF_SLOPE_AT_ZERO.double[0],)), ((INFINITY,), 1.0, (0.0,)), ((-INFINITY,), -1.0, (0.0,))])
def erf(a: Value) -> Value:
    """Error function.

    Up to 27 / 32 it is `a` times a polynomial in its square; from there on it is 1 less the exponential of a polynomial around 1.
    Within 0.9 units in the last place.

    Gradient: `g * 2 / sqrt(pi) * exp(-(a**2))`.
    """
    x = magnitude(a)
    near_zero = fma(x, polynomial(ERF_NEAR_ZERO, a * a), x)

    def beyond() -> Value:
        return 1.0 - exponential(*around(LOG_ERFC_OF_1, LOG_ERFC_SLOPE, where(x > ERF_IS_ONE, ERF_IS_ONE, x) - 1.0))

    return with_sign(where_any(x >= NEAR_ZERO, beyond, near_zero), sign_of(a))


@erf.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * slope_of_erf(a)


@gate(examples=[((0.0,), 1.0, (-ERF_SLOPE_AT_ZERO.double[0],)), ((INFINITY,), 0.0, (0.0,)), ((-INFINITY,), 2.0, (0.0,))])
def erfc(a: Value) -> Value:
    """Complementary error function, `1 - erf(a)`, accurate in the tail.

    Within 1.1 units in the last place.

    Gradient: `-g * 2 / sqrt(pi) * exp(-(a**2))`.
    """
    x = magnitude(a)
    tail = times_power(without_exponential(OF_ERFC, x), power_of_square(a))
    return where(a < 0, 2.0 - tail, tail)


@erfc.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * -slope_of_erf(a)


@gate(examples=[((0.0,), 0.5, (DENSITY_AT_ZERO.double[0],)), ((INFINITY,), 1.0, (0.0,)), ((-INFINITY,), 0.0, (0.0,))])
def ndtr(a: Value) -> Value:
    """Distribution function of the standard normal distribution.

    Within 1.1 units in the last place in both tails.

    Gradient: `g * exp(-(a**2) / 2) / sqrt(2 * pi)`.
    """
    power, factor = power_of_half_square(a), normal_without_exponential(a)
    tail = times_power(factor, power)
    return where(a > 0, 1.0 - tail, tail)


@ndtr.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * normal_density(a)


@gate(public=False, examples=[((0.0,), ERF_SLOPE_AT_ZERO.double[0], (0.0,)), *ends((0.0, 0.0), (0.0, 0.0))])
def slope_of_erf(a: Value) -> Value:
    """Derivative of `erf`, accurate in the tails, where the rounding error of the square counts."""
    return times_power(ERF_SLOPE_AT_ZERO.pair_of(a), power_of_square(a))


@slope_of_erf.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * where(y == 0, 0.0, -2.0 * a * y)


@gate(public=False, examples=[((0.0,), DENSITY_AT_ZERO.double[0], (0.0,)), *ends((0.0, 0.0), (0.0, 0.0))])
def normal_density(a: Value) -> Value:
    """Density of the standard normal distribution, accurate in the tails."""
    return times_power(DENSITY_AT_ZERO.pair_of(a), power_of_half_square(a))


@normal_density.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * where(y == 0, 0.0, -(a * y))


@gate(domain=[(-45.0, 5.0)], examples=[((0.0,), math.log(0.5), (2.0 * DENSITY_AT_ZERO.double[0],)), ((-INFINITY,), -INFINITY, (INFINITY,))])
def log_ndtr(a: Value) -> Value:
    """Logarithm of the standard normal distribution function, accurate in both tails.

    On the left it is the logarithm of the tail without its exponential, and the exponent. On the right it is that of 1 less the tail.
    Within 1.4 units in the last place.

    Gradient: `g * exp(-(a**2) / 2 - y) / sqrt(2 * pi)`.
    """
    right, (exponent, k, power), factor = a > 0, power_of_half_square(a), normal_without_exponential(a)
    y, y_low = times(power, factor)
    tail = lowered(exponent[0], y, k)
    total, rest = fast_two_sum(1.0, -tail)
    rest = rest - y_low * power_of_two(k, y)
    high, low = log_of_pair(where(right, total, factor[0]), where(right, rest, factor[1]))
    value, error = two_sum(where(right, 0.0, -exponent[0]), high)
    value = value + (error + where(right, low, low - exponent[1]))
    value = where(right & (tail < FAR_RIGHT.of(a)[0]), -tail, value)
    return where(~right & (exponent[0] > FAR_LEFT.of(a)[0]), -exponent[0], value)


@log_ndtr.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * inverse_mills(a)


@gate(public=False, domain=[(-45.0, 5.0)], examples=[((-INFINITY,), INFINITY, (-1.0,))])
def inverse_mills(a: Value) -> Value:
    """Density of the standard normal distribution over its distribution function: the inverse of Mills' ratio at `-a`.

    Within 3.1 units in the last place in both tails.
    """
    density, left = normal_density(a), inverse_mills_of_tail(a)
    return where(a > 0, density / (1.0 - density / left), left)


@inverse_mills.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """Return `-y (a + y)`; far left, where `a + y` cancels, its asymptotic series."""
    z = 1.0 / (a * a)
    far = 1.0 + z * (-1.0 + z * (6.0 + z * (-50.0 + z * 518.0)))
    return g * -where(a < -40.0, far, where(y == 0, 0.0, y * (a + y)))
