"""The error function and the normal distribution: gates made of `tails`, and their derivatives."""

import math

from .coefficients.normal import DENSITY_AT_ZERO, ERF_NEAR_ZERO, ERF_SLOPE_AT_ZERO, LOG_ERFC_OF_1, LOG_ERFC_SLOPE
from .exponential import exponential
from .formats import Constant
from .logarithm import log_of_pair
from .polynomials import around, polynomial
from .primitives import Value, fma, magnitude, where, where_any
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import fast_two_sum, two_sum
from .tails import OF_ERFC as OF_ERFC
from .tails import (
    Power,
    inverse_mills_of_tail,
    normal_without_exponential,
    power_of_half_square,
    times_power,
)
from .tails import power_of_square as power_of_square
from .tails import without_exponential as without_exponential

INFINITY = math.inf

NEAR_ZERO = 0.84375
"""Up to here `erf` is a polynomial."""
ERF_IS_ONE = 6.0
"""From here on, and long before, `erf` is 1."""
FAR_LEFT = Constant((2.0**60,), (2.0**32,))
"""Where half the square is beyond this, nothing else counts in `log_ndtr`."""
FAR_RIGHT = Constant((2.0**-60,), (2.0**-30,))
"""A tail below this is its own `-log(1 - tail)`."""


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

    Within 1.1 units in the last place, in float32 1.2.

    Gradient: `-g * 2 / sqrt(pi) * exp(-(a**2))`.
    """
    tail = times_power(without_exponential(OF_ERFC, magnitude(a)), power_of_square(a))
    return where(a < 0, 2.0 - tail, tail)


@erfc.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * -slope_of_erf(a)


@gate(examples=[((0.0,), 0.5, (DENSITY_AT_ZERO.double[0],)), ((INFINITY,), 1.0, (0.0,)), ((-INFINITY,), 0.0, (0.0,))])
def ndtr(a: Value) -> Value:
    """Distribution function of the standard normal distribution.

    Within 1.1 units in the last place in both tails, in float32 1.4.

    Gradient: `g * exp(-(a**2) / 2) / sqrt(2 * pi)`.
    """
    tail = times_power(normal_without_exponential(a), power_of_half_square(a))
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


def right_of_zero(power: Power, right: Value) -> Power:
    """Return a power for what reads it on the right alone, so that no lane on the left leads to what subnormal results need."""
    exponent, low = power.exponent
    return power._replace(exponent=(where(right, exponent, 0.0), low))


@gate(domain=[(-45.0, 5.0)], examples=[((0.0,), math.log(0.5), (2.0 * DENSITY_AT_ZERO.double[0],)), ((-INFINITY,), -INFINITY, (INFINITY,))])
def log_ndtr(a: Value) -> Value:
    """Logarithm of the standard normal distribution function, accurate in both tails.

    On the left it is the logarithm of the tail without its exponential, and the exponent. On the right it is that of 1 less the tail.
    Within 1.4 units in the last place, in float32 1.5.

    Gradient: `g * exp(-(a**2) / 2 - y) / sqrt(2 * pi)`.
    """
    right, power, factor = a > 0, power_of_half_square(a), normal_without_exponential(a)
    exponent, tail = power.exponent, times_power(factor, right_of_zero(power, right))
    _, tail_low = power.times(factor, power.parts.whole)
    total, rest = fast_two_sum(1.0, -tail)
    rest = rest - tail_low
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
    right, left = a > 0, inverse_mills_of_tail(a)
    density = times_power(DENSITY_AT_ZERO.pair_of(a), right_of_zero(power_of_half_square(a), right))
    return where(right, density / (1.0 - density / left), left)


@inverse_mills.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """Return `-y (a + y)`; far left, where `a + y` cancels, its asymptotic series."""
    z = 1.0 / (a * a)
    far = 1.0 + z * (-1.0 + z * (6.0 + z * (-50.0 + z * 518.0)))
    return g * -where(a < -40.0, far, where(y == 0, 0.0, y * (a + y)))
