"""The machine: jitted loops that run a program forward and backward over tiles.

The gates' own loops are emitted from their rules (`lanes`); here is what surrounds them: walking the instruction array, and
bringing rows of the batch into a tile and out of it.
"""

from typing import Any

import numpy as np

from .instruction import FIELD_OFFSETS, GUARD, INSTRUCTION, VECTOR_BYTES
from .lanes.clock import ticks
from .lanes.jit import jitted, jitted_once
from .lanes.kernels import backward_number, read, run_backward, run_forward, write
from .lanes.transfer import element_bytes, fill_run, load_block, load_run, store_block, store_run
from .sources import digest

INSTRUCTION_BYTES = INSTRUCTION.itemsize
OPCODE, NEEDS, FLAGS = (FIELD_OFFSETS[name] // 4 for name in ("opcode", "backward", "flags"))
"""Columns of the instruction array taken as an array of integers, since a row of a structured array is a view with counted references."""

ADDRESS, BATCH_STRIDE, ROW, SIZE, OFFSETS, KIND, DENSE = range(7)
COLUMNS = 7
"""Columns of the transfer tables: the address of the first element, the bytes from one row of the batch to the next, the first row
of the tile, how many rows, where their offsets in bytes start, what kind of value is written, and whether the elements of a row of
the batch lie side by side."""
WORD_BYTES = 8
ENTRY_BYTES = COLUMNS * WORD_BYTES
LAP_BYTES = 2 * WORD_BYTES
"""Ticks of an instruction, forward and backward."""
REAL, BOOLEAN, GRADIENT = range(3)
"""Kinds of written values. A gradient loses the sign of zero, which tells only how its sum began. A NaN becomes NumPy's `nan`."""
FORWARD, BACKWARD, GUARDED = 1, 2, 4
"""What a run does; `GUARDED` where zero upstream gradients may enter from outside."""


MACHINE = ("gates", "instruction", "interpreter", "lanes", "notices", "sources", "store")
"""All modules that the compiled machine is made by."""


@jitted(inline="always")
def lap(counter: int, before: int) -> int:
    """Add the ticks since a moment to a counter, and return the present moment; nothing where no time is taken."""
    if before == 0:
        return 0
    now: int = ticks()
    write(counter, read(counter, np.int64) + (now - before))
    return now


@jitted(inline="always")
def forward(instructions: Any, first: int, last: int, frame: Any, like: Any, laps: int, now: int) -> int:
    """Run instructions in order."""
    for position in range(first, last):
        run_forward(instructions[position, OPCODE], (frame[0] + position * INSTRUCTION_BYTES, *frame[1:]), like)
        now = lap(laps + position * LAP_BYTES, now)
    return now


@jitted(inline="always")
def backward(instructions: Any, first: int, last: int, frame: Any, like: Any, guarded: int, laps: int, now: int) -> int:
    """Run the backward rules of instructions in reverse order."""
    for position in range(last - 1, first - 1, -1):
        needs = instructions[position, NEEDS]
        if needs != 0:
            guard = guarded | ((instructions[position, FLAGS] & GUARD) != 0)
            number = backward_number(instructions[position, OPCODE], needs, guard)
            run_backward(number, (frame[0] + position * INSTRUCTION_BYTES, *frame[1:]), like)
            now = lap(laps + position * LAP_BYTES + WORD_BYTES, now)
    return now


@jitted(inline="always")
def entries(transfers: Any, first: int) -> range:
    """Return the addresses of the entries of a transfer table.

    What moves rows takes addresses: an array that is passed on has its references counted, atomically, which was 37 of the 66 ns that
    a tile of `-x` took.
    """
    return range(transfers.ctypes.data + first * ENTRY_BYTES, transfers.ctypes.data + len(transfers) * ENTRY_BYTES, ENTRY_BYTES)


@jitted(inline="always")
def field(entry: int, column: int) -> int:
    """Read a column of an entry of a transfer table."""
    found: int = read(entry + column * WORD_BYTES, np.int64)
    return found


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
    if field(entry, DENSE) and size >= width and stride != 0:
        dense_blocks(entry, tile, lanes, start, blocks, True, like)
        whole = blocks * width
    for position in range(size):
        source = field(entry, ADDRESS) + start * stride + field(offsets, field(entry, OFFSETS) + position)
        row = tile + (field(entry, ROW) + position) * lanes * itemsize
        first = whole
        if stride == itemsize:
            load_run(source, row, blocks, like)
            first = blocks * width
        elif stride == 0:
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
    if field(entry, DENSE) and size >= width and kind != BOOLEAN:
        dense_blocks(entry, tile, lanes, start, blocks, False, like)
        whole = blocks * width
    for position in range(size):
        target = field(entry, ADDRESS) + start * stride + field(offsets, field(entry, OFFSETS) + position)
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


def make_machine(rules: str) -> Any:
    """Return the compiled machine for these rules."""

    def run_tiles(
        instructions: Any, first: int, last: int, table: Any, tile: Any, uniforms: Any, accumulators: Any, totals: Any,
        reads: Any, values: Any, seeds: Any, gradients: Any, offsets: Any, rows: int, first_tile: int, last_tile: int, lanes: int,
        what: int, laps: int,
    ) -> str:  # fmt: skip
        """Run instructions `first` to `last` over tiles of the batch; the array arguments are those of `Executor`.

        Tiles of `lanes` rows cover the whole vectors of the batch, and one more tile the rows beyond them. `laps` is 0, or the address
        of pairs of counters that receive the processor's ticks: for each instruction those forward and backward, and, last, those of
        bringing rows into the tile and out of it. That nobody counts costs a comparison an instruction.
        """
        like, base, offset = tile.dtype, tile.ctypes.data, offsets.ctypes.data
        width = VECTOR_BYTES // element_bytes(like)
        places = (instructions.ctypes.data, base, uniforms.ctypes.data, accumulators.ctypes.data)
        table_place = table.ctypes.data
        whole = rows // width * width
        moving = laps + len(instructions) * LAP_BYTES
        now = ticks() if laps != 0 else 0
        for number in range(first_tile, last_tile):
            start = min(number * lanes, whole)
            active = min(lanes, whole - start) if start < whole else rows - whole
            used = (active + width - 1) // width * width
            frame = (*places, used, table_place)
            if what & FORWARD:
                for entry in entries(reads, 0):
                    load_rows(entry, offset, base, used, start, active, like)
                now = forward(instructions, first, last, frame, like, laps, lap(moving, now))
                for entry in entries(values, 0):
                    store_rows(entry, offset, base, used, start, active, like)
                now = lap(moving + WORD_BYTES, now)
            if what & BACKWARD:
                for slot in range(len(accumulators)):
                    accumulators[slot] = -like.type(0)
                for entry in entries(seeds, 1):
                    seed_rows(entry, seeds.ctypes.data, offset, base, used, start, active, like)
                guarded = int((what & GUARDED) != 0 or used != active)
                now = backward(instructions, first, last, frame, like, guarded, laps, lap(moving, now))
                for entry in entries(gradients, 0):
                    store_rows(entry, offset, base, used, start, active, like)
                for slot in range(len(accumulators)):
                    totals[slot] += accumulators[slot]
                now = lap(moving + WORD_BYTES, now)
        return rules

    return jitted_once(rules, "its interpreter", 10)(run_tiles)


run_tiles = make_machine(digest(*MACHINE))
