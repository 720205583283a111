"""A thread's own memory, and the table by which the machine knows it."""

from typing import Any

import numpy as np

from ..records.instruction import VECTOR_BYTES
from ..records.table import ACCUMULATORS, Array


def aligned(size: int, dtype: Any) -> Array:
    """Return uninitialised memory that starts at a vector's boundary."""
    memory = np.empty(size * dtype.itemsize + VECTOR_BYTES, np.uint8)
    start = -memory.ctypes.data % VECTOR_BYTES
    return memory[start : start + size * dtype.itemsize].view(dtype)


class Scratch:
    """A thread's own memory: a tile, accumulators for a run of rows, totals for a block, and the stack of blocks' sums (see `blocks`).

    Attributes
    ----------
    table : numpy.ndarray of int64
        The addresses of these, as the machine knows them (see `table`).
    address, sums : int
        Of this table, and of the accumulators.
    """

    def __init__(self, tile: Array, accumulators: Array, totals: Array, stack: Array) -> None:
        self.tile, self.accumulators, self.totals, self.stack = tile, accumulators, totals, stack
        self.table = np.array([*(address_of(each) for each in (tile, accumulators, totals, stack)), len(stack)], np.int64)
        self.address, self.sums = address_of(self.table), int(self.table[ACCUMULATORS])


def address_of(array: Array) -> int:
    """Return where an array begins."""
    address: int = array.ctypes.data
    return address
