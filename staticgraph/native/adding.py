"""Sums over rows in blocks: what is added to accumulators waits for several vectors of rows, and is added while they stay in registers.

Else each is read and written for every vector, at a store in two cycles: a mixture takes 456 ns a row, and 340 so. Each still takes one
vector after another, so the order, and the bits, are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..kinds.writing import Operand
from ..lanes.rules import GIVEN, Backward, Rule
from .operations import Keep, Operation, Operations, Start

MOST_STEPS, MOST_WEIGHT = 8, 6
"""What is added to one accumulator for a vector of rows: at most so many operations, of so many LLVM instructions each."""


@dataclass(frozen=True, eq=False)
class Adding:
    """All that is added to an accumulator for a vector of rows.

    Attributes
    ----------
    slot : int
    operations : tuple of Operation
        Those that add, in order: each has the sum that the one before makes among its operands; the first has `start`.
    start : int
        The value that stands for the accumulator.
    """

    slot: int
    operations: tuple[Operation, ...]
    start: Operand

    @property
    def terms(self) -> list[Operand]:
        """Return what is added, and what is asked of it."""
        sums = {self.start, *(each.first for each in self.operations)}
        return [value for each in self.operations for value in each.operands if value not in sums]


def in_blocks(noted: Operations) -> dict[Keep, Adding]:
    """Return for each accumulator whose sum can be made apart what is added to it."""
    readers: dict[Operand, list[Operation]] = {}
    for operation in noted.operations:
        for value in dict.fromkeys(operation.operands):
            readers.setdefault(value, []).append(operation)
    starts = {each.what.slot: each.first for each in noted.operations if isinstance(each.what, Start)}
    found = {}
    for sink in noted.sinks:
        if isinstance(sink, Keep) and sink.slot in starts:
            chain = _chain(noted, readers, starts[sink.slot], sink.value)
            if chain:
                found[sink] = Adding(sink.slot, chain, starts[sink.slot])
    return found


def _chain(noted: Operations, readers: dict[Operand, list[Operation]], start: int, end: Operand) -> tuple[Operation, ...]:
    """Return the operations that lead from an accumulator to its new value, if each is short and nothing else reads what they make."""
    made: list[Operation] = []
    value: Operand = start
    while value != end:
        following = readers.get(value, [])
        if len(following) != 1 or len(made) == MOST_STEPS or not _adds_to(noted, following[0], value):
            return ()
        made.append(following[0])
        value = following[0].first
    return tuple(made) if not readers.get(end) else ()


def _adds_to(noted: Operations, operation: Operation, sofar: Operand) -> bool:
    return noted.is_short(operation, MOST_WEIGHT) and list(operation.operands).count(sofar) == 1


def apart(rule: Rule, operands: Sequence[Operand], sums: set[Operand]) -> list[tuple[Rule, list[Operand]]] | None:
    """Return a backward rule as one for each of its targets, if it adds to accumulators, whose values are `sums`, and to others too."""
    several = by_target(rule, operands)
    if several is None or len({any(value in sums for value in given[2 + each.gate.arity :]) for each, given in several}) < 2:
        return None
    return [*several]


def by_target(rule: Rule, operands: Sequence[Operand]) -> list[tuple[Backward, list[Operand]]] | None:
    """Return a backward rule as one for each of its targets, if it has several."""
    if not isinstance(rule, Backward) or len(rule.sums) < 2 or not all(each < 0 for each in rule.sums):
        return None
    own = 2 + rule.gate.arity
    given = iter(operands[own:])
    sofar = [[next(given)] if each == GIVEN else [] for each in rule.sums]
    served = [number for number in range(rule.gate.arity) if rule.needs >> number & 1]
    return [
        (Backward(rule.gate, 1 << number, rule.guarded, (how,)), [*operands[:own], *each])
        for number, how, each in zip(served, rule.sums, sofar, strict=True)
    ]
