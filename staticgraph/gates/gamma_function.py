"""The gamma function.

Source: M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 6.1.15, 6.1.17 and 6.1.37. It is the exponential of its
logarithm, which is a pair; of large arguments that takes the logarithm right to `2**-64`, as `power` does.
"""

import math

from .coefficients.gamma import STIRLING
from .exponential import EXP_RANGE, exponential_pair, raised, scaled
from .formats import Constant
from .gamma import LGAMMA_LARGE, TINY, chosen, digamma, from_whole, lgamma_of_positive, sine, sum_of
from .logarithm import accurate_log_pair, fractions_of
from .polynomials import polynomial, quotient, times
from .primitives import Value, magnitude, where, where_any
from .registry import gate
from .rounding import down
from .sums import Pair, fast_two_sum, two_sum

INFINITY, NAN, EULER = math.inf, math.nan, 0.5772156649015329
FINITE = Constant((171.62437695630271,), (35.04009,))
"""Up to here the gamma function does not overflow."""
LARGEST = Constant((200.0,), (50.0,))
"""From here on it has long overflown, and its inverse is 0."""
STIRLING_CONSTANT = Constant((0.4189385332046727, 1.6728209650585413e-17), (0.418938547372818, -1.4168144879533884e-08))
"""`(log(2 pi) - 1) / 2`, in two parts."""


def stirling_series(x: Value) -> Value:
    """Return what Stirling's formula lacks of `lgamma(x)`, for `x >= LGAMMA_LARGE`."""
    inverse = 1.0 / x
    return inverse * polynomial(STIRLING, inverse * inverse)


def log_gamma_of_large(x: Value) -> Pair:
    """Return `lgamma(x)` as a pair right to `2**-64` of its terms, for `x >= LGAMMA_LARGE`."""
    high, low = accurate_log_pair(fractions_of(x))
    less_one, error = sum_of((high, low), (-1.0, 0.0))
    constant, constant_low = STIRLING_CONSTANT.of(x)
    series, lost = fast_two_sum(constant, stirling_series(x))
    return sum_of(times((x - 0.5, 0.0), (less_one, error)), (series, lost + constant_low))


def log_gamma(x: Value) -> Pair:
    """Return the same for `x >= TINY`."""
    large = x >= LGAMMA_LARGE
    small = lgamma_of_positive(where(large, 1.0, x))
    return chosen(large, log_gamma_of_large(where(large, x, LGAMMA_LARGE)), small)


@gate(
    domain=[(0.2, 6.0)],
    examples=[
        ((1.0,), 1.0, (-EULER,)), ((0.5,), math.sqrt(math.pi), (-3.4802309069132620,)),
        ((-2.0,), NAN, (NAN,)), ((0.0,), INFINITY, (-INFINITY,)),
    ],
)  # fmt: skip
def gamma(a: Value) -> Value:
    """Gamma function; NaN at its poles left of 0.

    Within 2 units in the last place.

    Gradient: `g * y * digamma(a)`.
    """
    x = magnitude(a)
    limited = where(x > LARGEST.of(a)[0], LARGEST.of(a)[0], where(x < TINY.of(a)[0], 1.0, x))
    high, low = two_sum(*log_gamma(limited))
    k, (y, y_low) = exponential_pair(high, low)
    of_positive = where(a > FINITE.of(a)[0], INFINITY, raised(high, y, k, EXP_RANGE))

    def elsewhere() -> Value:
        below = magnitude(from_whole(x))
        product = times(times((limited, 0.0), sine(below)), (y, y_low))
        inverse, rest = quotient((1.0, 0.0), product)
        even = down(0.5 * down(x)) * 2.0 == down(x)
        size = scaled(inverse + rest, 0 - k)
        reflected = where((below == 0) | (x == INFINITY), NAN, where(even, -size, size))
        return where(x < TINY.of(a)[0], 1.0 / a, where(a < 0, reflected, of_positive))

    return where_any((a < 0) | (x < TINY.of(a)[0]), elsewhere, of_positive)


@gamma.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (y * digamma(a))
