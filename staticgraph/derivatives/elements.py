"""A graph element by element: which elements its derivatives flow through, and the local derivatives between them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..gates import LAYOUT
from ..kinds.layout import element_index
from ..nodes.graph import topological
from ..nodes.loops import is_scan
from ..nodes.node import CONSTANT, Node
from .building import Array, Builder
from .kinds import EDGES, SELF, Edges
from .transforms import dependent

NOTHING = -1
"""In place of a vertex: an element that does not depend on any variable."""


class Part(NamedTuple):
    """The derivatives of one gate's elements in those of an operand, by vertices: element `place` of `weight` from `into` to `out`."""

    out: Array
    into: Array
    weight: Node
    place: Array
    stops: bool


class Elements:
    """The vertices and edges between some variables and outputs.

    Elements that a gate only moves are the same vertex. The first vertices are the variables' elements.

    Attributes
    ----------
    parts : list of Part
        In topological order.
    outputs : Array
        The vertex of each output's elements, one output after another, `NOTHING` where it does not depend on the variables.
    inputs : int
        How many elements the variables have.
    count : int
        How many vertices there are.
    eliminable : bool
        Whether the parts tell all about the derivatives.
    """

    def __init__(self, build: Builder, outputs: Sequence[Node], variables: Sequence[Node]) -> None:
        self.parts: list[Part] = []
        self.count = 0
        self.eliminable = True
        self._vertices: dict[int, Array] = {}
        order = topological(outputs)
        active = dependent(order, variables)
        for variable in variables:
            self._vertices[id(variable)] = self._new(variable.size)
        self.inputs = self.count
        for node in order:
            if id(node) in active and id(node) not in self._vertices:
                self._add(build, node)
        found = [self._of(node).ravel() for node in outputs]
        self.outputs = np.concatenate(found) if found else np.zeros(0, np.int64)

    def _new(self, size: int) -> Array:
        self.count += size
        return np.arange(self.count - size, self.count)

    def _of(self, node: Node) -> Array:
        found = self._vertices.get(id(node))
        return np.full(node.size, NOTHING) if found is None else found

    def _add(self, build: Builder, node: Node) -> None:
        """Add a gate's elements as vertices, and their edges."""
        assert node.gate is not None
        if node.gate.kind == LAYOUT:
            self._vertices[id(node)] = np.concatenate([self._of(operand) for operand in node.operands])[element_index(node)]
            return
        own = self._vertices[id(node)] = self._new(node.size)
        if is_scan(node):
            self._add_dense(build, node, own)
            return
        for edges in EDGES[node.gate.kind](build, node):
            into = (own if edges.operand == SELF else self._of(node.operands[edges.operand]))[edges.into]
            kept = (into != NOTHING) & ~_zeros(edges)
            if kept.any():
                self.parts.append(Part(own[edges.out[kept]], into[kept], edges.weight, edges.place[kept], edges.stops))

    def _add_dense(self, build: Builder, node: Node, own: Array) -> None:
        """Add a loop, all of whose elements may depend on all others: through one vertex, which is no element and cannot be eliminated."""
        self.eliminable = False
        one, between = build.constant(1.0), self._new(1)
        before = np.unique(np.concatenate([self._of(operand).ravel() for operand in node.operands]))
        before = before[before != NOTHING]
        for out, into in ((np.repeat(between, len(before)), before), (own, np.repeat(between, len(own)))):
            self.parts.append(Part(out, into, one, np.zeros(len(out), np.int64), False))


def _zeros(edges: Edges) -> Array:
    """Return which edges have the constant 0."""
    if edges.weight.role != CONSTANT:
        return np.zeros(len(edges.place), bool)
    zeros: Array = edges.weight.static.ravel()[edges.place] == 0
    return zeros
