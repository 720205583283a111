"""What the incomplete gamma and beta functions have as a factor: powers over the complete ones, as exponentials of pairs.

Their exponents are differences of large numbers; as pairs they leave 8 units in the last place for arguments up to some hundreds.
"""

import math

from .beta import digamma_difference, log_beta, negative
from .coefficients.gamma import LGAMMA_CENTRE, LGAMMA_SLOPE
from .exponential import exponential
from .gamma import digamma, lgamma, sum_of
from .gamma_function import log_gamma
from .logarithm import accurate_log_pair, fractions_of_all, log, log1p, log1p_pair
from .polynomials import around, times
from .primitives import Value, where
from .registry import gate
from .sums import two_sum

INFINITY, NAN = math.inf, math.nan
LEAST, MOST = 2.0**-100, 2.0**100
"""Between these numbers the factors are computed."""


def inside(x: Value) -> Value:
    """Whether a number lies between the limits."""
    return (x > LEAST) & (x < MOST)


@gate(public=False, domain=[(0.5, 4.0), (0.5, 4.0)], examples=[((1.0, 1.0), math.exp(-1.0), (math.exp(-1.0) * 0.5772156649015329, 0.0))])
def gamma_power(a: Value, x: Value) -> Value:
    """`x**a exp(-x) / gamma(a)`, for `a` between `2**-100` and `2**100`, and positive `x` up to there."""
    used = inside(a) & (x > 0.0) & (x < MOST)
    a, x = where(used, a, 1.0), where(used, x, 1.0)
    exponent = sum_of(sum_of(times((a, 0.0), accurate_log_pair(fractions_of_all(x))), (-x, 0.0 * x)), negative(log_gamma(a)))
    return where(used, exponential(*two_sum(*exponent)), NAN)


@gamma_power.backward
def _(g: Value, y: Value, a: Value, x: Value) -> Value:
    return g * (y * (log(x) - digamma(a))), g * (y * ((a - x) / x))


@gate(
    public=False, domain=[(0.5, 4.0), (0.5, 4.0), (0.1, 0.9)],
    examples=[((1.0, 1.0, 0.5), 0.25, (0.25 * (1.0 - math.log(2.0)), 0.25 * (1.0 - math.log(2.0)), 0.0))],
)  # fmt: skip
def beta_power(a: Value, b: Value, x: Value) -> Value:
    """`x**a (1 - x)**b` over the beta function of `a` and `b`, for those between `2**-100` and `2**100`, and `x` between 0 and 1."""
    used = inside(a) & inside(b) & (x > 0.0) & (x < 1.0)
    a, b, x = where(used, a, 1.0), where(used, b, 1.0), where(used, x, 0.5)
    powers = sum_of(times((a, 0.0), accurate_log_pair(fractions_of_all(x))), times((b, 0.0), log1p_pair(-x)))
    return where(used, exponential(*two_sum(*sum_of(powers, negative(log_beta(a, b))))), NAN)


@beta_power.backward
def _(g: Value, y: Value, a: Value, b: Value, x: Value) -> Value:
    # The value anew: beside three operands an instruction of a derivative has no room for it.
    value, to_x = beta_power(a, b, x), a / x - b / (1.0 - x)
    return g * (value * (log(x) - digamma_difference(a, b))), g * (value * (log1p(-x) - digamma_difference(b, a))), g * (value * to_x)


@gate(public=False, domain=[(0.05, 3.0)], examples=[((0.0,), 0.0, (-0.5772156649015329,)), ((1.0,), 0.0, (0.42278433509846713,))])
def lgamma1p(a: Value) -> Value:
    """`lgamma(1 + a)`, accurate near 0, for `a >= 0`."""
    small = a < 0.5
    x = where(small, a, 0.0)
    near, rest = sum_of(times((x, 0.0), around(LGAMMA_CENTRE, LGAMMA_SLOPE, x)), negative(log1p_pair(x)))
    return where(small, near + rest, lgamma(1.0 + a))


@lgamma1p.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * digamma(1.0 + a)
