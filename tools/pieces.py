"""Functions of float32 in sixteen pieces from 0 to 75 / 8, each a value and a short polynomial: see `gates/pieces.py`."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from mpmath import mpf

from .entries import Pieces, rounded
from .minimax import fit

Function = Callable[[Any], Any]
ADDED = 0.625
"""Added to an argument, it makes sixteen pieces, those of quarters of octaves."""
ENDS = (0.625, 0.75, 0.875, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
FIRST = 9
"""The place of the first piece: the last two bits of an exponent and the first two of a fraction say which piece it is."""
DEGREE = 5
TRIED = 400
"""Numbers near the middle of a piece of which one has a value that is nearly a number of the format, too."""


def _centre(function: Function, low: float, high: float) -> tuple[float, float]:
    """Return that number and the function of it."""
    middle = np.float32((low + high) / 2)
    tried = [float(middle + number * np.spacing(middle)) for number in range(-TRIED, TRIED)]
    values = [function(mpf(each)) for each in tried]
    errors = [abs(value - rounded(value, "float32")) / np.spacing(np.float32(float(value))) for value in values]
    best = errors.index(min(errors))
    return tried[best], rounded(values[best], "float32")


def _piece(function: Function, low: float, high: float) -> tuple[float, ...]:
    """Return the numbers of a piece; up to the end of the first one it is the argument that is taken away."""
    centre, value = _centre(function, low, high) if low else (0.0, 0.0)
    middle = mpf(centre)

    def slope(t: mpf) -> mpf:
        return (function(middle + t) - (value if low else t)) / t

    def weight(t: mpf) -> mpf:
        return abs(t / function(middle + t))

    fixed = () if low or function(mpf("1e-30")) != mpf("1e-30") else (0.0,)
    return (centre, value, *fit(slope, (low - middle, high - middle), DEGREE, weight=weight, rounding="float32", fixed=fixed))


def pieces(name: str, function: Function, what: str) -> Pieces:
    """Return tables: the centres, the values there, and the coefficients of what the function less those is over the distance."""

    def tables() -> list[float]:
        rows = [_piece(function, low - ADDED, high - ADDED) for low, high in pairwise(ENDS)]
        placed = rows[-FIRST:] + rows[:-FIRST]
        return [number for column in zip(*placed, strict=True) for number in column]

    note = f"`{what}` in sixteen pieces: their centres, the values there, and the coefficients of the distance times a polynomial in it."
    return Pieces(name, tables, note)
