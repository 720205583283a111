"""The hyperbolic functions."""

from mpmath import asinh, cosh, mpf, sinh, sqrt, tanh

from ..entries import Entry, Fit
from ..pieces import pieces

SQUARE = "0.12013"
"""A little more than the square of half the logarithm of 2."""


def sinh_tail(z: mpf) -> mpf:
    """`(sinh(r) - r) / r**3` for the square `z` of `r`."""
    r = sqrt(z)
    return (sinh(r) - r) / (r * z)


ENTRIES: tuple[Entry, ...] = (
    Fit("SINH_TAIL", sinh_tail, (0, SQUARE), (5, 2), "`(sinh(r) - r) / r**3` of the square of `r`."),
    Fit("COSH_TAIL", lambda z: (cosh(sqrt(z)) - 1) / z, (0, SQUARE), (5, 2), "`(cosh(r) - 1) / r**2` of the square of `r`."),
    pieces("TANH_PIECES", tanh, "tanh"),
    pieces("ARCSINH_PIECES", asinh, "arcsinh"),
)
