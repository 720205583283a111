"""The hyperbolic functions."""

from mpmath import asinh, mpf, sinh, sqrt, tanh

from ..entries import Entry, Fit
from ..pieces import pieces


def sinh_tail(z: mpf) -> mpf:
    """`(sinh(r) - r) / r**3` for the square `z` of `r`."""
    r = sqrt(z)
    return (sinh(r) - r) / (r * z)


ENTRIES: tuple[Entry, ...] = (
    Fit(
        "SINH_TAIL", sinh_tail, (0, "0.81"), (5, 2),
        "`(sinh(r) - r) / r**3` of the square of `r`, which is up to 0.9, the error weighted by `r**3 / sinh(r)`.",
        weight=lambda z: z * sqrt(z) / sinh(sqrt(z)),
    ),
    pieces("TANH_PIECES", tanh, "tanh"),
    pieces("ARCSINH_PIECES", asinh, "arcsinh"),
)  # fmt: skip
