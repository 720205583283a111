"""A graph element by element: which elements its derivatives flow through, and the local derivatives between them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..gates import LAYOUT
from ..kinds.layout import element_index
from ..nodes.graph import topological
from ..nodes.loops import Loop, is_scan
from ..nodes.node import CONSTANT, Node
from .building import Array, Builder
from .kinds import EDGES, SELF, Edges
from .transforms import dependent

NOTHING = -1
"""In place of a vertex: an element that does not depend on any variable."""
MOST_EDGES = 1 << 16
"""Edges whose sets are gathered at a time."""
MOST_STEPS, MOST_WRITTEN_OUT = 2048, 1 << 18
"""Steps of a loop that are followed one by one, at 0.1 ms each, and their edges; of longer loops all elements may depend on all."""


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
        if is_scan(node):
            self._vertices[id(node)] = self._added_loop(build, node)
            return
        own = self._vertices[id(node)] = self._new(node.size)
        for edges in EDGES[node.gate.kind](build, node):
            into = (own if edges.operand == SELF else self._of(node.operands[edges.operand]))[edges.into]
            kept = (into != NOTHING) & ~_zeros(edges)
            if kept.any():
                self.parts.append(Part(own[edges.out[kept]], into[kept], edges.weight, edges.place[kept], edges.stops))

    def _added_loop(self, build: Builder, node: Node) -> Array:
        """Add what a loop's elements depend on, step by step; return their vertices, none of which can be eliminated."""
        self.eliminable = False
        loop: Loop = node.static
        for leaf in loop.graph.inputs:
            build.keep(leaf)
        rows, columns = np.nonzero(reached(Elements(build, build.build(loop.graph.outputs), loop.graph.inputs)))
        operands = [self._of(operand).ravel() for operand in node.operands]
        if loop.length > MOST_STEPS or loop.length * len(rows) > MOST_WRITTEN_OUT:
            return self._added_dense(build, operands, node.size)
        slices = [each.reshape(loop.length, -1) for each in operands[1 : 1 + loop.sliced]]
        carry, outers, size = operands[0], operands[1 + loop.sliced :], sum(output.size for output in loop.graph.outputs)
        results = np.empty((loop.length, size - loop.carried), np.int64)
        for step in range(loop.length)[:: -1 if loop.turned else 1]:
            own, before = self._new(size), np.concatenate([carry, *(each[step] for each in slices), *outers])
            self._add_edges(build, own[rows], before[columns])
            carry, results[step] = own[: loop.carried], own[loop.carried :]
        ends = np.cumsum([output.size for output in loop.graph.outputs[1:]])[:-1]
        return np.concatenate([carry, *(each.ravel() for each in np.split(results, ends, axis=1))])

    def _added_dense(self, build: Builder, operands: Sequence[Array], size: int) -> Array:
        """Add a loop, all of whose elements may depend on all others: through one vertex, which is no element."""
        between, own, before = self._new(1), self._new(size), np.unique(np.concatenate(operands))
        self._add_edges(build, np.repeat(between, len(before)), before)
        self._add_edges(build, own, np.repeat(between, len(own)))
        return own

    def _add_edges(self, build: Builder, out: Array, into: Array) -> None:
        """Add edges whose weights are not known."""
        kept = into != NOTHING
        if kept.any():
            self.parts.append(Part(out[kept], into[kept], build.constant(1.0), np.zeros(int(kept.sum()), np.int64), False))


def reached(elements: Elements) -> Array:
    """Return whether each element of the outputs may depend on each of the variables'.

    A set of variables is a row of bits, 64 a word.
    """
    sets = np.zeros((elements.count + 1, elements.inputs // 64 + 1), np.uint64)
    own = np.arange(elements.inputs)
    sets[own, own // 64] = np.uint64(1) << (own % 64).astype(np.uint64)
    for part in elements.parts:
        if len(part.out) == 1:  # of a scalar gate: a quarter of the time
            sets[part.out[0]] |= sets[part.into[0]]
            continue
        for first in range(0, len(part.out), MOST_EDGES):
            _unite(sets, part.out[first : first + MOST_EDGES], part.into[first : first + MOST_EDGES])
    found = sets[elements.outputs]  # the last set, which `NOTHING` finds, is empty
    bits = np.unpackbits(found.astype("<u8").view(np.uint8).reshape(len(found), 8 * sets.shape[1]), axis=1, bitorder="little")
    return bits[:, : elements.inputs]


def _unite(sets: Array, out: Array, into: Array) -> None:
    """Add to the sets of some vertices those of the vertices before them."""
    order = np.argsort(out, kind="stable")
    ordered = out[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    sets[ordered[begins]] |= np.bitwise_or.reduceat(sets[into[order]], begins, axis=0)


def _zeros(edges: Edges) -> Array:
    """Return which edges have the constant 0."""
    if edges.weight.role != CONSTANT:
        return np.zeros(len(edges.place), bool)
    zeros: Array = edges.weight.static.ravel()[edges.place] == 0
    return zeros
