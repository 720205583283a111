"""In which order a program's operations run, and how they are cut into functions.

The order keeps register pressure low: each operation stands right before the first that reads it. A long program is cut into functions, as
LLVM's time grows faster than a function does; a value that a later function reads has a spill slot, a row of scratch memory.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..lanes.rules import Rule
from .adding import Adding, in_blocks
from .operations import NO_RULES, Keep, Multiplication, Operation, Operations, Sink, Start
from .parts import Part, Step, operands, weigh
from .places import Places, Placing
from .recomputing import Anew, made_anew, without_unread
from .size import TooLargeError
from .templates import Template

MOST_ALONE, MOST_INSTRUCTIONS = 6000, 1000
"""A program of up to so many LLVM instructions is one function, which keeps most values in registers or on its stack: Lennard-Jones takes
1.6 times as long in five. Larger ones are cut into functions of about the second number, so that compile time does not grow faster than
the program; each then runs for some vectors before the next does, and its code stays in the cache: prospero takes 1.3 times as long in
functions of 4,000 (`bench.choices`)."""
MOST_SUMS = 240
"""Accumulators that a function adds to, so that compiling it is brief."""
MOST_TOGETHER = 60_000
"""Largest function, in LLVM instructions, where a sum into one accumulator forbids cutting; its stack frame is then 3 MB."""
LONG, MOST_LONG = 30, 1000
"""Rules of at least `LONG` instructions that are used several times are called instead of inlined once inlining them all would exceed
`MOST_LONG`: overflowing the instruction cache costs more than a call; `bench.choices` measures them."""


@dataclass(frozen=True)
class Schedule:
    """The functions of a program, the rules that they call, and where values wait between them.

    `one_vector` tells that all functions must run for one vector before any runs for the next; `template` looks up a rule's text. Values
    that are made `anew` wait nowhere.
    """

    parts: list[Part]
    called: Collection[Rule]
    places: Places
    one_vector: bool
    template: Callable[[Rule], Template]
    anew: Anew = field(default_factory=dict)


def plan(operations: Operations) -> Schedule:
    """Return in which functions operations run; `TooLargeError` if one cannot be cut as small as its stack asks for."""
    steps = list(ordered(operations))
    called = heavy(steps)
    if operations.adds_in_blocks and sum(weigh(step, called) for step in steps) > MOST_ALONE:
        adding = in_blocks(operations)
        steps = list(ordered(operations, [adding.get(sink, sink) if isinstance(sink, Keep) else sink for sink in operations.sinks]))
    parts = cut(steps, called)
    largest = max(part.weight for part in parts if not part.adds)
    apart = largest > MOST_ALONE and not any(part.multiplies for part in parts)
    if apart:
        parts = cut(steps, called, sums_apart=True)
    elif largest > MOST_TOGETHER:
        raise TooLargeError(f"a parameter that many elements share takes one function of {largest} instructions, more than {MOST_TOGETHER}")
    several = len(parts) > 1 and not any(part.multiplies for part in parts)
    anew: Anew = made_anew(parts, operations) if operations.adds_in_blocks and several else {}
    parts = without_unread(parts, anew) if anew else parts
    return Schedule(parts, called, Placing(parts, anew).places(len(parts)), apart, operations.template, anew)


def heavy(steps: Sequence[Step]) -> set[Any]:
    """Return the rules that are called, not written out in place: long ones, if all of them together would be too long."""
    made = [step for step in steps if isinstance(step, Operation)]
    long = [each for each in made if each.weight >= LONG and not isinstance(each.what, NO_RULES)]
    uses = Counter(each.what for each in long)
    found = {each.what: each.weight * uses[each.what] for each in long if uses[each.what] > 1}
    return set(found) if sum(found.values()) > MOST_LONG else set()


def ordered(noted: Operations, sinks: Sequence[Sink | Adding] | None = None) -> Iterator[Step]:
    """Yield what the sinks need, each operation right before the first that reads it (a walk in depth): so values live briefly."""
    operations, makers = noted.operations, noted.makers
    done: set[int] = set()

    def needs(step: Step) -> list[int]:
        before = [step.after] if isinstance(step, Operation) else []
        return [makers[value] for value in reversed([*before, *operands(step)]) if isinstance(value, int) and value >= 0]

    for sink in noted.sinks if sinks is None else sinks:
        waiting = needs(sink)
        while waiting:
            number = waiting[-1]
            if number in done:
                waiting.pop()
                continue
            missing = [each for each in needs(operations[number]) if each not in done]
            if missing:
                waiting += missing
            else:
                waiting.pop()
                done.add(number)
                if not isinstance(operations[number].what, Multiplication):
                    yield operations[number]
        yield sink


def cut(steps: Sequence[Step], called: Collection[Rule], sums_apart: bool = False) -> list[Part]:
    """Return the program's functions; with `sums_apart` a sum over rows may begin in one and end in another.

    What is added in blocks follows the function that makes the last of it.
    """
    parts, started, adding = [Part()], 0, list[Step]()
    weights = [weigh(step, called) for step in steps]
    most = math.inf if sum(weights) <= MOST_ALONE else MOST_INSTRUCTIONS
    for step, weight in zip(steps, weights, strict=True):
        multiplies = isinstance(step, Operation) and isinstance(step.what, Multiplication)
        # If several vectors run at a time, an accumulator is read and written in one function: the next must find what this one has added.
        if parts[-1].multiplies or (parts[-1].steps and parts[-1].weight >= most and (sums_apart or not started)):
            parts += [*_adding(adding), Part()]
            adding = []
        if isinstance(step, Adding):
            adding.append(step)
            continue
        started += isinstance(step, Operation) and isinstance(step.what, Start)
        started -= isinstance(step, Keep)
        if multiplies:
            parts.append(Part(multiplies=True))
        parts[-1].steps.append(step)
        parts[-1].weight += weight
    return [*parts, *_adding(adding)]


def _adding(steps: Sequence[Step]) -> list[Part]:
    """Return functions for what is added in blocks."""
    return [Part(list(steps[first : first + MOST_SUMS]), adds=True) for first in range(0, len(steps), MOST_SUMS)]
