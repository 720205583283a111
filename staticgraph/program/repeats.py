"""How often a program's instructions run, and in which tile: those of regions where and as often as what repeats them."""

from typing import Any

import numpy as np

from ..kinds import opcodes_with
from .program import Program

Array = np.ndarray[Any, Any]


def loop_instructions(program: Program) -> list[int]:
    """Return the numbers of the instructions that repeat others."""
    found: list[int] = np.flatnonzero(opcodes_with("repeats")[program.instructions["opcode"]]).tolist()
    return found


def times_and_tile(program: Program) -> tuple[Array, Array]:
    """Return for each instruction how often it runs when its section runs once, forward, and whether it runs in the uniform tile."""
    times, uniform = np.ones(len(program), np.int64), np.arange(len(program)) < program.prologue
    for number in loop_instructions(program):  # a region stands behind what repeats it
        loop = program.loops[int(program.instructions["table"][number])]
        times[loop.first : loop.last] = times[number] * loop.count
        uniform[loop.first : loop.last] = uniform[number]
    return times, uniform
