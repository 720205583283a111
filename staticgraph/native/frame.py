"""Where the arrays of a call stand in the frame of compiled code, the table of addresses that every function is given."""

from ..lanes.sums_of_products import VARIANTS
from ..program.program import Program
from ..records.compiled import KERNEL

INPUTS, SEEDS, VALUES, GRADIENTS = range(4)
"""The arrays of a call: read, read, written, written. Their entries follow in this order."""
PARAMETERS, SUMS, TOTALS = range(4, 7)
"""Arrays that only code without a machine beside it knows (`whole`): read, written, and the sums over rows, read."""
FIRST_ARRAY = KERNEL + len(VARIANTS)


def entry(program: Program, array: int, number: int) -> int:
    """Return the entry of an array."""
    inputs, outputs = len(program.inputs), len(program.outputs)
    return FIRST_ARRAY + (0, inputs, inputs + outputs, inputs + 2 * outputs)[array] + number


def length(program: Program) -> int:
    """Return how many entries a program's frame has."""
    return entry(program, GRADIENTS, len(program.inputs))
