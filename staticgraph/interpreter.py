"""The machine: jitted loops that run a program forward and backward over tiles.

The gates' own loops are emitted from their rules (`lanes`); here is what surrounds them: walking the instruction array, and
bringing rows of the batch into a tile and out of it.
"""

import hashlib
from pathlib import Path
from typing import Any

from .instruction import GUARD, INSTRUCTION
from .lanes.jit import jitted
from .lanes.kernels import backward_number, read, run_backward, run_forward, write
from .lanes.transfer import copy_run, transpose_block

INSTRUCTION_BYTES = INSTRUCTION.itemsize

ADDRESS, BATCH_STRIDE, ROW, SIZE, OFFSETS, KIND, DENSE = range(7)
COLUMNS = 7
"""Columns of the transfer tables: the address of the first element, the bytes from one row of the batch to the next, the first row
of the tile, how many rows, where their offsets in bytes start, what kind of value is written, and whether the elements of a row of
the batch lie side by side."""
REAL, BOOLEAN, GRADIENT = range(3)
"""Kinds of written values. A gradient loses the sign of zero, which tells only how its sum began."""
FORWARD, BACKWARD, GUARDED = 1, 2, 4
"""What a run does; `GUARDED` where zero upstream gradients may enter from outside."""


def rules_digest() -> str:
    """Return the hash of all sources that the compiled machine is made from.

    Numba's cache looks at this file alone, so the digest becomes a part of its key: a value that the function closes over.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("gates/*.py"), *here.glob("lanes/*.py"), here / "instruction.py", here / "interpreter.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@jitted(inline="always")
def forward(instructions: Any, first: int, last: int, frame: Any, like: Any) -> None:
    """Run instructions in order."""
    for position in range(first, last):
        run_forward(instructions[position].opcode, (frame[0] + position * INSTRUCTION_BYTES, *frame[1:]), like)


@jitted(inline="always")
def backward(instructions: Any, first: int, last: int, frame: Any, like: Any, guarded: int) -> None:
    """Run the backward rules of instructions in reverse order."""
    for position in range(last - 1, first - 1, -1):
        instruction = instructions[position]
        if instruction.backward != 0:
            guard = guarded | ((instruction.flags & GUARD) != 0)
            number = backward_number(instruction.opcode, instruction.backward, guard)
            run_backward(number, (frame[0] + position * INSTRUCTION_BYTES, *frame[1:]), like)


@jitted(nogil=True)
def dense_blocks(entry: Any, tile: Any, lanes: int, start: int, blocks: int, width: int, inward: bool) -> None:
    """Transpose elements that lie side by side into the rows of the tile or out of them; the last block overlaps the one before."""
    pitch = lanes * tile.itemsize
    for block in range(blocks):
        outside = entry[ADDRESS] + (start + block * width) * entry[BATCH_STRIDE]
        inside = tile.ctypes.data + entry[ROW] * pitch + block * width * tile.itemsize
        for number in range((entry[SIZE] + width - 1) // width):
            first = min(number * width, entry[SIZE] - width)
            here, there = outside + first * tile.itemsize, inside + first * pitch
            if inward:
                transpose_block(here, entry[BATCH_STRIDE], there, pitch, False, tile)
            else:
                transpose_block(there, pitch, here, entry[BATCH_STRIDE], entry[KIND] == GRADIENT, tile)


@jitted(nogil=True)
def load_rows(entry: Any, offsets: Any, tile: Any, lanes: int, start: int, active: int, width: int) -> None:
    """Bring rows of the batch into the tile; the lanes beyond them repeat the last one."""
    blocks = active // width
    whole = 0
    if entry[DENSE] and entry[SIZE] >= width and entry[BATCH_STRIDE] != 0:
        dense_blocks(entry, tile, lanes, start, blocks, width, True)
        whole = blocks * width
    for position in range(entry[SIZE]):
        address = entry[ADDRESS] + start * entry[BATCH_STRIDE] + offsets[entry[OFFSETS] + position]
        row = tile[(entry[ROW] + position) * lanes : (entry[ROW] + position + 1) * lanes]
        first = whole
        if entry[BATCH_STRIDE] == tile.itemsize:
            copy_run(address, row.ctypes.data, blocks, False, tile)
            first = blocks * width
        for lane in range(first, active):
            row[lane] = read(address + lane * entry[BATCH_STRIDE], tile)
        for lane in range(active, lanes):
            row[lane] = row[active - 1]


@jitted(nogil=True)
def store_rows(entry: Any, offsets: Any, tile: Any, lanes: int, start: int, active: int, width: int) -> None:
    """Bring rows of the tile to where the caller wants them."""
    blocks = active // width
    whole = 0
    if entry[DENSE] and entry[SIZE] >= width and entry[KIND] != BOOLEAN:
        dense_blocks(entry, tile, lanes, start, blocks, width, False)
        whole = blocks * width
    for position in range(entry[SIZE]):
        address = entry[ADDRESS] + start * entry[BATCH_STRIDE] + offsets[entry[OFFSETS] + position]
        row = tile[(entry[ROW] + position) * lanes : (entry[ROW] + position + 1) * lanes]
        first = whole
        if entry[BATCH_STRIDE] == tile.itemsize and entry[KIND] != BOOLEAN:
            copy_run(row.ctypes.data, address, blocks, entry[KIND] == GRADIENT, tile)
            first = blocks * width
        for lane in range(first, active):
            target = address + lane * entry[BATCH_STRIDE]
            if entry[KIND] == BOOLEAN:
                write(target, row[lane] != 0)
            elif entry[KIND] == GRADIENT:
                write(target, row[lane] + tile.dtype.type(0))
            else:
                write(target, row[lane])


@jitted(nogil=True)
def seed_rows(entry: Any, offsets: Any, weights: Any, tile: Any, lanes: int, start: int, active: int) -> None:
    """Write the upstream gradient of an output, the cotangent times the weight; the lanes beyond the batch get none."""
    for position in range(entry[SIZE]):
        address = entry[ADDRESS] + start * entry[BATCH_STRIDE] + offsets[entry[OFFSETS] + position]
        row = tile[(entry[ROW] + position) * lanes : (entry[ROW] + position + 1) * lanes]
        if entry[BATCH_STRIDE] == 0 and weights[BATCH_STRIDE] == 0:
            row[:active] = read(address, tile) * read(weights[ADDRESS], tile)
        else:
            for lane in range(active):
                weight = read(weights[ADDRESS] + (start + lane) * weights[BATCH_STRIDE], tile)
                row[lane] = read(address + lane * entry[BATCH_STRIDE], tile) * weight
        row[active:] = 0


def make_machine(digest: str) -> Any:
    """Return the compiled machine for these rules."""

    def run_tiles(
        instructions: Any, first: int, last: int, table: Any, tile: Any, uniforms: Any, accumulators: Any, totals: Any, width: int,
        reads: Any, values: Any, seeds: Any, gradients: Any, offsets: Any, rows: int, first_tile: int, last_tile: int, lanes: int,
        what: int,
    ) -> str:  # fmt: skip
        """Run instructions `first` to `last` over tiles of the batch; the array arguments are those of `Executor`."""
        for number in range(first_tile, last_tile):
            start = number * lanes
            active = min(lanes, rows - start)
            used = (active + width - 1) // width * width
            frame = (instructions.ctypes.data, tile.ctypes.data, uniforms.ctypes.data, accumulators.ctypes.data, used, table.ctypes.data)
            if what & FORWARD:
                for entry in reads:
                    load_rows(entry, offsets, tile, used, start, active, width)
                forward(instructions, first, last, frame, tile)
                for entry in values:
                    store_rows(entry, offsets, tile, used, start, active, width)
            if what & BACKWARD:
                accumulators[:] = -tile.dtype.type(0)
                for entry in seeds[1:]:
                    seed_rows(entry, offsets, seeds[0], tile, used, start, active)
                backward(instructions, first, last, frame, tile, int((what & GUARDED) != 0 or used != active))
                for entry in gradients:
                    store_rows(entry, offsets, tile, used, start, active, width)
                for slot in range(len(accumulators)):
                    totals[slot] += accumulators[slot]
        return digest

    try:
        return jitted(nogil=True, cache=True)(run_tiles)
    except RuntimeError:  # no folder can be written: every process compiles for itself
        return jitted(nogil=True)(run_tiles)


run_tiles = make_machine(rules_digest())
