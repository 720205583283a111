"""Functions with a pullback of their own, as nodes: their graphs, and what stands for them where they are evaluated."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..gates import CUSTOM
from ..gates.linear import view
from .graph import Graph, topological
from .node import Node, window


class Custom(NamedTuple):
    """What a custom node is.

    Attributes
    ----------
    value : Graph
        From a leaf for each operand to the value.
    pullback : Graph
        From the cotangent and a leaf for each operand to what each of the first operands receives; the others receive nothing.
    """

    value: Graph
    pullback: Graph


def substituted(nodes: Sequence[Node], given: Mapping[int, Node]) -> list[Node]:
    """Return nodes with others, by identity, in the place of some that they depend on."""
    made = dict(given)
    for node in topological(nodes):
        if id(node) not in made:
            made[id(node)] = with_operands(node, [made[id(operand)] for operand in node.operands])
    return [made[id(node)] for node in nodes]


def with_operands(node: Node, operands: list[Node]) -> Node:
    """Return the same gate of other operands; the node itself where they are its own."""
    if all(new is old for new, old in zip(operands, node.operands, strict=True)):
        return node
    if node.gate is view:
        return window(operands[0], node.static, node.shape)
    return Node(node.role, node.shape, gate=node.gate, operands=tuple(operands), static=node.static, boolean=node.boolean)


def is_custom(node: Node) -> bool:
    """Whether a node is a function with a pullback of its own."""
    return node.gate is not None and node.gate.kind == CUSTOM
