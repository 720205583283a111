"""From graph to program: rows by liveness, the plan of the backward pass, the instruction array."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .flow import Flow
from .gates import CONTRACTION, ELEMENTWISE, LAYOUT, REDUCTION
from .gates.analysis import constant_contributions, vanishes
from .gates.arithmetic import copy
from .gates.linear import view
from .gradients import Accumulators, Buffer, Gradients
from .graph import Graph
from .instruction import ACCUMULATE, BY_VECTOR, CLEAR, FIRST, FLAT, GUARD, INSTRUCTION, STORE, STRIDE
from .layout import LayoutTable
from .liveness import Liveness
from .node import CONSTANT, INPUT, OPERATION, PARAMETER, Node
from .program import Leaf, Output, Program, Shared, choose_lanes
from .rows import Rows
from .storage import Storage
from .verify import verify

BACKWARD, GRADIENT, TO_A, FLAGS, TABLE = 1, 9, 10, 13, 14
"""Positions in an instruction of fields that are filled in later."""


def lower(graph: Graph, dtype: Any, wanted: Collection[int] = (), lanes: int | None = None) -> Program:
    """Return the program of a simplified graph, with a backward pass to the wanted leaves (by identity).

    `lanes` fixes the tile's width; otherwise it follows from the size of the tile.
    """
    made = Lowering(graph, np.dtype(dtype), wanted).program(lanes)
    verify(made)
    return made


def own_outputs(outputs: Iterable[Node]) -> list[Node]:
    """Return outputs that each have rows of their own in the tile: leaves, views, uniform and repeated values are copied."""
    own: list[Node] = []
    for node in outputs:
        if node.role != OPERATION or node.gate is view or not node.varying or any(node is other for other in own):
            node = Node(OPERATION, node.shape, gate=copy, operands=(node,), boolean=node.boolean)
        own.append(node)
    return own


@dataclass
class Section:
    """The prologue or the body: the numbers of its nodes in order, and what is planned for them."""

    nodes: list[int]
    uniform: bool
    rows: Rows = field(default_factory=Rows)
    instructions: list[list[int]] = field(default_factory=list)
    clears: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


class Lowering:
    """The state of one lowering. Nodes go by their numbers in `storage`."""

    def __init__(self, graph: Graph, dtype: np.dtype[Any], wanted: Collection[int]) -> None:
        self.dtype = dtype
        outputs = own_outputs(graph.outputs)
        copies = [node for node, output in zip(outputs, graph.outputs, strict=True) if node is not output]
        self.storage = storage = Storage((*graph.nodes, *copies))
        number = storage.number
        self.outputs = [number[id(node)] for node in outputs]
        self.leaves = [number[id(leaf)] for leaf in graph.inputs if id(leaf) in number]
        self.constants = [position for position, node in enumerate(storage.nodes) if node.role == CONSTANT]
        self.flow = Flow(storage, self.outputs, [number[key] for key in wanted if key in number])
        in_body = bytearray(node.varying for node in storage.nodes)
        for output in self.outputs:
            in_body[output] = 1
        self.in_body = in_body
        operations = [position for position, node in enumerate(storage.nodes) if node.role == OPERATION and node.gate is not view]
        self.prologue = Section([position for position in operations if not in_body[position]], uniform=True)
        self.body = Section([position for position in operations if in_body[position]], uniform=False)
        self.row = [0] * len(storage.nodes)
        self.accumulators = Accumulators(storage.sizes)
        self.table = LayoutTable(storage)

    def program(self, lanes: int | None) -> Program:
        """Lower both sections and return the program."""
        for position in (*self.constants, *self.leaves):
            section = self.body if self.in_body[position] else self.prologue
            self.row[position] = section.rows.take(self.storage.sizes[position])
        shared_values = {self.storage.root[operand] for position in self.body.nodes for operand in self.storage.operands[position]}
        prologue_life = Liveness(self.storage, self.flow, self.prologue.nodes, (), shared_values)
        self._forward(self.prologue, prologue_life)
        inputs = [position for position in self.leaves if self.in_body[position]]
        body_life = Liveness(self.storage, self.flow, self.body.nodes, inputs, self.outputs)
        self._forward(self.body, body_life)
        gradients = Gradients(self.storage, self.body.rows)
        seeds = [self._seed(gradients, output) for output in self.outputs]
        input_leaves = self._backward(self.body, body_life, gradients, INPUT)
        gradients = Gradients(self.storage, self.prologue.rows)
        shared = tuple(
            Shared(site.slot, gradients.enter(site.root, site.start, site.size), site.size) for site in self.accumulators.sites
        )
        parameter_leaves = self._backward(self.prologue, prologue_life, gradients, PARAMETER)
        return self._made(lanes, input_leaves, parameter_leaves, seeds, shared)

    def _made(
        self, lanes: int | None, inputs: tuple[Leaf, ...], parameters: tuple[Leaf, ...], seeds: list[int | None], shared: tuple[Shared, ...]
    ) -> Program:
        instructions, origins, prologue = self._assemble()
        nodes, sizes = self.storage.nodes, self.storage.sizes
        constants = [np.ravel(nodes[position].static) for position in self.constants]
        instructions.flags.writeable = False
        return Program(
            instructions=instructions,
            prologue=prologue,
            table=self.table.entries(),
            rows=self.body.rows.count,
            uniforms=self.prologue.rows.count,
            slots=self.accumulators.count,
            constants=np.concatenate([np.zeros(0), *constants]).astype(self.dtype),
            lanes=lanes or choose_lanes(self.body.rows.count, self.dtype),
            inputs=inputs,
            parameters=parameters,
            outputs=tuple(
                Output(self.row[position], sizes[position], nodes[position].boolean, seed)
                for position, seed in zip(self.outputs, seeds, strict=True)
            ),
            shared=shared,
            origins=origins,
        )

    def _give_back(self, section: Section, positions: Iterable[int]) -> None:
        for position in positions:
            section.rows.give_back(self.row[position], self.storage.sizes[position])

    def _forward(self, section: Section, life: Liveness) -> None:
        for time, position in enumerate(section.nodes):
            self.row[position] = section.rows.take(self.storage.sizes[position])
            section.instructions.append(self._instruction(section, position))
            self._give_back(section, life.ending(time))
        self._give_back(section, life.ending(life.middle))

    def _value_row(self, section: Section, position: int) -> int:
        """Return the row of a node's value as an instruction of the section names it."""
        root = self.storage.root[position]
        row = self.row[root] + self.storage.start[position]
        return row if section.uniform or self.in_body[root] else ~row

    def _instruction(self, section: Section, position: int) -> list[int]:
        """Return the instruction's fields that the forward pass needs; the backward pass adds the others."""
        node = self.storage.nodes[position]
        gate = node.gate
        assert gate is not None
        rows, length, columns = node.static if gate.kind in (REDUCTION, CONTRACTION) else (node.size, 1, 1)
        fields = [gate.opcode, 0, rows, length, columns, self.row[position], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        if gate.kind == LAYOUT:
            rows_of = [self._value_row(section, operand) for operand in self.storage.operands[position]]
            fields[TABLE] = self.table.append(position, rows_of)
            return fields
        flags, flat = 0, True
        for number, operand in enumerate(self.storage.operands[position]):
            fields[6 + number] = row = self._value_row(section, operand)
            moves = self.storage.sizes[operand] == rows
            flags |= STRIDE[number] if moves else 0
            flat = flat and moves != (row < 0)
        if gate.kind == ELEMENTWISE:
            fields[FLAGS] = flags | (FLAT if flat or rows == 1 else 0)
        return fields

    def _seed(self, gradients: Gradients, output: int) -> int | None:
        """Return the gradient rows where the upstream gradient of an output enters."""
        if not self.flow.receives[output]:
            return None
        return gradients.write(output, 0, self.storage.sizes[output], 1.0, accumulate=False)[0]

    def _backward(self, section: Section, life: Liveness, gradients: Gradients, role: str) -> tuple[Leaf, ...]:
        """Plan the backward pass of a section; return its leaves."""
        for time in range(len(section.nodes) - 1, -1, -1):
            position = section.nodes[time]
            needs = self.flow.active[position]
            if needs:
                upstream = gradients.complete(position)
                self._plan(section, gradients, position, section.instructions[time], needs, upstream)
                if gradients.clears:
                    section.clears[time] = gradients.taken_clears()
                gradients.release(position)
            self._give_back(section, life.ending(2 * life.middle - time))
        leaves = tuple(self._leaf(gradients, leaf) for leaf in self.leaves if self.storage.nodes[leaf].role == role)
        section.clears[-1] = gradients.taken_clears()
        return leaves

    def _leaf(self, gradients: Gradients, leaf: int) -> Leaf:
        gradient = gradients.complete(leaf).row if self.flow.receives[leaf] else None
        return Leaf(str(self.storage.nodes[leaf].name), self.storage.sizes[leaf], self.row[leaf], gradient)

    def _plan(self, section: Section, gradients: Gradients, position: int, fields: list[int], needs: int, upstream: Buffer) -> None:
        """Add to an instruction what its backward rule needs."""
        gate = self.storage.nodes[position].gate
        assert gate is not None
        fields[BACKWARD], fields[GRADIENT] = needs, upstream.row
        if gate.kind == LAYOUT:
            self.table.plan(position, lambda operand, element: self._element_target(section, gradients, operand, element))
            return
        operands = self.storage.operands[position]
        known: tuple[float | None, ...] = (None, None, None)
        if upstream.constant:
            found = constant_contributions(gate, upstream.constant, tuple(map(self._number, operands)))
            known = tuple(map(self._rounded, found))
        elif not vanishes(gate, needs):
            fields[FLAGS] |= GUARD
        crossing = len(operands) > 1 and self._crossing(operands, needs)
        for number, operand in enumerate(operands):
            if needs >> number & 1:
                root, start, size = self.storage.root[operand], self.storage.start[operand], self.storage.sizes[operand]
                if self.in_body[root] or section.uniform:
                    repeated = gate.kind == ELEMENTWISE and size != fields[2]
                    fields[TO_A + number], first = gradients.write(root, start, size, known[number], repeated or crossing)
                    fields[FLAGS] |= FIRST[number] if first else 0
                elif gate.kind == CONTRACTION:
                    fields[TO_A + number] = ~(self.accumulators.of_products(root) + start)
                else:
                    fields[TO_A + number] = ~self.accumulators.fresh(root, start, size)
                    fields[FLAGS] |= BY_VECTOR if gate.kind == ELEMENTWISE and size < fields[2] else 0

    def _rounded(self, constant: float | None) -> float | None:
        """Return a constant as the program's dtype has it, where it may be 0."""
        if constant is None or self.dtype == np.float64:
            return constant
        with np.errstate(over="ignore", under="ignore"):
            return float(self.dtype.type(constant))

    def _element_target(self, section: Section, gradients: Gradients, operand: int, element: int) -> tuple[int, int] | None:
        """Return the gradient row of an element and how to write it, None where no gradient flows."""
        if not self.flow.receives[operand]:
            return None
        root, start = self.storage.root[operand], self.storage.start[operand] + element
        if self.in_body[root] or section.uniform:
            row, first = gradients.write(root, start, 1, None, accumulate=False)
            return row, STORE if first else ACCUMULATE
        return ~self.accumulators.fresh(root, start, 1), ACCUMULATE

    def _number(self, position: int) -> float | None:
        """Return the value of a constant of one element."""
        node = self.storage.nodes[position]
        return float(node.static.flat[0]) if node.role == CONSTANT and node.size == 1 else None

    def _crossing(self, operands: tuple[int, ...], needs: int) -> bool:
        """Whether two operands are different parts of one node: then storing one could overwrite what the other added."""
        root, start, sizes = self.storage.root, self.storage.start, self.storage.sizes
        if len({root[operand] for operand in operands}) == len(operands):
            return False
        served = [operand for number, operand in enumerate(operands) if needs >> number & 1]
        return any(
            root[a] == root[b] and (start[a], sizes[a]) != (start[b], sizes[b]) for number, a in enumerate(served) for b in served[:number]
        )

    def _assemble(self) -> tuple[Any, tuple[Any, ...], int]:
        """Return all instructions in order: what must be cleared before a backward rule stands after its instruction."""
        rows: list[tuple[int, ...]] = []
        origins: list[Node | None] = []
        length = 0
        for section in (self.prologue, self.body):
            for time in range(-1, len(section.nodes)):
                if time >= 0:
                    rows.append(tuple(section.instructions[time]))
                    origins.append(self.storage.nodes[section.nodes[time]])
                for row, count in section.clears.get(time, ()):
                    rows.append((CLEAR, 1, count, 1, 1, 0, 0, 0, 0, row, 0, 0, 0, 0, 0, 0))
                    origins.append(None)
            if section.uniform:
                length = len(rows)
        return np.array(rows, INSTRUCTION), tuple(origins), length
