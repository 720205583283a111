"""The logarithms."""

from mpmath import atanh, log, log1p, mpf, sqrt

from ..entries import Entry, Fit, Number

SQUARE = "0.11778"
"""A little more than the square of `f / (1 + f / 2)` where `1 + f` lies between the roots of a half and of 2."""
LOW, HIGH = "-0.29290", "0.41422"
"""A little more than where `f` lies then."""


def atanh_tail(w: mpf) -> mpf:
    """`(2 atanh(s / 2) - s) / s**3` for the square `w` of `s`."""
    s = sqrt(w)
    return (2 * atanh(s / 2) - s) / (s * w)


ENTRIES: tuple[Entry, ...] = (
    Number("LN2_CUT", lambda: log(2), 2, "The logarithm of 2, cut in two; a whole exponent times the first part is exact.", bits=(41, 15)),
    Number("LOG10_2_CUT", lambda: log(2) / log(10), 2, "The logarithm of 2 to the base 10, cut likewise.", bits=(41, 15)),
    Number("ONE_OVER_LN2", lambda: 1 / log(2), 2, "What makes a natural logarithm one to the base 2."),
    Number("ONE_OVER_LN10", lambda: 1 / log(10), 2, "What makes a natural logarithm one to the base 10."),
    Number("ONE_TWELFTH", lambda: mpf(1) / 12, 2, "The first coefficient of `(2 atanh(s / 2) - s) / s**3` in powers of `s**2`."),
    Fit(
        "LOG_TAIL", lambda f: (log1p(f) - f) / f**2, (LOW, HIGH), (None, 8), "`(log(1 + f) - f) / f**2`, weighted by `f**2 / log(1 + f)`.",
        weight=lambda f: f**2 / abs(log1p(f)),
    ),
    Fit("ATANH_TAIL", lambda w: (atanh_tail(w) - mpf(1) / 12) / w, (0, SQUARE), (7, 3), "What follows that coefficient, over `s**2`."),
)  # fmt: skip
