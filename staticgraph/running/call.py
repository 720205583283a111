"""One evaluation, as whoever calls packs it; and how its batch is cut into tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..records.table import Array
from .binding import Form

SMALLEST = 8
"""The smallest parts of a batch are this fraction of a piece: threads wait for each other that long at most, and each part costs 5 us.
On two threads Rosenbrock-10 takes 0.92 of the time that equal parts take, 8 of 0.3 ms, where the second thread begins late."""


@dataclass(slots=True)
class Call:
    """One evaluation.

    Attributes
    ----------
    form : Form
        Which arrays there are.
    arrays : sequence of numpy.ndarray
        In the form's order, of the program's dtype (values of boolean outputs of `bool`). Inputs and upstream gradients have a batch axis,
        or none where they are the same for every row; values and gradients of inputs have one.
    key : hashable
        What is the same for all calls of a form whose arrays have the same strides.
    rows : int
        The batch size.
    threads : int or None
        How many threads to use.
    apart : bool
        Whether it is known that results share no memory with each other or with arguments.
    sums : numpy.ndarray or None
        The sums over rows, one for each accumulator, of a call on a part of a batch: it receives them, and does not bring them through the
        prologue. A call without rows brings those that it gives through it.
    """

    form: Form
    arrays: Sequence[Array]
    key: Any
    rows: int
    threads: int | None = None
    apart: bool = True
    sums: Array | None = None


def count_tiles(rows: int, lanes: int, width: int) -> int:
    """Return how many tiles a batch has: those of its whole vectors, and one of the rows beyond them.

    So the zeros that fill a vector are in a tile of one vector, and only it pays for guarding against them.
    """
    whole, beyond = divmod(rows, width)
    return -(-whole * width // lanes) + (beyond > 0)


def parts(rows: int, lanes: int, width: int, piece: int, threads: int) -> list[int]:
    """Return where parts of a batch begin, whole tiles each, and where the last one ends; several threads' are no larger than a piece.

    Each is a share of what is left, so that threads which begin at different times end together.
    """
    if threads == 1 or not rows:
        return [0, rows] if rows else [0]
    tiles, whole, most, bounds = count_tiles(rows, lanes, width), rows // width * width, max(1, piece // lanes), [0]
    while bounds[-1] < tiles:
        left = tiles - bounds[-1]
        bounds.append(bounds[-1] + min(left, most, max(1, most // SMALLEST, left // (2 * threads))))
    return [*(min(tile * lanes, whole) for tile in bounds[:-1]), rows]
