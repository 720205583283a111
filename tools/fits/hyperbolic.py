"""The hyperbolic functions."""

from itertools import pairwise

import numpy as np
from mpmath import cosh, mpf, sinh, sqrt, tanh

from ..entries import Entry, Fit, Pieces, rounded
from ..minimax import fit

SQUARE = "0.12013"
"""A little more than the square of half the logarithm of 2."""


def sinh_tail(z: mpf) -> mpf:
    """`(sinh(r) - r) / r**3` for the square `z` of `r`."""
    r = sqrt(z)
    return (sinh(r) - r) / (r * z)


ADDED = 0.625
"""Added to an argument of `tanh`, it makes sixteen pieces of all that matter: those of quarters of octaves."""
ENDS = (0.625, 0.75, 0.875, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
FIRST = 9
"""The place of the first piece: the last two bits of an exponent and the first two of a fraction say which piece it is."""
DEGREE = 5
TRIED = 400
"""Numbers near the middle of a piece of which one has a hyperbolic tangent that is nearly a number of the format, too."""


def _centre(low: float, high: float) -> tuple[float, float]:
    """Return that number and its hyperbolic tangent."""
    middle = np.float32((low + high) / 2)
    tried = [float(middle + number * np.spacing(middle)) for number in range(-TRIED, TRIED)]
    values = [tanh(mpf(each)) for each in tried]
    errors = [abs(value - rounded(value, "float32")) / np.spacing(np.float32(float(value))) for value in values]
    best = errors.index(min(errors))
    return tried[best], rounded(values[best], "float32")


def tanh_pieces() -> list[float]:
    """Return a table for each of: the centres, the values there, and the coefficients of what `tanh` less those is over the distance.

    Up to the end of the first piece it is the argument that is taken away.
    """
    rows = []
    for number, (low, high) in enumerate(pairwise(ENDS)):
        low, high = low - ADDED, high - ADDED
        if number == 0:
            centre = value = 0.0
            terms = fit(lambda t: (tanh(t) - t) / t, (0, high), DEGREE, weight=lambda t: t / tanh(t), rounding="float32", fixed=(0.0,))
        else:
            centre, value = _centre(low, high)

            def slope(t: mpf, centre: float = centre, value: float = value) -> mpf:
                return (tanh(centre + t) - value) / t

            def weight(t: mpf, centre: float = centre) -> mpf:
                return abs(t) / tanh(centre + t)

            terms = fit(slope, (mpf(low) - centre, mpf(high) - centre), DEGREE, weight=weight, rounding="float32")
        rows.append((centre, value, *terms))
    placed = rows[-FIRST:] + rows[:-FIRST]
    return [number for column in zip(*placed, strict=True) for number in column]


ENTRIES: tuple[Entry, ...] = (
    Fit("SINH_TAIL", sinh_tail, (0, SQUARE), (5, 2), "`(sinh(r) - r) / r**3` of the square of `r`."),
    Fit("COSH_TAIL", lambda z: (cosh(sqrt(z)) - 1) / z, (0, SQUARE), (5, 2), "`(cosh(r) - 1) / r**2` of the square of `r`."),
    Pieces(
        "TANH_PIECES", tanh_pieces,
        "`tanh` in sixteen pieces: their centres, the values there, and the coefficients of the distance times a polynomial in it.",
    ),
)
