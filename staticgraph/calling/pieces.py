"""A batch in pieces: because it is a part of a larger one, or because its arguments are read piece by piece."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..records.table import Array
from ..running.binding import Form
from ..running.call import Call
from ..running.executor import Executor
from . import sources
from .sources import Source, rows_of
from .tree import Place, Tree, nodes


@dataclass
class Part:
    """A call on a part of a batch, which leaves its sums over rows open; or, without rows, the end of all parts, which is given them.

    Attributes
    ----------
    first_row : int
        The number of the part's first row in the batch.
    sums : Tree
        What the call leaves, or is given.
    """

    first_row: int = 0
    sums: Tree = field(default_factory=Tree)


def run_in_pieces(
    executor: Executor, form: Form, arrays: Sequence[Any], rows: int, threads: int | None, part: Part | None
) -> None:  # fmt: skip
    """Evaluate a call, whose results share no memory with other arrays, piece by piece; sums over rows have the bits of one call."""
    batched = [array.ndim > place.axes for place, array in zip(form.places, arrays, strict=True)]
    first = 0 if part is None else part.first_row
    summing, sums = executor.closing, Tree() if part is None else part.sums
    for start, stop, place in _pieces(executor, arrays, batched, first, first + rows):
        total = np.empty(executor.program.slots, executor.dtype) if summing else None
        _run(executor, form, arrays, batched, start - first, stop - first, threads, total)
        if total is not None:
            sums = sums.joined(Tree({place: total}))
    if part is not None and rows:
        part.sums = sums
    elif summing or not rows:
        _run(executor, form, arrays, batched, 0, 0, threads, sums.total())


def _pieces(executor: Executor, arrays: Sequence[Any], batched: Sequence[bool], first: int, last: int) -> Iterator[tuple[int, int, Place]]:
    """Yield the first row of each piece, the row behind it, and its place in the tree over blocks."""
    most, read = last - first, [array for array, cut in zip(arrays, batched, strict=True) if cut and isinstance(array, Source)]
    if read:
        most = max(sources.CONVERTED_BYTES // max(1, sum(each.row_bytes for each in read)), *(each.together for each in read))
    if executor.closing:
        yield from nodes(first, last, most)
    else:
        yield from ((start, min(start + most, last), (0, 0)) for start in range(first, last, most or 1))


def _run(
    executor: Executor, form: Form, arrays: Sequence[Any], batched: Sequence[bool], start: int, stop: int, threads: int | None,
    sums: Array | None,
) -> None:  # fmt: skip
    """Evaluate a piece."""
    cut = [rows_of(array, start, stop) if each else array for array, each in zip(arrays, batched, strict=True)]
    key = tuple([array.strides for array in cut]), "piece", min(stop - start, 2)
    executor.run(Call(form, cut, key, stop - start, threads, sums=sums))
