"""Numbered nodes, and where their elements are stored: a view is an alias for a part of another node."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ..gates.arithmetic import copy
from ..gates.linear import view
from ..gates.scan import scan
from ..nodes.node import OPERATION, Node

Array = np.ndarray[Any, Any]


def is_computed(node: Node) -> bool:
    """Whether an instruction computes a node; a view is an alias."""
    return node.role == OPERATION and node.gate is not view


def own_outputs(outputs: Iterable[Node]) -> list[Node]:
    """Return outputs that each have rows of their own in the tile: leaves, views, uniform and repeated values are copied."""
    own: dict[int, Node] = {}
    for node in outputs:
        if not is_computed(node) or not node.varying or id(node) in own:
            node = Node(OPERATION, node.shape, gate=copy, operands=(node,), boolean=node.boolean, origin=node.origin)
        own[id(node)] = node
    return list(own.values())


class Numbered:
    """The nodes of a graph by number, which everything that plans the program goes by.

    Attributes
    ----------
    nodes : list of Node
    number : dict of int to int
        The number of a node by its identity.
    operands : list of tuple of int
        For each node the numbers of its operands.
    sizes : list of int
    root, start : list of int
        The node in whose rows a node's elements are stored, and the first of these: the node itself and 0, but for views.
    roots, starts : array of int
        The same as arrays.
    loops : set of int
        Which nodes are loops.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self.number = {id(node): number for number, node in enumerate(self.nodes)}
        number = self.number
        self.operands = [tuple([number[id(operand)] for operand in node.operands]) for node in self.nodes]
        self.sizes = [node.size for node in self.nodes]
        self.root = list(range(len(self.nodes)))
        self.start = [0] * len(self.nodes)
        for position, node in enumerate(self.nodes):
            if node.gate is view:
                (whole,) = self.operands[position]
                self.root[position] = self.root[whole]
                self.start[position] = self.start[whole] + node.static
        self.loops = {number for number, node in enumerate(self.nodes) if node.gate is scan}
        self.roots, self.starts = np.array(self.root, np.int64), np.array(self.start, np.int64)

    def operands_of(self, section: Sequence[int]) -> tuple[Array, Array]:
        """Return the operands of some nodes, one node's after another's, and how many each has."""
        operands = [self.operands[number] for number in section]
        counts = np.fromiter(map(len, operands), np.int64, len(operands))
        return np.fromiter(chain.from_iterable(operands), np.int64, int(counts.sum())), counts
