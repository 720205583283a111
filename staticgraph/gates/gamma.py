"""The logarithm of the gamma function, and its derivatives.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", chapter 6: the recurrence (6.1.15, 6.3.5, 6.4.6) leads
from small arguments to an interval where a polynomial stands, the reflection (6.1.17, 6.3.7, 6.4.7) from negative arguments to positive
ones. Large arguments have the form of the asymptotic expansion (6.1.40, 6.3.18, 6.4.12), its series in `1 / x**2` replaced by a fitted
polynomial, which stands from 3 or 4 on. The polynomials are fitted by `tools/coefficients.py`, around the zeros with the zero as a
factor. What is added up are pairs of numbers, so that one rounding counts, the last.
"""

import math

from .coefficients.gamma import (
    COTANGENT,
    DIGAMMA_CENTRE,
    DIGAMMA_SERIES,
    DIGAMMA_SLOPE,
    DIGAMMA_ZERO,
    LGAMMA_CENTRE,
    LGAMMA_SLOPE,
    SINE,
    STIRLING,
    STIRLING_CONSTANT,
    TRIGAMMA_SERIES,
)
from .exponential import nearest_whole
from .formats import Constant, format_of
from .logarithm import log, log_of_pair, log_pair
from .polynomials import around, polynomial, quotient, times, two_product
from .primitives import Value, fma, is_single, magnitude, where, where_any
from .registry import gate
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf
EULER = 0.5772156649015329

LGAMMA_LARGE, DIGAMMA_LARGE = 3.5, 3.0
"""From here on `lgamma` and `digamma` are a logarithm and a series in `1 / x**2`."""
LIFT = 4
"""How far `trigamma` is lifted by the recurrence, whatever its argument, so that its series stands."""
LIFT_OF_GRAPH = 10
"""The same for the derivative of `trigamma`, whose series is the asymptotic one."""
LGAMMA_IS_FINITE = Constant((2.5599833278516383e305,), (4.085003108497519e36,))
"""Up to here `lgamma` does not overflow."""
TRIGAMMA_RANGE = Constant((2.0**-300, 2.0**500), (2.0**-30, 2.0**60))
"""Below the first one the derivative of `trigamma` is `-2 / a**3`, above the second `-1 / a**2`."""
TINY = Constant((2.0**-200,), (2.0**-40,))
"""Below this magnitude all but the pole at 0 has lost its weight."""


def nearest_whole_of(x: Value) -> Value:
    """Return the whole number nearest to any `x >= 0`."""
    shifter = 2.0 ** format_of(x).fraction_bits
    return where(x < shifter, (x + shifter) - shifter, x)


def from_whole(x: Value) -> Value:
    """Return the difference of any `x >= 0` from the nearest whole number, of infinity 0."""
    return where(x > format_of(x).largest, 0.0, x - nearest_whole_of(x))


def chosen(mask: Value, a: Pair, b: Pair) -> Pair:
    """Return `a` where the mask is set, otherwise `b`."""
    return where(mask, a[0], b[0]), where(mask, a[1], b[1])


def sum_of(a: Pair, b: Pair) -> Pair:
    """Return the sum of two pairs."""
    high, low = two_sum(a[0], b[0])
    return high, low + (a[1] + b[1])


def sine(y: Value) -> Pair:
    """Return `sin(pi y) / pi` as a pair, for `0 <= y <= 1/2`."""
    w = y * y
    return fast_two_sum(y, y * w * polynomial(SINE, w))


def cotangent(y: Value) -> Pair:
    """Return `pi cot(pi y)` as a pair, for a magnitude of `y` up to 1/2; the factor `1 - 4 y**2` has its zeros."""
    w, w_low = two_product(y, y)
    high, low = fast_two_sum(1.0, -4.0 * w)
    factor = fast_two_sum(1.0, w * polynomial(COTANGENT, w))
    return quotient(times((high, fma(-4.0, w_low, low)), factor), (y, 0.0))


def factors(x: Value, whole: Value, y: Value) -> Pair:
    """Return the quotient of the gamma functions of `x = whole + y` and `2 + y`, inverted where `whole < 2`, for `whole < 4`."""
    near = where(whole < 2.0, x, where(whole < 3.0, 1.0, y + 2.0))
    return chosen(whole < 1.0, times((x, 0.0), two_sum(1.0, x)), (near, 0.0))


def lgamma_of_positive(x: Value) -> Pair:
    """Return the logarithm of the gamma function as a pair, for `x >= TINY`."""
    large, whole = x >= LGAMMA_LARGE, nearest_whole_of(x)
    y, inverse = x - whole, 1.0 / x
    high, low = log_of_pair(*chosen(large, (x, 0.0), factors(x, whole, y)))
    less_one, error = fast_two_sum(high, -1.0)
    stirling = times((x - 0.5, 0.0), (less_one, error + low))
    series = fma(inverse, polynomial(STIRLING, inverse * inverse), STIRLING_CONSTANT.of(x)[0])
    recurrence = where(whole < 2.0, -high, high), where(whole < 2.0, -low, low)
    small = sum_of(recurrence, times((y, 0.0), around(LGAMMA_CENTRE, LGAMMA_SLOPE, y)))
    return chosen(large, sum_of(stirling, (series, 0.0)), small)


@gate(domain=[(0.2, 6.0)], examples=[((1.0,), 0.0, (-EULER,)), ((-3.0,), INFINITY, (math.nan,))])
def lgamma(a: Value) -> Value:
    """Logarithm of the absolute value of the gamma function.

    Within 2.1 units in the last place (2.7 in float32), also near its zeros at 1 and 2; near those of negative arguments within 2.7 units
    of 1/4.

    Gradient: `g * digamma(a)`.
    """
    x = magnitude(a)
    high, low = lgamma_of_positive(x)
    total, largest = high + low, format_of(a).largest
    # Close to the end of the range a product may overflow although the sum does not.
    finite = where((a > 1.0) & ~(total <= largest), largest, total)
    of_positive = where(a > LGAMMA_IS_FINITE.of(a)[0], INFINITY, finite)

    def elsewhere() -> Value:
        y = magnitude(from_whole(x))
        below, error = sum_of((high, low), log_of_pair(*times((x, 0.0), sine(y))))
        reflected = where(y == 0, INFINITY, -(below + error))
        return where(x < TINY.of(a)[0], -log(x), where(a < 0, reflected, of_positive))

    return where_any((a < 0) | (x < TINY.of(a)[0]), elsewhere, of_positive)


@lgamma.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * digamma(a)


def digamma_of_positive(x: Value) -> Pair:
    """Return the digamma function as a pair, for `TINY <= x` and finite; 1 or 0 steps lead to the interval from 1 to 2."""
    large = x >= DIGAMMA_LARGE
    whole, _ = nearest_whole(where(large, DIGAMMA_LARGE, x) - 0.5)
    y, inverse = x - whole, 1.0 / x
    zero, zero_low = DIGAMMA_ZERO.pair_of(x)
    difference, error = two_sum(y, -zero)
    from_zero = times((difference, error - zero_low), around(DIGAMMA_CENTRE, DIGAMMA_SLOPE, difference))
    series = inverse * fma(inverse, polynomial(DIGAMMA_SERIES, inverse * inverse), 0.5)
    step = quotient((1.0, 0.0), (where(whole < 1.0, -x, y + 1.0), 0.0))
    small = chosen(whole == 1.0, from_zero, sum_of(step, from_zero))
    return chosen(large, sum_of(log_pair(x), (-series, 0.0)), small)


@gate(domain=[(0.2, 6.0)], examples=[((0.0,), -INFINITY, (INFINITY,)), ((-0.0,), INFINITY, (INFINITY,)), ((INFINITY,), INFINITY, (0.0,))])
def digamma(a: Value) -> Value:
    """Derivative of `lgamma`.

    Within 1.2 units in the last place, also near its positive zero; near those of negative arguments within 1.5 units of 1/4, and within
    5 far left, where two numbers of some 30 cancel.

    Gradient: `g * trigamma(a)`.
    """
    x, left = magnitude(a), a < 0
    reflected, error = two_sum(1.0, x)
    z = where(left, reflected, x)
    high, low = digamma_of_positive(z)
    of_positive = high + low

    def elsewhere() -> Value:
        y, inverse = from_whole(x), 1.0 / z
        rest = low + error * (inverse * fma(0.5, inverse, 1.0))
        total = sum_of((high, rest), cotangent(y))
        value = where(left, where(y == 0, math.nan, total[0] + total[1]), of_positive)
        return where(x < TINY.of(a)[0], -1.0 / a, where(a > format_of(a).largest, a, value))

    return where_any(left | (x < TINY.of(a)[0]) | (x > format_of(a).largest), elsewhere, of_positive)


@digamma.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """Near the pole at 0 the derivative is `1 / a**2`, which is infinite long before `1 / a` is."""
    pole = 2.0**-60 if is_single(a) else 2.0**-500
    return where_any(magnitude(a) < pole, lambda: (g / a) / a, g * trigamma(a))


@gate(public=False, domain=[(0.2, 6.0)], examples=[((0.0,), INFINITY, (-INFINITY,)), ((INFINITY,), 0.0, (0.0,))])
def trigamma(a: Value) -> Value:
    """Derivative of `digamma`, within 2.7 units in the last place."""
    x, left = magnitude(a), a <= 0
    z = where(left, 1.0 + x, x)
    inverse = 1.0 / (z + float(LIFT))
    w = inverse * inverse
    series = fma(w, fma(inverse, polynomial(TRIGAMMA_SERIES, w), 0.5), inverse)
    first, *others = [1.0 / ((z + float(step)) * (z + float(step))) for step in range(LIFT)]
    value = (series + sum(reversed(others))) + first

    def reflected() -> Value:
        cosecant, low = quotient((1.0, 0.0), sine(magnitude(from_whole(x))))
        square, error = two_product(cosecant, cosecant)
        return where(square > format_of(a).largest, square, square + (fma(2.0 * cosecant, low, error) - value))

    return where_any(left, reflected, value)


@trigamma.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """Reflect as the derivative of `trigamma(a) + trigamma(1 - a) = (pi / sin(pi a))**2` tells, in which `digamma` gives the cotangent."""
    left = a <= 0
    of_positive = tetragamma_of_positive(where(left, 1.0 - a, a))
    reflected = of_positive - 2.0 * (digamma(1.0 - a) - digamma(a)) * (trigamma(1.0 - a) + y)
    least, most = TRIGAMMA_RANGE.of(a)
    pole, far = magnitude(a) < least, a > most

    def extreme() -> Value:
        once = g / a
        return where(pole, -2.0 * ((once / a) / a), -once / a)

    return where_any(pole | far, extreme, g * where(left, reflected, of_positive))


def tetragamma_of_positive(x: Value) -> Value:
    """Return the derivative of `trigamma` for `x > 0` by operators alone, so that it can be a graph (Abramowitz and Stegun, 6.4.13)."""
    inverse = 1.0 / (x + float(LIFT_OF_GRAPH))
    w = inverse * inverse
    series = 1 / 2 - w * (1 / 6 - w * (1 / 6 - w * (3 / 10 - w * (5 / 6 - w * (691 / 210)))))
    total = w * (1.0 + inverse + w * series)
    for step in reversed(range(LIFT_OF_GRAPH)):
        lifted = x + float(step)
        total = total + 2.0 / (lifted * lifted * lifted)
    return -total
