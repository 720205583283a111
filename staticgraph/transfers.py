"""The tables of what is brought from the caller's arrays into a tile, and out of it."""

from functools import lru_cache
from typing import Any

import numpy as np

from .interpreter import COLUMNS, REAL

Array = np.ndarray[Any, Any]
Given = tuple[Array, bool]
"""An array, and whether its first axis is the batch."""

NO_TRANSFERS = np.zeros((0, COLUMNS), np.int64)
NO_SEEDS = np.zeros((1, COLUMNS), np.int64)
NO_OFFSETS = np.zeros(1, np.int64)


@lru_cache(maxsize=4096)
def element_offsets(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int) -> tuple[Array, bool]:
    """Return how many bytes each element lies behind the first one, and whether they lie side by side."""
    offsets = np.zeros(1, np.int64)
    for length, stride in zip(shape, strides, strict=True):
        offsets = np.add.outer(offsets, np.arange(length) * stride).ravel()
    return offsets, bool(np.array_equal(offsets, np.arange(len(offsets)) * itemsize))


class Transfers:
    """Makes tables of what is brought into a tile, or out of it."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, ...]] = []
        self.offsets: list[Array] = []
        self.length = 0

    def add(self, array: Array, batched: bool, row: int, kind: int = REAL) -> None:
        """Add the elements of an array, with a batch axis in front if it is batched."""
        shape, strides = (array.shape[1:], array.strides[1:]) if batched else (array.shape, array.strides)
        offsets, dense = element_offsets(shape, strides, array.itemsize)
        address, stride = array.__array_interface__["data"][0], array.strides[0] if batched else 0
        self.entries.append((address, stride, row, len(offsets), self.length, kind, dense))
        self.offsets.append(offsets)
        self.length += len(offsets)

    def table(self) -> Array:
        """Return the table of the entries added since the last one."""
        made = np.array(self.entries, np.int64).reshape(-1, COLUMNS)
        self.entries.clear()
        return made

    def all_offsets(self) -> Array:
        """Return the offsets that all tables refer to."""
        return np.concatenate(self.offsets) if self.offsets else NO_OFFSETS
