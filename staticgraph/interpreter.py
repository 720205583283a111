"""The machine: jitted loops that run a program forward and backward over tiles.

The gates' own loops are emitted from their rules (`lanes`); here is what surrounds them: walking the instruction array, tile after tile.
"""

from typing import Any

import numpy as np

from .blocks import begin, end, join, join_runs
from .instruction import FIELD_OFFSETS, GUARD, INSTRUCTION, VECTOR_BYTES
from .lanes.clock import ticks
from .lanes.environment import IEEE_HERE, get_environment, set_environment
from .lanes.jit import jitted, jitted_once
from .lanes.kernels import backward_number, read, run_backward, run_forward, write
from .lanes.transfer import element_bytes
from .sources import digest

# isort: off
from .table import (
    ADDRESS, APART, BACKWARD, BATCH_STRIDE, BODY, CLOSE, DISCARDS, END, ENTERED, ENTERED_COUNT, ENTRY_BYTES, FIRST_OBJECT, GIVEN, GRADIENTS,
    GROUP, GUARDED, HEADER, HIGH, INPUTS, INSTRUCTIONS, JOIN, KIND, LANES, LAPS, LAYOUT, LENGTH, LOW, OBJECT, OFFSETS, OPEN, PACKED,
    PARAMETERS, PROLOGUE, RECEIVERS, ROWS, ROWS_GIVEN, RUNS, SEEDS, SUMS, UNIFORMS, UNIFORMS_GIVEN, VALUES, WEIGHTS, WHAT, WORD_BYTES,
)  # fmt: skip
# isort: on
from .transfers import entries, field, load_rows, seed_rows, store_rows

INSTRUCTION_BYTES = INSTRUCTION.itemsize
OPCODE, NEEDS, FLAGS = (FIELD_OFFSETS[name] for name in ("opcode", "backward", "flags"))
"""Where these fields start in an instruction, in bytes."""
LAP_BYTES = 2 * WORD_BYTES
"""Ticks of an instruction, forward and backward."""
DATA_OFFSET = object.__basicsize__
"""Where an array object holds the address of its first element: right behind its head, by NumPy's binary interface
(`PyArrayObject_fields`). Asking Python for it (`array.ctypes.data`) takes 0.9 us, as long as all the rest that a call does for an array."""
MOST_COMPARED = 64
"""Results that are compared with every other array of a call; where there are more, the caller sorts them."""
DONE, OVERLAPPING = 0, 1


MACHINE = ("blocks", "gates", "instruction", "interpreter", "lanes", "notices", "sources", "store", "table", "transfers")
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
def forward(call: Any, first: int, last: int, frame: Any, like: Any, now: int) -> int:
    """Run instructions in order."""
    laps, start = call[LAPS], call[INSTRUCTIONS]
    for position in range(first, last):
        instruction = start + position * INSTRUCTION_BYTES
        run_forward(read(instruction + OPCODE, np.int32), (instruction, *frame), like)
        now = lap(laps + position * LAP_BYTES, now)
    return now


@jitted(inline="always")
def backward(call: Any, first: int, last: int, frame: Any, like: Any, guarded: int, now: int) -> int:
    """Run the backward rules of instructions in reverse order."""
    laps, start = call[LAPS], call[INSTRUCTIONS]
    for position in range(last - 1, first - 1, -1):
        instruction = start + position * INSTRUCTION_BYTES
        needs = read(instruction + NEEDS, np.int32)
        if needs != 0:
            guard = guarded | ((read(instruction + FLAGS, np.int32) & GUARD) != 0)
            number = backward_number(read(instruction + OPCODE, np.int32), needs, guard)
            run_backward(number, (instruction, *frame), like)
            now = lap(laps + position * LAP_BYTES + WORD_BYTES, now)
    return now


@jitted(nogil=True)
def resolve(call: Any) -> None:
    """Enter what the call gives into the table: the addresses of the arrays are read from the array objects."""
    given = call[GIVEN]
    call[ROWS] = read(given + ROWS_GIVEN * WORD_BYTES, np.int64)
    call[UNIFORMS] = read(given + UNIFORMS_GIVEN * WORD_BYTES, np.int64)
    for group in range(WEIGHTS, END):
        for entry in entries(call, group):
            number = field(entry, OBJECT)
            if number >= 0:
                array = read(given + (FIRST_OBJECT + number) * WORD_BYTES, np.int64)
                write(entry + ADDRESS * WORD_BYTES, read(array + DATA_OFFSET, np.int64))


@jitted(inline="always")
def reach(entry: int, rows: int) -> tuple[int, int]:
    """Return the first byte of an array and the one behind the last; the same twice if it has none."""
    first, batch = field(entry, ADDRESS), (rows - 1) * field(entry, BATCH_STRIDE)
    if rows == 0 or field(entry, HIGH) == 0:
        return first, first
    return first + field(entry, LOW) + min(0, batch), first + field(entry, HIGH) + max(0, batch)


@jitted(nogil=True)
def may_overlap(call: Any) -> bool:
    """Whether a result may share memory with another result or with an argument, as far as their ends tell."""
    rows = call[ROWS]
    if call[DISCARDS] - call[VALUES] + call[END] - call[SUMS] > MOST_COMPARED:
        return True
    for written in (VALUES, GRADIENTS, SUMS):
        for entry in entries(call, written):
            low, high = reach(entry, rows)
            for group in (WEIGHTS, SEEDS, INPUTS, VALUES, GRADIENTS, PARAMETERS, SUMS):
                for other in entries(call, group):
                    first, last = reach(other, rows)
                    if entry != other and low < last and first < high:
                        return True
    return False


@jitted(inline="always")
def uniform_frame(call: Any, width: int) -> tuple[int, int, int, int, int]:
    """Return the frame in which the prologue runs: its tile is the uniform tile, of one vector of lanes."""
    return call[UNIFORMS], call[UNIFORMS], 0, width, call[LAYOUT]


@jitted(inline="always")
def open_call(call: Any, like: Any) -> None:
    """Bring the parameters into the uniform tile and compute what follows from them and from constants."""
    width = VECTOR_BYTES // element_bytes(like)
    for entry in entries(call, PARAMETERS):
        lanes = 1 if field(entry, KIND) == PACKED else width
        load_rows(entry, call[OFFSETS], call[UNIFORMS], lanes, 0, lanes, like)
    forward(call, 0, call[PROLOGUE], uniform_frame(call, width), like, ticks() if call[LAPS] != 0 else 0)


@jitted(inline="always")
def close_call(call: Any, sums: Any) -> None:
    """Bring the sums, one for each accumulator, through the prologue's backward pass, and write the gradients of the parameters."""
    like, itemsize = sums.dtype, element_bytes(sums.dtype)
    width = VECTOR_BYTES // itemsize
    for number in range(call[ENTERED_COUNT]):
        row = call[UNIFORMS] + read(call[ENTERED] + number * WORD_BYTES, np.int64) * VECTOR_BYTES
        for lane in range(width):
            write(row + lane * itemsize, -like.type(0))
    for slot in range(len(sums)):
        row = call[UNIFORMS] + read(call[RECEIVERS] + slot * WORD_BYTES, np.int64) * VECTOR_BYTES
        for lane in range(width):
            write(row + lane * itemsize, read(row + lane * itemsize, like) + sums[slot])
    backward(call, 0, call[PROLOGUE], uniform_frame(call, width), like, 1, ticks() if call[LAPS] != 0 else 0)
    for entry in entries(call, SUMS):
        store_rows(entry, call[OFFSETS], call[UNIFORMS], width, 0, 1, like)


@jitted(inline="always")
def run_tile(call: Any, tile: Any, accumulators: Any, start: int, active: int) -> None:
    """Run the program's body over a tile of so many rows of the batch."""
    like, base, offsets = tile.dtype, tile.ctypes.data, call[OFFSETS]
    width = VECTOR_BYTES // element_bytes(like)
    used = (active + width - 1) // width * width
    frame = (base, call[UNIFORMS], accumulators.ctypes.data, used, call[LAYOUT])
    moving = call[LAPS] + call[LENGTH] * LAP_BYTES
    now = ticks() if call[LAPS] != 0 else 0
    for entry in entries(call, INPUTS):
        load_rows(entry, offsets, base, used, start, active, like)
    now = forward(call, call[PROLOGUE], call[LENGTH], frame, like, lap(moving, now))
    for entry in entries(call, VALUES):
        store_rows(entry, offsets, base, used, start, active, like)
    now = lap(moving + WORD_BYTES, now)
    if call[WHAT] & BACKWARD:
        weights = call.ctypes.data + HEADER * WORD_BYTES + call[WEIGHTS] * ENTRY_BYTES
        for entry in entries(call, SEEDS):
            seed_rows(entry, weights, offsets, base, used, start, active, like)
        guarded = int((call[WHAT] & GUARDED) != 0 or used != active)
        now = backward(call, call[PROLOGUE], call[LENGTH], frame, like, guarded, lap(moving, now))
        for entry in entries(call, GRADIENTS):
            store_rows(entry, offsets, base, used, start, active, like)
        lap(moving + WORD_BYTES, now)


@jitted(inline="always")
def run_body(call: Any, tile: Any, accumulators: Any, totals: Any, stack: Any, first: int, last: int) -> None:
    """Run the program's body over rows from `first` to `last`: tiles of the whole vectors of the batch, and one of the rows beyond them."""
    width, rows, start = VECTOR_BYTES // element_bytes(tile.dtype), call[ROWS], first
    whole = rows // width * width
    while start < last:
        active = min(call[LANES], whole - start) if start < whole else rows - whole
        begin(start, whole, accumulators, totals)
        run_tile(call, tile, accumulators, start, active)
        start += active
        if len(accumulators):
            end(start, whole, rows, call[GROUP], accumulators, totals, stack)


@jitted_once(digest(*MACHINE), "its interpreter", 10)
def run_machine(call: Any, tile: Any, accumulators: Any, totals: Any, stack: Any, first: int, last: int, stages: int) -> int:
    """Run stages of a call (see `table`), over rows from `first` to `last` of the batch.

    `tile`, `accumulators`, `totals` and `stack` are a thread's own memory. Tiles of `LANES` rows cover the whole vectors of the batch, and
    one more tile the rows beyond them, so `first` is a multiple of `LANES` or the first row beyond the whole vectors. `LAPS` in the table
    is 0, or the address of pairs of counters that receive the processor's ticks: for each instruction those forward and backward, and,
    last, those of bringing rows into the tile and out of it. That nobody counts costs a comparison an instruction.

    Returns `OVERLAPPING`, and computes nothing, if arrays that must lie apart may share memory; otherwise `DONE`.
    """
    if stages & OPEN:
        resolve(call)
        if stages & APART and may_overlap(call):
            return OVERLAPPING
    callers = get_environment()
    set_environment(IEEE_HERE)
    if stages & OPEN:
        open_call(call, tile.dtype)
    if stages & BODY:
        run_body(call, tile, accumulators, totals, stack, first, last)
    if stages & JOIN:
        join(stack)
    if stages & RUNS:
        join_runs(totals, accumulators, stack, call[ROWS])
    if stages & CLOSE:
        close_call(call, stack[len(stack) - 1])
    set_environment(callers)
    return DONE
