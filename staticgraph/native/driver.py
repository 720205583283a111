"""The loop that runs compiled code over tiles: it brings what compiled code cannot read or write in place into staging memory.

Compiled code reads and writes rows `(N, d)` whose elements lie one after another. Arrays of any other layout are gathered before,
scattered afterwards; results larger than the caches are streamed past them from staging memory, which takes one and a half times the
bandwidth of writing in place, since a line that is written must otherwise first be read.
"""

from typing import Any

import numpy as np

from ..instruction import VECTOR_BYTES
from ..interpreter import GRADIENT, rules_digest
from ..lanes.jit import jitted
from ..lanes.kernels import read, write
from ..lanes.transfer import call_native, element_bytes, fence, stream_run
from .frame import SCRATCH

ENTRY, ADDRESS, BATCH_STRIDE, SIZE, OFFSETS, MODE, STAGING = range(7)
COLUMNS = 7
"""Columns of the table of arrays: the entry of the frame, the address of the first element, bytes from one row of the batch to the next,
elements in a row, where their offsets in bytes start, how they are reached, and where their part of staging memory starts."""
DIRECT, GATHER, WEIGH, SCATTER, SCATTER_BOOLEAN, STREAM, DISCARD = range(7)
"""How an array is reached: in place; gathered; gathered and multiplied by the weights (entry 0 of the table); scattered; scattered as
booleans; streamed past the caches; not at all."""


@jitted(nogil=True)
def gather(arrays: Any, number: int, offsets: Any, staging: int, start: int, count: int, like: Any) -> None:
    """Bring rows of the batch into staging memory."""
    address, stride, size = arrays[number, ADDRESS], arrays[number, BATCH_STRIDE], arrays[number, SIZE]
    place, itemsize = staging, element_bytes(like)
    for row in range(start, start + count):
        for position in range(size):
            value = read(address + row * stride + offsets[arrays[number, OFFSETS] + position], like)
            if arrays[number, MODE] == WEIGH:
                value *= read(arrays[0, ADDRESS] + row * arrays[0, BATCH_STRIDE], like)
            write(place, value)
            place += itemsize


@jitted(nogil=True)
def scatter(arrays: Any, number: int, offsets: Any, staging: int, start: int, count: int, like: Any) -> None:
    """Bring rows from staging memory to where the caller wants them."""
    address, stride, size = arrays[number, ADDRESS], arrays[number, BATCH_STRIDE], arrays[number, SIZE]
    place, itemsize = staging, element_bytes(like)
    for row in range(start, start + count):
        for position in range(size):
            target, value = address + row * stride + offsets[arrays[number, OFFSETS] + position], read(place, like)
            if arrays[number, MODE] == SCATTER_BOOLEAN:
                write(target, value != 0)
            else:
                write(target, value)
            place += itemsize


@jitted(nogil=True)
def stream(source: int, target: int, count: int) -> None:
    """Copy bytes past the caches: whole lines by vectors, what is before and after them by words of 4 bytes."""
    before = min(-target % VECTOR_BYTES, count)
    vectors = (count - before) // VECTOR_BYTES
    for offset in range(0, before, 4):
        write(target + offset, read(source + offset, np.int32))
    stream_run(source + before, target + before, vectors)
    for offset in range(before + vectors * VECTOR_BYTES, count, 4):
        write(target + offset, read(source + offset, np.int32))


def make_driver(digest: str) -> Any:
    """Return the compiled driver for these rules."""

    def run_native(
        functions: Any, frame: Any, arrays: Any, offsets: Any, staging: Any, accumulators: Any, totals: Any,
        rows: int, first_tile: int, last_tile: int, lanes: int, step: int,
    ) -> str:  # fmt: skip
        """Run compiled functions over tiles of whole vectors of the batch; see `NativeProgram` for the arrays."""
        like, memory = accumulators.dtype, staging.ctypes.data
        itemsize = element_bytes(like)
        width = VECTOR_BYTES // itemsize
        whole = rows // width * width
        for number in range(first_tile, last_tile):
            begin, end = number * lanes, min((number + 1) * lanes, whole)
            for slot in range(len(accumulators)):
                accumulators[slot] = -like.type(0)
            for start in range(begin, end, step * width):
                count = min(step * width, end - start)
                for each in range(1, len(arrays)):
                    place = memory + arrays[each, STAGING]
                    if arrays[each, MODE] == DIRECT:
                        place = arrays[each, ADDRESS] + start * arrays[each, BATCH_STRIDE]
                    elif arrays[each, MODE] <= WEIGH:
                        gather(arrays, each, offsets, place, start, count, like)
                    frame[arrays[each, ENTRY]] = place
                for function in functions:
                    call_native(function, frame.ctypes.data, count // width)
                for each in range(1, len(arrays)):
                    place, mode = memory + arrays[each, STAGING], arrays[each, MODE]
                    if mode == SCATTER or mode == SCATTER_BOOLEAN:
                        scatter(arrays, each, offsets, place, start, count, like)
                    elif mode == STREAM:
                        target = arrays[each, ADDRESS] + start * arrays[each, BATCH_STRIDE]
                        stream(place, target, count * arrays[each, BATCH_STRIDE])
            for slot in range(len(accumulators)):
                totals[slot] += accumulators[slot]
        fence()
        return digest

    try:
        return jitted(nogil=True, cache=True)(run_native)
    except RuntimeError:  # no folder can be written: every process compiles for itself
        return jitted(nogil=True)(run_native)


run_native = make_driver(rules_digest())
