"""Which arrays share memory: of results with each other, which is refused, and with arguments, which are copied then."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .table import ADDRESS, BATCH_STRIDE, COLUMNS, DISCARDS, END, GRADIENTS, HEADER, HIGH, LOW, PARAMETERS, ROWS, SUMS, VALUES, Array

_numpy: Any = np
"""NumPy without its types, which differ between its versions."""
MOST_LISTED = 1 << 20
"""Elements of an array with unusual strides that are listed to see whether two of them are one; larger ones are refused."""
MOST_WORK = 1000
"""What `numpy.shares_memory` may try before it gives up; two arrays of a table are told apart by far less."""


def some_overlap(call: Array) -> bool:
    """Whether a result of a call may share memory with another array, as far as their ends tell: sorted, since there may be thousands."""
    table, rows = call[HEADER:].reshape(-1, COLUMNS), int(call[ROWS])
    written = np.zeros(len(table), bool)
    for first, last in ((VALUES, GRADIENTS), (GRADIENTS, DISCARDS), (SUMS, END)):
        written[call[first] : call[last]] = True
    used = np.ones(len(table), bool)
    used[call[DISCARDS] : call[PARAMETERS]] = False
    used &= (table[:, HIGH] > 0) & (rows > 0)
    batch = (rows - 1) * table[:, BATCH_STRIDE]
    low = (table[:, ADDRESS] + table[:, LOW] + np.minimum(batch, 0))[used]
    high = (table[:, ADDRESS] + table[:, HIGH] + np.maximum(batch, 0))[used]
    return any(written[used][group].any() for group in clusters(low, high))


def clusters(low: Array, high: Array) -> Iterator[Array]:
    """Yield the numbers of intervals that overlap, directly or through others, where there are two of them or more."""
    if not len(low):
        return
    order = np.argsort(low, kind="stable")
    reach = np.maximum.accumulate(high[order])
    starts = np.flatnonzero(np.concatenate([[True], low[order][1:] >= reach[:-1]]))
    for group in np.split(order, starts[1:]):
        if len(group) > 1:
            yield group


def separated(read: Sequence[Array], written: Sequence[Array]) -> list[Array]:
    """Return arguments, copied where a result would be written over them.

    Raises
    ------
    ValueError
        If two results share memory.
    """
    arrays = [*written, *read]
    found = list(read)
    bounds = np.array([_numpy.lib.array_utils.byte_bounds(array) if array.size else (0, 0) for array in arrays], np.int64).reshape(-1, 2)
    full = np.flatnonzero(bounds[:, 1] > bounds[:, 0])
    for group in clusters(bounds[full, 0], bounds[full, 1]):
        members = sorted(int(number) for number in full[group])
        if not interleaved([arrays[number] for number in members], bounds[members, 0]):
            _separate(arrays, members, len(written), found)
    return found


def _separate(arrays: Sequence[Array], members: Sequence[int], results: int, found: list[Array]) -> None:
    """Compare results with all arrays that they may overlap; results come first."""
    for place, number in enumerate(members):
        for other in members[place + 1 :] if number < results else ():
            if shares_memory(arrays[number], arrays[other]):
                if other < results:
                    raise ValueError(f"out: the arrays of results {number} and {other} overlap; each result needs memory of its own")
                found[other - results] = arrays[other].copy()


def shares_memory(a: Array, b: Array) -> bool:
    """Whether two arrays share memory, as far as can be told quickly; if in doubt they do."""
    try:
        return bool(_numpy.shares_memory(a, b, max_work=MOST_WORK))
    except np.exceptions.TooHardError:
        return True


def interleaved(arrays: Sequence[Array], starts: Array) -> bool:
    """Whether arrays are parts of rows of one length, such as columns of a table, that are known to lie apart."""
    strides = {array.strides[0] if array.ndim else 0 for array in arrays}
    if len(strides) > 1 or min(strides) <= 0:
        return False
    (row,) = strides
    inner = np.array([reach(array.shape[1:], array.strides[1:]) + array.itemsize for array in arrays])
    if np.any(inner > row):
        return False
    within = (starts - starts.min()) % row
    order = np.argsort(within, kind="stable")
    ends = (within + inner)[order]
    return bool(np.all(ends[:-1] <= within[order][1:]) and ends[-1] - row <= within[order][0])


def reach(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Return how many bytes lie between the first and the last element."""
    return sum((count - 1) * abs(stride) for count, stride in zip(shape, strides, strict=True))


def overlaps_itself(array: Array) -> bool:
    """Whether two elements of an array share memory, or may; axes that lie within each other as in a slice of an array cannot."""
    within = array.itemsize
    for stride, count in sorted((abs(stride), count) for stride, count in zip(array.strides, array.shape, strict=True)):
        if count > 1 and stride < within:
            return array.size > 1 and not _apart(array)
        within += stride * (count - 1)
    return False


def _apart(array: Array) -> bool:
    """Whether the elements of an array with unusual strides lie apart, found by listing them all."""
    if array.size > MOST_LISTED:
        return False
    places = np.zeros(1, np.int64)
    for count, stride in zip(array.shape, array.strides, strict=True):
        places = np.add.outer(places, np.arange(count) * stride).ravel()
    return bool(np.all(np.diff(np.sort(places)) >= array.itemsize))
