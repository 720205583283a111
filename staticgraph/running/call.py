"""One evaluation, as whoever calls packs it; and how its batch is cut into tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..records.table import Array
from .binding import Form


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
