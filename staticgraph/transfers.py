"""Moving rows of the batch between the caller's arrays and a tile, as jitted functions on addresses."""

from typing import Any

import numpy as np

from .instruction import VECTOR_BYTES
from .lanes.jit import jitted
from .lanes.kernels import read, write
from .lanes.transfer import element_bytes, fill_run, load_block, load_run, store_block, store_run
from .table import ADDRESS, BATCH_STRIDE, BOOLEAN, ENTRY_BYTES, GRADIENT, HEADER, KIND, PLACES, ROW, SIZE, STEP, WORD_BYTES


@jitted(inline="always")
def entries(call: Any, group: int) -> range:
    """Return the addresses of the arrays of a group.

    What moves rows takes addresses: an array that is passed on has its references counted, atomically, which was 37 of the 66 ns that
    a tile of `-x` took.
    """
    start = call.ctypes.data + HEADER * WORD_BYTES
    return range(start + call[group] * ENTRY_BYTES, start + call[group + 1] * ENTRY_BYTES, ENTRY_BYTES)


@jitted(inline="always")
def field(entry: int, column: int) -> int:
    """Read a column of an array's row of the table."""
    found: int = read(entry + column * WORD_BYTES, np.int64)
    return found


@jitted(inline="always")
def element_place(entry: int, offsets: int, position: int) -> int:
    """Return how many bytes an element lies behind the first one of its row of the batch."""
    places = field(entry, PLACES)
    return position * field(entry, STEP) if places < 0 else field(offsets, places + position)


@jitted(nogil=True)
def dense_blocks(entry: int, tile: int, lanes: int, start: int, blocks: int, inward: bool, like: Any) -> None:
    """Transpose elements that lie side by side into the rows of the tile or out of them; the last block overlaps the one before."""
    size, stride, itemsize = field(entry, SIZE), field(entry, BATCH_STRIDE), element_bytes(like)
    width, pitch = VECTOR_BYTES // itemsize, lanes * itemsize
    for block in range(blocks):
        outside = field(entry, ADDRESS) + (start + block * width) * stride
        inside = tile + field(entry, ROW) * pitch + block * VECTOR_BYTES
        for number in range((size + width - 1) // width):
            first = min(number * width, size - width)
            here, there = outside + first * itemsize, inside + first * pitch
            if inward:
                load_block(here, stride, there, pitch, like)
            else:
                store_block(there, pitch, here, stride, field(entry, KIND) == GRADIENT, like)


@jitted(nogil=True)
def load_rows(entry: int, offsets: int, tile: int, lanes: int, start: int, active: int, like: Any) -> None:
    """Bring rows of the batch into the tile; the lanes beyond them repeat the last one."""
    size, stride, itemsize = field(entry, SIZE), field(entry, BATCH_STRIDE), element_bytes(like)
    width = VECTOR_BYTES // itemsize
    blocks, whole = active // width, 0
    if field(entry, STEP) == itemsize and size >= width and stride != 0:
        dense_blocks(entry, tile, lanes, start, blocks, True, like)
        whole = blocks * width
    for position in range(size):
        source = field(entry, ADDRESS) + start * stride + element_place(entry, offsets, position)
        row = tile + (field(entry, ROW) + position) * lanes * itemsize
        first = whole
        if stride == itemsize:
            load_run(source, row, blocks, like)
            first = blocks * width
        elif stride == 0 and lanes >= width:
            fill_run(read(source, like), row, lanes // width, like)
            first = active
        for lane in range(first, active):
            write(row + lane * itemsize, read(source + lane * stride, like))
        for lane in range(active, lanes):
            write(row + lane * itemsize, read(row + (active - 1) * itemsize, like))


@jitted(nogil=True)
def store_rows(entry: int, offsets: int, tile: int, lanes: int, start: int, active: int, like: Any) -> None:
    """Bring rows of the tile to where the caller wants them."""
    size, stride, itemsize = field(entry, SIZE), field(entry, BATCH_STRIDE), element_bytes(like)
    width, kind = VECTOR_BYTES // itemsize, field(entry, KIND)
    blocks, whole = active // width, 0
    if field(entry, STEP) == itemsize and size >= width and kind != BOOLEAN:
        dense_blocks(entry, tile, lanes, start, blocks, False, like)
        whole = blocks * width
    for position in range(size):
        target = field(entry, ADDRESS) + start * stride + element_place(entry, offsets, position)
        row = tile + (field(entry, ROW) + position) * lanes * itemsize
        first = whole
        if stride == itemsize and kind != BOOLEAN:
            store_run(row, target, blocks, kind == GRADIENT, like)
            first = blocks * width
        for lane in range(first, active):
            value = read(row + lane * itemsize, like)
            if kind == BOOLEAN:
                write(target + lane * stride, value != 0)
            elif value != value:
                write(target + lane * stride, like.type(np.nan))
            else:
                write(target + lane * stride, value + like.type(0) if kind == GRADIENT else value)


@jitted(nogil=True)
def seed_rows(seed: int, weights: int, offsets: int, tile: int, lanes: int, start: int, active: int, like: Any) -> None:
    """Write the upstream gradient of an output, the cotangent times the weight; the lanes beyond the batch get none."""
    load_rows(seed, offsets, tile, lanes, start, active, like)
    stride, itemsize = field(weights, BATCH_STRIDE), element_bytes(like)
    first = field(weights, ADDRESS) + start * stride
    for position in range(field(seed, SIZE)):
        row = tile + (field(seed, ROW) + position) * lanes * itemsize
        if stride != 0 or read(first, like) != 1:
            for lane in range(active):
                place = row + lane * itemsize
                write(place, read(place, like) * read(first + lane * stride, like))
        for lane in range(active, lanes):
            write(row + lane * itemsize, like.type(0))
