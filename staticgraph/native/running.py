"""A call of compiled code: its arrays, and the memory that a thread needs for it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..program import Program
from .arrays import Arrays
from .driver import run_native
from .engine import NativeCode
from .frame import ACCUMULATORS, KERNEL, SCRATCH, UNIFORMS, length

Array = np.ndarray[Any, Any]


class Running:
    """Compiled code with the arrays of one call; many threads may run parts of it.

    Parameters
    ----------
    program : Program
    code : NativeCode
    arrays : Arrays
    uniforms : numpy.ndarray
        The uniform tile, of the program's dtype.
    rows : int
        Rows of the batch that are run: a whole number of vectors.
    aligned : callable
        Returns memory for so many elements of a dtype.
    """

    def __init__(
        self, program: Program, code: NativeCode, arrays: Arrays, uniforms: Array, rows: int, aligned: Callable[[int, Any], Array]
    ) -> None:
        self.program, self.code, self.arrays, self.uniforms, self.rows, self.aligned = program, code, arrays, uniforms, rows, aligned

    def worker(self, accumulators: Array, totals: Array) -> Callable[[int, int], None]:
        """Return what runs tiles from a first to a last one, with memory of its own; sums over rows are added to `totals`."""
        program, code, arrays = self.program, self.code, self.arrays
        memory = self.aligned(code.scratch // program.dtype.itemsize, program.dtype)
        staging = self.aligned(arrays.staging // program.dtype.itemsize, program.dtype)
        frame = np.zeros(length(program), np.int64)
        frame[[UNIFORMS, ACCUMULATORS, SCRATCH]] = self.uniforms.ctypes.data, accumulators.ctypes.data, memory.ctypes.data
        frame[KERNEL : KERNEL + len(code.kernels)] = code.kernels

        return partial(self._run, frame, memory, staging, accumulators, totals)

    def _run(self, frame: Array, memory: Array, staging: Array, accumulators: Array, totals: Array, first: int, last: int) -> None:
        """Run tiles; `memory` is named only to be kept, as the frame holds its address."""
        arrays = self.arrays
        run_native(
            self.code.functions, frame, arrays.table, arrays.offsets, staging, accumulators, totals, self.rows, first, last,
            self.program.lanes, arrays.step,
        )  # fmt: skip
