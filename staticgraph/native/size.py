"""How large a program is, written out element by element, and how large it may be."""

import numpy as np

from ..gates import CONTRACTION, of_kind
from ..instruction import LENGTHS
from ..program.program import Program
from .products import SMALL

MOST_ELEMENTS = 200_000
"""Element operations of the largest program that is compiled; it takes about a minute."""


class TooLargeError(Exception):
    """A program has too many elements to be written out one by one."""


def count_elements(program: Program) -> int:
    """Return how many element operations a program's body has, forward and backward; a product of matrices counts by its sides."""
    body = program.instructions[program.prologue :]
    rows, length, columns = (body[name].astype(np.int64) for name in LENGTHS)
    multiplies = np.array(of_kind(CONTRACTION))[body["opcode"]]
    sides = rows * columns + np.minimum(rows, columns) * length + SMALL
    sizes = np.where(multiplies, np.minimum(sides, rows * length * columns), rows * length * columns)
    return int((sizes * (1 + (body["backward"] != 0))).sum())


def check_size(program: Program) -> None:
    """Raise `TooLargeError` if a program has more than `MOST_ELEMENTS` element operations."""
    count = count_elements(program)
    if count > MOST_ELEMENTS:
        raise TooLargeError(f"the program has {count} element operations, more than {MOST_ELEMENTS}")
