"""How large a program is, written out element by element, and how large it may be."""

import numpy as np

from ..gates import BY_OPCODE
from ..kinds import KINDS
from ..program.program import Program
from ..records.instruction import LENGTHS

MOST_ELEMENTS = 200_000
"""Element operations of the largest program that is compiled; it takes about a minute."""


class TooLargeError(ValueError):
    """A program has too many elements to be written out one by one."""


def count_elements(program: Program) -> int:
    """Return how many element operations a program's body has, forward and backward; a product of matrices counts by its sides."""
    body = program.instructions[program.prologue :]
    lengths = np.array([body[name] for name in LENGTHS], np.int64)
    total = 0
    for name, kind in KINDS.items():
        chosen = np.array([gate is not None and gate.kind == name for gate in BY_OPCODE])[body["opcode"]]
        total += int((kind.count(tuple(lengths[:, chosen])) * (1 + (body["backward"][chosen] != 0))).sum())
    return total


def check_size(program: Program) -> None:
    """Raise `TooLargeError` if a program has loops, or more than `MOST_ELEMENTS` element operations."""
    if program.loops:
        raise TooLargeError("loops are not written out; only the interpreter repeats instructions")
    count = count_elements(program)
    if count > MOST_ELEMENTS:
        raise TooLargeError(f"the program has {count} element operations, more than {MOST_ELEMENTS}")
