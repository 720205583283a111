"""A call of compiled code: how it reaches the arrays, and the memory that each thread needs for it.

Arrays whose rows lie one after another are read and written in place, others through staging memory.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..program.program import Program
from ..records.compiled import KERNEL, SCRATCH, STAGED, STREAMED, VECTORS
from ..records.instruction import VECTOR_BYTES

# isort: off
from ..records.table import (
    BATCH_STRIDE, BOOLEAN, DIRECT, DISCARD, DISCARDS, FRAME_ENTRY, GATHER, GRADIENTS, INPUTS, KIND, MODE, NOWHERE, PLACES,
    REPEAT, SCATTER, SCATTER_BOOLEAN, SEEDS, SIZE, STAGING, STEP, STREAM, VALUES, WEIGH, WEIGHTS, Array, arrays_of,
    place_of,
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
                row[MODE] = mode_of(group, row, program.dtype.itemsize, int(row[FRAME_ENTRY]) in code.streams)
                if row[FRAME_ENTRY] != NOWHERE:
                    known.append(row)
        vector = sum(int(row[SIZE]) for row in known if row[MODE] > STREAM) * VECTOR_BYTES
        self.table = code.table.copy()
        if vector and not code.whole:
            self.table[VECTORS] = max(1, min(self.table[VECTORS], STAGED_BYTES // vector))
        moved = sum(_bytes_of(row, program.dtype.itemsize) for row in known)
        self.table[STREAMED] = int(CACHE_SHARE * last_level_bytes()) // max(1, moved) + 1
        place = 0
        for row in known:
            row[STAGING] = place
            place += int(row[SIZE]) * (1 if row[MODE] <= STREAM else int(self.table[VECTORS])) * VECTOR_BYTES
        self.staging = place // program.dtype.itemsize
        self.functions = self.table.ctypes.data

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


def mode_of(group: int, row: Array, itemsize: int, streams: bool) -> int:
    """Return how compiled code reaches the array that a row of the table describes."""
    if group == DISCARDS or row[FRAME_ENTRY] == NOWHERE:
        return DISCARD
    if group == SEEDS:
        return WEIGH
    if row[KIND] == BOOLEAN:
        return SCATTER_BOOLEAN
    together = row[PLACES] < 0 and (row[STEP] == itemsize or row[SIZE] == 1) and row[BATCH_STRIDE] == row[SIZE] * itemsize
    if together:
        return STREAM if streams else DIRECT
    if group != INPUTS:
        return SCATTER
    return GATHER if row[BATCH_STRIDE] else REPEAT
