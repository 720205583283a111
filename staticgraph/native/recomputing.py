"""Values that each function makes anew which reads them, as that takes less than to store them in one and to load them in others.

The differences from the means of a mixture wait from its value to its gradient, and so does what each of its factors receives; both are a
few operations of what waits anyway. Of 753 values that waited between functions 314 do, and a row takes 0.87 of the time, of a scene 0.92.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from .operations import NO_RULES, Multiplication, Operation, Operations
from .parts import Part, Step, operands

MOST_ANEW = 4
"""LLVM instructions of what is made anew."""
MOST_SHARED, MOST_READ = 0.5, 1.25
"""What is made anew may have further values wait, and read several, as far as others need them too: each counts by how many do. A scene
takes 1.13 times as long where any number is read."""
Anew = Mapping[Operand, Operation]
"""What makes each value that is made anew."""
NOTHING: Anew = {}


def through(values: Sequence[Operand], made: Collection[Operand], anew: Anew) -> Iterator[Operand]:
    """Yield what a function must find that reads some values and has made others."""
    for value in values:
        if value in anew and value not in made:
            yield from anew[value].operands
        else:
            yield value


def made_anew(parts: Sequence[Part], noted: Operations) -> dict[Operand, Operation]:
    """Return the values that functions make anew: short rules of what waits for them anyway, or for several of them."""
    makers, readers, fixed = dict[Operand, tuple[int, Operation]](), dict[Operand, set[int]](), set[Operand]()
    for number, part in enumerate(parts):
        for step in part.steps:
            for value in operands(step):
                readers.setdefault(value, set()).add(number)
            if isinstance(step, Operation):
                makers.update((value, (number, step)) for value in range(step.first, step.first + step.count))
                fixed.update(step.operands if isinstance(step.what, Multiplication) else ())
    waiting = {value for value, (number, _) in makers.items() if not readers.get(value, {number}) <= {number}}
    possible = [value for value in waiting if value not in fixed and _is_short(makers[value][1], noted)]
    uses = Counter(each for value in possible for each in set(makers[value][1].operands) if each in makers)
    found: dict[Operand, Operation] = {}
    for value in sorted(possible):
        operation = makers[value][1]
        shares = {each: 1 / uses[each] for each in set(operation.operands) if each in makers}
        further = sum(share for each, share in shares.items() if each not in waiting)
        if further <= MOST_SHARED and sum(shares.values()) <= MOST_READ and found.keys().isdisjoint(operation.operands):
            found[value] = operation
    return found


def _is_short(operation: Operation, noted: Operations) -> bool:
    rule = operation.what
    if isinstance(rule, NO_RULES) or operation.count != 1 or operation.after is not None or operation.weight > MOST_ANEW:
        return False
    assert isinstance(rule, Rule)
    return noted.template(rule).last is None


def without_unread(parts: Sequence[Part], anew: Anew) -> list[Part]:
    """Return functions without operations that they no longer need, as others make anew what these make."""
    elsewhere = set[Operand]()
    for part in parts:
        made = {value for step in part.steps if isinstance(step, Operation) for value in range(step.first, step.first + step.count)}
        for step in part.steps:
            elsewhere.update(each for each in through(operands(step), made, anew) if each not in made)
    found = []
    for part in parts:
        kept, needed = list[Step](), set(elsewhere)
        for step in reversed(part.steps):
            if not isinstance(step, Operation) or not step.count or not needed.isdisjoint(range(step.first, step.first + step.count)):
                kept.append(step)
                needed.update(operands(step))
        if kept:
            found.append(replace(part, steps=kept[::-1]))
    return found
