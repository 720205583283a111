"""Where the arrays of a call stand in the frame of compiled code, the table of addresses that every function is given.

Each has two entries: its address, and that of its columns' offsets, for one that is read or written in columns.
"""

from typing import NamedTuple

from ..lanes.sums_of_products import VARIANTS
from ..program.program import Program
from ..records.compiled import KERNEL

INPUTS, SEEDS, VALUES, GRADIENTS = range(4)
"""The arrays of a call: read, read, written, written. Their entries follow in this order."""
PARAMETERS, SUMS, TOTALS = range(4, 7)
"""Arrays that only code without a machine beside it knows (`whole`): read, written, and the sums over rows, read."""
FIRST_ARRAY = KERNEL + len(VARIANTS)


class Build(NamedTuple):
    """One of the ways in which a program is compiled: `seeded` if upstream gradients come from outside, otherwise they are 1.

    `columns` are the entries of arrays that are in columns, where one column's elements lie one after another; others are in rows.
    """

    seeded: bool
    columns: frozenset[int] = frozenset()


PLAIN = Build(False)
IN_ROWS = (PLAIN, Build(True))
"""With all arrays in rows, by whether upstream gradients come from outside."""


def entry(program: Program, array: int, number: int) -> int:
    """Return the entry of an array."""
    inputs, outputs = len(program.inputs), len(program.outputs)
    return FIRST_ARRAY + 2 * ((0, inputs, inputs + outputs, inputs + 2 * outputs)[array] + number)


def length(program: Program) -> int:
    """Return how many entries a program's frame has."""
    return entry(program, GRADIENTS, len(program.inputs))
