"""The loops that run compiled code: they bring what compiled code cannot read or write in place into staging memory.

Compiled code reads and writes rows `(N, d)` whose elements lie one after another. Arrays of any other layout are gathered before,
scattered afterwards, and so are the rows beyond the last whole vector: the lanes behind them hold what was there before, and are left out
of results and sums.
Results are written in place however large they are, or stream past the caches vector by vector (see `streaming`): to gather a pass of them
in staging memory first took 4.2 ns a row instead of 3.1 (Rosenbrock-10), as reading and writing did not overlap.
"""

from collections.abc import Callable
from typing import Any

from ..compiler.sources import digest
from ..lanes.environment import IEEE_HERE, get_environment, set_environment
from ..lanes.jit import jitted, jitted_once
from ..lanes.memory import get, put, run, run_function
from ..machine.blocks import RUN_ROWS, begin_rows, end_rows
from ..machine.interpreter import DONE, MACHINE, end_call, open_call
from ..records import compiled

# isort: off
from ..records.table import (
    ACCUMULATORS, ADDRESS, BATCH_STRIDE, BODY, DISCARDS, ENTRY_BYTES, FRAME_ENTRY, GATHER, GATHERING, ITEMSIZE, KERNELS, MASKING, MODE,
    NOWHERE, OFFSETS, OPEN, PARAMETERS, REPEAT, ROWS, SCATTER, SCATTERING, SCATTER_BOOLEAN, SLOTS, STAGING, STREAM, UNIFORMS, VALUES,
    WEIGH, WEIGHTS, WIDTH,
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
def run_pass(code: int, frame: int, call: int, first: int, start: int, last: int, most: int) -> Any:
    """Run rows from `start` on, at most so many vectors of them, or those beyond the last whole vector; return where they end."""
    width, rows = get(call, WIDTH), get(call, ROWS)
    beyond, repeated = rows // width * width, 0
    if start == first:
        repeated = get(code, compiled.VECTORS) * width
        if repeated > last - first:
            repeated = last - first
    if start >= beyond:
        vectors, stop, whole = 1, rows, False
    else:
        stop, whole = start + most * width, True
        if stop > last:
            stop = last
        if stop > beyond:
            stop = beyond
        vectors = (stop - start) // width
    enter(frame, call, start, stop - start, repeated, whole, rows >= get(code, compiled.STREAMED))
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
    status = open_call(call, stages) if stages & OPEN != 0 else DONE
    if stages & BODY != 0 and status == DONE:
        start = first
        put(frame, compiled.UNIFORMS, get(call, UNIFORMS))
        while start < last:
            start = run_pass(code, frame, call, first, start, last, get(code, compiled.VECTORS))
    set_environment(callers)
    return status


@jitted(nogil=True)
def sum_rows(code: int, frame: int, call: int, scratch: int, first: int, last: int) -> None:
    """Run rows pass after pass, and add up what ends with each."""
    width, slots, accumulators, start = get(call, WIDTH), get(call, SLOTS), get(scratch, ACCUMULATORS), first
    put(frame, compiled.UNIFORMS, get(call, UNIFORMS))
    put(frame, compiled.ACCUMULATORS, accumulators)
    while start < last:
        most = (RUN_ROWS - start % RUN_ROWS) // width
        if most > get(code, compiled.VECTORS):
            most = get(code, compiled.VECTORS)
        begin_rows(call, scratch, start)
        stop = run_pass(code, frame, call, first, start, last, most)
        if stop - start < width:
            run(get(get(call, KERNELS), MASKING), accumulators, slots, stop - start, 0, 0, 0)
        start = stop
        end_rows(call, scratch, stop)


@jitted_once(digest(*MACHINE, "native.driver"), "the driver of native code with sums over rows", 3)
def run_native_summing(code: int, frame: int, call: int, scratch: int, first: int, last: int, stages: int) -> int:
    """Run stages of a call as `run_native` does, with the sums over rows that are the gradients of parameters."""
    callers = get_environment()
    set_environment(IEEE_HERE)
    status = open_call(call, stages) if stages & OPEN != 0 else DONE
    if status == DONE:
        if stages & BODY != 0:
            sum_rows(code, frame, call, scratch, first, last)
        end_call(call, scratch, stages)
    set_environment(callers)
    return status


def driver(summing: bool) -> Callable[..., int]:
    """Return what runs compiled code, with sums over rows or without."""
    return run_native_summing if summing else run_native
