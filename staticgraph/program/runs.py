"""Runs of consecutive rows, as arrays of where they begin and how long they are."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def ramp(first: Array, sizes: Array) -> Array:
    """Return `first, first + 1, ...` for each, as many as its size, one after another."""
    ends = np.cumsum(sizes)
    rows: Array = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + sizes, sizes)
    return rows


def joined(first: Array, sizes: Array) -> tuple[Array, Array]:
    """Return the blocks, those that overlap joined, by where they begin and end."""
    order = np.argsort(first)
    first, ends = first[order], np.maximum.accumulate((first + sizes)[order])
    begins = _begins(first[1:] < ends[:-1], len(first))
    return first[begins], ends[_lasts(begins, len(first))]


def runs(rows: Array, owner: Array, kind: Array) -> tuple[Array, Array, Array, Array]:
    """Return blocks of the same rows of each owner and kind: their first rows and sizes, and whose and of which kind they are.

    What rows do not differ in is checked in one piece then: a transposed matrix is read as a whole.
    """
    order = np.lexsort((rows, kind, owner))
    rows, owner, kind = rows[order], owner[order], kind[order]
    begins = _begins((owner[1:] == owner[:-1]) & (kind[1:] == kind[:-1]) & (rows[1:] - rows[:-1] <= 1), len(rows))
    return rows[begins], rows[_lasts(begins, len(rows))] - rows[begins] + 1, owner[begins], kind[begins]


def of_both_kinds(rows: Array, owner: Array, kind: Array) -> Array:
    """Return for each row whether its owner has the same row with the other kind too: then their order counts."""
    order = np.lexsort((kind, rows, owner))
    rows, owner, kind = rows[order], owner[order], kind[order]
    begins = _begins((owner[1:] == owner[:-1]) & (rows[1:] == rows[:-1]), len(rows))
    both = kind[begins] != kind[_lasts(begins, len(rows))]
    found = np.empty(len(rows), bool)
    found[order] = np.repeat(both, np.diff(begins, append=len(rows)))
    return found


def _begins(continues: Array, count: int) -> Array:
    """Return where runs begin, given for each but the first of `count` whether it continues a run."""
    begins: Array = np.flatnonzero(np.append(True, ~continues)[:count])
    return begins


def _lasts(begins: Array, count: int) -> Array:
    """Return where the runs that begin there have their last places."""
    lasts: Array = np.append(begins[1:], count)[: len(begins)] - 1
    return lasts
