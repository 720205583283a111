"""Which instructions of a program of long strips run as one loop, and which rows such a loop leaves in the tile.

Consecutive elementwise instructions over strips of one length are a group: one loop over the strip, whose body is all of them for one
element. What stands between them stays in registers, and what nothing reads later is never written. So the time to compile follows from
the instructions, not from the elements.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..gates import BY_OPCODE
from ..gates.analysis import VALUE
from ..kinds import contributions, of
from ..program.program import Program
from ..records.instruction import CLEAR, FIRST, MODE, SKIP, SOURCE, STORE, STRIDE, TARGET, Instruction, records
from .size import LONG

Array = np.ndarray[Any, Any]
MOST_TOGETHER = 32
"""Instructions of the longest group: registers are few, and LLVM's time grows faster than a function does."""


class Access(NamedTuple):
    """Rows of the tile that an instruction reads or writes: one for each element of the strip if it `moves`, else all at once."""

    first: int
    size: int
    moves: bool
    writes: bool

    def clashes(self, other: "Access") -> bool:
        """Whether two accesses, taken element by element, may come in another order than taken one after the other."""
        apart = self.first + self.size <= other.first or other.first + other.size <= self.first
        alike = self.moves and other.moves and self.first == other.first and self.size == other.size
        return (self.writes or other.writes) and not apart and not alike


class Group(NamedTuple):
    """Instructions, by their numbers in the program, that run as one loop forward or backward, and the accesses that leave something."""

    members: tuple[int, ...]
    backward: bool
    left: tuple[Access, ...]


def groups(program: Program) -> list[Group]:
    """Return the groups of a program's body, forward and backward."""
    code, live = records(program.instructions[program.prologue : program.main]), Live(program)
    found: list[Group] = []
    for backward, order in ((True, range(len(code))), (False, reversed(range(len(code))))):
        ends = {members[0 if backward else -1]: members for members in _runs(code, backward)}
        live.turn(backward)
        for number in order:
            if number in ends:
                found.append(_group(program, [code[each] for each in ends[number]], ends[number], backward, live))
            live.before(code[number], backward)
    return found


def _group(program: Program, code: Sequence[Instruction], members: Sequence[int], backward: bool, live: "Live") -> Group:
    """Return a group, given what is live at its end."""
    written = {each for instruction in code for each in accesses(instruction, backward) if each.writes}
    left = sorted(each for each in written if live.rows[each.first : each.first + each.size].any())
    return Group(tuple(program.prologue + each for each in members), backward, tuple(left))


def accesses(instruction: Instruction, backward: bool) -> list[Access]:
    """Return what an instruction reads and writes in the tile, but for what its part of the table says."""
    gate = BY_OPCODE[instruction.opcode]
    if gate is None:
        return [Access(instruction.gradient, instruction.rows, True, True)] if backward else []
    kind = of(gate)
    size = instruction.rows if kind.strided or kind.tabled else kind.result_size(instruction.lengths)
    if not backward:
        return [*_operands(instruction, range(kind.operands(gate))), Access(instruction.out, size, kind.strided, True)]
    served = [each for number, each in enumerate(contributions(gate)) if each and kind.serves(instruction.backward, number)]
    read = {place for each in served for place in each.reads}
    found = [Access(instruction.gradient, size, kind.strided, False)]
    found += [Access(instruction.out, size, kind.strided, False)] if VALUE in read else []
    found += _operands(instruction, [each for each in read if isinstance(each, int)])
    if not kind.tabled:
        receiving = [number for number in range(kind.operands(gate)) if instruction.serves(number)]
        found += [each._replace(writes=True) for each in _operands(instruction, receiving, instruction.targets)]
    return found


def _operands(instruction: Instruction, numbers: Sequence[int], firsts: Sequence[int] | None = None) -> list[Access]:
    """Return the rows of operands, or of their gradients, that are rows of the tile."""
    gate, firsts = BY_OPCODE[instruction.opcode], firsts or instruction.operands
    assert gate is not None
    kind, found = of(gate), []
    for number in numbers:
        moves = kind.strided and bool(instruction.flags & STRIDE[number])
        size = (instruction.rows if moves else 1) if kind.strided else list(kind.operand_sizes(instruction.lengths))[number]
        if firsts[number] >= 0:
            found.append(Access(firsts[number], size, moves, False))
    return found


def _runs(code: Sequence[Instruction], backward: bool) -> Iterator[list[int]]:
    """Yield the members of groups, counted from the body's first instruction. What does nothing in a direction is no hindrance there."""
    members, met = list[int](), list[Access]()
    for number, instruction in enumerate(code):
        if instruction.backward == 0 if backward else instruction.opcode == CLEAR:
            continue
        own, joins = accesses(instruction, backward), _joins(instruction, backward)
        fits = joins and members and instruction.rows == code[members[0]].rows and len(members) < MOST_TOGETHER
        if fits and not any(each.clashes(other) for each in own for other in met):
            members.append(number)
            met += own
            continue
        if len(members) > 1:
            yield members
        members, met = ([number], own) if joins else ([], [])
    if len(members) > 1:
        yield members


def _joins(instruction: Instruction, backward: bool) -> bool:
    """Whether an instruction may be part of a group: a long strip whose gradients, if any, are rows of the tile."""
    gate = BY_OPCODE[instruction.opcode]
    if instruction.rows < LONG or not (gate is None or of(gate).strided):
        return False
    return not backward or min(instruction.targets) >= 0


class Live:
    """Which rows of the tile somebody still reads, going back in time from the end of a call.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program: Program) -> None:
        self.program, self.rows = program, np.zeros(program.rows, bool)

    def turn(self, backward: bool) -> None:
        """Go to the end of the backward pass, or from its beginning to the end of the forward pass."""
        if backward:
            for leaf in self.program.inputs:
                if leaf.gradient is not None:
                    self.rows[leaf.gradient : leaf.gradient + leaf.size] = True
            return
        for output in self.program.outputs:
            if output.gradient is not None:
                self.rows[output.gradient : output.gradient + output.size] = False
        for output in self.program.outputs:
            self.rows[output.row : output.row + output.size] = True

    def before(self, instruction: Instruction, backward: bool) -> None:
        """Go back over an instruction."""
        gate = BY_OPCODE[instruction.opcode]
        if backward and not instruction.backward:
            return
        own = [(each, each.writes and (not backward or self._stores(instruction, each))) for each in accesses(instruction, backward)]
        for each, stores in sorted(own, key=lambda one: not one[1]):
            self.rows[each.first : each.first + each.size] = not stores
        if gate is not None and of(gate).tabled:
            self._entries(self.program.table[instruction.table : instruction.table + instruction.rows], backward)

    def _stores(self, instruction: Instruction, access: Access) -> bool:
        """Whether a backward write begins a gradient instead of adding to it."""
        if instruction.opcode == CLEAR:
            return True
        served = [number for number in range(3) if instruction.serves(number) and instruction.targets[number] == access.first]
        return any(instruction.flags & FIRST[number] for number in served)

    def _entries(self, entries: Array, backward: bool) -> None:
        if backward:
            entries = entries[(entries[:, MODE] != SKIP) & (entries[:, TARGET] >= 0)]
            stores = entries[:, MODE] == STORE
            self.rows[entries[stores, TARGET]] = False
            self.rows[entries[~stores, TARGET]] = True
        else:
            sources = entries[:, SOURCE]
            self.rows[sources[sources >= 0]] = True
