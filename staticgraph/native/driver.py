"""The loop that runs compiled code over tiles: it brings what compiled code cannot read or write in place into staging memory.

Compiled code reads and writes rows `(N, d)` whose elements lie one after another. Arrays of any other layout are gathered before,
scattered afterwards. Results are written in place however large they are: gathering them in staging memory and streaming that past the
caches took 4.2 ns a row instead of 3.1 (Rosenbrock-10) and 43 instead of 35 (Rosenbrock-100), as reading and writing did not overlap.
"""

from typing import Any

import numpy as np

from ..instruction import VECTOR_BYTES
from ..interpreter import MACHINE
from ..lanes.jit import jitted, jitted_once
from ..lanes.kernels import read, write
from ..lanes.transfer import call_native, element_bytes
from ..sources import digest

ENTRY, ADDRESS, BATCH_STRIDE, SIZE, OFFSETS, MODE, STAGING = range(7)
COLUMNS = 7
"""Columns of the table of arrays: the entry of the frame, the address of the first element, bytes from one row of the batch to the next,
elements in a row, where their offsets in bytes start, how they are reached, and where their part of staging memory starts."""
DIRECT, GATHER, WEIGH, REPEAT, SCATTER, SCATTER_BOOLEAN, DISCARD = range(7)
"""How an array is reached: in place; gathered; gathered and multiplied by the weights (row 0 of the table); gathered once, as it is the
same in every row; scattered; scattered as booleans; not at all."""


@jitted(nogil=True)
def gather(arrays: Any, number: int, offsets: Any, staging: int, start: int, count: int, like: Any) -> None:
    """Bring rows of the batch into staging memory."""
    address, stride, first = arrays[number, ADDRESS], arrays[number, BATCH_STRIDE], arrays[number, OFFSETS]
    place, itemsize, weighs = staging, element_bytes(like), arrays[number, MODE] == WEIGH
    for row in range(start, start + count):
        for position in range(arrays[number, SIZE]):
            value = read(address + row * stride + offsets[first + position], like)
            if weighs:
                value *= read(arrays[0, ADDRESS] + row * arrays[0, BATCH_STRIDE], like)
            write(place, value)
            place += itemsize


@jitted(nogil=True)
def scatter(arrays: Any, number: int, offsets: Any, staging: int, start: int, count: int, like: Any) -> None:
    """Bring rows from staging memory to where the caller wants them."""
    address, stride, first = arrays[number, ADDRESS], arrays[number, BATCH_STRIDE], arrays[number, OFFSETS]
    place, itemsize, booleans = staging, element_bytes(like), arrays[number, MODE] == SCATTER_BOOLEAN
    for row in range(start, start + count):
        for position in range(arrays[number, SIZE]):
            target, value = address + row * stride + offsets[first + position], read(place, like)
            if booleans:
                write(target, value != 0)
            else:
                write(target, value)
            place += itemsize


@jitted(nogil=True)
def enter(frame: Any, arrays: Any, offsets: Any, memory: int, start: int, count: int, first: bool, like: Any) -> None:
    """Set the addresses of all arrays for a pass over rows, and gather what is to be gathered."""
    for number in range(1, len(arrays)):
        mode, place = arrays[number, MODE], memory + arrays[number, STAGING]
        if mode == DIRECT:
            place = arrays[number, ADDRESS] + start * arrays[number, BATCH_STRIDE]
        elif mode in (GATHER, WEIGH) or (mode == REPEAT and first):
            gather(arrays, number, offsets, place, start, count, like)
        frame[arrays[number, ENTRY]] = place


@jitted(nogil=True)
def leave(arrays: Any, offsets: Any, memory: int, start: int, count: int, like: Any) -> None:
    """Bring the results of a pass to where the caller wants them."""
    for number in range(1, len(arrays)):
        mode, place = arrays[number, MODE], memory + arrays[number, STAGING]
        if mode in (SCATTER, SCATTER_BOOLEAN):
            scatter(arrays, number, offsets, place, start, count, like)


def make_driver(rules: str) -> Any:
    """Return the compiled driver for these rules."""

    def run_native(
        functions: Any, frame: Any, arrays: Any, offsets: Any, staging: Any, accumulators: Any, totals: Any,
        rows: int, first_tile: int, last_tile: int, lanes: int, step: int,
    ) -> str:  # fmt: skip
        """Run compiled functions over tiles of the batch, which has `rows` rows, a whole number of vectors; see `arrays.Arrays`."""
        like, memory, frame_place = accumulators.dtype, staging.ctypes.data, frame.ctypes.data
        width = VECTOR_BYTES // element_bytes(like)
        # Where nothing is summed over the rows of a tile, all are one: a pass costs about 100 ns beside its rows.
        together = 1 if len(accumulators) else max(1, last_tile - first_tile)
        for number in range(first_tile, last_tile, together):
            end = min((number + together) * lanes, rows)
            for slot in range(len(accumulators)):
                accumulators[slot] = -like.type(0)
            for start in range(number * lanes, end, step * width):
                count = min(step * width, end - start)
                enter(frame, arrays, offsets, memory, start, count, start == first_tile * lanes, like)
                for function in functions:
                    call_native(function, frame_place, count // width)
                leave(arrays, offsets, memory, start, count, like)
            for slot in range(len(accumulators)):
                totals[slot] += accumulators[slot]
        return rules

    return jitted_once(rules, "the driver of native code", 2)(run_native)


run_native = make_driver(digest(*MACHINE, "native.driver"))


def prepare_driver(dtype: np.dtype[Any]) -> None:
    """Have the driver compiled or loaded for a dtype: the first time on a machine that takes a second, which no caller should wait for."""
    nothing, numbers = np.zeros(0, dtype), np.zeros(0, np.int64)
    run_native(numbers, numbers, np.zeros((0, COLUMNS), np.int64), numbers, nothing, nothing, nothing, 0, 0, 0, 1, 1)
