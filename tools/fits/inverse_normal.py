"""The inverse of the error function."""

from functools import cache

from mpmath import erfc, erfinv, exp, log, mp, mpf, pi, sqrt

from ..entries import Entry, Fit, Number

MIDDLE = 3.5
"""The root of the logarithm at which `t` is 0."""
CENTRAL = mpf("0.53") ** 2
"""The square of the largest value that the central polynomial takes."""


@cache
def inverse(s: mpf) -> mpf:
    """Return the argument at which `erfc` is `exp(-s**2)`."""
    s = +s
    guess = s - log(s * sqrt(pi) + mpf("0.2")) / (2 * s)
    with mp.workdps(40):
        for _ in range(60):
            difference = log(erfc(guess)) + s * s
            step = difference * erfc(guess) * exp(guess * guess) * sqrt(pi) / 2
            guess += step
            if abs(step) < mpf(10) ** -35 * abs(guess):
                break
    return guess


def of_t(t: mpf) -> mpf:
    """`s` less the inverse, as a function of `t = (s - middle) / (s + middle)`."""
    s = MIDDLE * (1 + t) / (1 - t)
    return s - inverse(s)


def central(w: mpf) -> mpf:
    """`erfinv(y) / y` for the square `w` of `y`."""
    return erfinv(sqrt(w)) / sqrt(w)


ENTRIES: tuple[Entry, ...] = (
    Number("INVERSE_MIDDLE", lambda: mpf(MIDDLE), 1, "The root of the logarithm at which `t` is 0."),
    Fit(
        "INVERSE_GUESS", of_t, ("-0.617", "0.775"), (9, 6),
        "`s` less the argument at which `erfc` is `exp(-s**2)`, from `s = 0.83` to 27.6, the error weighted to be relative to"
        " the argument.",
        weight=lambda t: 1 / inverse(MIDDLE * (1 + t) / (1 - t)),
    ),
    Number("INVERSE_AT_ZERO", lambda: sqrt(pi) / 2, 2, "The derivative of `erfinv` at 0, in two parts."),
    Number("ROOT_OF_TWO", lambda: sqrt(mpf(2)), 2, "The square root of 2, in two parts."),
    Fit(
        "INVERSE_CENTRAL", lambda w: (central(w) - sqrt(pi) / 2) / w, (0, CENTRAL), (14, 6),
        "How `erfinv(y) / y` differs from that, over `y**2`, up to `y = 0.53`, the error weighted to be relative to it.",
        weight=lambda w: w / central(w),
    ),
)  # fmt: skip
