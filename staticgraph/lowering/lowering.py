"""From graph to program: rows by liveness, the plan of the backward pass, the instruction array."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..gates.arithmetic import copy
from ..gates.linear import view
from ..kinds import of, vanishes
from ..nodes.graph import Graph
from ..nodes.node import CONSTANT, OPERATION, Node
from ..program.allocator import RowAllocator
from ..program.program import Leaf, Output, Program, Shared, choose_lanes
from ..program.verify import verify
from ..records.instruction import BY_VECTOR, CLEAR, FIRST, GUARD, INSTRUCTION, VECTOR_BYTES
from .assembly import OPCODE, Backward, assembled, forward_words
from .flow import Flow
from .gradients import Accumulators, Buffer, Gradients
from .layout import LayoutTable
from .liveness import Liveness
from .numbered import Numbered
from .packing import find_packed


def lower(graph: Graph, dtype: Any, wanted: Collection[int] = (), lanes: int | None = None) -> Program:
    """Return the program of a simplified graph, with a backward pass to the wanted leaves (by identity).

    `lanes` fixes the tile's width; otherwise it follows from the size of the tile.
    """
    made = Lowering(graph, np.dtype(dtype), wanted).program(lanes)
    verify(made)
    return made


def own_outputs(outputs: Iterable[Node]) -> list[Node]:
    """Return outputs that each have rows of their own in the tile: leaves, views, uniform and repeated values are copied."""
    own: dict[int, Node] = {}
    for node in outputs:
        if node.role != OPERATION or node.gate is view or not node.varying or id(node) in own:
            node = Node(OPERATION, node.shape, gate=copy, operands=(node,), boolean=node.boolean, origin=node.origin)
        own[id(node)] = node
    return list(own.values())


@dataclass
class Section:
    """The prologue or the body: the numbers of its nodes in order, and what is planned for them."""

    nodes: list[int]
    uniform: bool
    rows: RowAllocator = field(default_factory=RowAllocator)
    words: Any = None
    backward: Backward = field(init=False)

    def __post_init__(self) -> None:
        self.backward = Backward(len(self.nodes))


class Lowering:
    """The state of one lowering. Nodes go by their numbers in `numbered`."""

    def __init__(self, graph: Graph, dtype: np.dtype[Any], wanted: Collection[int]) -> None:
        self.dtype = dtype
        self.nodes = graph.nodes
        outputs = own_outputs(graph.outputs)
        copies = [node for node, output in zip(outputs, graph.outputs, strict=True) if node is not output]
        self.numbered = numbered = Numbered((*graph.nodes, *copies))
        number = numbered.number
        self.outputs = [number[id(node)] for node in outputs]
        self.leaves = [number[id(leaf)] for leaf in graph.inputs if id(leaf) in number]
        self.constants = [position for position, node in enumerate(numbered.nodes) if node.role == CONSTANT]
        self.flow = Flow(numbered, self.outputs, [number[key] for key in wanted if key in number])
        in_body = bytearray(node.varying for node in numbered.nodes)
        for output in self.outputs:
            in_body[output] = 1
        self.in_body = in_body
        self.varying = np.frombuffer(in_body, bool)
        self.uniform = ~self.varying
        operations = [position for position, node in enumerate(numbered.nodes) if node.role == OPERATION and node.gate is not view]
        self.prologue = Section([position for position in operations if not in_body[position]], uniform=True)
        self.body = Section([position for position in operations if in_body[position]], uniform=False)
        self.packed = find_packed(numbered, in_body, [*self.constants, *self.leaves], operations)
        self.elements = 0
        self.row = [0] * len(numbered.nodes)
        self.accumulators = Accumulators(numbered.sizes)
        self.table = LayoutTable(numbered)

    def program(self, lanes: int | None) -> Program:
        """Lower both sections and return the program."""
        self._place_leaves()
        read_by_body, _ = self.numbered.operands_of(self.body.nodes)
        prologue_life = Liveness(self.numbered, self.flow, self.prologue.nodes, (), self.numbered.roots[read_by_body])
        self._forward(self.prologue, prologue_life)
        inputs = [position for position in self.leaves if self.in_body[position]]
        body_life = Liveness(self.numbered, self.flow, self.body.nodes, inputs, self.outputs)
        self._forward(self.body, body_life)
        gradients = Gradients(self.numbered, self.body.rows)
        seeds = [self._seed(gradients, output) for output in self.outputs]
        input_leaves = self._backward(self.body, body_life, gradients, inputs)
        gradients = Gradients(self.numbered, self.prologue.rows)
        shared = tuple(
            Shared(site.slot, gradients.enter(site.root, site.start, site.size), site.size) for site in self.accumulators.sites
        )
        parameters = [position for position in self.leaves if not self.in_body[position]]
        parameter_leaves = self._backward(self.prologue, prologue_life, gradients, parameters)
        return self._made(lanes, input_leaves, parameter_leaves, seeds, shared)

    def _place_leaves(self) -> None:
        """Give constants and leaves their rows, or their elements of the packed part, with which the uniform tile begins."""
        leaves, sizes, packed = (*self.constants, *self.leaves), self.numbered.sizes, self.packed
        for position in leaves:
            if packed[position]:
                self.row[position] = self.elements
                self.elements += sizes[position]
        self.prologue.rows.take(-(-self.elements * self.dtype.itemsize // VECTOR_BYTES))
        for position in leaves:
            if not packed[position]:
                section = self.body if self.in_body[position] else self.prologue
                self.row[position] = section.rows.take(sizes[position])

    def _constants(self, packed: bool) -> Any:
        """Return the elements of all constants that are packed, or that are not."""
        nodes = self.numbered.nodes
        chosen = [np.ravel(nodes[position].static) for position in self.constants if self.packed[position] == packed]
        return np.concatenate([np.zeros(0), *chosen]).astype(self.dtype)

    def _made(
        self, lanes: int | None, inputs: tuple[Leaf, ...], parameters: tuple[Leaf, ...], seeds: list[int | None], shared: tuple[Shared, ...]
    ) -> Program:
        nodes, sizes = self.numbered.nodes, self.numbered.sizes
        prologue, _ = assembled(self.prologue.words, self.prologue.backward)
        body, places = assembled(self.body.words, self.body.backward)
        words = np.concatenate([prologue, body])
        origins: list[Node | None] = [None] * len(words)
        numbers = {}
        for number, position in zip((places + len(prologue)).tolist(), self.body.nodes, strict=True):
            origins[number] = nodes[position]
            numbers[position] = number
        for number, position in zip(np.flatnonzero(prologue[:, OPCODE] != CLEAR).tolist(), self.prologue.nodes, strict=True):
            origins[number] = nodes[position]
        table, packed, constants = self.table.entries(), self._constants(packed=True), self._constants(packed=False)
        for array in (words, table, packed, constants):
            array.flags.writeable = False
        return Program(
            instructions=words.view(INSTRUCTION).reshape(-1),
            prologue=len(prologue),
            table=table,
            rows=self.body.rows.count,
            uniforms=self.prologue.rows.count,
            slots=self.accumulators.count,
            elements=self.elements,
            packed=packed,
            constants=constants,
            lanes=lanes or choose_lanes(self.body.rows.count, self.dtype),
            inputs=inputs,
            parameters=parameters,
            outputs=tuple(
                Output(self.row[position], sizes[position], nodes[position].boolean, seed, numbers[position])
                for position, seed in zip(self.outputs, seeds, strict=True)
            ),
            shared=shared,
            origins=tuple(origins),
            nodes=self.nodes,
        )

    def _give_back(self, section: Section, positions: Iterable[int]) -> None:
        for position in positions:
            section.rows.give_back(self.row[position], self.numbered.sizes[position])

    def _forward(self, section: Section, life: Liveness) -> None:
        """Give every node its rows, and make the instructions."""
        row, sizes, take, give_back = self.row, self.numbered.sizes, section.rows.take, section.rows.give_back
        for time, position in enumerate(section.nodes):
            row[position] = take(sizes[position])
            for ended in life.ending(time):
                give_back(row[ended], sizes[ended])
        self._give_back(section, life.ending(life.middle))
        section.words = forward_words(self.numbered, section.nodes, row, None if section.uniform else self.uniform, self.packed, self.table)

    def _seed(self, gradients: Gradients, output: int) -> int | None:
        """Return the gradient rows where the upstream gradient of an output enters."""
        if not self.flow.receives[output]:
            return None
        return gradients.write(output, 0, self.numbered.sizes[output], 1.0, accumulate=False)[0]

    def _backward(self, section: Section, life: Liveness, gradients: Gradients, leaves: Sequence[int]) -> tuple[Leaf, ...]:
        """Plan the backward pass of a section; return its leaves."""
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
            local = self.uniform if section.uniform else self.varying
            self.table.plan(position, np.frombuffer(self.flow.receives, bool), local, gradients, self.accumulators)
            return
        numbered, in_body = self.numbered, self.in_body
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
                if in_body[root] or section.uniform:
                    added.targets[number][time], first = gradients.write(root, start, size, known[number], repeated or crossing)
                    added.flags[time] |= FIRST[number] if first else 0
                elif kind.shares:
                    added.targets[number][time] = ~(self.accumulators.of_products(root) + start)
                else:
                    added.targets[number][time] = ~self.accumulators.fresh(root, start, size)
                    added.flags[time] |= BY_VECTOR if kind.strided and size < node.size else 0

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
