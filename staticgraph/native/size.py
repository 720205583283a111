"""How large a program is, written out element by element, and how large it may be."""

from typing import Any

import numpy as np

from ..gates import BY_OPCODE
from ..kinds import KINDS, opcodes_with
from ..program.program import Program
from ..program.repeats import times_and_tile
from ..records.instruction import LENGTHS

MOST_ELEMENTS = 200_000
"""Element operations of the largest program that is compiled; it takes about a minute."""


MOST_WRITTEN_OUT, LONG = 10_000, 64
"""A program of more element operations, of which most are in strips of at least `LONG` elements, runs as loops over these strips.
At 1,000 elements two sines and exponentials with their gradients take 4.6 ns an element as loops and 4.8 written out, Rosenbrock 2.3 and
1.5; they compile in 0.1 s instead of 7 and 2. At 10,000 code written out no longer fits into the caches, and takes twice as long."""


class TooLargeError(ValueError):
    """A program has too many elements to be written out one by one."""


def count_elements(program: Program, written_out: bool = False) -> int:
    """Return how many element operations a program's body has, forward and backward; a product of matrices counts by its sides.

    A step of a loop counts once, or as often as it is taken where loops are written out.
    """
    times = times_and_tile(program)[0][program.prologue :] if written_out else 1
    return sum(counts_by_kind(program, times).values())


def counts_by_kind(program: Program, times: Any = 1) -> dict[str, int]:
    """Return how many element operations a program's body has of each kind, its instructions taken so many times."""
    body = program.instructions[program.prologue :]
    lengths, found = np.array([body[name] for name in LENGTHS], np.int64), {}
    for name, kind in KINDS.items():
        chosen = np.array([gate is not None and gate.kind == name for gate in BY_OPCODE])[body["opcode"]]
        counts = kind.count(tuple(lengths[:, chosen])) * (1 + (body["backward"][chosen] != 0))
        found[name] = int((counts * np.broadcast_to(times, len(body))[chosen]).sum())
    return found


def runs_in_loops(program: Program) -> bool:
    """Whether a program is compiled as loops over its steps, or over its strips, among the kernels of its other instructions.

    Every call of a new kind asks: most programs have no long instruction at all, and are told so in 10 us.
    """
    body = program.instructions[program.prologue : program.main]
    if program.loops or body["rows"].max(initial=0) < LONG:
        return bool(program.loops)
    strips = body["rows"][opcodes_with("strided")[body["opcode"]]].astype(np.int64)
    elements = count_elements(program)
    return bool(elements > MOST_WRITTEN_OUT and 4 * strips[strips >= LONG].sum() > elements)


def check_size(program: Program) -> None:
    """Raise `TooLargeError` if a program has more than `MOST_ELEMENTS` element operations, its loops written out."""
    count = count_elements(program, written_out=True)
    if count > MOST_ELEMENTS:
        loops = " with its loops written out" if program.loops else ""
        raise TooLargeError(f"the program has {count} element operations{loops}, more than {MOST_ELEMENTS}")
