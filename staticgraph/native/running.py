"""A call of compiled code: how it reaches the arrays, and the memory that each thread needs for it.

Arrays whose rows lie one after another are read and written in place, and so are those whose columns do, by code that is built for these;
others through staging memory.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..program.program import Program
from ..records.compiled import KERNEL, SCRATCH, STAGED, STREAMED, VECTORS
from ..records.instruction import VECTOR_BYTES

# isort: off
from ..records.table import (
    BATCH_STRIDE, BOOLEAN, COLUMN_OFFSETS, DIRECT, DISCARD, DISCARDS, FRAME_ENTRY, GATHER, GRADIENTS, INPUTS, KIND, MODE, NOWHERE,
    OFFSETS, PLACES, REPEAT, SCATTER, SCATTER_BOOLEAN, SEEDS, SIZE, STAGED_OFFSETS, STAGED_ROW, STAGED_STEP, STAGING, STEP, STREAM,
    VALUES, WEIGH, WEIGHTS, WORD_BYTES, Array, arrays_of, place_of,
)  # fmt: skip
# isort: on
from .driver import driver
from .engine import NativeCode
from .frame import length
from .last_level import last_level_bytes

STAGED_BYTES = 1 << 14
"""What is gathered or scattered in one pass stays in the first-level cache (`bench.choices`)."""

CACHE_SHARE = 0.5
"""A call whose arrays are larger than this part of the last-level cache streams its results, as nobody finds them there: it has others to
hold too. The Hessian of Rosenbrock-10 takes 30 ns a row; in place 24 if its 12 MB were there before, and 60 if not."""


class Memory(NamedTuple):
    """A thread's own: the address of the frame, and what must live as long."""

    address: int
    kept: tuple[Array, ...]


class Running:
    """Compiled code with the table of a signature, in which it notes how each array is reached.

    Parameters
    ----------
    program : Program
    code : NativeCode
    call : numpy.ndarray
        The table.
    aligned : callable
        Returns memory for so many elements of a dtype, which starts at a vector's boundary.
    """

    def __init__(self, program: Program, code: NativeCode, call: Array, aligned: Callable[[int, Any], Array]) -> None:
        self.program, self.code, self.call, self.aligned = program, code, call, aligned
        self.driver = driver(any(leaf.gradient is not None for leaf in program.parameters))
        self.memories: list[Memory] = []
        self.address = call.ctypes.data
        known = []
        rows = arrays_of(call)
        for group in (WEIGHTS, SEEDS, INPUTS, VALUES, GRADIENTS, DISCARDS):
            for row in rows[place_of(call, group) : place_of(call, group + 1)]:
                row[MODE] = mode_of(group, row, program.dtype.itemsize, code)
                if row[FRAME_ENTRY] != NOWHERE:
                    known.append(row)
        vector = sum(int(row[SIZE]) for row in known if row[MODE] > STREAM) * VECTOR_BYTES
        self.table = code.table.copy()
        if vector and not code.whole:
            self.table[VECTORS] = max(1, min(self.table[VECTORS], STAGED_BYTES // vector))
        moved = sum(_bytes_of(row, program.dtype.itemsize) for row in known)
        self.table[STREAMED] = int(CACHE_SHARE * last_level_bytes()) // max(1, moved) + 1
        self.staging, self.offsets = 0, list[Array]()
        for row in known:
            self._stage(row)
        self.functions = self.table.ctypes.data

    def _stage(self, row: Array) -> None:
        """Give an array its part of staging memory, where its elements lie in rows or in columns as compiled code has them."""
        itemsize, vectors, size = self.program.dtype.itemsize, 1 if row[MODE] <= STREAM else int(self.table[VECTORS]), int(row[SIZE])
        row[STAGING] = self.staging * itemsize
        self.staging += size * vectors * self.program.width
        row[STAGED_ROW], row[STAGED_STEP] = size * itemsize, itemsize
        if int(row[FRAME_ENTRY]) in self.code.columns:
            row[STAGED_ROW], row[STAGED_STEP] = itemsize, vectors * VECTOR_BYTES
            self.offsets += [np.arange(size) * row[STEP], np.arange(size) * row[STAGED_STEP]]
            row[COLUMN_OFFSETS], row[STAGED_OFFSETS] = (each.ctypes.data for each in self.offsets[-2:])
            if row[PLACES] >= 0:
                row[COLUMN_OFFSETS] = self.call[OFFSETS] + row[PLACES] * WORD_BYTES

    def run(self, scratch: int, first: int, last: int, stages: int) -> int:
        """Run stages of a call, over rows from `first` to `last` of the batch (see `machine.interpreter`); many threads may run parts."""
        memory = self.memories.pop() if self.memories else self._memory()
        status = self.driver(self.functions, memory.address, self.address, scratch, first, last, stages)
        self.memories.append(memory)
        return status

    def _memory(self) -> Memory:
        """Return memory in which lanes behind the rows of a batch hold ones, as no rule finds them rare."""
        scratch = self.aligned(self.code.scratch // self.program.dtype.itemsize, self.program.dtype)
        staging = self.aligned(self.staging, self.program.dtype)
        staging.fill(1)
        frame = np.zeros(length(self.program), np.int64)
        frame[SCRATCH], frame[STAGED] = scratch.ctypes.data, staging.ctypes.data
        frame[KERNEL : KERNEL + len(self.code.kernels)] = self.code.kernels
        return Memory(frame.ctypes.data, (frame, staging, scratch))


def _bytes_of(row: Array, itemsize: int) -> int:
    """Return how many bytes of an array a row of the batch takes, 0 for one that is the same in every row, or that nobody asked for."""
    return int(row[SIZE]) * itemsize if row[MODE] != DISCARD and row[BATCH_STRIDE] else 0


def columns_of(call: Array, itemsize: int) -> frozenset[int]:
    """Return the entries of the arrays that lie in columns."""
    rows = arrays_of(call)
    known = (rows[place_of(call, group) : place_of(call, group + 1)] for group in (INPUTS, VALUES, GRADIENTS))
    return frozenset(int(row[FRAME_ENTRY]) for row in np.concatenate([*known]) if row[KIND] != BOOLEAN and in_columns(row, itemsize))


def in_columns(row: Array, itemsize: int) -> bool:
    """Whether an array has several columns, each of whose elements lie one after another."""
    return bool(row[SIZE] > 1 and row[BATCH_STRIDE] == itemsize)


def in_rows(row: Array, itemsize: int) -> bool:
    """Whether all elements of an array lie one after another, row after row."""
    return bool(row[PLACES] < 0 and (row[STEP] == itemsize or row[SIZE] == 1) and row[BATCH_STRIDE] == row[SIZE] * itemsize)


def mode_of(group: int, row: Array, itemsize: int, code: NativeCode) -> int:
    """Return how compiled code reaches the array that a row of the table describes."""
    if group == DISCARDS or row[FRAME_ENTRY] == NOWHERE:
        return DISCARD
    if group == SEEDS:
        return WEIGH
    if row[KIND] == BOOLEAN:
        return SCATTER_BOOLEAN
    at = int(row[FRAME_ENTRY])
    if at in code.columns and in_columns(row, itemsize):
        # Lines stream whole, so that columns must all begin with one if the first does.
        return STREAM if at in code.streams and row[PLACES] < 0 and row[STEP] % VECTOR_BYTES == 0 else DIRECT
    if at not in code.columns and in_rows(row, itemsize):
        return STREAM if at in code.streams else DIRECT
    if group != INPUTS:
        return SCATTER
    return GATHER if row[BATCH_STRIDE] else REPEAT
