"""The loop that runs compiled code over tiles: it brings what compiled code cannot read or write in place into staging memory.

Compiled code reads and writes rows `(N, d)` whose elements lie one after another. Arrays of any other layout are gathered before,
scattered afterwards. Results are written in place however large they are: gathering them in staging memory and streaming that past the
caches took 4.2 ns a row instead of 3.1 (Rosenbrock-10) and 43 instead of 35 (Rosenbrock-100), as reading and writing did not overlap.
"""

from ..compiler.sources import digest
from ..lanes.environment import IEEE_HERE, get_environment, set_environment
from ..lanes.jit import jitted, jitted_once
from ..lanes.memory import get, put, run, run_function
from ..machine.blocks import RUN_ROWS, begin_rows, end_rows
from ..machine.interpreter import MACHINE

# isort: off
from ..records.table import (
    ADDRESS, BATCH_STRIDE, DIRECT, DISCARDS, ENTRY_BYTES, FRAME_ENTRY, GATHER, GATHERING, KERNELS, MODE, NOWHERE, OFFSETS,
    PARAMETERS, REPEAT, SCATTER, SCATTERING, SCATTER_BOOLEAN, SLOTS, STAGING, VALUES, WEIGH, WEIGHTS, WIDTH,
)  # fmt: skip
# isort: on


@jitted(nogil=True)
def enter(frame: int, call: int, memory: int, start: int, count: int, anew: bool) -> None:
    """Set the addresses of all arrays for a pass over rows, and gather what is to be gathered."""
    gather, weights, array = get(get(call, KERNELS), GATHERING), get(call, WEIGHTS), get(call, WEIGHTS)
    while array < get(call, PARAMETERS):
        mode, place = get(array, MODE), memory + get(array, STAGING)
        if mode == DIRECT:
            place = get(array, ADDRESS) + start * get(array, BATCH_STRIDE)
        elif GATHER <= mode <= WEIGH or (mode == REPEAT and anew):
            run(gather, array, weights, get(call, OFFSETS), place, start, count)
        if get(array, FRAME_ENTRY) != NOWHERE:
            put(frame, get(array, FRAME_ENTRY), place)
        array += ENTRY_BYTES


@jitted(nogil=True)
def leave(call: int, memory: int, start: int, count: int) -> None:
    """Bring the results of a pass to where the caller wants them."""
    scatter, array = get(get(call, KERNELS), SCATTERING), get(call, VALUES)
    while array < get(call, DISCARDS):
        if SCATTER <= get(array, MODE) <= SCATTER_BOOLEAN:
            run(scatter, array, get(call, OFFSETS), memory + get(array, STAGING), start, count, 0)
        array += ENTRY_BYTES


@jitted_once(digest(*MACHINE, "native.driver"), "the driver of native code", 2)
def run_native(functions: int, count: int, frame: int, call: int, scratch: int, staging: int, first: int, last: int, step: int) -> None:
    """Run compiled functions over rows of the batch, a whole number of vectors, at most `step` vectors in a pass.

    All are addresses but `count`, of the functions, and what follows `staging`; `scratch` has a thread's own memory (see `table`).
    """
    callers = get_environment()
    set_environment(IEEE_HERE)
    width, sums, start = get(call, WIDTH), get(call, SLOTS) != 0, first
    while start < last:
        rows = last - start
        if rows > step * width:
            rows = step * width
        if sums:
            if rows > RUN_ROWS - start % RUN_ROWS:
                rows = RUN_ROWS - start % RUN_ROWS
            begin_rows(call, scratch, start)
        enter(frame, call, staging, start, rows, start == first)
        number = 0
        while number < count:
            run_function(get(functions, number), frame, rows // width)
            number += 1
        leave(call, staging, start, rows)
        start += rows
        if sums:
            end_rows(call, scratch, start)
    set_environment(callers)
