"""A function's graph applied to nodes: its leaves give way to them."""

from collections.abc import Sequence
from typing import Any

from ..gates.arithmetic import multiply
from .graph import Graph, with_operands
from .node import Node, apply, as_node


def applied(called: str, graph: Graph, operands: Sequence[Any]) -> list[Node]:
    """Return the graph's outputs as functions of other nodes.

    Parameters
    ----------
    called : str
        What errors call the function.
    graph : Graph
    operands : sequence of nodes, numbers and arrays
        What takes the place of each of the graph's `inputs`, of exactly its shape, as in a call without a batch. Numbers and arrays
        become constants. Whether a leaf or its operand is varying or uniform does not matter; a truth value becomes a number.

    Returns
    -------
    list of Node
        What does not depend on the leaves is shared with the graph.

    Raises
    ------
    TypeError
        If an operand is no node and no real numbers.
    ValueError
        If an operand has another shape than its leaf.
    """
    made: dict[int, Node] = {}
    for leaf, operand in zip(graph.inputs, operands, strict=True):
        made[id(leaf)] = _operand(called, leaf, operand)
    for node in graph.nodes:
        if node.operands:
            made[id(node)] = with_operands(node, [made.get(id(operand), operand) for operand in node.operands])
    return [made.get(id(output), output) for output in graph.outputs]


def _operand(called: str, leaf: Node, given: Any) -> Node:
    """Return what takes the place of a leaf: a node of real numbers of its shape."""
    try:
        node = as_node(given)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{called}: the argument {leaf.name!r}: {error}") from None
    if node.shape != leaf.shape:
        raise ValueError(
            f"{called}: the argument {leaf.name!r} has shape {leaf.shape}, got {node.shape}; beside nodes no argument is a batch"
            " (the batch axis is never part of a node's shape)"
        )
    return apply(multiply, [node, 1.0]) if node.boolean else node
