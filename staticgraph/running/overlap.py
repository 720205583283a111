"""Which arrays share memory: of results with each other, which is refused, and with arguments, which are copied then."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..records.table import (
    ADDRESS,
    BATCH_STRIDE,
    DISCARDS,
    END,
    GRADIENTS,
    HIGH,
    LOW,
    PARAMETERS,
    ROWS,
    SUMS,
    VALUES,
    Array,
    arrays_of,
    place_of,
)

_numpy: Any = np
"""NumPy without its types, which differ between its versions."""
MOST_LISTED = 1 << 20
"""Elements of an array with unusual strides that are listed to see whether two of them are one; larger ones are refused."""
MOST_WORK = 1000
"""What `numpy.shares_memory` may try before it gives up; two arrays of a table are told apart by far less."""


def some_overlap(call: Array) -> bool:
    """Whether a result of a call may share memory with another array, as far as their ends tell: sorted, since there may be thousands."""
    table, rows = arrays_of(call), int(call[ROWS])
    written = np.zeros(len(table), bool)
    for first, last in ((VALUES, GRADIENTS), (GRADIENTS, DISCARDS), (SUMS, END)):
        written[place_of(call, first) : place_of(call, last)] = True
    used = np.ones(len(table), bool)
    used[place_of(call, DISCARDS) : place_of(call, PARAMETERS)] = False
    used &= (table[:, HIGH] > 0) & (rows > 0)
    table, written = table[used], written[used]
    low, stride, width = table[:, ADDRESS] + table[:, LOW], table[:, BATCH_STRIDE], table[:, HIGH] - table[:, LOW]
    batch = (rows - 1) * stride
    groups = clusters(low + np.minimum(batch, 0), low + width + np.maximum(batch, 0))
    return any(written[group].any() and not interleaved(low[group], width[group], stride[group]) for group in groups)


def clusters(low: Array, high: Array) -> Iterator[Array]:
    """Yield the numbers of intervals that overlap, directly or through others, where there are two of them or more."""
    if not len(low):
        return
    order = np.argsort(low, kind="stable")
    reached = np.maximum.accumulate(high[order])
    starts = np.flatnonzero(np.concatenate([[True], low[order][1:] >= reached[:-1], [True]]))
    for number in np.flatnonzero(np.diff(starts) > 1):
        yield order[starts[number] : starts[number + 1]]


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
        _separate(arrays, sorted(int(number) for number in full[group]), len(written), found)
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


def interleaved(first: Array, width: Array, stride: Array) -> bool:
    """Whether arrays of some bytes a row are parts of rows of one length, such as columns of a table, that lie apart."""
    row = int(stride[0])
    if row <= 0 or np.any(stride != row) or np.any(width > row):
        return False
    within = (first - first.min()) % row
    order = np.argsort(within, kind="stable")
    start, end = within[order], (within + width)[order]
    return bool(np.all(end[:-1] <= start[1:]) and end[-1] - row <= start[0])


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
