"""Functions with a pullback of their own, as nodes: their graphs, and what stands for them where they are evaluated."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..gates import CUSTOM
from .graph import Graph, topological, with_operands
from .node import Node


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


def is_custom(node: Node) -> bool:
    """Whether a node is a function with a pullback of its own."""
    return node.gate is not None and node.gate.kind == CUSTOM
