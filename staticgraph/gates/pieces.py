"""Functions of float32 in sixteen pieces, each a value at a centre and a short polynomial: half of the work of one rule for all arguments.

The tables are made by `tools/pieces.py`.
"""

from .formats import Constant, format_of
from .polynomials import estrin
from .primitives import Value, bits, fma, of_sixteen, where

ADDED, FIRST_PIECE, LAST_PIECE = 0.625, 0.125, 9.375
"""What makes the pieces quarters of octaves; the end of the first one, and that of the last one."""


def in_pieces(pieces: Constant, x: Value) -> Value:
    """Return a function of a magnitude up to `LAST_PIECE`.

    What is added to the value is far below it, but in the first piece, where it is the argument that something is added to.
    """
    moved = x + ADDED  # which rounds the number before the end of a piece into the next one
    place = bits(moved) >> (format_of(x).fraction_bits - 2)
    tables = pieces.single
    centre, value, *terms = (of_sixteen(tables[first : first + 16], place) for first in range(0, len(tables), 16))
    distance = x - centre
    return fma(distance, estrin(terms, distance), where(moved < ADDED + FIRST_PIECE, x, value))
