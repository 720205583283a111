"""Where the gradient flows: which nodes receive one, which operands pass it on, and which values that reads."""

from collections.abc import Collection, Sequence

from .gates import ELEMENTWISE, LAYOUT
from .gates.analysis import VALUE, contributions
from .node import OPERATION, Node


class Flow:
    """The gradient's way from the outputs to the wanted leaves.

    Parameters
    ----------
    nodes
        In topological order.
    outputs
        Where it enters.
    wanted
        The leaves, by identity, where it is wanted.
    """

    def __init__(self, nodes: Sequence[Node], outputs: Sequence[Node], wanted: Collection[int]) -> None:
        self.needs: dict[int, int] = {}
        """For each gate the operands that pass the gradient on, one bit each."""
        reaches: set[int] = set(wanted)
        for node in nodes:
            mask = self._mask(node, reaches) if node.role == OPERATION and reaches else 0
            if mask:
                reaches.add(id(node))
                self.needs[id(node)] = mask
        self.receives: set[int] = {id(node) for node in outputs if id(node) in reaches}
        """The nodes that receive a gradient."""
        for node in reversed(nodes):
            if id(node) in self.receives:
                mask = self.needs.get(id(node), 0)
                layout = node.gate is not None and node.gate.kind == LAYOUT
                for number, operand in enumerate(node.operands):
                    if (layout or mask >> number & 1) and id(operand) in reaches:
                        self.receives.add(id(operand))

    @staticmethod
    def _mask(node: Node, reaches: set[int]) -> int:
        assert node.gate is not None
        if node.boolean:
            return 0
        if node.gate.kind == LAYOUT:
            return int(any(id(operand) in reaches for operand in node.operands))
        receives = contributions(node.gate)
        return sum(1 << number for number, operand in enumerate(node.operands) if receives[number] is not None and id(operand) in reaches)

    def active(self, node: Node) -> int:
        """Return the operands that a node's backward rule serves, one bit each; 0 where backward passes by."""
        return self.needs.get(id(node), 0) if id(node) in self.receives else 0

    def read_backward(self, node: Node) -> list[Node]:
        """Return the nodes whose values the node's backward rule reads."""
        mask = self.active(node)
        if not mask or node.gate is None or node.gate.kind == LAYOUT:
            return []
        found: list[Node] = []
        for number, contribution in enumerate(contributions(node.gate)):
            if contribution is not None and mask >> number & 1:
                for read in contribution.reads:
                    if read == VALUE:
                        found.append(node)
                    elif isinstance(read, int):
                        found.append(node.operands[read])
        return found


def is_strip(node: Node) -> bool:
    """Whether a node's operands may be one row for all rows of the result."""
    return node.gate is not None and node.gate.kind == ELEMENTWISE
