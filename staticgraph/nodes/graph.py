"""The graph: which nodes, in which order."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..gates import find
from ..gates.linear import view
from .naming import names_of
from .node import CONSTANT, OPERATION, Node, window
from .picture import Picture, drawn


def topological(outputs: Iterable[Node]) -> tuple[Node, ...]:
    """Return all nodes that the outputs depend on, every operand before its gate (depth first, without recursion)."""
    order: list[Node] = []
    complete: dict[Node, bool] = {}
    stack = list(outputs)[::-1]
    while stack:
        node = stack.pop()
        state = complete.get(node)
        if state is None and node.operands:
            complete[node] = False
            stack.append(node)
            stack.extend(node.operands[::-1])
        elif not state:
            complete[node] = True
            order.append(node)
    return tuple(order)


def with_operands(node: Node, operands: Sequence[Node]) -> Node:
    """Return a node's gate of other operands; the node itself where they are its own."""
    if all(new is old for new, old in zip(operands, node.operands, strict=True)):
        return node
    if node.gate is view:
        return window(operands[0], node.static, node.shape)
    return Node(
        node.role, node.shape, gate=node.gate, operands=tuple(operands), static=node.static, boolean=node.boolean, origin=node.origin
    )  # fmt: skip


class Graph:
    """A frozen directed acyclic graph of nodes.

    Attributes
    ----------
    nodes : tuple of Node
        In topological order: every operand stands before the gates that use it.
    outputs : tuple of Node
    inputs : tuple of Node
        The leaves that are arguments, in the order of the arguments; nothing may use some of them.
    """

    __slots__ = ("inputs", "nodes", "outputs")

    nodes: tuple[Node, ...]
    outputs: tuple[Node, ...]
    inputs: tuple[Node, ...]

    def __init__(self, outputs: Iterable[Node], inputs: Iterable[Node], nodes: tuple[Node, ...] | None = None) -> None:
        made = tuple(outputs)
        object.__setattr__(self, "outputs", made)
        object.__setattr__(self, "inputs", tuple(inputs))
        object.__setattr__(self, "nodes", topological(made) if nodes is None else nodes)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Graph is immutable: {name!r} cannot be set")

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __repr__(self) -> str:
        return f"<Graph of {len(self.nodes)} nodes, {len(self.inputs)} inputs, {len(self.outputs)} outputs>"

    def __str__(self) -> str:
        names = names_of(self.nodes)
        widths = [max(map(len, texts), default=0) for texts in (names.values(), [str(node.shape) for node in self.nodes])]
        lines = []
        for node in self.nodes:
            what = node.gate.name if node.gate else node.role
            if node.role == CONSTANT:
                what += f" {node.static}" if node.size <= 4 else " ..."
            operands = ", ".join(names[id(operand)] for operand in node.operands)
            lines.append(f"{names[id(node)]:>{widths[0]}} {node.shape!s:<{widths[1]}} = {what} {operands}".rstrip())
        return "\n".join([*lines, "outputs: " + ", ".join(names[id(node)] for node in self.outputs)])

    def draw(self, *, depth: int | None = None) -> Picture:
        """Return a picture of the graph, which notebooks show: gates, leaves and outputs with their names and shapes.

        Parameters
        ----------
        depth : int, optional
            Show what is within so many gates of the outputs; by default all, or of a large graph as much as can be read.

        Returns
        -------
        Picture
            `.svg` is its text, `.save("graph.svg")` writes it.

        Raises
        ------
        ValueError
            For a depth below 0.
        """
        return drawn(self.nodes, self.outputs, depth)

    def __reduce__(self) -> tuple[Any, ...]:
        nodes = list(self.nodes)
        position = {id(node): number for number, node in enumerate(nodes)}
        for leaf in self.inputs:
            if id(leaf) not in position:
                position[id(leaf)] = len(nodes)
                nodes.append(leaf)
        records = [
            (
                node.role, node.shape, node.gate.name if node.gate else None, tuple(position[id(operand)] for operand in node.operands),
                node.static, node.boolean, node.name, node.line,
            )
            for node in nodes
        ]  # fmt: skip
        return _restore, (records, [position[id(node)] for node in self.outputs], [position[id(node)] for node in self.inputs])


def _restore(records: list[Any], outputs: list[int], inputs: list[int]) -> Graph:
    nodes: list[Node] = []
    for role, shape, gate, operands, static, boolean, name, line in records:
        if role == CONSTANT:
            static.flags.writeable = False
        made = Node(
            role, shape, gate=find(gate) if role == OPERATION else None, operands=tuple(nodes[position] for position in operands),
            static=static, boolean=boolean, name=name, origin=(line, 0),
        )  # fmt: skip
        nodes.append(made)
    return Graph([nodes[position] for position in outputs], [nodes[position] for position in inputs])
