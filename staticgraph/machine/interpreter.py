"""The machine: jitted loops that run a program forward and backward over tiles.

The gates' own loops are kernels at addresses (`lanes`), compiled when a program first needs them; here is what surrounds them: walking the
instruction array, tile after tile. So it is compiled once for both precisions, and knows nothing but words of memory. Functions are few and
loops plain, as each function takes Numba 0.06 s and each `range` or `min` as long.
"""

from typing import Any

from ..compiler.sources import digest
from ..lanes.clock import ticks
from ..lanes.environment import IEEE_HERE, get_environment, set_environment
from ..lanes.jit import jitted, jitted_once
from ..lanes.memory import get, put, run
from ..records.instruction import INSTRUCTION
from .blocks import begin_rows, end_rows, join_groups, join_runs
from .signature import DATA, differs

# isort: off
from ..records.table import (
    ACCUMULATORS, ADDRESS, APART, BACKWARD, BACKWARD_STEP, BODY, CLOSE, COMPARING, DISCARDS, END, ENTER, ENTERED, ENTERED_COUNT,
    ENTRY_BYTES, FIRST_OBJECT, FORWARD_STEP, GIVEN, GRADIENTS, GUARDED, GUARDED_STEP, INPUTS, INSTRUCTIONS, ITEMSIZE, JOIN, KERNELS, LANES,
    LAPS, LAYOUT, LENGTH, LOAD, OBJECT, OFFSETS, OPEN, OVERLAP, PARAMETERS, PROLOGUE, RECEIVERS, ROWS, ROWS_GIVEN, RUNS, SEEDS, SIGNATURE,
    SLOTS, STACK, STACK_ROWS, STEPS, STEP_COUNT, STORE, SUMS, TILE, UNIFORMS, UNIFORMS_GIVEN, VALUES, WEIGHING, WEIGHTS, WHAT, WIDTH,
)  # fmt: skip
# isort: on

INSTRUCTION_BYTES = INSTRUCTION.itemsize
LAP_WORDS = 2
"""Ticks of an instruction, forward and backward."""
MOST_COMPARED = 64
"""Results that are compared with every other array of a call; where there are more, the caller sorts them."""
DONE, OVERLAPPING, DIFFERENT = range(3)
MACHINE = (
    "compiler.notices", "compiler.sources", "compiler.store", "lanes.clock", "lanes.counter", "lanes.environment", "lanes.jit",
    "lanes.kept", "lanes.memory", "lanes.processor", "lanes.types", "machine.blocks", "machine.interpreter", "machine.signature", "records",
)  # fmt: skip
"""All modules that the compiled machine is made by."""


@jitted(nogil=True)
def lap(laps: int, counter: int, before: int) -> int:
    """Add the ticks since a moment to a counter, and return the present moment; nothing where no time is taken."""
    if before == 0:
        return 0
    now: int = ticks()
    put(laps, counter, get(laps, counter) + (now - before))
    return now


@jitted(nogil=True)
def move(call: int, group: int, kernel: int, beside: int, tile: int, lanes: int, start: int, active: int) -> None:
    """Bring the arrays of a group into a tile, or out of it; `beside` is what the kernel is given beside an array's entry."""
    array, mover = get(call, group), get(get(call, KERNELS), kernel)
    while array < get(call, group + 1):
        run(mover, array, beside, tile, lanes, start, active)
        array += ENTRY_BYTES


@jitted(nogil=True)
def forward(call: int, first: int, last: int, tile: int, accumulators: int, lanes: int, now: int) -> int:
    """Run instructions in order."""
    steps, uniforms, table, laps = get(call, STEPS), get(call, UNIFORMS), get(call, LAYOUT), get(call, LAPS)
    while first < last:
        kernel = get(steps, first * STEP_COUNT + FORWARD_STEP)
        if kernel != 0:
            run(kernel, get(call, INSTRUCTIONS) + first * INSTRUCTION_BYTES, tile, uniforms, accumulators, lanes, table)
        now = lap(laps, first * LAP_WORDS, now)
        first += 1
    return now


@jitted(nogil=True)
def backward(call: int, first: int, last: int, tile: int, accumulators: int, lanes: int, step: int, now: int) -> int:
    """Run the backward rules of instructions in reverse order, by the kernels of a step."""
    steps, uniforms, table, laps = get(call, STEPS), get(call, UNIFORMS), get(call, LAYOUT), get(call, LAPS)
    while first < last:
        last -= 1
        kernel = get(steps, last * STEP_COUNT + step)
        if kernel != 0:
            run(kernel, get(call, INSTRUCTIONS) + last * INSTRUCTION_BYTES, tile, uniforms, accumulators, lanes, table)
            now = lap(laps, last * LAP_WORDS + 1, now)
    return now


@jitted(nogil=True)
def resolve(call: int) -> None:
    """Enter what the call gives into the table: the addresses of the arrays are read from the array objects."""
    given, array = get(call, GIVEN), get(call, WEIGHTS)
    put(call, ROWS, get(given, ROWS_GIVEN))
    put(call, UNIFORMS, get(given, UNIFORMS_GIVEN))
    while array < get(call, END):
        number = get(array, OBJECT)
        if number >= 0:
            put(array, ADDRESS, get(get(given, FIRST_OBJECT + number), DATA))
        array += ENTRY_BYTES


@jitted(nogil=True)
def may_overlap(call: int) -> Any:
    """Whether a result may share memory with another array, as far as their ends tell; where there are many, the caller looks closer."""
    results = get(call, DISCARDS) - get(call, VALUES) + get(call, END) - get(call, SUMS)
    if results > MOST_COMPARED * ENTRY_BYTES:
        return 1
    run(get(get(call, KERNELS), COMPARING), call, 0, 0, 0, 0, 0)
    return get(call, OVERLAP)


@jitted(nogil=True)
def open_call(call: int, stages: int) -> int:
    """Bring the parameters into the uniform tile and compute what follows from them and from constants; otherwise say why not."""
    if get(call, SIGNATURE) != 0 and differs(call):
        return DIFFERENT
    resolve(call)
    if stages & APART != 0 and may_overlap(call) != 0:
        return OVERLAPPING
    width, uniforms = get(call, WIDTH), get(call, UNIFORMS)
    move(call, PARAMETERS, LOAD, get(call, OFFSETS), uniforms, width, 0, width)
    forward(call, 0, get(call, PROLOGUE), uniforms, 0, width, ticks() if get(call, LAPS) != 0 else 0)
    return DONE


@jitted(nogil=True)
def close_call(call: int, scratch: int) -> None:
    """Bring the sums, one for each accumulator, through the prologue's backward pass, and write the gradients of the parameters."""
    uniforms, slots, width = get(call, UNIFORMS), get(call, SLOTS), get(call, WIDTH)
    sums = get(scratch, STACK) + (get(scratch, STACK_ROWS) - 1) * slots * get(call, ITEMSIZE)
    enter = get(get(call, KERNELS), ENTER)
    run(enter, uniforms, get(call, ENTERED), get(call, ENTERED_COUNT), get(call, RECEIVERS), sums, slots)
    backward(call, 0, get(call, PROLOGUE), uniforms, 0, width, GUARDED_STEP, ticks() if get(call, LAPS) != 0 else 0)
    move(call, SUMS, STORE, get(call, OFFSETS), uniforms, width, 0, 1)


@jitted(nogil=True)
def run_tile(call: int, scratch: int, start: int) -> Any:
    """Run the program's body over the tile that begins at this row of the batch; return where it ends."""
    width, rows, active = get(call, WIDTH), get(call, ROWS), get(call, LANES)
    whole = rows // width * width
    if start >= whole:
        active = rows - whole
    elif active > whole - start:
        active = whole - start
    used, offsets = (active + width - 1) // width * width, get(call, OFFSETS)
    tile, accumulators = get(scratch, TILE), get(scratch, ACCUMULATORS)
    laps, body, length = get(call, LAPS), get(call, PROLOGUE), get(call, LENGTH)
    now, moving = ticks() if laps != 0 else 0, length * LAP_WORDS
    move(call, INPUTS, LOAD, offsets, tile, used, start, active)
    now = forward(call, body, length, tile, accumulators, used, lap(laps, moving, now))
    move(call, VALUES, STORE, offsets, tile, used, start, active)
    now = lap(laps, moving + 1, now)
    if get(call, WHAT) & BACKWARD != 0:
        move(call, SEEDS, LOAD, offsets, tile, used, start, active)
        move(call, SEEDS, WEIGHING, get(call, WEIGHTS), tile, used, start, active)
        step = GUARDED_STEP if get(call, WHAT) & GUARDED != 0 or used != active else BACKWARD_STEP
        now = backward(call, body, length, tile, accumulators, used, step, lap(laps, moving, now))
        move(call, GRADIENTS, STORE, offsets, tile, used, start, active)
        lap(laps, moving + 1, now)
    return start + active


@jitted(nogil=True)
def end_call(call: int, scratch: int, stages: int) -> None:
    """Join the sums of groups or runs, and bring them through the prologue, as the stages say."""
    if stages & JOIN != 0:
        join_groups(call, scratch)
    if stages & RUNS != 0:
        join_runs(call, scratch)
    if stages & CLOSE != 0:
        close_call(call, scratch)


@jitted_once(digest(*MACHINE), "its interpreter", 2)
def run_machine(call: int, scratch: int, first: int, last: int, stages: int) -> int:
    """Run stages of a call without sums over rows (see `table`), over rows from `first` to `last` of the batch.

    `call` and `scratch` are the addresses of the call's table and of that of a thread's own memory. Tiles of `LANES` rows cover the whole
    vectors of the batch, and one more tile the rows beyond them, so `first` is a multiple of `LANES` or the first row beyond the whole
    vectors. `LAPS` in the table is 0, or the address of pairs of counters that receive the processor's ticks: for each instruction those
    forward and backward, and, last, those of bringing rows into the tile and out of it. That nobody counts costs a comparison an
    instruction.

    Returns `OVERLAPPING`, and computes nothing, if arrays that must lie apart may share memory, `DIFFERENT` if they have not the signature
    that they must have; otherwise `DONE`.
    """
    callers = get_environment()
    set_environment(IEEE_HERE)
    status = open_call(call, stages) if stages & OPEN != 0 else DONE
    if stages & BODY != 0 and status == DONE:
        while first < last:
            first = run_tile(call, scratch, first)
    set_environment(callers)
    return status


@jitted(nogil=True)
def sum_rows(call: int, scratch: int, first: int, last: int) -> None:
    """Run the program's body over rows, tile after tile, and add up what ends with a tile."""
    while first < last:
        begin_rows(call, scratch, first)
        first = run_tile(call, scratch, first)
        end_rows(call, scratch, first)


@jitted_once(digest(*MACHINE), "its interpreter with sums over rows", 3)
def run_summing(call: int, scratch: int, first: int, last: int, stages: int) -> int:
    """Run stages of a call as `run_machine` does, with the sums over rows that are the gradients of parameters."""
    callers = get_environment()
    set_environment(IEEE_HERE)
    status = open_call(call, stages) if stages & OPEN != 0 else DONE
    if status == DONE:
        if stages & BODY != 0:
            sum_rows(call, scratch, first, last)
        end_call(call, scratch, stages)
    set_environment(callers)
    return status
