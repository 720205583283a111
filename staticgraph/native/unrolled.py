"""Loops written out: every step of them in SSA form, for code that needs no machine."""

from typing import Any

from ..kinds.writing import Operand
from ..lanes.rules import ADDED
from ..program.program import Program
from ..records.instruction import Instruction
from ..records.loop import NONE, LoopRecord
from .operations import Operations


class Unrolled(Operations):
    """Operations in which loops are written out.

    Attributes
    ----------
    tape : list of list of Operand
        What stood in a region's own rows after each step forward, for the steps back: the last one is the first that backward needs.
    """

    program: Program
    rows: Any
    code: list[Instruction]

    def __init__(self, program: Program) -> None:
        super().__init__(program.dtype)
        self.program = program
        self.tape: list[list[Operand]] = []

    def repeat(self, instruction: Instruction) -> None:
        """Write the steps of a loop, one after another."""
        loop, rows = self.program.loops[instruction.table], self.rows
        carry, after, own = (slice(first, first + loop.size) for first in (loop.carry, loop.after, loop.result))
        rows[carry] = self.block(loop.initial, loop.size, packed=False)
        for number in _order(loop):
            for each in loop.slices:
                moved = number * each.size
                rows[each.row : each.row + each.size] = self.block(_along(each.array, moved), each.size, packed=False)
            for inner in self.code[loop.first : loop.last]:
                self._forward(inner)
            if instruction.backward:
                self.tape.append(rows[loop.begin : loop.end])
            for kept in loop.results:
                first = kept.array + number * kept.size
                rows[first : first + kept.size] = rows[kept.row : kept.row + kept.size]
            rows[carry] = rows[after]
        rows[own] = rows[carry]

    def repeat_back(self, instruction: Instruction) -> None:
        """Write the steps back, from the last one to the first."""
        loop, rows, size = self.program.loops[instruction.table], self.rows, self.program.loops[instruction.table].size
        held = rows[loop.upstream : loop.upstream + size] if loop.after_gradient != NONE else []
        sums = [[self.literal(-0.0)] * each.size for each in loop.outers]
        for number in reversed(_order(loop)):
            rows[loop.begin : loop.end] = self.tape.pop()
            for outer, values in zip(loop.outers, sums, strict=True):
                rows[outer.gradient : outer.gradient + outer.size] = values
            for kept in loop.results:
                if kept.gradient != NONE:
                    first = kept.upstream + number * kept.size
                    rows[kept.gradient : kept.gradient + kept.size] = rows[first : first + kept.size]
            if loop.after_gradient != NONE:
                rows[loop.after_gradient : loop.after_gradient + size] = held
            for inner in reversed(self.code[loop.first : loop.last]):
                self._back(inner)
            if loop.carry_gradient != NONE:
                held = rows[loop.carry_gradient : loop.carry_gradient + size]
            sums = [rows[outer.gradient : outer.gradient + outer.size] for outer in loop.outers]
            for each in loop.slices:
                if each.target != NONE:
                    self._add(_along(each.target, number * each.size), rows[each.gradient : each.gradient + each.size])
        if loop.target != NONE:
            self._add(loop.target, held)
        for outer, values in zip(loop.outers, sums, strict=True):
            self._add(outer.target, values)

    def _add(self, target: int, values: list[Operand]) -> None:
        for place, value in enumerate(values):
            row = _along(target, place)
            self.set(row, value if self.is_first(row, first=False) else self.apply(ADDED, [self.sofar(row), value])[0])

    def _forward(self, instruction: Instruction) -> None:
        raise NotImplementedError

    def _back(self, instruction: Instruction) -> None:
        raise NotImplementedError

    def block(self, row: int, size: int, packed: bool) -> list[Operand]:
        """Return what stands in consecutive rows of either tile, or in elements of its packed part."""
        raise NotImplementedError

    def is_first(self, row: int, first: bool) -> bool:
        """Whether nothing has been added to a gradient yet."""
        raise NotImplementedError

    def sofar(self, row: int) -> Operand:
        """Return the sum so far of a gradient row, or of an accumulator."""
        raise NotImplementedError

    def set(self, row: int, value: Operand) -> None:
        """Set what stands in a gradient row, or an accumulator."""
        raise NotImplementedError


def _order(loop: LoopRecord) -> list[int]:
    """Return the slices in the order in which the steps take them."""
    return list(range(loop.count))[:: -1 if loop.turned else 1]


def _along(first: int, moved: int) -> int:
    """Return the row so many behind another; those of the uniform tile, and accumulators, count down."""
    return first + moved if first >= 0 else first - moved
