"""The loops that run compiled code: they bring what compiled code cannot read or write in place into staging memory.

Compiled code reads and writes rows `(N, d)` whose elements lie one after another, or columns whose elements do (see `frame.Build`). Arrays
of any other layout are gathered before, scattered afterwards, and so are the rows beyond the last whole vector: the lanes behind them hold
what was there before, and are left out of results and sums.
Results are written in place however large they are, or stream past the caches vector by vector (see `streaming`): to gather a pass of them
in staging memory first took 4.2 ns a row instead of 3.1 (Rosenbrock-10), as reading and writing did not overlap.
"""

from collections.abc import Callable
from typing import Any

from ..compiler.sources import digest
from ..lanes.environment import IEEE_HERE, get_environment, set_environment
from ..lanes.jit import jitted, jitted_once
from ..lanes.memory import fence, get, put, run, run_function
from ..machine.blocks import RUN_ROWS, begin_rows, end_rows
from ..machine.interpreter import DONE, MACHINE, end_call, open_call
from ..records import compiled
from ..records.instruction import VECTOR_BYTES

# isort: off
from ..records.table import (
    ACCUMULATORS, ADDRESS, BATCH_STRIDE, BODY, COLUMN_OFFSETS, DISCARDS, ENTRY_BYTES, FRAME_ENTRY, GATHER, GATHERING, ITEMSIZE, KERNELS,
    MASKING, MODE, NARROWING, NOWHERE, OFFSETS, OPEN, PARAMETERS, REPEAT, ROWS, SCATTER, SCATTERING, SCATTER_BOOLEAN, SLOTS, STAGED_OFFSETS,
    STAGING, STREAM, UNIFORMS, VALUES, WEIGH, WEIGHTS, WIDTH,
)  # fmt: skip
# isort: on


@jitted(nogil=True)
def run_functions(code: int, frame: int, vectors: int) -> None:
    """Run the compiled functions, in order."""
    function = get(code, compiled.FIRST)
    while function < get(code, compiled.LAST):
        run_function(get(function, 0), frame, vectors)
        function += 8


@jitted(nogil=True)
def enter(frame: int, call: int, start: int, count: int, repeated: int, whole: bool, streams: bool) -> None:
    """Set the addresses of all arrays for a pass over rows, and gather what is to be gathered; `repeated` are rows that are all alike.

    Those of results that may stream (see `streaming`) are marked where the call `streams`.
    """
    gather, weights, array, memory = get(get(call, KERNELS), GATHERING), get(call, WEIGHTS), get(call, WEIGHTS), get(frame, compiled.STAGED)
    while array < get(call, PARAMETERS):
        mode, place = get(array, MODE), memory + get(array, STAGING)
        if mode <= STREAM and whole:
            place = get(array, ADDRESS) + start * get(array, BATCH_STRIDE)
            if mode == STREAM and streams and place % get(call, ITEMSIZE) == 0:
                place += compiled.STREAMING
        elif mode == REPEAT:
            run(gather, array, weights, get(call, OFFSETS), place, 0, repeated)
        elif GATHER <= mode <= WEIGH or (mode <= STREAM and array < get(call, VALUES)):
            run(gather, array, weights, get(call, OFFSETS), place, start, count)
        if get(array, FRAME_ENTRY) != NOWHERE:
            put(frame, get(array, FRAME_ENTRY), place)
            put(frame, get(array, FRAME_ENTRY) + 1, get(array, COLUMN_OFFSETS if mode <= STREAM and whole else STAGED_OFFSETS))
        array += ENTRY_BYTES


@jitted(nogil=True)
def leave(frame: int, call: int, start: int, count: int, whole: bool) -> None:
    """Bring the results of a pass to where the caller wants them."""
    scatter, array = get(get(call, KERNELS), SCATTERING), get(call, VALUES)
    while array < get(call, DISCARDS):
        mode = get(array, MODE)
        if SCATTER <= mode <= SCATTER_BOOLEAN or (mode <= STREAM and not whole):
            run(scatter, array, get(call, OFFSETS), get(frame, compiled.STAGED) + get(array, STAGING), start, count, 0)
        array += ENTRY_BYTES


@jitted(nogil=True)
def open_native(code: int, call: int, stages: int) -> Any:
    """Begin a call as the machine does, and store the uniform tile once more behind itself, with one element a row."""
    status, rows = open_call(call, stages), get(code, compiled.UNIFORM_ROWS)
    if status == DONE and rows != 0:
        tile = get(call, UNIFORMS)
        run(get(get(call, KERNELS), NARROWING), tile + rows * VECTOR_BYTES, tile, rows, 0, 0, 0)
    return status


@jitted(nogil=True)
def enter_uniforms(code: int, frame: int, call: int) -> None:
    """Set where uniform values are."""
    tile = get(call, UNIFORMS)
    put(frame, compiled.UNIFORMS, tile)
    put(frame, compiled.ELEMENTS, tile + get(code, compiled.UNIFORM_ROWS) * VECTOR_BYTES)


@jitted(nogil=True)
def before_lines(code: int, call: int, first: int) -> Any:
    """Return how many rows lie before the first one at which results that stream begin a line, so that they can stream from there.

    The widest that can begin one decides for all: columns differ only if one's length is odd, or if it begins elsewhere in its memory.
    """
    array, before, widest = get(call, VALUES), 0, 0
    while array < get(call, DISCARDS) and get(call, ROWS) >= get(code, compiled.STREAMED):
        stride = get(array, BATCH_STRIDE)
        if get(array, MODE) == STREAM and stride > widest:
            rows = rows_before_line(get(array, ADDRESS) + first * stride, stride, get(call, WIDTH))
            if rows >= 0:
                before, widest = rows, stride
        array += ENTRY_BYTES
    return before


@jitted(nogil=True)
def rows_before_line(place: int, stride: int, width: int) -> Any:
    """Return after how many rows of so many bytes a place begins a line, -1 if it never does."""
    for row in range(width):
        if (place + row * stride) % VECTOR_BYTES == 0:
            return row
    return -1


@jitted(nogil=True)
def run_pass(code: int, frame: int, call: int, first: int, start: int, last: int, most: int, before: int) -> Any:
    """Run rows from `start` on, and return where they end: those `before` others, at most so many vectors, or what lies beyond the last."""
    width, repeated = get(call, WIDTH), 0
    beyond = first + before + (last - first - before) // width * width
    if start == first:
        repeated = get(code, compiled.VECTORS) * width
        if repeated > last - first:
            repeated = last - first
    if start >= beyond or start < first + before:
        vectors, stop, whole = 1, last if start >= beyond else first + before, False
    else:
        stop, whole = start + most * width, True
        if stop > beyond:
            stop = beyond
        vectors = (stop - start) // width
    enter(frame, call, start, stop - start, repeated, whole, get(call, ROWS) >= get(code, compiled.STREAMED))
    run_functions(code, frame, vectors)
    leave(frame, call, start, stop - start, whole)
    return stop


@jitted_once(digest(*MACHINE, "native.driver"), "the driver of native code", 2)
def run_native(code: int, frame: int, call: int, scratch: int, first: int, last: int, stages: int) -> int:
    """Run stages of a call by compiled code, as `run_machine` does by kernels.

    `code` is the address of the table of functions, `frame` that of a thread's own frame (see `records.compiled`).
    """
    callers = get_environment()
    set_environment(IEEE_HERE)
    status = open_native(code, call, stages) if stages & OPEN != 0 else DONE
    if stages & BODY != 0 and status == DONE:
        start, before = first, before_lines(code, call, first)
        enter_uniforms(code, frame, call)
        while start < last:
            start = run_pass(code, frame, call, first, start, last, get(code, compiled.VECTORS), before)
        fence()
    set_environment(callers)
    return status


@jitted(nogil=True)
def sum_rows(code: int, frame: int, call: int, scratch: int, first: int, last: int) -> None:
    """Run rows pass after pass, and add up what ends with each."""
    width, slots, start = get(call, WIDTH), get(call, SLOTS), first
    enter_uniforms(code, frame, call)
    while start < last:
        accumulators = get(scratch, ACCUMULATORS)
        put(frame, compiled.ACCUMULATORS, accumulators)
        most = (RUN_ROWS - start % RUN_ROWS) // width
        if most > get(code, compiled.VECTORS):
            most = get(code, compiled.VECTORS)
        begin_rows(call, scratch, start)
        stop = run_pass(code, frame, call, first, start, last, most, 0)
        if stop - start < width:
            run(get(get(call, KERNELS), MASKING), accumulators, slots, stop - start, 0, 0, 0)
        start = stop
        end_rows(call, scratch, stop)
    fence()


@jitted_once(digest(*MACHINE, "native.driver"), "the driver of native code with sums over rows", 3)
def run_native_summing(code: int, frame: int, call: int, scratch: int, first: int, last: int, stages: int) -> int:
    """Run stages of a call as `run_native` does, with the sums over rows that are the gradients of parameters."""
    callers = get_environment()
    set_environment(IEEE_HERE)
    status = open_native(code, call, stages) if stages & OPEN != 0 else DONE
    if status == DONE:
        if stages & BODY != 0:
            sum_rows(code, frame, call, scratch, first, last)
        end_call(call, scratch, stages)
    set_environment(callers)
    return status


def driver(summing: bool) -> Callable[..., int]:
    """Return what runs compiled code, with sums over rows or without."""
    return run_native_summing if summing else run_native
