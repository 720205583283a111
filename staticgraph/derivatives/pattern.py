"""Where a derivative can differ from 0, found by propagating index sets, without data."""

from typing import NamedTuple

import numpy as np

from .building import Array
from .elements import Elements


class Structure(NamedTuple):
    """Where a matrix of derivatives can differ from 0, in row-major order.

    Attributes
    ----------
    rows, columns : array of int
        Of each entry.
    shape : tuple of int
        Of the matrix: elements of the raveled outputs by elements of the raveled, concatenated leaves.
    """

    rows: Array
    columns: Array
    shape: tuple[int, int]


MOST_EDGES = 1 << 16
"""Edges whose sets are gathered at a time."""


def structure(elements: Elements) -> Structure:
    """Return where the derivatives of the outputs' elements in those of the variables can differ from 0.

    A set of variables is a row of bits, 64 a word.
    """
    sets = np.zeros((elements.count + 1, elements.inputs // 64 + 1), np.uint64)
    own = np.arange(elements.inputs)
    sets[own, own // 64] = np.uint64(1) << (own % 64).astype(np.uint64)
    for part in elements.parts:
        if len(part.out) == 1:  # of a scalar gate: a quarter of the time
            sets[part.out[0]] |= sets[part.into[0]]
            continue
        for first in range(0, len(part.out), MOST_EDGES):
            _unite(sets, part.out[first : first + MOST_EDGES], part.into[first : first + MOST_EDGES])
    reached = sets[elements.outputs]  # the last set, which `NOTHING` finds, is empty
    bits = np.unpackbits(reached.astype("<u8").view(np.uint8).reshape(len(reached), 8 * sets.shape[1]), axis=1, bitorder="little")
    rows, columns = np.nonzero(bits[:, : elements.inputs])
    return Structure(rows, columns, (len(elements.outputs), elements.inputs))


def _unite(sets: Array, out: Array, into: Array) -> None:
    """Add to the sets of some vertices those of the vertices before them."""
    order = np.argsort(out, kind="stable")
    ordered = out[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    sets[ordered[begins]] |= np.bitwise_or.reduceat(sets[into[order]], begins, axis=0)
