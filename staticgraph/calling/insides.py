"""The value of every node of a graph, and the gradient that arrives at each, over batches: programs whose results they are."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..derivatives.transforms import dependent
from ..gates.arithmetic import add
from ..lanes.ieee import ieee
from ..lowering.lowering import lower
from ..nodes.graph import Graph, with_operands
from ..nodes.node import CONSTANT, DATA, INPUT, OPERATION, Node
from ..records.table import Array
from ..running.choice import INTERPRETER, Choice
from ..running.executor import Executor
from ..running.lazily import Lazily
from .destinations import made, of_values
from .plan import Plan, make_plan

CHUNK_BYTES = 1 << 25
"""Rows are looked at in chunks whose nodes' values take so much memory."""
CHECKED_ROWS = 1 << 15
"""Rows that are checked together: their results stay in the cache. A million rows of Black-Scholes take 0.85 of `value_and_grad`."""


class Insides:
    """What happens inside a graph.

    Parameters
    ----------
    graph : Graph
        Simplified.
    dtype : numpy.dtype
    name : str
    backward : bool
        Whether gradients are looked at.
    """

    def __init__(self, graph: Graph, dtype: np.dtype[Any], name: str, backward: bool) -> None:
        self.graph, self.dtype, self.name = graph, dtype, name
        self.gates = [node for node in graph.nodes if node.role == OPERATION]
        self.wanted = [leaf for leaf in graph.inputs if leaf.role != DATA and backward]
        self.active = dependent(graph.nodes, self.wanted)
        self.served = [node for node in (*graph.inputs, *self.gates) if id(node) in self.active]
        size = sum(node.size for node in graph.nodes) * 2 * dtype.itemsize
        self.chunk = max(1, CHUNK_BYTES // max(1, size))

    @Lazily
    def _valued(self) -> Plan:
        """What computes the values of all gates."""
        return self._plan(Graph(self.gates, self.graph.inputs), self.gates, self.graph.inputs, [])

    @Lazily
    def _probed(self) -> Plan:
        """What computes the gradients that arrive: to each node a leaf of zeros is added, whose gradient is the node's."""
        rebuilt: dict[int, Node] = {}
        probes, prefix = list[Node](), "gradient"
        while any(str(leaf.name).startswith(prefix) for leaf in self.graph.inputs):
            prefix += "_"
        for node in dict.fromkeys((*self.graph.inputs, *self.graph.nodes)):
            found = with_operands(node, [rebuilt[id(operand)] for operand in node.operands])
            if id(node) in self.active and node.role != CONSTANT:
                probe = Node(INPUT, node.shape, name=f"{prefix}{len(probes)}")
                probes.append(probe)
                found = Node(OPERATION, node.shape, gate=add, operands=(found, probe), origin=node.origin)
            rebuilt[id(node)] = found
        outputs, leaves = [rebuilt[id(node)] for node in self.graph.outputs], [*self.graph.inputs, *probes]
        return self._plan(Graph(outputs, leaves), outputs, leaves, probes)

    def _plan(self, graph: Graph, outputs: Sequence[Node], leaves: Sequence[Node], wanted: Sequence[Node]) -> Plan:
        with ieee():
            executor = Executor(lower(graph, self.dtype, [id(each) for each in wanted]), Choice(INTERPRETER), self.name)
        return make_plan(executor, leaves, outputs, range(len(leaves) - len(wanted), len(leaves)))

    def values(self, arguments: Sequence[Array], rows: int) -> dict[int, Array]:
        """Return the value of each node by its identity, with an axis for rows; that of a leaf or constant may have one row for all."""
        results = made(of_values(self.gates, self.dtype), rows)
        if results:
            self._valued.run(arguments, rows, results, ())
        found = {id(node): value for node, value in zip(self.gates, results, strict=True)}
        found.update((id(node), node.static[None]) for node in self.graph.nodes if node.role == CONSTANT)
        for leaf, value in zip(self.graph.inputs, arguments, strict=True):
            found[id(leaf)] = value if value.ndim > leaf.ndim else value[None]
        return found

    def upstream(self, arguments: Sequence[Array], rows: int) -> dict[int, Array]:
        """Return the gradient that arrives at each node by its identity, with an axis for rows."""
        if not self.served:
            return {}
        zeros = [np.full(node.shape, -0.0, self.dtype) for node in self.served]  # +0 would make +0 of -0
        gradients = made(self._probed.destinations, rows)
        self._probed.run([*arguments, *zeros], rows, (), gradients)
        return {id(node): gradient for node, gradient in zip(self.served, gradients, strict=True)}


def of_row(found: dict[int, Array], row: int) -> dict[int, Array]:
    """Return what belongs to one row."""
    return {key: np.asarray(value[row if len(value) > 1 else 0]) for key, value in found.items()}


def chosen(arguments: Sequence[Array], leaves: Sequence[Node], rows: Any) -> list[Array]:
    """Return the arguments of some rows of a batch."""
    return [value[rows] if value.ndim > leaf.ndim else value for value, leaf in zip(arguments, leaves, strict=True)]
