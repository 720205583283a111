"""A call as the machine sees it: one table of 64-bit integers, a header and then a row for each array that is read or written.

A table belongs to one signature (which arrays there are, with which strides): a further call of the signature only sets the number of rows
and the arrays. Both engines read the same table.
"""

from typing import Any

import numpy as np

(
    GIVEN, ROWS, UNIFORMS, WHAT, LANES, WIDTH, ITEMSIZE, INSTRUCTIONS, PROLOGUE, LENGTH, STEPS, KERNELS, LAYOUT, OFFSETS, LAPS, SLOTS,
    RECEIVERS, ENTERED, ENTERED_COUNT, GROUP, OVERLAP, SIGNATURE, WEIGHTS, SEEDS, INPUTS, VALUES, GRADIENTS, DISCARDS, PARAMETERS, SUMS,
    END,
) = range(31)  # fmt: skip
"""The header. The address of what a call gives; from there `ROWS` of the batch and the address of the uniform tile; `WHAT` is done; `LANES`
of a tile and `WIDTH` of a vector; bytes of an element; the address of the `INSTRUCTIONS`, how many form the `PROLOGUE`, and how many there
are; the addresses of the kernels of each (see `FORWARD_STEP`) and of those that all programs use (see `LOAD`); the addresses of the layout
instructions' table, of the elements' offsets, and of the counters of ticks (0: none); accumulators; the address of the uniform row that
receives each sum over rows, of all such rows, and their number; blocks of rows in a `GROUP`; whether arrays `OVERLAP`; the address of
the `SIGNATURE` that the arrays must have (0: they are known to be right). Then the addresses where the groups of arrays start: the weights,
upstream gradients, inputs, values, gradients of inputs, results that nobody asked for, parameters, and the sums that are their gradients;
`END` is where the last one ends."""
HEADER = END + 1

(ADDRESS, BATCH_STRIDE, ROW, SIZE, STEP, PLACES, KIND, OBJECT, LOW, HIGH, FRAME_ENTRY, MODE, STAGING, STAGED_ROW, STAGED_STEP,
 COLUMN_OFFSETS, STAGED_OFFSETS) = range(17)  # fmt: skip
COLUMNS = 17
"""An array: the address of its first element and the bytes from one row of the batch to the next (0: all rows are one); the first row of
the tile, and how many; the bytes from one element to the next, or, where these differ, where the elements' offsets begin (otherwise -1);
what kind of value is written; which of the call's array objects it is (-1: none); how far the elements of a row of the batch reach before
and behind the first one, in bytes. For native code: the entry of the frame, how the array is reached, and where its part of staging memory
starts: for what is reached in place a vector of rows, for those beyond the last whole vector; there, the bytes from one row to the next
and from one element to the next; and the addresses of the columns' offsets, in the array and in staging memory, for code that reads or
writes columns."""
NOWHERE = 0
"""The entry of the frame of an array that compiled code does not know; the first one is that of the uniform tile."""
ROWS_GIVEN, UNIFORMS_GIVEN, FIRST_OBJECT = range(3)
"""What a call gives: the rows of its batch, the address of a uniform tile, and its array objects."""
REAL, BOOLEAN, GRADIENT, PACKED = range(4)
"""Kinds of arrays. A gradient loses the sign of zero, which tells only how its sum began; a NaN that is written becomes NumPy's `nan`. A
parameter may be packed: one element after another in the uniform tile."""

DIRECT, STREAM, GATHER, WEIGH, REPEAT, SCATTER, SCATTER_BOOLEAN, DISCARD = range(8)
"""How native code reaches an array: in place; in place, but past the caches where the batch is large; gathered; gathered and multiplied by
the weights (the first array of the table); gathered once, as it is the same in every row; scattered; scattered as booleans; not at all."""
FORWARD_STEP, BACKWARD_STEP, GUARDED_STEP, STEP_COUNT = range(4)
"""For each instruction the addresses of its kernels: forward, backward, backward where upstream gradients may be zero; 0 where there is
nothing to do."""
LOAD, STORE, WEIGHING, GATHERING, SCATTERING, BEGIN, ADD, COPY, FOLD, ENTER, MASKING, COMPARING, NARROWING, KERNEL_COUNT = range(14)
"""Kernels that all programs use: they move elements (`lanes.moving`), add sums over rows (`lanes.adding`), compare where arrays lie
(`lanes.comparing`), and narrow the uniform tile (`lanes.narrowing`)."""
KERNEL_ARGUMENTS = 6
"""Every kernel takes so many 64-bit integers and returns nothing."""
TILE, ACCUMULATORS, TOTALS, STACK, STACK_ROWS = range(5)
"""A thread's own memory: the addresses of a tile, of accumulators for a run of rows, of totals for a block, and of the stack of blocks'
sums (see `blocks`), and how many rows that has."""

Array = np.ndarray[Any, Any]

WORD_BYTES = 8
ENTRY_BYTES = COLUMNS * WORD_BYTES
FORWARD, BACKWARD, GUARDED = 1, 2, 4
"""What a call does; `GUARDED` where zero upstream gradients may enter from outside."""
OPEN, BODY, CLOSE, JOIN, RUNS, APART = 1, 2, 4, 8, 16, 32
"""Stages: the prologue forward, once; tiles of the batch; the prologue backward, once all tiles have been summed. Before the last stage the
sums of groups of blocks are joined (`JOIN`), or the accumulators of runs (`RUNS`). With `APART` it is checked first that results share no
memory with each other or with arguments; where they may, nothing is computed."""


def arrays_of(call: Array) -> Array:
    """Return the rows of a call's table that describe its arrays."""
    return call[HEADER:].reshape(-1, COLUMNS)


def place_of(call: Array, group: int) -> int:
    """Return the row of a call's table at which a group of arrays begins."""
    return int(call[group] - call[WEIGHTS]) // ENTRY_BYTES
