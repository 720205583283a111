"""Roots."""

from mpmath import mpf

from ..entries import Entry, Fit

ENTRIES: tuple[Entry, ...] = (
    Fit("ONE_OVER_CBRT", lambda x: x ** (mpf(-1) / 3), ("0.3535", "2.8285"), (7, 5), "`x ** (-1/3)`, where Newton's iteration begins."),
)
