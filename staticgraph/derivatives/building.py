"""How graphs of derivatives are made: nodes that are folded, shared and simplified while they are built."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..gates import LAYOUT, Gate
from ..gates.arithmetic import add, multiply, negative, subtract
from ..gates.chain import accumulate, chain, directional, multiply_add
from ..gates.linear import gather, view
from ..gates.reduction import sum_
from ..kinds.layout import element_index
from ..nodes.node import CONSTANT, Node
from ..nodes.origins import as_written, given
from ..nodes.shapes import Shape, around
from ..passes.rewrite import Rewriter

Array = np.ndarray[Any, Any]


class Builder(Rewriter):
    """Makes nodes, each at most once, by the passes: what they fold and simplify never comes into being.

    Derivatives are built in float64; a function in float32 converts their constants.
    """

    def __init__(self) -> None:
        super().__init__(np.dtype(np.float64))
        self.known: dict[int, Node] = {}
        self.kept: list[Node] = []
        self.slopes: dict[int, Any] = {}

    def keep(self, node: Node, built: Node | None = None) -> None:
        """Note what takes the place of a node; by default the node itself, whatever it is made of."""
        self.known[id(node)] = node if built is None else built
        self.kept.append(node)

    def make(self, gate: Gate, operands: Sequence[Node], static: Any, shape: Shape) -> Node:
        """Return the simplest node that is this gate of these operands, and note that it is built."""
        found = super().make(gate, operands, static, shape)
        if id(found) not in self.known:
            self.keep(found)
        return found

    def repeated(
        self, outputs: Sequence[Node], carry: Node, slices: Sequence[Node], initial: Node, arrays: Sequence[Node], length: int,
        turned: bool = False,
    ) -> Node:  # fmt: skip
        """Return the node of a loop, and note that it is built."""
        found = super().repeated(outputs, carry, slices, initial, arrays, length, turned)
        if id(found) not in self.known:
            self.keep(found)
        return found

    def build(self, nodes: Iterable[Node]) -> list[Node]:
        """Return what takes the place of nodes, made anew of what is known."""
        wanted = list(nodes)
        with as_written():
            for node in self._unknown(wanted):
                given.origin = node.origin
                self.keep(node, self.rebuild(node, [self.known[id(operand)] for operand in node.operands]))
        return [self.known[id(node)] for node in wanted]

    def _unknown(self, nodes: Sequence[Node]) -> list[Node]:
        """Return the nodes that these depend on and that are not known, every operand before its gate."""
        order: list[Node] = []
        complete: dict[int, bool] = {}
        stack = list(nodes)[::-1]
        while stack:
            node = stack.pop()
            if id(node) in self.known:
                continue
            state = complete.get(id(node))
            if state is None and node.operands:
                complete[id(node)] = False
                stack.append(node)
                stack.extend(node.operands[::-1])
            elif not state:
                complete[id(node)] = True
                order.append(node)
        return order

    def number(self, value: Any) -> Node:
        """Return a rule's result as a node that is built."""
        return self.build([value])[0] if isinstance(value, Node) else self.constant(value)

    def shaped(self, node: Node, shape: Shape) -> Node:
        """Return the same elements under another shape."""
        return node if node.shape == shape else self.pick(np.arange(node.size).reshape(shape), [node])

    def spread(self, node: Node, shape: Shape) -> Node:
        """Return a node repeated to a shape that it broadcasts to."""
        return node if node.shape == shape else self.pick(np.broadcast_to(np.arange(node.size).reshape(node.shape), shape), [node])

    def pick(self, index: Array, nodes: Sequence[Node]) -> Node:
        """Return the node whose elements are `index` into the elements of the nodes, one after another.

        What is moved twice is moved once.
        """
        index = np.asarray(index, np.int64)
        if not index.size:
            return self.zeros(index.shape)
        sizes = [node.size for node in nodes]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        flat = index.ravel()
        owner = np.searchsorted(starts, flat, side="right") - 1
        used = np.unique(owner)
        if len(used) == 1:
            node = nodes[int(used[0])]
            return self._window(flat - starts[used[0]], index.shape, node)
        places = np.full(len(nodes), -1, np.int64)
        places[used] = np.concatenate([[0], np.cumsum([sizes[each] for each in used])])[:-1]
        chosen = [nodes[each] for each in used]
        return self.make(gather, chosen, (flat - starts[owner] + places[owner]).tobytes(), index.shape)

    def _window(self, flat: Array, shape: Shape, node: Node) -> Node:
        """Return elements of one node, seen through gates that only move elements."""
        if node.gate is not None and node.gate.kind == LAYOUT and len(node.operands) == 1:
            return self._window(element_index(node)[flat], shape, node.operands[0])
        if node.role == CONSTANT:
            return self.constant(node.static.ravel()[flat].reshape(shape), node.boolean)
        first = int(flat[0])
        if np.array_equal(flat, np.arange(first, first + flat.size)):
            return self.make(view, [node], first, shape) if shape != node.shape else node
        return self.make(gather, [node], flat.tobytes(), shape)

    def elements(self, node: Node, places: Array) -> list[Node]:
        """Return elements of a node, each as a node of shape `()`, seen through gates that only move elements."""
        if node.gate is not None and node.gate.kind == LAYOUT:
            moved = element_index(node)[places]
            starts = np.concatenate([[0], np.cumsum([operand.size for operand in node.operands])])
            owner = np.searchsorted(starts, moved, side="right") - 1
            found: list[Node] = [node] * len(places)
            for number in np.unique(owner).tolist():
                taken = np.flatnonzero(owner == number)
                for place, element in zip(taken.tolist(), self.elements(node.operands[number], moved[taken] - starts[number]), strict=True):
                    found[place] = element
            return found
        if not node.shape:
            return [node] * len(places)
        made = {place: self.make(view, [node], place, ()) for place in np.unique(places).tolist()}
        return [made[place] for place in places.tolist()]

    def total(self, node: Node, axes: Shape) -> Node:
        """Return the sum over axes that follow each other."""
        if not axes:
            return node
        shape = tuple(length for axis, length in enumerate(node.shape) if axis not in axes)
        if all(node.shape[axis] == 1 for axis in axes):
            return self.shaped(node, shape)
        return self.make(sum_, [node], around(node.shape, axes), shape)

    def chained(self, upstream: Node, slope: Node) -> Node:
        """Return the chain rule's product; without a guard where no zero can meet what is not finite."""
        if is_one(slope):
            return self.spread(upstream, np.broadcast_shapes(upstream.shape, slope.shape))
        return self(multiply if never_zero(upstream) or finite(slope) else chain, upstream, slope)

    def accumulated(self, sofar: Node | None, upstream: Node, slope: Node) -> Node:
        """Return a sum and the chain rule's product that is added to it."""
        if sofar is None:
            return self.chained(upstream, slope)
        if is_one(slope):
            return self(add, sofar, upstream)
        if is_one(slope, -1.0):
            return self(subtract, sofar, upstream)
        plain = never_zero(upstream) or finite(slope)
        return self(multiply_add, upstream, slope, sofar) if plain else self(accumulate, sofar, upstream, slope)

    def directed(self, slope: Node, tangent: Node) -> Node:
        """Return a local derivative times a tangent."""
        if is_one(slope):
            return self.spread(tangent, np.broadcast_shapes(tangent.shape, slope.shape))
        if is_one(slope, -1.0):
            return self(negative, self.spread(tangent, np.broadcast_shapes(tangent.shape, slope.shape)))
        plain = (never_zero(slope) or finite(tangent)) and (never_zero(tangent) or finite(slope))
        return self(multiply if plain else directional, slope, tangent)

    def sum_of(self, nodes: Sequence[Node]) -> Node | None:
        """Return the sum of nodes of one shape, None if there is none."""
        result: Node | None = None
        for node in nodes:
            result = node if result is None else self(add, result, node)
        return result

    def zeros(self, shape: Shape) -> Node:
        """Return the constant 0 in every element."""
        return self.constant(np.zeros(shape))


def is_one(node: Node, value: float = 1.0) -> bool:
    """Whether every element is that constant."""
    return node.role == CONSTANT and bool(np.all(node.static == value))


def is_zero(node: Node) -> bool:
    """Whether every element is the constant 0."""
    return node.role == CONSTANT and not np.any(node.static)


def never_zero(node: Node) -> bool:
    """Whether every element is a constant other than 0."""
    return node.role == CONSTANT and bool(np.all(node.static != 0))


def finite(node: Node) -> bool:
    """Whether every element is a finite constant."""
    return node.role == CONSTANT and bool(np.all(np.isfinite(node.static)))
