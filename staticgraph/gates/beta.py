"""The beta function and its logarithm, and the difference of digamma functions that is their derivative.

Source: A. R. DiDonato and A. H. Morris, "Algorithm 708: Significant digit computation of the incomplete beta function ratios", ACM
Transactions on Mathematical Software 18 (1992): where an argument is large, logarithms of gamma functions are not subtracted, but the
terms of Stirling's formula for them, which leaves `log1p` of their quotient.
"""

import math

from .exponential import exponential
from .gamma import LGAMMA_LARGE, TINY, chosen, digamma, lgamma, lgamma_of_positive, sum_of, trigamma
from .gamma_function import STIRLING_CONSTANT, gamma, stirling_series
from .logarithm import log, log1p, log1p_pair, log_pair
from .polynomials import quotient, times
from .primitives import Value, where, where_any
from .registry import gate
from .sums import Pair, two_sum

INFINITY, NAN = math.inf, math.nan
LIFT = 10
"""How far the recurrence lifts a digamma function, so that seven terms of the asymptotic series give all digits of a difference."""
ASYMPTOTIC = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""The coefficients of that series in `1 / x**2` (Abramowitz and Stegun, 6.3.18)."""


def negative(a: Pair) -> Pair:
    """Return a pair with the other sign."""
    return -a[0], -a[1]


def log_gamma_of(x: Value) -> Pair:
    """Return `lgamma(x)` for all positive `x`, as a pair where it is not tiny."""
    tiny = x < TINY.of(x)[0]
    return chosen(tiny, (-log(x), 0.0 * x), lgamma_of_positive(where(tiny, 1.0, x)))


def of_two_small(a: Value, b: Value) -> Pair:
    """Return the logarithm of the beta function of arguments below `LGAMMA_LARGE`; what the sum of them loses is put back."""
    total, error = two_sum(a, b)
    slope = log(total + 0.5) - 1.0 / total  # of `lgamma`, which need only be right to some per cent
    return sum_of(sum_of(log_gamma_of(a), log_gamma_of(b)), negative(sum_of(log_gamma_of(total), (slope * error, 0.0 * error))))


def log_ratio(a: Value, b: Value) -> Pair:
    """Return `log(1 + a / b)` as a pair, for positive numbers."""
    return log1p_pair(*quotient((a, 0.0), (b, 0.0)))


def of_one_large(a: Value, b: Value) -> Pair:
    """Return the logarithm for `a < LGAMMA_LARGE <= b`."""
    total, error = two_sum(a, b)
    high, low = log_pair(total)
    logarithm = sum_of((high, low + error / total), (-1.0, 0.0))
    terms = sum_of(times((b - 0.5, 0.0), log_ratio(a, b)), times((a, 0.0), logarithm))
    return sum_of(log_gamma_of(a), sum_of(negative(terms), two_sum(stirling_series(b), -stirling_series(total))))


def of_two_large(a: Value, b: Value) -> Pair:
    """Return the logarithm for `LGAMMA_LARGE <= a <= b`."""
    constant, constant_low = STIRLING_CONSTANT.of(a)
    half, rest = two_sum(constant, 0.5)
    terms = sum_of(times((a, 0.0), log_ratio(b, a)), times((b - 0.5, 0.0), log_ratio(a, b)))
    high, low = log_pair(a)
    terms = sum_of(terms, (0.5 * high, 0.5 * low))
    series = stirling_series(a) + (stirling_series(b) - stirling_series(a + b))
    return sum_of(negative(terms), sum_of((half, rest + constant_low), (series, 0.0 * series)))


def log_beta(a: Value, b: Value) -> Pair:
    """Return the logarithm of the beta function of two positive numbers, as a pair."""
    low, high = where(a < b, a, b), where(a < b, b, a)
    large, both = high >= LGAMMA_LARGE, low >= LGAMMA_LARGE
    safe_low, safe_high = where(both, low, LGAMMA_LARGE), where(large, high, LGAMMA_LARGE)
    small = of_two_small(where(both, 1.0, low), where(large, 1.0, high))
    one = of_one_large(where(both, 1.0, low), safe_high)
    return chosen(both, of_two_large(safe_low, where(both, high, LGAMMA_LARGE)), chosen(large, one, small))


def regular(a: Value, b: Value) -> Value:
    """Whether both arguments are positive numbers whose sum and quotient stay in range."""
    most = 2.0**120
    return (a > 1.0 / most) & (b > 1.0 / most) & (a < most) & (b < most)


DOMAIN = [(0.3, 4.0), (0.3, 4.0)]


@gate(
    domain=DOMAIN, commutative=True,
    examples=[((1.0, 1.0), 0.0, (-1.0, -1.0)), ((2.0, 1.0), -math.log(2.0), (-0.5, -1.5)), ((0.0, 1.0), INFINITY, (-INFINITY, 0.0))],
)  # fmt: skip
def betaln(a: Value, b: Value) -> Value:
    """Logarithm of the magnitude of the beta function, right also where one argument is much larger than the other.

    Gradient: `g * (digamma(a) - digamma(a + b))` and `g * (digamma(b) - digamma(a + b))`.
    """
    used = regular(a, b)
    high, low = log_beta(where(used, a, 1.0), where(used, b, 1.0))
    return where_any(~used, lambda: where(used, high + low, lgamma(a) + (lgamma(b) - lgamma(a + b))), high + low)


@betaln.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * digamma_difference(a, b), g * digamma_difference(b, a)


@gate(domain=DOMAIN, commutative=True, examples=[((1.0, 1.0), 1.0, (-1.0, -1.0)), ((2.0, 1.0), 0.5, (-0.25, -0.75))])
def beta(a: Value, b: Value) -> Value:
    """Beta function `gamma(a) gamma(b) / gamma(a + b)`.

    Gradient: `g * y * (digamma(a) - digamma(a + b))` and `g * y * (digamma(b) - digamma(a + b))`.
    """
    used = regular(a, b)
    value = exponential(*two_sum(*log_beta(where(used, a, 1.0), where(used, b, 1.0))))
    return where_any(~used, lambda: where(used, value, gamma(a) * (gamma(b) / gamma(a + b))), value)


@beta.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * (y * digamma_difference(a, b)), g * (y * digamma_difference(b, a))


def lifted_difference(a: Value, b: Value) -> Value:
    """Return `digamma(a) - digamma(a + b)` of positive numbers, in which nothing cancels, however small `b` is."""
    steps = [b / ((a + float(step)) * (a + (b + float(step)))) for step in range(LIFT)]
    x, other = a + float(LIFT), a + (b + float(LIFT))
    inverse, other_inverse = 1.0 / x, 1.0 / other
    apart = b * inverse * other_inverse
    u, other_u = inverse * inverse, other_inverse * other_inverse
    powers, quotient_of_powers, series = other_u, 1.0, ASYMPTOTIC[0]
    for coefficient in ASYMPTOTIC[1:]:
        quotient_of_powers, powers = quotient_of_powers * u + powers, powers * other_u
        series = series + coefficient * quotient_of_powers
    near = log1p(b * inverse) + apart * (0.5 + (inverse + other_inverse) * series)
    return -(near + sum(reversed(steps)))


@gate(public=False, domain=DOMAIN, examples=[((1.0, 1.0), -1.0, (math.pi**2 / 6 - (math.pi**2 / 6 - 1.0), 1.0 - math.pi**2 / 6))])
def digamma_difference(a: Value, b: Value) -> Value:
    """`digamma(a) - digamma(a + b)`, the derivative of the logarithm of the beta function."""
    used = regular(a, b)
    value = lifted_difference(where(used, a, 1.0), where(used, b, 1.0))
    return where_any(~used, lambda: where(used, value, digamma(a) - digamma(a + b)), value)


@digamma_difference.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * (trigamma(a) - trigamma(a + b)), -(g * trigamma(a + b))
