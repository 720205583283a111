"""Graphs as they are evaluated: with the functions themselves in the place of custom nodes, in the steps of loops too."""

from .custom import is_custom, substituted
from .graph import Graph, with_operands
from .loops import is_scan, node_of
from .node import Node


def has_custom(graph: Graph) -> bool:
    """Whether there is a function with a pullback of its own, or in the step of a loop."""
    return any(is_custom(node) or (is_scan(node) and has_custom(node.static.graph)) for node in graph.nodes)


def written_out(graph: Graph) -> Graph:
    """Return the graph with the functions themselves in the place of custom nodes, for evaluation."""
    if not has_custom(graph):
        return graph
    made: dict[int, Node] = {}
    for node in graph.nodes:
        operands = [made[id(operand)] for operand in node.operands]
        if is_custom(node):
            inner = written_out(node.static.value)
            leaves = {id(leaf): operand for leaf, operand in zip(inner.inputs, operands, strict=True)}
            (made[id(node)],) = substituted(inner.outputs, leaves)
        elif is_scan(node):
            made[id(node)] = node_of(node.static._replace(graph=written_out(node.static.graph)), operands)
        else:
            made[id(node)] = with_operands(node, operands)
    return Graph([made[id(node)] for node in graph.outputs], graph.inputs)
