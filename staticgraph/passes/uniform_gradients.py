"""What arrives at uniform values over linear operations is summed over the rows first, and goes through these once a call.

In `sum(factors * (point - mean))` the gradient of `mean` is that of `point`, row by row `g * factors`, summed over the rows; the sum of
`g` over the rows times `factors` is the same. So a mixture's row takes 55 products less for each component.

Each such operation is split: one takes the uniform terms as constants, and its image in the prologue is made of these terms alone. Where
the linear operations end, both meet in a gate `passing_on`, whose value is that of the first and whose gradient both receive.
"""

from collections.abc import Iterator

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import add, divide, divide_by_constant, multiply, negative, stop_gradient, subtract
from ..gates.inner import sum_of_products
from ..gates.linear import gather, matmul, view
from ..gates.passing_on import passing_on
from ..gates.reduction import sum_
from ..nodes.graph import Graph, with_operands
from ..nodes.node import OPERATION, PARAMETER, Node, rearrange, window
from ..nodes.shapes import Shape

TERMS = frozenset((add, subtract))
"""Where a uniform operand is a term."""
EITHER = frozenset((multiply, sum_of_products, matmul))
"""Linear in each operand, where the other one is uniform."""
FIRST = frozenset((divide, divide_by_constant))
"""Linear in the first operand, where the second is uniform."""
ALONE = frozenset((negative, sum_, gather, view))
"""Linear in all operands."""


def summed_first(graph: Graph) -> Graph:
    """Return a graph in which gradients of uniform values are summed over rows before linear operations."""
    linear = _Linear(graph)
    return _Split(linear).graph(graph) if linear.worthwhile else graph


class _Linear:
    """Which nodes are linear in uniform terms, with uniform factors alone, and where that ends.

    Attributes
    ----------
    worthwhile : set of int
        The nodes (by identity) that are split: those of groups that hang together where no more sums over rows come out of it.
    ends : set of int
        Those among all that a node reads, or a caller, which is not linear.
    """

    def __init__(self, graph: Graph) -> None:
        self.active: set[int] = set()
        self.nodes: dict[int, Node] = {}
        self.seeds: set[int] = set()
        for node in graph.nodes:
            if node.role == PARAMETER or (not node.varying and any(id(operand) in self.active for operand in node.operands)):
                self.active.add(id(node))
            if self._seeds(node):
                self.seeds.add(id(node))
            if id(node) in self.seeds or self._goes_on(node):
                self.nodes[id(node)] = node
        self.ends = {id(node) for node in graph.outputs if id(node) in self.nodes}
        for node in graph.nodes:
            if id(node) not in self.nodes:
                self.ends.update(id(operand) for operand in node.operands if id(operand) in self.nodes)
        self.worthwhile = set[int]()
        for group in self._groups():
            ending, beginning = ([each for each in group if each in among] for among in (self.ends, self.seeds))
            fewer = sum(self.nodes[each].size for each in ending) <= sum(self.nodes[each].size for each in beginning)
            if fewer and not self.ends.issuperset(beginning):
                self.worthwhile.update(group)

    def is_term(self, node: Node) -> bool:
        """Whether a uniform node, as a term, receives a gradient."""
        return id(node) in self.active

    def _seeds(self, node: Node) -> bool:
        return node.varying and node.gate in TERMS and any(map(self.is_term, node.operands))

    def _goes_on(self, node: Node) -> bool:
        """Whether a node is linear in a node that is, with uniform factors."""
        linear = [id(operand) in self.nodes for operand in node.operands]
        if node.gate in TERMS:
            return any(linear)
        if node.gate in EITHER:
            return linear.count(True) == 1 and not node.operands[1 - linear.index(True)].varying
        if node.gate in FIRST:
            return linear[0] and not node.operands[1].varying
        return node.gate in ALONE and bool(linear) and all(linear)

    def _groups(self) -> Iterator[list[int]]:
        """Yield the linear nodes that hang together."""
        leaders: dict[int, int] = {}
        members: dict[int, list[int]] = {}
        for key, node in self.nodes.items():
            leaders[key], members[key] = key, [key]
            for operand in node.operands:
                if id(operand) in leaders and (other := leaders[id(operand)]) != leaders[key]:
                    small, large = sorted((other, leaders[key]), key=lambda each: len(members[each]))
                    leaders.update(dict.fromkeys(members[small], large))
                    members[large] += members.pop(small)
        yield from members.values()


class _Split:
    """Makes of each linear node one without terms that receive gradients, and its image in the prologue, which has these alone."""

    def __init__(self, linear: _Linear) -> None:
        self.linear = linear
        self.made: dict[int, Node] = {}
        self.split: dict[int, Node] = {}
        self.images: dict[int, Node] = {}
        self.stopped: dict[int, Node] = {}

    def graph(self, graph: Graph) -> Graph:
        """Return the graph of such nodes."""
        for node in graph.nodes:
            key = id(node)
            if key not in self.linear.worthwhile:
                self.made[key] = with_operands(node, [self.made[id(operand)] for operand in node.operands])
                continue
            self.split[key] = with_operands(node, [self._without_terms(node.gate, operand) for operand in node.operands])
            self.images[key] = self._image(node)
            if key in self.linear.ends:
                self.made[key] = _node(node, passing_on, self.split[key], self.images[key])
        return Graph([self.made[id(node)] for node in graph.outputs], graph.inputs)

    def _without_terms(self, gate: Gate | None, operand: Node) -> Node:
        if id(operand) in self.split:
            return self.split[id(operand)]
        return self._stopped(operand) if gate in TERMS and self.linear.is_term(operand) else self.made[id(operand)]

    def _stopped(self, node: Node) -> Node:
        """Return a value to which no gradient flows."""
        key = id(node)
        if not self.linear.is_term(node):
            return self.made[key]
        if key not in self.stopped:
            self.stopped[key] = _node(node, stop_gradient, self.made[key])
        return self.stopped[key]

    def _image(self, node: Node) -> Node:
        if node.gate in TERMS:
            return self._of_terms(node)
        operands = [self.images[id(each)] if id(each) in self.images else self._stopped(each) for each in node.operands]
        if node.gate not in EITHER | FIRST | {negative} or node.gate in (sum_of_products, matmul):
            operands = [_whole(image, operand.shape) for image, operand in zip(operands, node.operands, strict=True)]
        if node.gate is view:
            return window(operands[0], node.static, node.shape)
        return _node(node, node.gate, *operands)

    def _of_terms(self, node: Node) -> Node:
        first, second = (self._term(operand) for operand in node.operands)
        if first is not None and second is not None:
            return _node(node, node.gate, first, second)
        if second is None:
            assert first is not None
            return first
        return _node(node, negative, second) if node.gate is subtract else second

    def _term(self, operand: Node) -> Node | None:
        """Return the image of an operand of a sum, None where there is none."""
        key = id(operand)
        return self.images[key] if key in self.images else self.made[key] if self.linear.is_term(operand) else None


def _node(like: Node, gate: Gate | None, *operands: Node) -> Node:
    """Return a node in the place of another one; elementwise of single elements it may be one, as an operand that is repeated is."""
    assert gate is not None
    elementwise = gate in TERMS | FIRST | {multiply, negative, stop_gradient}
    shape = operands[0].shape if elementwise and all(operand.size == 1 for operand in operands) else like.shape
    static = like.static if gate is like.gate else None
    return Node(OPERATION, shape, gate=gate, operands=operands, static=static, origin=like.origin)


def _whole(image: Node, shape: Shape) -> Node:
    """Return an image with all its elements."""
    if image.size == int(np.prod(shape)):
        return window(image, 0, shape)
    return rearrange(np.zeros(shape, np.int64), image)
