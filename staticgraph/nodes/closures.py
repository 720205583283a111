"""What a graph within a node uses of the nodes outside."""

from collections.abc import Sequence

from .graph import topological
from .node import CONSTANT, Node


def captured(nodes: Sequence[Node], inner: Sequence[Node]) -> list[Node]:
    """Return the nodes that others depend on and that do not depend on the inner leaves themselves; constants are nobody's."""
    depends = {id(leaf) for leaf in inner}
    found: dict[int, Node] = {}

    def outside(node: Node) -> None:
        if id(node) not in depends and node.role != CONSTANT:
            found[id(node)] = node

    for node in topological(nodes):
        if any(id(operand) in depends for operand in node.operands):
            depends.add(id(node))
            for operand in node.operands:
                outside(operand)
    for node in nodes:
        outside(node)
    return list(found.values())
