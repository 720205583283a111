"""Loops as nodes: what a loop is, and the one place where a graph of a step is closed and opened again."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..gates.scan import scan
from .closures import captured
from .custom import substituted
from .graph import Graph
from .node import INPUT, OPERATION, PARAMETER, Node, rearrange, window
from .shapes import Shape


class Loop(NamedTuple):
    """What a scan's node is.

    Its operands are what the carry begins with, flat; what is sliced along the first axis; and what every step reads. Its value is one
    axis: the last carry, and then the results of all steps, one array after another.

    Attributes
    ----------
    graph : Graph
        One step: from the carry, a slice of each sliced operand and the other operands to the next carry and what the step gives.
    length : int
        How many steps there are.
    sliced : int
        How many operands are sliced.
    turned : bool
        Whether the last slice comes first.
    """

    graph: Graph
    length: int
    sliced: int
    turned: bool

    @property
    def carried(self) -> int:
        """How many elements the carry has."""
        return self.graph.inputs[0].size

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the results of all steps."""
        return [(self.length, *output.shape) for output in self.graph.outputs[1:]]

    @property
    def sizes(self) -> list[int]:
        """How many elements the parts of the value have."""
        return [self.carried, *(self.length * output.size for output in self.graph.outputs[1:])]


def is_scan(node: Node) -> bool:
    """Whether a node is a loop."""
    return node.gate is scan


def carry_leaf(size: int) -> Node:
    """Return a leaf for the carry of a step."""
    return Node(INPUT, (size,), name="carry")


def slice_leaf(number: int, shape: Shape) -> Node:
    """Return a leaf for a slice."""
    return Node(INPUT, shape, name=f"slice{number}")


def closed(
    outputs: Sequence[Node], carry: Node, slices: Sequence[Node], initial: Node, arrays: Sequence[Node], length: int, turned: bool = False
) -> tuple[Loop, list[Node]]:
    """Return the loop of a step that was written with nodes from outside, and its operands.

    What does not depend on the carry or on a slice stays outside, so it is computed once.

    Parameters
    ----------
    outputs : sequence of Node
        The next carry, flat, and what the step gives.
    carry : Node
        The leaf that stands for the carry.
    slices : sequence of Node
        The leaves that stand for slices.
    initial : Node
        What the carry begins with.
    arrays : sequence of Node
        What is sliced.
    length : int
    turned : bool, optional
        Whether the last slice comes first.
    """
    used = captured(outputs, [carry, *slices])
    leaves = [Node(INPUT if node.varying else PARAMETER, node.shape, name=f"outer{number}") for number, node in enumerate(used)]
    made = substituted(outputs, {id(node): leaf for node, leaf in zip(used, leaves, strict=True)})
    return Loop(Graph(made, [carry, *slices, *leaves]), length, len(slices), turned), [initial, *arrays, *used]


def opened(loop: Loop, operands: Sequence[Node]) -> list[Node]:
    """Return a step's outputs with the operands in the place of the leaves that stand for them."""
    outer = 1 + loop.sliced
    return substituted(loop.graph.outputs, {id(leaf): node for leaf, node in zip(loop.graph.inputs[outer:], operands[outer:], strict=True)})


def node_of(loop: Loop, operands: Sequence[Node]) -> Node:
    """Return the node of a loop."""
    return Node(OPERATION, (sum(loop.sizes),), gate=scan, operands=tuple(operands), static=loop)


def parts_of(node: Node) -> list[Node]:
    """Return the parts of a loop's value: the last carry, flat, and the results of all steps."""
    loop: Loop = node.static
    starts = np.cumsum([0, *loop.sizes]).tolist()
    return [window(node, start, shape) for start, shape in zip(starts, [(loop.carried,), *loop.shapes], strict=False)]


def flat(nodes: Sequence[Node]) -> Node:
    """Return the elements of nodes, one after another, along one axis."""
    return rearrange(np.arange(sum(node.size for node in nodes)), *nodes)
