"""How long each instruction of a program takes on the interpreter."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..compiler.sources import digest
from ..lanes.clock import ticks
from ..lanes.counter import has_clock
from ..lanes.jit import jitted_once
from ..machine.interpreter import MACHINE, lap
from ..program.listing import described
from ..program.program import Program
from ..program.repeats import loop_instructions, times_and_tile
from ..records.loop import NONE
from ..records.table import Array
from ..running.call import count_tiles
from ..running.choice import INTERPRETER, Choice
from ..running.executor import Executor
from .destinations import made, of_values
from .plan import Plan
from .timings import Profile, Timing

LONGEST, FEWEST, MOST = 0.5, 3, 50
"""Seconds that a profile takes, and the numbers of its calls: the median of the calls counts."""


@jitted_once(digest("calling.profiling", *MACHINE), "access to the clock", 1)
def _now() -> int:
    """Read the clock."""
    moment: int = ticks()
    return moment


@jitted_once(digest("calling.profiling", *MACHINE), "access to the clock", 1)
def _idle_laps(counter: int, repeats: int) -> None:
    """Read the clock as often as the machine does for so many instructions, but run none."""
    now = ticks()
    for _ in range(repeats):
        now = lap(counter, 0, now)


def _lap_ticks(repeats: int = 100_000) -> float:
    """Return the ticks that taking the time of an instruction adds to it."""
    counter = np.zeros(1, np.int64)
    _idle_laps(counter.ctypes.data, repeats)
    return float(counter[0]) / repeats


def _tick_ns() -> float:
    """Return the nanoseconds of a tick."""
    _now()
    started, before = time.perf_counter_ns(), _now()
    time.sleep(0.01)
    ended, after = time.perf_counter_ns(), _now()
    return (ended - started) / (after - before)


def profiled(plan: Plan, arguments: list[Array], rows: int | None, name: str) -> Profile:
    """Evaluate a plan some times on one thread of the interpreter, and return the times of its instructions.

    Raises
    ------
    NotImplementedError
        If the processor's clock is not known.
    """
    if not has_clock():
        raise NotImplementedError("profile reads the clock of x86-64 and 64-bit ARM processors, and this is neither")
    program, count = plan.executor.program, 1 if rows is None else rows
    laps = np.zeros((len(program) + 1, 2), np.int64)
    counted = replace(plan, executor=Executor(program, Choice(INTERPRETER), name, laps.ctypes.data), forms={})
    values = made(of_values(plan.outputs, program.dtype), rows)
    gradients = made(plan.destinations, rows)
    taken = []
    for _ in _calls():
        laps.fill(0)
        counted.run(arguments, rows, values, gradients, threads=1)
        taken.append(laps.copy())
    return _profile(plan, np.median(taken[1:], axis=0), name, count)


def _calls() -> Iterator[None]:
    """Yield once for a call that warms up, then for each one that counts."""
    started = time.perf_counter()
    for number in range(MOST + 1):
        if number > FEWEST and time.perf_counter() - started > LONGEST:
            return
        yield


def _profile(plan: Plan, laps: Array, name: str, rows: int) -> Profile:
    """Return a profile from the ticks of one call, less those that counting them took."""
    program, tick_ns = plan.executor.program, _tick_ns()
    often, uniform = times_and_tile(program)
    tiles = (often * np.where(uniform, 1, count_tiles(rows, program.lanes, program.width)))[:, None]
    moving, laps = laps[program.main], _apart(program, np.delete(laps, program.main, axis=0))
    times = np.maximum(laps - tiles * _lap_ticks(), 0.0) * tick_ns
    total, count, timings = float(times.sum()) or 1.0, max(rows, 1), []
    told = zip(times.tolist(), described(program), program.origins, strict=True)
    for number, ((forward, backward), (label, source), node) in enumerate(told):
        both, line = forward + backward, "" if node is None else node.line
        timings.append(Timing(number, label, source, both * 1e-9, both / total, both / count, forward / count, backward / count, line))
    reading, writing = (moving * tick_ns / count).tolist()
    return Profile(tuple(timings), name, rows, reading, writing)


def _apart(program: Program, laps: Array) -> Array:
    """Return the ticks of each instruction; what repeats others has what is left, which moved rows from one step to the next."""
    own = laps.copy()
    for number in loop_instructions(program):
        loop = program.loops[int(program.instructions["table"][number])]
        own[number] = 0.0
        own[number, int(loop.checkpoints != NONE)] = max(laps[number].sum() - laps[loop.first : loop.last].sum(), 0.0)
    return own
