"""From graph to program: rows by liveness, the plan of the backward pass, the instruction array."""

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import numpy as np

from ..nodes.graph import Graph
from ..nodes.node import CONSTANT, Node
from ..program.program import Leaf, Output, Program, Shared, choose_lanes
from ..program.verify import verify
from ..records.instruction import CLEAR, INSTRUCTION, VECTOR_BYTES
from .assembly import OPCODE, assembled
from .flow import Flow
from .gradients import Gradients
from .layout import LayoutTable
from .liveness import Liveness
from .numbered import Numbered, is_computed, own_outputs
from .packing import find_packed
from .planning import Section
from .regions import Looping, inner_constants, origins_of


def lower(graph: Graph, dtype: Any, wanted: Collection[int] = (), lanes: int | None = None) -> Program:
    """Return the program of a simplified graph, with a backward pass to the wanted leaves (by identity).

    `lanes` fixes the tile's width; otherwise it follows from the size of the tile.
    """
    made = Lowering(graph, np.dtype(dtype), wanted).program(lanes)
    verify(made)
    return made


class Lowering(Looping):
    """The state of one lowering. Nodes go by their numbers in `numbered`."""

    def __init__(self, graph: Graph, dtype: np.dtype[Any], wanted: Collection[int]) -> None:
        self.nodes = graph.nodes
        outputs = own_outputs(graph.outputs)
        copies = [node for node, output in zip(outputs, graph.outputs, strict=True) if node is not output]
        inner = inner_constants(graph.nodes)
        numbered = Numbered(list(dict.fromkeys([*graph.nodes, *copies, *inner])) if inner else (*graph.nodes, *copies))
        super().__init__(numbered, dtype, LayoutTable(numbered), [])
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
        operations = [position for position, node in enumerate(numbered.nodes) if is_computed(node)]
        self.prologue = Section([position for position in operations if not in_body[position]], True, bytearray(self.uniform.tobytes()))
        self.body = Section([position for position in operations if in_body[position]], False, in_body)
        self.packed = find_packed(numbered, in_body, [*self.constants, *self.leaves], operations)
        self.packed[[number[id(node)] for node in inner]] = False
        self.elements = 0

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
        seeds = [self._seed(gradients, output, 1.0) for output in self.outputs]
        self._backward(self.body, body_life, gradients)
        input_leaves = self._leaves(self.body, gradients, inputs)
        gradients = Gradients(self.numbered, self.prologue.rows)
        shared = tuple(
            Shared(site.slot, gradients.enter(site.root, site.start, site.size), site.size) for site in self.accumulators.sites
        )
        parameters = [position for position in self.leaves if not self.in_body[position]]
        self._backward(self.prologue, prologue_life, gradients)
        parameter_leaves = self._leaves(self.prologue, gradients, parameters)
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
        self.constant_rows = {id(self.numbered.nodes[position]): self.row[position] for position in self.constants}

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
        regions = [assembled(region.section.words, region.section.backward) for region in self.regions]
        words = np.concatenate([prologue, body, *(each for each, _ in regions)])
        ends = len(prologue) + len(body) + np.cumsum([0, *(len(each) for each, _ in regions)])
        origins: list[Node | None] = [None] * (len(prologue) + len(body))
        numbers = {}
        for number, position in zip((places + len(prologue)).tolist(), self.body.nodes, strict=True):
            origins[number] = nodes[position]
            numbers[position] = number
        for number, position in zip(np.flatnonzero(prologue[:, OPCODE] != CLEAR).tolist(), self.prologue.nodes, strict=True):
            origins[number] = nodes[position]
        for region, (each, at) in zip(self.regions, regions, strict=True):
            origins += origins_of(region, at, len(each))
        step = max([region.used for region in self.regions], default=0)
        table, packed, constants = self.table.entries(), self._constants(packed=True), self._constants(packed=False)
        for array in (words, table, packed, constants):
            array.flags.writeable = False
        return Program(
            instructions=words.view(INSTRUCTION).reshape(-1),
            prologue=len(prologue),
            main=len(prologue) + len(body),
            loops=tuple(region.record(*each) for region, each in zip(self.regions, pairwise(ends.tolist()), strict=True)),
            table=table,
            rows=self.body.rows.count,
            uniforms=self.prologue.rows.count,
            slots=self.accumulators.count,
            elements=self.elements,
            packed=packed,
            constants=constants,
            lanes=lanes or choose_lanes(self.body.rows.count, self.dtype, len(body), self.accumulators.count, step),
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
