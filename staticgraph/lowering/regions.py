"""Loops: the graph of a step becomes a region, a section that one instruction repeats."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..nodes.loops import Loop, is_scan
from ..nodes.node import CONSTANT, Node
from ..program.allocator import RowAllocator
from ..records.instruction import VECTOR_BYTES
from ..records.loop import NONE, Kept, LoopRecord, Outer, Slice
from .flow import Flow
from .gradients import Gradients
from .layout import LayoutTable
from .liveness import Liveness
from .numbered import Numbered, is_computed, own_outputs
from .planning import Array, Planning, Section

KEPT_BYTES = 256 << 10
"""Carries that are kept for the backward pass, at most, of a vector of rows, with what compiled steps keep beside them; longer loops keep
those of some steps, and find the others again by taking the steps anew, which takes 1.35 times as long."""


def inner_constants(nodes: Sequence[Node]) -> list[Node]:
    """Return the constants in the steps of loops among nodes, each once."""
    found: dict[int, Node] = {}
    waiting = [node.static.graph for node in nodes if is_scan(node)]
    while waiting:
        graph = waiting.pop()
        found.update((id(node), node) for node in graph.nodes if node.role == CONSTANT)
        waiting += [node.static.graph for node in graph.nodes if is_scan(node)]
    return list(found.values())


class Looping(Planning):
    """The sections of a graph in which there may be loops.

    Attributes
    ----------
    constant_rows : dict of int to int
        The rows of all constants in the uniform tile, by identity.
    regions : list of Region
        Those of the whole program, by the numbers of their loops: a loop within another comes later.
    loops : dict of int to Region
        Those of this graph's own loops, by their nodes.
    """

    constant_rows: dict[int, int]

    def __init__(self, numbered: Numbered, dtype: np.dtype[Any], table: LayoutTable, regions: list["Region"]) -> None:
        super().__init__(numbered, dtype, table)
        self.regions = regions
        self.loops: dict[int, Region] = {}

    def _repeat(self, section: Section, position: int) -> int:
        node, operands = self.numbered.nodes[position], self.numbered.operands[position]
        wanted = [bool(self.flow.active[position] and self.flow.receives[operand]) for operand in operands]
        region = Region(self, section, node.static, [self._place(section, operand) for operand in operands], wanted)
        region.plan()
        region.result = self.row[position]
        section.rows.count = region.section.rows.count
        self.loops[position] = region
        return region.number

    def _place(self, section: Section, operand: int) -> int:
        """Return the first row of a node's elements; `~row` of the uniform tile."""
        root = self.numbered.root[operand]
        row = self.row[root] + self.numbered.start[operand]
        return ~row if not section.uniform and self.uniform[root] else row

    def _repeat_back(self, section: Section, gradients: Gradients, position: int, upstream: int) -> None:
        region, numbered = self.loops[position], self.numbered
        region.upstream = upstream
        for number, operand in enumerate(numbered.operands[position]):
            if region.wanted[number]:
                root, start, size = numbered.root[operand], numbered.start[operand], numbered.sizes[operand]
                if section.local[root]:
                    region.targets[number] = gradients.write(root, start, size, None, accumulate=True)[0]
                else:
                    region.targets[number] = ~self.accumulators.fresh(root, start, size)


class Region(Looping):
    """The region of one loop, and the rows through which its steps are linked.

    Parameters
    ----------
    around : Looping
        The graph in which the loop is.
    outside : Section
        Where its instruction is.
    loop : Loop
    places : sequence of int
        The first rows of the operands.
    wanted : sequence of bool
        Which of these receive a gradient.
    """

    def __init__(self, around: Looping, outside: Section, loop: Loop, places: Sequence[int], wanted: Sequence[bool]) -> None:
        self.loop, self.places, self.wanted = loop, places, wanted
        self.number, self.constant_rows = len(around.regions), around.constant_rows
        graph = loop.graph
        outputs = own_outputs(graph.outputs)
        copies = [node for node, output in zip(outputs, graph.outputs, strict=True) if node is not output]
        numbered = Numbered(list(dict.fromkeys([*graph.inputs, *graph.nodes, *copies])))
        super().__init__(numbered, around.dtype, LayoutTable(numbered, around.table), around.regions)
        self.regions.append(self)
        number = numbered.number
        self.outputs = [number[id(node)] for node in outputs]
        self.leaves = [number[id(leaf)] for leaf in graph.inputs]
        self.uniform = np.zeros(len(self.numbered.nodes), bool)
        self.packed = np.zeros(len(self.numbered.nodes), bool)
        for position, node in enumerate(self.numbered.nodes):
            if node.role == CONSTANT:
                self.row[position], self.uniform[position] = self.constant_rows[id(node)], True
        for leaf, place in zip(self.leaves[1 + loop.sliced :], places[1 + loop.sliced :], strict=True):
            self.row[leaf], self.uniform[leaf] = (~place, True) if place < 0 else (place, False)
        nodes = [position for position, node in enumerate(self.numbered.nodes) if is_computed(node)]
        self.begin = outside.rows.count
        self.section = Section(nodes, outside.uniform, bytearray(b"\x01" * len(numbered.nodes)), RowAllocator(self.begin))
        self.flow = self._flow()
        self.result = 0
        self.upstream = NONE
        self.targets = [NONE] * len(places)
        self.gradients = [NONE] * len(places)
        self.seeds = [NONE] * len(outputs)
        self.held = self.checkpoints = self.block = self.kept = NONE
        self.spacing, self.keeps, self.used = 1, 0, 0

    def _flow(self) -> Flow:
        """Return where gradients flow: through the carry too, if it begins with what receives one or becomes such."""
        wanted = [leaf for leaf, asked in zip(self.leaves, self.wanted, strict=True) if asked]
        carry, after = self.leaves[0], self.outputs[0]
        self.carried = bool(wanted) and (self.wanted[0] or bool(Flow(self.numbered, [after], wanted).receives[after]))
        return Flow(self.numbered, self.outputs, {*wanted, carry} if self.carried else wanted)

    def plan(self) -> None:
        """Plan one step, forward and backward."""
        section, sizes, stored = self.section, self.numbered.sizes, self.leaves[: 1 + self.loop.sliced]
        for leaf in stored:
            self.row[leaf] = section.rows.take(sizes[leaf])
        life = Liveness(self.numbered, self.flow, section.nodes, stored, self.outputs)
        self._forward(section, life)
        self.used = section.rows.count - self.begin
        if any(self.wanted):
            self._plan_backward(life, stored)

    def _plan_backward(self, life: Liveness, stored: Sequence[int]) -> None:
        section, sizes = self.section, self.numbered.sizes
        gradients = Gradients(self.numbered, section.rows)
        for number, leaf in enumerate(self.leaves[len(stored) :], len(stored)):
            if self.wanted[number]:  # forward of a later step must not overwrite what the steps before have added up
                self.gradients[number] = gradients.hold(leaf, section.rows.fresh(sizes[leaf]))
        for number, output in enumerate(self.outputs):
            if self.flow.receives[output]:  # a compiled step finds the carry beside these
                self.seeds[number] = gradients.hold(output, section.rows.fresh(sizes[output]))
        self._backward(section, life, gradients)
        for number, leaf in enumerate(stored):
            if self.wanted[number] or (number == 0 and self.carried):
                self.gradients[number] = gradients.complete(leaf).row
        section.backward.clear(-1, gradients.taken_clears())
        size, count, fresh = self.loop.carried, self.loop.length, section.rows.fresh
        if self.carried:
            self.held = fresh(size)
        self.used = section.rows.count - self.begin
        if size * count * VECTOR_BYTES > KEPT_BYTES:
            self.spacing = int(np.ceil(np.sqrt(count)))
            self.block = fresh(self.spacing * size)
        self.checkpoints = fresh(-(-count // self.spacing) * size)
        if not self.numbered.loops:  # rows that nobody writes take no memory
            together = count if self.spacing == 1 else self.spacing
            carries = -(-count // self.spacing) * size + (self.spacing * size if self.spacing > 1 else 0)
            room = max(0, KEPT_BYTES // VECTOR_BYTES - carries) // together
            self.keeps = min(room, 2 * sum(sizes[position] for position in section.nodes))
            self.kept = fresh(self.keeps * together)

    def record(self, first: int, last: int) -> LoopRecord:
        """Return what the instruction works on, its region being the instructions from `first` up to `last`."""
        loop, leaf, sizes = self.loop, self.leaves, self.numbered.sizes
        sliced = range(1, 1 + loop.sliced)
        ends = np.cumsum(loop.sizes).tolist()
        return LoopRecord(
            first=first, last=last, begin=self.begin, end=self.section.rows.count, count=loop.length, turned=int(loop.turned),
            size=loop.carried, carry=self.row[leaf[0]], after=self.row[self.outputs[0]], initial=self.places[0], result=self.result,
            checkpoints=self.checkpoints, spacing=self.spacing, block=self.block, kept=self.kept,
            keeps=self.keeps, carry_gradient=self.gradients[0], after_gradient=self.seeds[0], held=self.held,
            upstream=self.upstream, target=self.targets[0],
            slices=tuple(
                Slice(self.row[leaf[number]], sizes[leaf[number]], self.places[number], self.gradients[number], self.targets[number])
                for number in sliced
            ),
            results=tuple(
                Kept(self.row[output], sizes[output], self.result + end, seed, NONE if seed == NONE else self.upstream + end)
                for output, seed, end in zip(self.outputs[1:], self.seeds[1:], ends, strict=False)
            ),
            outers=tuple(
                Outer(self.gradients[number], sizes[leaf[number]], self.targets[number])
                for number in range(1 + loop.sliced, len(leaf)) if self.wanted[number]
            ),
        )  # fmt: skip


def origins_of(region: Region, places: Array, count: int) -> list[Node | None]:
    """Return for each of a region's instructions the node that it computes."""
    made: list[Node | None] = [None] * count
    for place, position in zip(places.tolist(), region.section.nodes, strict=True):
        made[place] = region.numbered.nodes[position]
    return made
