"""How long a program takes, roughly: to cut work into pieces, not to report."""

from functools import cache

from ..gates import BY_OPCODE, Gate
from ..kinds import is_elementary
from ..program.program import Program
from ..program.repeats import times_and_tile

ARITHMETIC_NS, ELEMENTARY_NS, TRANSFER_NS = 0.15, 1.0, 0.15
"""Rough nanoseconds per lane: an arithmetic instruction, an elementary function, one element copied into the tile or out of it."""


@cache
def _lane_ns(gate: Gate | None) -> float:
    return ELEMENTARY_NS if gate is not None and is_elementary(gate) else ARITHMETIC_NS


def work_per_row(program: Program) -> float:
    """Return the nanoseconds that a row of the batch takes, forward and backward together."""
    times, uniform = times_and_tile(program)
    body = program.instructions[~uniform]
    sizes = times[~uniform] * body["rows"].astype(float) * body["length"] * body["columns"] * (1 + (body["backward"] != 0))
    lanes = [_lane_ns(BY_OPCODE[code]) for code in body["opcode"].tolist()]
    moved = sum(leaf.size for leaf in program.inputs) + sum(output.size for output in program.outputs)
    return float(sizes @ lanes) + TRANSFER_NS * (moved + 1)
