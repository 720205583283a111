"""Where values wait between functions: rows of scratch memory."""

from collections import defaultdict
from dataclasses import dataclass

from ..kinds.writing import Operand
from ..program.allocator import RowAllocator
from .operations import Multiplication, Operation
from .parts import Part, operands
from .recomputing import NOTHING, Anew, through


@dataclass(eq=False)
class Block:
    """Consecutive rows of scratch memory, from the first function that stores there to the last that reads there."""

    size: int
    begins: int
    ends: int
    row: int = -1


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


class Placing:
    """Gives values their rows of scratch memory, as a linear-scan register allocator does, with the number of a function for the time.

    A value that only its own function reads needs no row. Any other one has a home, where its function stores it, in a block of rows that
    is live from there to the last function that reads it. Products of matrices choose first, since the kernel needs the elements of an
    operand in consecutive rows: a value without a home settles there and is never copied. One that has a home elsewhere, and what no
    function makes (uniform values, constants), is copied at the end of the function before, which is no product: `cut` sees to that.
    The values that are left get blocks of one row.
    """

    def __init__(self, parts: list[Part], anew: Anew = NOTHING) -> None:
        self.made: dict[Operand, int] = {}
        self.read: dict[Operand, int] = {}
        for number, part in enumerate(parts):
            here: dict[Operand, int] = {}
            for step in part.steps:
                self.read.update(dict.fromkeys(through(operands(step), here, anew), number))
                if isinstance(step, Operation):
                    here.update(dict.fromkeys(range(step.first, step.first + step.count), number))
            self.made.update(here)
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
