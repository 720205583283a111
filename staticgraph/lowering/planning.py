"""How a section is planned: rows by liveness, what its instructions do backward, and where gradients go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..kinds import of, vanishes
from ..nodes.node import CONSTANT
from ..program.allocator import RowAllocator
from ..program.program import Leaf
from ..records.instruction import BY_VECTOR, FIRST, GUARD
from .assembly import TABLE, Backward, forward_words
from .flow import Flow
from .gradients import Accumulators, Buffer, Gradients
from .layout import LayoutTable
from .liveness import Liveness
from .numbered import Numbered

Array = np.ndarray[Any, Any]


@dataclass
class Section:
    """The prologue, the body or a region: the numbers of its nodes in order, and what is planned for them.

    `local` tells of every node whether its gradient lives in the tile that the section runs in; that of others is summed over rows.
    """

    nodes: list[int]
    uniform: bool
    local: bytearray
    rows: RowAllocator = field(default_factory=RowAllocator)
    words: Any = None
    backward: Backward = field(init=False)

    def __post_init__(self) -> None:
        self.backward = Backward(len(self.nodes))


class Planning:
    """The sections of one graph. Nodes go by their numbers in `numbered`.

    Attributes
    ----------
    row : list of int
        The first row of each stored node.
    uniform : array of bool
        Which nodes are stored in the uniform tile, as sections that run in the other one see it.
    packed : array of bool
        Which of these are packed.
    """

    flow: Flow
    uniform: Array
    packed: Array

    def __init__(self, numbered: Numbered, dtype: np.dtype[Any], table: LayoutTable) -> None:
        self.numbered, self.dtype, self.table = numbered, dtype, table
        self.row = [0] * len(numbered.nodes)
        self.accumulators = Accumulators(numbered.sizes)

    def _repeat(self, section: Section, position: int) -> int:
        """Plan the region that a node's instruction repeats; return the number of the loop."""
        raise NotImplementedError

    def _repeat_back(self, section: Section, gradients: Gradients, position: int, upstream: int) -> None:
        """Plan where the gradients that a loop makes go."""
        raise NotImplementedError

    def _give_back(self, section: Section, positions: Iterable[int]) -> None:
        for position in positions:
            section.rows.give_back(self.row[position], self.numbered.sizes[position])

    def _forward(self, section: Section, life: Liveness) -> None:
        """Give every node its rows, and make the instructions."""
        row, sizes, take, give_back = self.row, self.numbered.sizes, section.rows.take, section.rows.give_back
        loops, repeats = [], self.numbered.loops
        for time, position in enumerate(section.nodes):
            row[position] = take(sizes[position])
            if position in repeats:
                loops.append((time, self._repeat(section, position)))
            for ended in life.ending(time):
                give_back(row[ended], sizes[ended])
        self._give_back(section, life.ending(life.middle))
        section.words = forward_words(self.numbered, section.nodes, row, None if section.uniform else self.uniform, self.packed, self.table)
        for time, number in loops:
            section.words[time, TABLE] = number

    def _seed(self, gradients: Gradients, output: int, constant: float | None) -> int | None:
        """Return the gradient rows where the upstream gradient of an output enters; `constant` if it is known."""
        if not self.flow.receives[output]:
            return None
        return gradients.write(output, 0, self.numbered.sizes[output], constant, accumulate=False)[0]

    def _backward(self, section: Section, life: Liveness, gradients: Gradients) -> None:
        """Plan the backward pass of a section."""
        active, nodes, middle = self.flow.active, section.nodes, life.middle
        for time in range(middle - 1, -1, -1):
            needs = active[nodes[time]]
            if needs:
                self._plan(section, gradients, time, needs, gradients.complete(nodes[time]))
                if gradients.clears:
                    section.backward.clear(time, gradients.taken_clears())
                gradients.release(nodes[time])
            if ended := life.ending(2 * middle - time):
                self._give_back(section, ended)

    def _leaves(self, section: Section, gradients: Gradients, leaves: Sequence[int]) -> tuple[Leaf, ...]:
        """Return where leaves and their gradients live."""
        made = tuple(self._leaf(gradients, leaf) for leaf in leaves)
        section.backward.clear(-1, gradients.taken_clears())
        return made

    def _leaf(self, gradients: Gradients, leaf: int) -> Leaf:
        gradient = gradients.complete(leaf).row if self.flow.receives[leaf] else None
        return Leaf(str(self.numbered.nodes[leaf].name), self.numbered.sizes[leaf], self.row[leaf], gradient, bool(self.packed[leaf]))

    def _plan(self, section: Section, gradients: Gradients, time: int, needs: int, upstream: Buffer) -> None:
        """Add to an instruction what its backward rule needs."""
        position, added = section.nodes[time], section.backward
        node = self.numbered.nodes[position]
        gate = node.gate
        assert gate is not None
        added.needs[time], added.gradient[time] = needs, upstream.row
        kind = of(gate)
        if kind.tabled:
            receives, own = (np.frombuffer(each, bool) for each in (self.flow.receives, section.local))
            self.table.plan(position, receives, own, gradients, self.accumulators)
            return
        if kind.repeats:
            self._repeat_back(section, gradients, position, upstream.row)
            return
        numbered, local = self.numbered, section.local
        operands = numbered.operands[position]
        known: tuple[float | None, ...] = (None, None, None)
        if upstream.constant:
            found = kind.constant_contributions(gate, upstream.constant, tuple(map(self._number, operands)))
            known = tuple(map(self._rounded, found))
        elif not vanishes(gate, needs):
            added.flags[time] |= GUARD
        crossing = len(operands) > 1 and self._crossing(operands, needs)
        for number, operand in enumerate(operands):
            if needs >> number & 1:
                root, start, size = numbered.root[operand], numbered.start[operand], numbered.sizes[operand]
                repeated = size != node.size and kind.strided
                if repeated and node.size and not section.uniform and self.uniform[root]:
                    added.flags[time] |= BY_VECTOR
                if local[root]:
                    added.targets[number][time], first = gradients.write(root, start, size, known[number], repeated or crossing)
                    added.flags[time] |= FIRST[number] if first else 0
                elif kind.shares:
                    added.targets[number][time] = ~(self.accumulators.of_products(root) + start)
                else:
                    added.targets[number][time] = ~self.accumulators.fresh(root, start, size)

    def _rounded(self, constant: float | None) -> float | None:
        """Return a constant as the program's dtype has it, where it may be 0."""
        if constant is None or self.dtype == np.float64:
            return constant
        with np.errstate(over="ignore", under="ignore"):
            return float(self.dtype.type(constant))

    def _number(self, position: int) -> float | None:
        """Return the value of a constant of one element."""
        node = self.numbered.nodes[position]
        return float(node.static.flat[0]) if node.role == CONSTANT and node.size == 1 else None

    def _crossing(self, operands: tuple[int, ...], needs: int) -> bool:
        """Whether two operands are different parts of one node: then storing one could overwrite what the other added."""
        root, start, sizes = self.numbered.root, self.numbered.start, self.numbered.sizes
        if len(operands) == 2 and root[operands[0]] != root[operands[1]]:  # nearly always: not even a set is made
            return False
        served = [operand for number, operand in enumerate(operands) if needs >> number & 1]
        return any(
            root[a] == root[b] and (start[a], sizes[a]) != (start[b], sizes[b]) for number, a in enumerate(served) for b in served[:number]
        )
