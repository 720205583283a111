"""The loop that runs compiled code over tiles: it brings what compiled code cannot read or write in place into staging memory.

Compiled code reads and writes rows `(N, d)` whose elements lie one after another. Arrays of any other layout are gathered before,
scattered afterwards. Results are written in place however large they are: gathering them in staging memory and streaming that past the
caches took 4.2 ns a row instead of 3.1 (Rosenbrock-10) and 43 instead of 35 (Rosenbrock-100), as reading and writing did not overlap.
"""

from typing import Any

import numpy as np

from ..blocks import RUN_ROWS, begin, end
from ..instruction import VECTOR_BYTES
from ..interpreter import DONE, MACHINE
from ..lanes.environment import IEEE_HERE, get_environment, set_environment
from ..lanes.jit import jitted, jitted_once
from ..lanes.kernels import read, write
from ..lanes.transfer import call_native, element_bytes
from ..sources import digest

# isort: off
from ..table import (
    ADDRESS, BATCH_STRIDE, DISCARDS, ENTRY_BYTES, FRAME_ENTRY, GROUP, HEADER, MODE, NOWHERE, OFFSETS, ROWS, SIZE, STAGING, WORD_BYTES,
)  # fmt: skip
# isort: on
from ..transfers import element_place, field

DIRECT, GATHER, WEIGH, REPEAT, SCATTER, SCATTER_BOOLEAN, DISCARD = range(7)
"""How an array is reached: in place; gathered; gathered and multiplied by the weights (the first array of the table); gathered once, as it
is the same in every row; scattered; scattered as booleans; not at all."""

@jitted(nogil=True)
def gather(entry: int, weights: int, offsets: int, staging: int, start: int, count: int, like: Any) -> None:
    """Bring rows of the batch into staging memory."""
    address, stride = field(entry, ADDRESS), field(entry, BATCH_STRIDE)
    place, itemsize, weighs = staging, element_bytes(like), field(entry, MODE) == WEIGH
    for row in range(start, start + count):
        for position in range(field(entry, SIZE)):
            value = read(address + row * stride + element_place(entry, offsets, position), like)
            if weighs:
                value *= read(field(weights, ADDRESS) + row * field(weights, BATCH_STRIDE), like)
            write(place, value)
            place += itemsize


@jitted(nogil=True)
def scatter(entry: int, offsets: int, staging: int, start: int, count: int, like: Any) -> None:
    """Bring rows from staging memory to where the caller wants them."""
    address, stride = field(entry, ADDRESS), field(entry, BATCH_STRIDE)
    place, itemsize, booleans = staging, element_bytes(like), field(entry, MODE) == SCATTER_BOOLEAN
    for row in range(start, start + count):
        for position in range(field(entry, SIZE)):
            target, value = address + row * stride + element_place(entry, offsets, position), read(place, like)
            if booleans:
                write(target, value != 0)
            else:
                write(target, value)
            place += itemsize


@jitted(inline="always")
def reached(call: Any) -> range:
    """Return the addresses of all arrays that compiled code may know, in the table: all but parameters and their gradients."""
    return range(first_array(call), call.ctypes.data + HEADER * WORD_BYTES + call[DISCARDS + 1] * ENTRY_BYTES, ENTRY_BYTES)


@jitted(inline="always")
def first_array(call: Any) -> int:
    """Return the address of the first array in the table, which is the weights if there are any."""
    address: int = call.ctypes.data + HEADER * WORD_BYTES
    return address


@jitted(nogil=True)
def enter(frame: Any, call: Any, memory: int, start: int, count: int, anew: bool, like: Any) -> None:
    """Set the addresses of all arrays for a pass over rows, and gather what is to be gathered."""
    for entry in reached(call):
        mode, place = field(entry, MODE), memory + field(entry, STAGING)
        if mode == DIRECT:
            place = field(entry, ADDRESS) + start * field(entry, BATCH_STRIDE)
        elif mode in (GATHER, WEIGH) or (mode == REPEAT and anew):
            gather(entry, first_array(call), call[OFFSETS], place, start, count, like)
        if field(entry, FRAME_ENTRY) != NOWHERE:
            frame[field(entry, FRAME_ENTRY)] = place


@jitted(nogil=True)
def leave(call: Any, memory: int, start: int, count: int, like: Any) -> None:
    """Bring the results of a pass to where the caller wants them."""
    for entry in reached(call):
        mode = field(entry, MODE)
        if mode in (SCATTER, SCATTER_BOOLEAN):
            scatter(entry, call[OFFSETS], memory + field(entry, STAGING), start, count, like)


@jitted_once(digest(*MACHINE, "native.driver"), "the driver of native code", 2)
def run_native(
    functions: Any, frame: Any, call: Any, staging: Any, accumulators: Any, totals: Any, stack: Any, first: int, last: int, step: int
) -> int:
    """Run compiled functions over rows of the batch, a whole number of vectors, at most `step` vectors in a pass."""
    callers = get_environment()
    set_environment(IEEE_HERE)
    like, memory, rows = accumulators.dtype, staging.ctypes.data, call[ROWS]
    width = VECTOR_BYTES // element_bytes(like)
    whole, start = rows // width * width, first
    while start < last:
        count = min(step * width, last - start)
        if len(accumulators):
            count = min(count, RUN_ROWS - start % RUN_ROWS)
            begin(start, whole, accumulators, totals)
        enter(frame, call, memory, start, count, start == first, like)
        for function in functions:
            call_native(function, frame.ctypes.data, count // width)
        leave(call, memory, start, count, like)
        start += count
        if len(accumulators):
            end(start, whole, rows, call[GROUP], accumulators, totals, stack)
    set_environment(callers)
    return DONE


def prepare_driver(dtype: np.dtype[Any]) -> None:
    """Have the driver compiled or loaded for a dtype: the first time on a machine that takes a second, which no caller should wait for."""
    nothing, numbers = np.zeros(0, dtype), np.zeros(HEADER, np.int64)
    run_native(numbers, numbers, numbers, nothing, nothing, nothing, nothing.reshape(2, 0), 0, 0, 1)
