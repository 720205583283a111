"""The logarithms."""

from mpmath import atanh, log, log1p, mp, mpf, sqrt

from ..entries import Entry, Fit, Number

LOW, HIGH = "-0.29290", "0.41422"
"""A little more than where `1 + f` lies between the roots of a half and of 2."""
SQUARE = "0.02945"
"""A little more than the square of `f / (2 + f)` there."""

ENTRIES: tuple[Entry, ...] = (
    Fit("LOG_TAIL", lambda f: (log1p(f) - f) / f**2, (LOW, HIGH), (18, 8), "`(log(1 + f) - f) / f**2`.", weight=lambda f: abs(f / log1p(f)) * abs(f)),
    Fit("ATANH_TAIL", lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z, (0, SQUARE), (6, 2), "`(2 atanh(s) / s - 2) / s**2` of the square of `s`."),
)
