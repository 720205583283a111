"""The tables of what is brought from the caller's arrays into a tile, and out of it."""

from functools import lru_cache
from typing import Any

import numpy as np

from .interpreter import REAL

Array = np.ndarray[Any, Any]

NO_TRANSFERS = np.zeros((0, 6), np.int64)
NO_SEEDS = np.zeros((1, 6), np.int64)
NO_OFFSETS = np.zeros(1, np.int64)


@lru_cache(maxsize=4096)
def element_offsets(shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Return how many bytes each element lies behind the first one."""
    offsets = np.zeros(1, np.int64)
    for length, stride in zip(shape, strides, strict=True):
        offsets = np.add.outer(offsets, np.arange(length) * stride).ravel()
    return offsets


class Transfers:
    """Makes tables of what is brought into a tile, or out of it."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, ...]] = []
        self.offsets: list[Array] = []
        self.length = 0

    def add(self, array: Array, batched: bool, row: int, kind: int = REAL) -> None:
        """Add the elements of an array, with a batch axis in front if it is batched."""
        shape, strides = (array.shape[1:], array.strides[1:]) if batched else (array.shape, array.strides)
        offsets = element_offsets(shape, strides)
        self.entries.append((array.__array_interface__["data"][0], array.strides[0] if batched else 0, row, len(offsets), self.length, kind))
        self.offsets.append(offsets)
        self.length += len(offsets)

    def table(self) -> Array:
        """Return the table of the entries added since the last one."""
        made = np.array(self.entries, np.int64).reshape(-1, 6)
        self.entries.clear()
        return made

    def all_offsets(self) -> Array:
        """Return the offsets that all tables refer to."""
        return np.concatenate(self.offsets) if self.offsets else NO_OFFSETS
