"""The order in which sums over the rows of a batch are made, which alone decides their last bits.

Every place that adds to a uniform value has accumulators, a vector of lanes each: row `r` of the batch adds to lane `r % width`. They start
at -0.0 anew every `RUN_ROWS` rows, and for the rows beyond the last whole vector. Runs are added one after another to the totals of a block
of `BLOCK_ROWS` rows by absolute number, whose lanes are then added halves to halves. Blocks are joined in a dyadic tree: node `(level, j)`
is the sum of the nodes `(level - 1, 2 j)` and `(level - 1, 2 j + 1)`, or the first alone where there is no second. So neither threads nor
the way in which a batch is cut at multiples of `BLOCK_ROWS` rows change a bit, and the error of a sum grows with the logarithm of the rows:
a hundred million equal float32 numbers come out right to 1e-6.
"""

from ..lanes.jit import jitted
from ..lanes.memory import get, put, run

# isort: off
from ..records.table import (
    ACCUMULATORS, ADD, BEGIN, COPY, FOLD, GROUP, ITEMSIZE, KERNELS, ROWS, SLOTS, STACK, STACK_ROWS, TOTALS, WIDTH,
)  # fmt: skip
# isort: on

RUN_ROWS, BLOCK_ROWS = 1024, 8192
"""A run is a multiple of every tile, so that the tile's width changes no sum. Its end costs a pass over the accumulators: 7 % on a network
of 1,633 parameters if it comes every 128 rows (`bench.choices`)."""


@jitted(nogil=True)
def begin_rows(call: int, scratch: int, start: int) -> None:
    """Let accumulators start anew if a run or the rows beyond the whole vectors begin at this row."""
    begin, slots, width = get(get(call, KERNELS), BEGIN), get(call, SLOTS), get(call, WIDTH)
    if start % RUN_ROWS == 0 or start == get(call, ROWS) // width * width:
        run(begin, get(scratch, ACCUMULATORS), slots, 0, 0, 0, 0)


@jitted(nogil=True)
def end_rows(call: int, scratch: int, stop: int) -> None:
    """Add up the run, the block and the group of so many blocks that end before this row, if they do; without groups runs wait.

    The first run of a block is its total so far: its accumulators are that from then on, and those of the last total serve the next run.
    The gradient in a matrix of 1,024 by 1,024, with 64 MB of each, takes 34 ms for 8 rows, and 44 if the one is added to the other.
    """
    rows, group, width = get(call, ROWS), get(call, GROUP), get(call, WIDTH)
    totals, accumulators, whole = get(scratch, TOTALS), get(scratch, ACCUMULATORS), rows // width * width
    if group == 0:
        return
    if stop % RUN_ROWS == 0 or stop in (whole, rows):
        start = whole if stop > whole else (stop - 1) // RUN_ROWS * RUN_ROWS
        if start % BLOCK_ROWS == 0:
            put(scratch, TOTALS, accumulators)
            put(scratch, ACCUMULATORS, totals)
        else:
            run(get(get(call, KERNELS), ADD), totals, totals, accumulators, get(call, SLOTS) * width, 0, 0)
    if stop % BLOCK_ROWS == 0 or stop == rows:
        number = (stop - 1) // BLOCK_ROWS
        carry(call, scratch, number % group)
        if stop == rows or (number + 1) % group == 0:
            collect(call, scratch, number % group + 1)


@jitted(nogil=True)
def carry(call: int, scratch: int, number: int) -> None:
    """Let the totals of a block, by its number in the group, join what the tree has: as adding 1 to a binary number.

    Row `level` of the stack holds a node of that level which waits for its neighbour; the last row holds what enters.
    """
    kernels, slots, waiting = get(call, KERNELS), get(call, SLOTS), get(scratch, STACK)
    pitch = slots * get(call, ITEMSIZE)
    entering = waiting + (get(scratch, STACK_ROWS) - 1) * pitch
    run(get(kernels, FOLD), entering, get(scratch, TOTALS), slots, 0, 0, 0)
    while number & 1 != 0:
        run(get(kernels, ADD), entering, waiting, entering, slots, 0, 0)
        waiting += pitch
        number >>= 1
    run(get(kernels, COPY), waiting, entering, slots, 0, 0, 0)


@jitted(nogil=True)
def collect(call: int, scratch: int, count: int) -> None:
    """Join the nodes that wait once so many blocks have entered; the sum stands in the last row."""
    kernels, slots, waiting, first = get(call, KERNELS), get(call, SLOTS), get(scratch, STACK), True
    pitch = slots * get(call, ITEMSIZE)
    total = waiting + (get(scratch, STACK_ROWS) - 1) * pitch
    while count != 0:
        if count & 1 != 0 and first:
            run(get(kernels, COPY), total, waiting, slots, 0, 0, 0)
            first = False
        elif count & 1 != 0:
            run(get(kernels, ADD), total, waiting, total, slots, 0, 0)
        waiting += pitch
        count >>= 1


@jitted(nogil=True)
def join_groups(call: int, scratch: int) -> None:
    """Join the sums of groups of blocks, which are neighbours in the stack; the total stands in its last row, which holds no group."""
    kernels, slots, stack, count, step = get(call, KERNELS), get(call, SLOTS), get(scratch, STACK), get(scratch, STACK_ROWS) - 1, 1
    pitch = slots * get(call, ITEMSIZE)
    while step < count:
        left = 0
        while left + step < count:
            here = stack + left * pitch
            run(get(kernels, ADD), here, here, here + step * pitch, slots, 0, 0)
            left += 2 * step
        step *= 2
    run(get(kernels, COPY), stack + count * pitch, stack, slots, 0, 0, 0)


@jitted(nogil=True)
def join_runs(call: int, scratch: int) -> None:
    """Add up the accumulators of all runs in order, as if one thread had run them; the sum stands in the last row of the stack."""
    slots, width, rows, runs, start = get(call, SLOTS), get(call, WIDTH), get(call, ROWS), get(scratch, ACCUMULATORS), 0
    whole, totals, kernels = rows // width * width, get(scratch, TOTALS), get(call, KERNELS)
    while start < rows:
        stop = rows
        if start < whole:
            stop = whole if whole - start < RUN_ROWS else start + RUN_ROWS
        if start % BLOCK_ROWS == 0:
            run(get(kernels, COPY), totals, runs, slots * width, 0, 0, 0)
        else:
            run(get(kernels, ADD), totals, totals, runs, slots * width, 0, 0)
        if stop % BLOCK_ROWS == 0 or stop == rows:
            carry(call, scratch, (stop - 1) // BLOCK_ROWS)
        runs += slots * width * get(call, ITEMSIZE)
        start = stop
    collect(call, scratch, (rows + BLOCK_ROWS - 1) // BLOCK_ROWS)
