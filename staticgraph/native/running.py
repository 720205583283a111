"""A call of compiled code: how it reaches the arrays, and the memory that each thread needs for it.

Arrays whose rows lie one after another are read and written in place, others through staging memory.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..program.program import Program
from ..records.instruction import VECTOR_BYTES

# isort: off
from ..records.table import (
    BATCH_STRIDE, BOOLEAN, DIRECT, DISCARD, DISCARDS, FRAME_ENTRY, GATHER, GRADIENTS, INPUTS, KIND, MODE, NOWHERE, PLACES,
    REPEAT, SCATTER, SCATTER_BOOLEAN, SEEDS, SIZE, STAGING, STEP, VALUES, WEIGH, WEIGHTS, Array, arrays_of,
    place_of,
)  # fmt: skip
# isort: on
from ..records.table import UNIFORMS as TABLE_UNIFORMS
from .driver import run_native
from .engine import NativeCode
from .frame import ACCUMULATORS, KERNEL, SCRATCH, UNIFORMS, length

STAGED_BYTES = 1 << 14
"""What is gathered or scattered in one pass stays in the first-level cache (`bench.choices`)."""


class Memory(NamedTuple):
    """A thread's own: the frame and its address, the address of staging memory, and what else must live as long."""

    frame: Array
    address: int
    staged: int
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
        self.memories: list[Memory] = []
        self.address = call.ctypes.data
        self.functions = code.functions.ctypes.data, len(code.functions)
        staged = []
        rows = arrays_of(call)
        for group in (WEIGHTS, SEEDS, INPUTS, VALUES, GRADIENTS, DISCARDS):
            for row in rows[place_of(call, group) : place_of(call, group + 1)]:
                row[MODE] = mode_of(group, row, program.dtype.itemsize)
                if row[MODE] != DIRECT and row[FRAME_ENTRY] != NOWHERE:
                    staged.append(row)
        vector = sum(int(row[SIZE]) for row in staged) * VECTOR_BYTES
        self.step = code.step if code.whole or not vector else max(1, min(code.step, STAGED_BYTES // vector))
        place = 0
        for row in staged:
            row[STAGING] = place
            place += int(row[SIZE]) * self.step * VECTOR_BYTES
        self.staging = place // program.dtype.itemsize

    def run(self, scratch: int, accumulators: int, first: int, last: int) -> None:
        """Run rows of the batch, a whole number of vectors; many threads may run parts.

        `scratch` is the address of the table of a thread's own memory (see `table`), and `accumulators` that of those in it.
        """
        memory = self.memories.pop() if self.memories else self._memory()
        memory.frame[UNIFORMS], memory.frame[ACCUMULATORS] = self.call[TABLE_UNIFORMS], accumulators
        run_native(*self.functions, memory.address, self.address, scratch, memory.staged, first, last, self.step)
        self.memories.append(memory)

    def _memory(self) -> Memory:
        scratch = self.aligned(self.code.scratch // self.program.dtype.itemsize, self.program.dtype)
        frame = np.zeros(length(self.program), np.int64)
        frame[SCRATCH] = scratch.ctypes.data
        frame[KERNEL : KERNEL + len(self.code.kernels)] = self.code.kernels
        staging = self.aligned(self.staging, self.program.dtype)
        return Memory(frame, frame.ctypes.data, staging.ctypes.data, (staging, scratch))


def mode_of(group: int, row: Array, itemsize: int) -> int:
    """Return how compiled code reaches the array that a row of the table describes."""
    if group == DISCARDS or row[FRAME_ENTRY] == NOWHERE:
        return DISCARD
    if group == SEEDS:
        return WEIGH
    if row[KIND] == BOOLEAN:
        return SCATTER_BOOLEAN
    together = row[PLACES] < 0 and (row[STEP] == itemsize or row[SIZE] == 1) and row[BATCH_STRIDE] == row[SIZE] * itemsize
    if together:
        return DIRECT
    if group != INPUTS:
        return SCATTER
    return GATHER if row[BATCH_STRIDE] else REPEAT
