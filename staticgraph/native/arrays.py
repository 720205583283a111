"""How compiled code reaches the arrays of a call: in place where their rows lie one after another, otherwise through staging memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..instruction import VECTOR_BYTES
from ..program import Program
from ..transfers import Array, Given, element_offsets
from .driver import COLUMNS, DIRECT, DISCARD, GATHER, REPEAT, SCATTER, SCATTER_BOOLEAN, WEIGH
from .engine import NativeCode
from .frame import GRADIENTS, INPUTS, SEEDS, VALUES, entry

STAGED_BYTES = 1 << 14
"""What is gathered or scattered in one pass stays in the first-level cache."""


@dataclass(frozen=True)
class Arrays:
    """What the driver is given: the table of arrays, their elements' offsets, bytes of staging memory, and vectors in one pass."""

    table: Array
    offsets: Array
    staging: int
    step: int


class _Table:
    """Collects the entries of the table."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.entries: list[list[int]] = []
        self.offsets: list[Array] = []
        self.length = 0

    def add(self, array: int, number: int, memory: Array, batched: bool, mode: int) -> None:
        """Add an array; one that is to be reached in place is staged if its rows do not lie one after another."""
        shape, strides = (memory.shape[1:], memory.strides[1:]) if batched else (memory.shape, memory.strides)
        offsets, dense = element_offsets(shape, strides, memory.itemsize)
        stride = memory.strides[0] if batched else 0
        address = memory.__array_interface__["data"][0]
        if mode == DIRECT:
            together = dense and batched and stride == len(offsets) * memory.itemsize and address % memory.itemsize == 0
            if not together:
                mode = SCATTER if array != INPUTS else GATHER if batched else REPEAT
        self.entries.append([entry(self.program, array, number), address, stride, len(offsets), self.length, mode, 0])
        self.offsets.append(offsets)
        self.length += len(offsets)

    def discard(self, array: int, number: int, size: int) -> None:
        """Add an array that nobody asked for."""
        self.entries.append([entry(self.program, array, number), 0, 0, size, 0, DISCARD, 0])

    def arrays(self, code: NativeCode) -> Arrays:
        """Return the table, with places in staging memory."""
        staged = [each for each in self.entries[1:] if each[5] != DIRECT]
        vector = sum(each[3] for each in staged) * VECTOR_BYTES
        step = code.step if code.whole or not vector else max(1, min(code.step, STAGED_BYTES // vector))
        place = 0
        for each in staged:
            each[6] = place
            place += each[3] * step * VECTOR_BYTES
        table = np.array(self.entries, np.int64).reshape(-1, COLUMNS)
        return Arrays(table, np.concatenate(self.offsets), place, step)


def reach(
    program: Program, code: NativeCode, rows: int, inputs: Sequence[Given], values: Sequence[Array], gradients: Sequence[Any] | None,
    seeds: Sequence[Given] | None, weights: Given,
) -> Arrays:  # fmt: skip
    """Return how compiled code reaches the arrays of a call; `seeds` are upstream gradients from outside, None where they are 1."""
    made = _Table(program)
    made.add(SEEDS, 0, *weights, WEIGH)
    for number, given in enumerate(inputs):
        made.add(INPUTS, number, *given, DIRECT)
    for number, output in enumerate(program.outputs):
        if seeds is not None and output.gradient is not None:
            made.add(SEEDS, number, *seeds[number], WEIGH)
        if number < len(values):
            made.add(VALUES, number, values[number], True, SCATTER_BOOLEAN if output.boolean else DIRECT)
        else:
            made.discard(VALUES, number, output.size)
    for number, leaf in enumerate(program.inputs):
        if gradients is not None and leaf.gradient is not None:
            if gradients[number] is None:
                made.discard(GRADIENTS, number, leaf.size)
            else:
                made.add(GRADIENTS, number, gradients[number], True, DIRECT)
    return made.arrays(code)
