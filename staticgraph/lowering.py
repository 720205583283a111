"""From graph to program: rows by liveness, the plan of the backward pass, the instruction array."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .evaluate import element_index
from .flow import Flow
from .gates import CONTRACTION, ELEMENTWISE, LAYOUT, REDUCTION
from .gates.analysis import constant_contributions, contributions
from .gates.arithmetic import copy
from .gates.linear import view
from .gradients import Gradients
from .graph import Graph, topological
from .node import CONSTANT, INPUT, OPERATION, PARAMETER, Node
from .program import (
    ACCUMULATE, CLEAR, FIRST, FLAT, GUARD, INSTRUCTION, MODE, SOURCE, STORE, STRIDE, TARGET, Leaf, Output, Program, Shared, choose_lanes,
)  # fmt: skip
from .rows import Rows
from .verify import verify


def lower(graph: Graph, dtype: Any, wanted: Collection[int] = (), lanes: int | None = None) -> Program:
    """Return the program of a simplified graph, with a backward pass to the wanted leaves (by identity).

    `lanes` fixes the tile's width; otherwise it follows from the size of the tile.
    """
    outputs = own_outputs(graph.outputs)
    return Lowering(graph, outputs, np.dtype(dtype), wanted).program(lanes)


def own_outputs(outputs: tuple[Node, ...]) -> list[Node]:
    """Return outputs that each have rows of their own in the tile: leaves, views, uniform and repeated values are copied."""
    own: list[Node] = []
    for node in outputs:
        if node.role != OPERATION or node.gate is view or not node.varying or any(node is other for other in own):
            node = Node(OPERATION, node.shape, gate=copy, operands=(node,), boolean=node.boolean)
        own.append(node)
    return own


@dataclass
class Section:
    """The prologue or the body: its nodes in order, and where their values are."""

    nodes: list[Node]
    uniform: bool
    rows: Rows = field(default_factory=Rows)
    row: dict[int, int] = field(default_factory=dict)
    expiry: dict[int, list[Node]] = field(default_factory=lambda: defaultdict(list))
    instructions: list[list[Any]] = field(default_factory=list)
    clears: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def middle(self) -> int:
        """The time between forward and backward."""
        return len(self.nodes)

    def backward_time(self, position: int) -> int:
        """Return the time of an instruction's backward rule."""
        return 2 * len(self.nodes) - position


class Lowering:
    """The state of one lowering."""

    def __init__(self, graph: Graph, outputs: list[Node], dtype: np.dtype[Any], wanted: Collection[int]) -> None:
        self.dtype = dtype
        self.outputs = outputs
        self.leaves = graph.inputs
        nodes = topological(outputs)
        self.flow = Flow(nodes, outputs, wanted)
        self.home: dict[int, tuple[Node, int]] = {}
        own = {id(node) for node in outputs}
        prologue: list[Node] = []
        body: list[Node] = []
        for node in nodes:
            if node.gate is view:
                root, start = self.home[id(node.operands[0])]
                self.home[id(node)] = root, start + node.static
                continue
            self.home[id(node)] = node, 0
            if node.role == OPERATION:
                (body if node.varying or id(node) in own else prologue).append(node)
        self.prologue = Section(prologue, uniform=True)
        self.body = Section(body, uniform=False)
        self.constants = [node for node in nodes if node.role == CONSTANT]
        self.used = {id(node) for node in nodes}
        self.slots: dict[int, tuple[int, Node]] = {}
        self.slot_count = 0
        self.table: dict[int, Any] = {}
        self.table_length = 0

    def program(self, lanes: int | None) -> Program:
        """Lower both sections and return the verified program."""
        self._place_leaves()
        for section in (self.prologue, self.body):
            self._find_expiry(section)
            self._forward(section)
        body_gradients = Gradients(self.body.rows)
        seeds = [self._seed(body_gradients, node) for node in self.outputs]
        self._backward(self.body, body_gradients)
        inputs = self._leaves(INPUT, self.body, body_gradients)
        self._close(self.body, body_gradients)
        prologue_gradients = Gradients(self.prologue.rows)
        shared = tuple(self._share(prologue_gradients, slot, node) for slot, node in self.slots.values())
        self._backward(self.prologue, prologue_gradients)
        parameters = self._leaves(PARAMETER, self.prologue, prologue_gradients)
        self._close(self.prologue, prologue_gradients)
        instructions, origins, prologue_length = self._assemble()
        constants = [np.ravel(node.static) for node in self.constants]
        made = Program(
            instructions=instructions,
            prologue=prologue_length,
            table=np.concatenate([np.zeros((0, 3), np.int32), *self.table.values()]),
            rows=self.body.rows.count,
            uniforms=self.prologue.rows.count,
            slots=self.slot_count,
            constants=np.concatenate(constants).astype(self.dtype) if constants else np.zeros(0, self.dtype),
            lanes=lanes or choose_lanes(self.body.rows.count, self.dtype),
            inputs=inputs,
            parameters=parameters,
            outputs=tuple(
                Output(self.body.row[id(node)], node.size, node.boolean, seed) for node, seed in zip(self.outputs, seeds, strict=True)
            ),
            shared=shared,
            origins=origins,
        )
        verify(made)
        return made

    def _place_leaves(self) -> None:
        """Give rows to the constants first, then to the parameters, for good; to the inputs in the tile."""
        for node in (*self.constants, *self.leaves):
            if id(node) in self.used:
                section = self.body if node.varying else self.prologue
                section.row[id(node)] = section.rows.take(node.size)

    def _find_expiry(self, section: Section) -> None:
        """Find when each stored value is read for the last time."""
        last: dict[int, int] = {}
        stored: dict[int, Node] = {}
        kept = {id(self.home[id(operand)][0]) for node in self.body.nodes for operand in node.operands} if section.uniform else set()
        kept |= {id(node) for node in self.outputs}
        for leaf in self.leaves:
            if leaf.varying and not section.uniform and id(leaf) in self.used:
                stored[id(leaf)], last[id(leaf)] = leaf, 0
        for position, node in enumerate(section.nodes):
            stored[id(node)] = node
            last[id(node)] = section.middle if id(node) in kept else position
            for operand in node.operands:
                root = id(self.home[id(operand)][0])
                if root in stored:
                    last[root] = max(last[root], position)
        for position, node in enumerate(section.nodes):
            for read in self.flow.read_backward(node):
                root = id(self.home[id(read)][0])
                if root in stored:
                    last[root] = max(last[root], section.backward_time(position))
        for key, time in last.items():
            section.expiry[time].append(stored[key])

    def _expire(self, section: Section, time: int) -> None:
        for node in section.expiry.get(time, ()):
            section.rows.give_back(section.row[id(node)], node.size)

    def _forward(self, section: Section) -> None:
        for position, node in enumerate(section.nodes):
            section.row[id(node)] = section.rows.take(node.size)
            section.instructions.append(self._instruction(section, node))
            self._expire(section, position)
        self._expire(section, section.middle)

    def _value_row(self, section: Section, node: Node) -> int:
        """Return the row of a node's value as an instruction of the section names it."""
        root, start = self.home[id(node)]
        if section.uniform or id(root) in self.body.row:
            return section.row[id(root)] + start
        return ~(self.prologue.row[id(root)] + start)

    def _instruction(self, section: Section, node: Node) -> list[Any]:
        """Return the instruction's fields that the forward pass needs; the backward pass adds the others."""
        gate = node.gate
        assert gate is not None
        rows, length, columns = node.static if gate.kind in (REDUCTION, CONTRACTION) else (node.size, 1, 1)
        if gate.kind == LAYOUT:
            table = self.table_length
            self._append_table(section, node)
            return [gate.opcode + 1, 0, rows, length, columns, section.row[id(node)], 0, 0, 0, 0, 0, 0, 0, 0, table, 0]
        operands = [self._value_row(section, operand) for operand in node.operands] + [0] * (3 - len(node.operands))
        flags = self._strides(section, node, operands) if gate.kind == ELEMENTWISE else 0
        return [gate.opcode + 1, 0, rows, length, columns, section.row[id(node)], *operands, 0, 0, 0, 0, flags, 0, 0]

    @staticmethod
    def _strides(section: Section, node: Node, operands: list[int]) -> int:
        flags, flat = 0, True
        for number, operand in enumerate(node.operands):
            moves = operand.size == node.size
            flags |= STRIDE[number] if moves else 0
            flat = flat and moves != (operands[number] < 0)
        return flags | (FLAT if flat or node.size == 1 else 0)

    def _append_table(self, section: Section, node: Node) -> None:
        """Name the row that each row of a layout instruction copies."""
        firsts = [self._value_row(section, operand) for operand in node.operands]
        rows = [first + (1 if first >= 0 else -1) * np.arange(operand.size) for first, operand in zip(firsts, node.operands, strict=True)]
        entries = np.zeros((node.size, 3), np.int32)
        entries[:, SOURCE] = np.concatenate(rows)[element_index(node)]
        self.table[id(node)] = entries
        self.table_length += node.size

    def _seed(self, gradients: Gradients, node: Node) -> int | None:
        """Return the gradient rows where the upstream gradient of an output enters."""
        if id(node) not in self.flow.receives:
            return None
        return gradients.write(node, 0, node.size, 1.0, accumulate=False)[0]

    def _share(self, gradients: Gradients, slot: int, node: Node) -> Shared:
        row, _ = gradients.write(node, 0, node.size, None, accumulate=False)
        return Shared(slot, row, node.size)

    def _backward(self, section: Section, gradients: Gradients) -> None:
        for position in range(len(section.nodes) - 1, -1, -1):
            node = section.nodes[position]
            needs = self.flow.active(node)
            if needs:
                upstream = gradients.complete(node)
                self._plan(section, gradients, position, needs, upstream.row, upstream.constant)
                section.clears[position] = gradients.clears
                gradients.clears = []
                gradients.release(node)
            self._expire(section, section.backward_time(position))

    def _plan(self, section: Section, gradients: Gradients, position: int, needs: int, row: int, constant: float | None) -> None:
        """Add to an instruction what its backward rule needs."""
        node, fields = section.nodes[position], section.instructions[position]
        gate = node.gate
        assert gate is not None
        fields[1], fields[9] = needs, row
        if gate.kind == LAYOUT:
            self._plan_table(section, gradients, node)
            return
        known: tuple[float | None, ...] = (None,) * gate.arity
        if constant:
            known = constant_contributions(gate, constant, tuple(map(_number, node.operands)))
        elif not all(each is None or each.vanishes or not needs >> number & 1 for number, each in enumerate(contributions(gate))):
            fields[13] |= GUARD
        crossing = self._crossing(node, needs)
        for number, operand in enumerate(node.operands):
            if needs >> number & 1:
                repeated = gate.kind == ELEMENTWISE and operand.size != node.size
                fields[10 + number], first = self._target(section, gradients, operand, known[number], repeated or crossing)
                fields[13] |= FIRST[number] if first else 0

    def _target(self, section: Section, gradients: Gradients, operand: Node, constant: float | None, accumulate: bool) -> tuple[int, bool]:
        root, start = self.home[id(operand)]
        if not section.uniform and not root.varying:
            return ~(self._slot(root) + start), False
        return gradients.write(root, start, operand.size, constant, accumulate)

    def _crossing(self, node: Node, needs: int) -> bool:
        """Whether two operands are different parts of one node: then storing one could overwrite what the other added."""
        places = [(*self.home[id(operand)], operand.size) for number, operand in enumerate(node.operands) if needs >> number & 1]
        return any(a[0] is b[0] and a[1:] != b[1:] for number, a in enumerate(places) for b in places[:number])

    def _slot(self, root: Node) -> int:
        if id(root) not in self.slots:
            self.slots[id(root)] = self.slot_count, root
            self.slot_count += root.size
        return self.slots[id(root)][0]

    def _plan_table(self, section: Section, gradients: Gradients, node: Node) -> None:
        """Give each row of a layout instruction its target: the first to reach a row stores, the others add."""
        entries = self.table[id(node)]
        elements = [(operand, element) for operand in node.operands for element in range(operand.size)]
        for entry, number in zip(entries, element_index(node), strict=True):
            operand, element = elements[number]
            if id(operand) not in self.flow.receives:
                continue
            root, start = self.home[id(operand)]
            if not section.uniform and not root.varying:
                entry[TARGET], entry[MODE] = ~(self._slot(root) + start + element), ACCUMULATE
            else:
                row, first = gradients.write(root, start + element, 1, None, accumulate=False)
                entry[TARGET], entry[MODE] = row, STORE if first else ACCUMULATE

    def _leaves(self, role: str, section: Section, gradients: Gradients) -> tuple[Leaf, ...]:
        leaves = [leaf for leaf in self.leaves if leaf.role == role and id(leaf) in self.used]
        found = []
        for leaf in leaves:
            reached = id(leaf) in self.flow.receives and id(leaf) in gradients.buffers
            gradient = gradients.complete(leaf).row if reached else None
            found.append(Leaf(str(leaf.name), leaf.size, section.row[id(leaf)], gradient))
        return tuple(found)

    def _close(self, section: Section, gradients: Gradients) -> None:
        """Let the rows of the leaves' gradients that nothing wrote be cleared last."""
        section.clears[-1] = gradients.clears
        gradients.clears = []

    def _assemble(self) -> tuple[Any, tuple[Any, ...], int]:
        """Return all instructions in order: what must be cleared before a backward rule stands after its instruction."""
        rows: list[Any] = []
        origins: list[Any] = []
        length = 0
        for section in (self.prologue, self.body):
            for position in range(-1, len(section.nodes)):
                if position >= 0:
                    rows.append(tuple(section.instructions[position]))
                    origins.append(section.nodes[position])
                for row, count in section.clears.get(position, ()):
                    rows.append((CLEAR, 1, count, 1, 1, 0, 0, 0, 0, row, 0, 0, 0, 0, 0, 0))
                    origins.append(None)
            if section.uniform:
                length = len(rows)
        return np.array(rows, INSTRUCTION), tuple(origins), length


def _number(node: Node) -> float | None:
    """Return the value of a constant of one element."""
    return float(node.static) if node.role == CONSTANT and node.size == 1 else None

