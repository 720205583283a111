"""Values that each function makes anew which reads them, as that takes less than to store them in one and to load them in others.

The differences from the means of a mixture wait from its value to its gradient, and so does what each of its factors receives; both are a
few operations of what waits anyway. Of 753 values that waited between functions 314 do, and a row takes 0.87 of the time, of a scene 0.92.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ..kinds.writing import Operand
from .operations import Operation, Operations
from .parts import Part, Step, operands

MOST_ANEW = 4
"""LLVM instructions of what is made anew."""
MOST_SHARED, MOST_READ = 0.5, 1.25
"""What is made anew may have further values wait, and read several, as far as others need them too: each counts by how many do. A scene
takes 1.13 times as long where any number is read."""
Anew = Mapping[Operand, Operation]
"""What makes each value that is made anew."""
NOTHING: Anew = {}


def through(values: Sequence[Operand], made: Collection[Operand], anew: Anew) -> list[Operand]:
    """Return what a function must find that reads some values and has made others."""
    if anew.keys().isdisjoint(values):
        return list(values)
    return [each for value in values for each in (anew[value].operands if value in anew and value not in made else (value,))]


def made_anew(parts: Sequence[Part], noted: Operations) -> dict[Operand, Operation]:
    """Return the values that functions make anew: short rules of what waits for them anyway, or for several of them."""
    makers, waiting = dict[Operand, tuple[int, Operation]](), set[Operand]()
    for number, part in enumerate(parts):
        for step in part.steps:
            waiting.update(value for value in operands(step) if value in makers and makers[value][0] != number)
            if isinstance(step, Operation):
                makers.update(dict.fromkeys(range(step.first, step.first + step.count), (number, step)))
    possible = {value: makers[value][1] for value in waiting if noted.is_short(makers[value][1], MOST_ANEW)}
    read = {value: {each for each in operation.operands if each in makers} for value, operation in possible.items()}
    uses = Counter(each for values in read.values() for each in values)
    found: dict[Operand, Operation] = {}
    for value in sorted(possible):
        shares = {each: 1 / uses[each] for each in read[value]}
        further = sum(share for each, share in shares.items() if each not in waiting)
        if further <= MOST_SHARED and sum(shares.values()) <= MOST_READ and found.keys().isdisjoint(read[value]):
            found[value] = possible[value]
    return found


def without_unread(parts: Sequence[Part], anew: Anew) -> list[Part]:
    """Return functions without operations that they no longer need, as others make anew what these make."""
    elsewhere, found = set[Operand](), list[Part]()
    for part in parts:
        made = set[Operand]()
        for step in part.steps:
            elsewhere.update(each for each in through(operands(step), made, anew) if each not in made)
            if isinstance(step, Operation):
                made.update(range(step.first, step.first + step.count))
    for part in parts:
        kept, needed = list[Step](), set[Operand]()
        for step in part.steps[::-1]:
            if not isinstance(step, Operation) or not step.count or _are_read(step, needed) or _are_read(step, elsewhere):
                kept.append(step)
                needed.update(operands(step))
        if kept:
            found.append(replace(part, steps=kept[::-1]))
    return found


def _are_read(operation: Operation, values: Collection[Operand]) -> bool:
    return any(value in values for value in range(operation.first, operation.first + operation.count))
