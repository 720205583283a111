"""In which order a program's operations run, how they are cut into functions, and where values wait between functions.

The order keeps register pressure low: each operation stands right before the first that reads it. A long program is cut into functions, as
LLVM's time grows faster than a function does; a value that a later function reads has a spill slot, a row of scratch memory.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from ..program.allocator import RowAllocator
from .adding import Adding, in_blocks
from .columns import StoreRows
from .operations import MOVED, NO_RULES, Hold, Keep, Multiplication, Operation, Operations, Sink, Start, Store
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
LONG, MOST_LONG, CALL = 30, 1000, 4
"""Rules of at least `LONG` instructions that are used several times are called instead of inlined once inlining them all would exceed
`MOST_LONG`: overflowing the instruction cache costs more than a call (`CALL` instructions); `bench.choices` measures them."""
Step = Operation | Store | StoreRows | Keep | Hold | Adding


@dataclass(eq=False)
class Part:
    """A function: steps for one vector after another, products of matrices over all vectors, or sums over all vectors (`adds`)."""

    steps: list[Step] = field(default_factory=list)
    multiplies: bool = False
    adds: bool = False
    weight: int = 0


@dataclass(eq=False)
class Block:
    """Consecutive rows of scratch memory, from the first function that stores there to the last that reads there."""

    size: int
    begins: int
    ends: int
    row: int = -1


@dataclass(frozen=True)
class Schedule:
    """The functions of a program, the rules that they call, and where values wait between them.

    `one_vector` tells that all functions must run for one vector before any runs for the next; `template` looks up a rule's text.
    """

    parts: list[Part]
    called: Collection[Rule]
    places: "Places"
    one_vector: bool
    template: Callable[[Rule], Template]


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
    return Schedule(parts, called, Placing(parts).places(len(parts)), apart, operations.template)


@dataclass(frozen=True)
class Places:
    """Where values wait between functions: rows of scratch memory.

    Attributes
    ----------
    rows : int
    of : dict
        The row of each value that a later function reads.
    blocks : dict
        For each product of matrices the first rows of `p`, `q` and `target`, where those are in scratch memory.
    copies : dict
        For each function the values that it stores, in its end, in rows beside their own.
    """

    rows: int
    of: dict[Operand, int]
    blocks: dict[Operation, dict[str, int]]
    copies: dict[int, list[tuple[Operand, int]]]


def heavy(steps: Sequence[Step]) -> set[Any]:
    """Return the rules that are called, not written out in place: long ones, if all of them together would be too long."""
    made = [step for step in steps if isinstance(step, Operation)]
    long = [each for each in made if each.weight >= LONG and not isinstance(each.what, NO_RULES)]
    uses = Counter(each.what for each in long)
    found = {each.what: each.weight * uses[each.what] for each in long if uses[each.what] > 1}
    return set(found) if sum(found.values()) > MOST_LONG else set()


def weigh(step: Step, called: Collection[Rule]) -> int:
    """Return about how many LLVM instructions a step takes."""
    if isinstance(step, Keep | Hold):
        return 1
    if isinstance(step, Adding):
        return sum(each.weight for each in step.operations)
    if isinstance(step, Store):
        return MOVED * len(step.values)
    if isinstance(step, StoreRows):
        return step.weight
    return CALL if called and step.what in called else step.weight


def operands(step: Step) -> list[Operand]:
    """Return what a step reads."""
    if isinstance(step, Operation):
        return list(step.operands)
    if isinstance(step, Adding):
        return step.terms
    return list(step.values) if isinstance(step, Store | StoreRows) else [step.value]


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


class Placing:
    """Gives values their rows of scratch memory, as a linear-scan register allocator does, with the number of a function for the time.

    A value that only its own function reads needs no row. Any other one has a home, where its function stores it, in a block of rows that
    is live from there to the last function that reads it. Products of matrices choose first, since the kernel needs the elements of an
    operand in consecutive rows: a value without a home settles there and is never copied. One that has a home elsewhere, and what no
    function makes (uniform values, constants), is copied at the end of the function before, which is no product: `cut` sees to that.
    The values that are left get blocks of one row.
    """

    def __init__(self, parts: list[Part]) -> None:
        self.made: dict[Operand, int] = {}
        self.read: dict[Operand, int] = {}
        for number, part in enumerate(parts):
            for step in part.steps:
                self.read.update(dict.fromkeys(operands(step), number))
                if isinstance(step, Operation):
                    self.made.update(dict.fromkeys(range(step.first, step.first + step.count), number))
        self.blocks: list[Block] = []
        self.home: dict[Operand, tuple[Block, int]] = {}
        self.known: dict[tuple[Operand, ...], Block] = {}
        self.copies: list[tuple[int, Operand, Block, int]] = []
        self.products: dict[Operation, dict[str, Block]] = {}
        for number, part in enumerate(parts):
            if part.multiplies:
                (step,) = part.steps
                assert isinstance(step, Operation)
                self._multiplication(step, number)
        for value, number in self.made.items():
            if value not in self.home and self.read.get(value, number) > number:
                self._settle(value, self._block(1, number, number), 0)

    def _block(self, size: int, begins: int, ends: int) -> Block:
        self.blocks.append(Block(size, begins, ends))
        return self.blocks[-1]

    def _settle(self, value: Operand, block: Block, place: int) -> None:
        """Let a value wait in a block until it has been read for the last time."""
        self.home[value] = block, place
        block.begins = min(block.begins, self.made[value])
        block.ends = max(block.ends, self.read.get(value, 0))

    def _multiplication(self, step: Operation, number: int) -> None:
        assert isinstance(step.what, Multiplication)
        product, values, found = step.what.product, list(step.operands), {}
        for name, block in (("p", product.p), ("q", product.q)):
            if block.row >= 0:
                found[name] = self._gathered(tuple(values[: block.size]), number)
                del values[: block.size]
        if step.count:
            # What is left in `values` is the sum so far. The kernel adds to it in place, so it must stand there before.
            result = found["target"] = self._block(step.count, number - 1 if values else number, number)
            for place, value in enumerate(values):
                self._bring(value, result, place, number, only_here=True)
            made = range(step.first, step.first + step.count)
            self.known[tuple(made)] = result
            for place, value in enumerate(made):
                self._settle(value, result, place)
        self.products[step] = found

    def _gathered(self, values: tuple[Operand, ...], number: int) -> Block:
        """Return the block that holds an operand of a product."""
        block = self.known.get(values)
        if block is None:
            block = self.known[values] = self._block(len(values), number - 1, number)
            for place, value in enumerate(values):
                self._bring(value, block, place, number, only_here=False)
        block.ends = max(block.ends, number)
        return block

    def _bring(self, value: Operand, block: Block, place: int, number: int, only_here: bool) -> None:
        """Store a value in a block before a product: where it is made, or as a copy.

        With `only_here` the product overwrites the block, which is then no home for a value that is read once more later.
        """
        free = value in self.made and value not in self.home and (not only_here or self.read[value] == number)
        if free:
            self._settle(value, block, place)
        else:
            self.copies.append((number - 1, value, block, place))

    def places(self, count: int) -> Places:
        """Give out the rows, function by function, and return all places."""
        rows, copies = RowAllocator(), defaultdict(list)
        begins, ends = defaultdict(list), defaultdict(list)
        for block in self.blocks:
            begins[block.begins].append(block)
            ends[block.ends].append(block)
        for number in range(count):
            # First those that begin, then those that end: within a function both are in use.
            for block in begins[number]:
                block.row = rows.take(block.size)
            for block in ends[number]:
                rows.give_back(block.row, block.size)
        for number, value, block, place in self.copies:
            copies[number].append((value, block.row + place))
        blocks = {step: {name: block.row for name, block in found.items()} for step, found in self.products.items()}
        homes = {value: block.row + place for value, (block, place) in self.home.items()}
        return Places(rows.count, homes, blocks, copies)
