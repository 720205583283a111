"""The logarithm of the gamma function and its derivatives."""

from functools import cache

from mpmath import digamma, euler, findroot, log, loggamma, mpf, pi, polygamma, sin, sqrt, tan, workdps

from ..entries import Entry, Fit, Number

LGAMMA_LARGE, DIGAMMA_LARGE, TRIGAMMA_LARGE = mpf("3.5"), mpf(3), mpf(4)
"""From here on the series in `1 / x**2` stand; they are no longer the asymptotic ones, which would be poor so near to 0."""


@cache
def zero_of_digamma() -> mpf:
    """Return the only positive one."""
    with workdps(100):
        return findroot(digamma, 1.4616321449683623)


def from_two(y: mpf) -> mpf:
    """`lgamma(2 + y) / y`."""
    return loggamma(2 + y) / y


def from_zero(d: mpf) -> mpf:
    """`digamma(zero + d) / d`."""
    return digamma(zero_of_digamma() + d) / d


def sine(w: mpf) -> mpf:
    """`sin(pi y) / (pi y)` for the square `w` of `y`."""
    return sin(pi * sqrt(w)) / (pi * sqrt(w))


def cotangent(w: mpf) -> mpf:
    """`pi y cot(pi y) / (1 - 4 y**2)` for the square `w` of `y`."""
    return pi * sqrt(w) / tan(pi * sqrt(w)) / (1 - 4 * w)


def stirling(w: mpf) -> mpf:
    """What Stirling's formula lacks of `lgamma(x)`, times `x`, for `w = 1 / x**2`."""
    x = 1 / sqrt(w)
    return (loggamma(x) - (x - mpf(1) / 2) * (log(x) - 1) - (log(2 * pi) - 1) / 2) * x


def after_log(w: mpf) -> mpf:
    """What `log(x) - 1 / (2 x)` exceeds `digamma(x)` by, times `x**2`, for `w = 1 / x**2`."""
    x = 1 / sqrt(w)
    return (log(x) - 1 / (2 * x) - digamma(x)) * x * x


def after_reciprocals(w: mpf) -> mpf:
    """What `1 / x + 1 / (2 x**2)` lacks of `trigamma(x)`, times `x**3`, for `w = 1 / x**2`."""
    x = 1 / sqrt(w)
    return (polygamma(1, x) - 1 / x - 1 / (2 * x * x)) * x**3


ENTRIES: tuple[Entry, ...] = (
    Number("LGAMMA_CENTRE", lambda: 1 - euler, 2, "The derivative of `lgamma` at 2, in two parts."),
    Fit(
        "LGAMMA_SLOPE", lambda y: (from_two(y) - (1 - euler)) / y, ("-0.5", "0.5"), (16, 8),
        "How `lgamma(2 + y) / y` differs from that, over `y`, the error weighted to be relative to it.",
        weight=lambda y: abs(y) / from_two(y),
    ),
    Number("STIRLING_CONSTANT", lambda: (log(2 * pi) - 1) / 2, 1, "`(log(2 pi) - 1) / 2`."),
    Fit(
        "STIRLING", stirling, (0, 1 / LGAMMA_LARGE**2), (8, 2),
        "`x (lgamma(x) - (x - 1/2) (log(x) - 1) - (log(2 pi) - 1) / 2)` as a polynomial in `1 / x**2` for `x >= 3.5`, the error"
        " weighted to be relative to `lgamma`.",
        weight=lambda w: sqrt(w) / loggamma(1 / sqrt(w)),
    ),
    Fit(
        "SINE", lambda w: (sine(w) - 1) / w, (0, "0.25"), (7, 4),
        "`sin(pi y) / (pi y) - 1` as a polynomial in `y**2` up to `y = 1/2`, over `y**2`, the error weighted to be relative to the sine.",
        weight=lambda w: w / sine(w),
    ),
    Number("DIGAMMA_ZERO", lambda: zero_of_digamma() - 1, 2, "The positive zero of `digamma` less 1, in two parts."),
    Number("DIGAMMA_CENTRE", lambda: polygamma(1, zero_of_digamma()), 2, "The derivative there, in two parts."),
    Fit(
        "DIGAMMA_SLOPE", lambda d: (from_zero(d) - polygamma(1, zero_of_digamma())) / d, ("-0.46164", "0.53837"), (21, 10),
        "How `digamma(zero + d) / d` differs from that between 1 and 2, over `d`, the error weighted to be relative to it.",
        weight=lambda d: abs(d) / from_zero(d),
    ),
    Fit(
        "DIGAMMA_SERIES", after_log, (0, 1 / DIGAMMA_LARGE**2), (10, 2),
        "`x**2 (log(x) - 1 / (2 x) - digamma(x))` as a polynomial in `1 / x**2` for `x >= 3`, the error weighted to be relative to"
        " `digamma`.",
        weight=lambda w: w / digamma(1 / sqrt(w)),
    ),
    Fit(
        "COTANGENT", lambda w: (cotangent(w) - 1) / w, (0, "0.25"), (13, 6),
        "`pi y cot(pi y) / (1 - 4 y**2) - 1` as a polynomial in `y**2` up to `y = 1/2`, over `y**2`, the error weighted to be relative"
        " to the cotangent.",
        weight=lambda w: w / cotangent(w),
    ),
    Fit(
        "TRIGAMMA_SERIES", after_reciprocals, (0, 1 / TRIGAMMA_LARGE**2), (9, 2),
        "`x**3 (trigamma(x) - 1 / x - 1 / (2 x**2))` as a polynomial in `1 / x**2` for `x >= 4`, the error weighted to be relative to"
        " `trigamma`.",
        weight=lambda w: w,
    ),
)  # fmt: skip
