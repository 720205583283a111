"""One walk in topological order that applies every pass to every node.

A node is rebuilt from its rewritten operands: folded if they are all constant, replaced where an identity or a known composition
applies, and otherwise shared with an equal node that exists already. What nothing uses any more is not reached by the order of the
new graph: that is how dead code goes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.linear import gather, view
from ..gates.scan import scan
from ..kinds import of
from ..nodes.graph import Graph
from ..nodes.node import CONSTANT, OPERATION, Node, is_boolean, window
from ..nodes.origins import as_written, given
from ..nodes.shapes import Shape
from .contractions import WRITTEN_OUT
from .identities import IDENTITIES
from .logarithms import LOGARITHMS
from .loops import repeated, rewritten
from .match import Rule
from .patterns import PATTERNS
from .roots import ROOTS


def _by_gate(*tables: Mapping[Gate, Rule]) -> dict[Gate, tuple[Rule, ...]]:
    return {gate: tuple(rules[gate] for rules in tables if gate in rules) for gate in {gate: None for rules in tables for gate in rules}}


FUSING = _by_gate(LOGARITHMS, ROOTS, PATTERNS, IDENTITIES, WRITTEN_OUT)
AS_WRITTEN = _by_gate(ROOTS, IDENTITIES, WRITTEN_OUT)
"""Without the known compositions; the gradient of a root at the origin stays what is promised."""

FOLD_LIMIT = 1 << 16
"""Elements: a layout gate that makes a larger constant (`broadcast_to`) is left to the prologue."""


def simplify(graph: Graph, dtype: Any, fuse: bool = True) -> Graph:
    """Return the smaller graph that computes the same in the given dtype; without `fuse`, known compositions stay what was written."""
    rewriter = Rewriter(np.dtype(dtype), FUSING if fuse else AS_WRITTEN)
    rewritten: dict[int, Node] = {}
    with as_written():
        for node in graph.nodes:
            operands = [rewritten[id(operand)] for operand in node.operands]
            given.origin = node.origin
            rewritten[id(node)] = rewriter.rebuild(node, operands)
    return Graph([rewritten[id(node)] for node in graph.outputs], graph.inputs)


class Rewriter:
    """Makes nodes, each at most once."""

    def __init__(self, dtype: np.dtype[Any], rules: Mapping[Gate, Sequence[Rule]] = FUSING) -> None:
        self.dtype = dtype
        self.rules = rules
        self.made: dict[Any, Node] = {}
        self.loops: dict[Any, tuple[Node, tuple[Node, ...]]] = {}

    def rebuild(self, node: Node, operands: list[Node]) -> Node:
        """Return what takes the place of a node once its operands have been rewritten."""
        if node.role == CONSTANT:
            if node.static.dtype != self.dtype:
                return self.constant(node.static, node.boolean)
            return self.made.setdefault((node.shape, node.boolean, node.static.tobytes()), node)
        if node.gate is None:
            return node
        if node.gate is scan:
            loop, sliced = node.static, 1 + node.static.sliced
            step = rewritten(loop, operands, self.rebuild)
            inner = loop.graph.inputs
            return self.repeated(step, inner[0], inner[1:sliced], operands[0], operands[1:sliced], loop.length, loop.turned)
        return self.make(node.gate, operands, node.static, node.shape)

    def repeated(
        self, outputs: Sequence[Node], carry: Node, slices: Sequence[Node], initial: Node, arrays: Sequence[Node], length: int,
        turned: bool = False,
    ) -> Node:  # fmt: skip
        """Return the node of a loop, whose step was built with nodes from outside; equal loops on the same leaves are one."""
        key = ("loop", length, turned, tuple(map(id, (carry, *slices, initial, *arrays, *outputs))))
        if key not in self.loops:
            self.loops[key] = repeated(outputs, carry, slices, initial, arrays, length, turned), tuple(outputs)
        return self.loops[key][0]

    def constant(self, value: Any, boolean: bool = False) -> Node:
        """Return a constant of the dtype, shared with an equal one."""
        with np.errstate(all="ignore"):
            array = np.array(value, self.dtype)
        key = (array.shape, boolean, array.tobytes())
        found = self.made.get(key)
        if found is None:
            array.flags.writeable = False
            found = self.made[key] = Node(CONSTANT, array.shape, static=array, boolean=boolean)
        return found

    def __call__(self, gate: Gate, *operands: Any) -> Node:
        """Return an elementwise gate's node, for the passes to build with."""
        nodes = [operand if isinstance(operand, Node) else self.constant(operand) for operand in operands]
        return self.make(gate, nodes, None, np.broadcast_shapes(*(node.shape for node in nodes)))

    def make(self, gate: Gate, operands: Sequence[Node], static: Any, shape: Shape) -> Node:
        """Return the simplest node that is this gate of these operands."""
        for rule in self.rules.get(gate, ()):
            found = rule(self, operands, static, shape)
            if found is not None and (not found.boolean or is_boolean(gate, tuple(operands))):  # a truth value times 1 is a number
                return self._shared(found)
        if of(gate).strided:
            operands = [self._aligned(operand, shape) for operand in operands]
        order = sorted(map(id, operands)) if gate.commutative else map(id, operands)
        key = (gate.opcode, static, shape, *order)
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = self._new(gate, tuple(operands), static, shape)
        return found

    def _new(self, gate: Gate, operands: tuple[Node, ...], static: Any, shape: Shape) -> Node:
        if gate is view:
            return self._shared(window(operands[0], static, shape))
        boolean = is_boolean(gate, operands)
        node = Node(OPERATION, shape, gate=gate, operands=operands, static=static, boolean=boolean)
        if not of(gate).folds:
            return node
        if all(operand.role == CONSTANT for operand in operands) and node.size <= max(FOLD_LIMIT, *(operand.size for operand in operands)):
            return self.constant(of(gate).evaluate(node, [operand.static for operand in operands], self.dtype), boolean)
        return node

    def _shared(self, node: Node) -> Node:
        """Return a node as it is, and a constant shared with an equal one: a window of a constant is another one."""
        return self.constant(node.static, node.boolean) if node.role == CONSTANT else node

    def _aligned(self, operand: Node, shape: Shape) -> Node:
        """Return an operand that is one element or has an element for each of the result's, repeating the others."""
        if operand.shape == shape or operand.size == 1:
            return operand
        index = np.broadcast_to(np.arange(operand.size).reshape(operand.shape), shape)
        if index.size == operand.size:
            return operand
        return self.make(gather, [operand], index.astype(np.int64).tobytes(), shape)
