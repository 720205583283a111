"""Sums of products become contractions: a product that only a sum along an axis reads is never stored, and added as `fma` does.

This is the last pass, of the graph that runs. Derivatives are taken of products and sums, so what a file has is written out as these first.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..gates import Gate
from ..gates.arithmetic import multiply, square
from ..gates.inner import sum_of_products, sum_of_squares
from ..gates.order import MOST_TERMS
from ..gates.reduction import sum_
from ..nodes.graph import Graph, with_operands
from ..nodes.loops import is_scan
from ..nodes.node import OPERATION, Node, window
from ..nodes.shapes import Shape
from .match import Build, Rule


def contracted(graph: Graph) -> Graph:
    """Return a graph in which sums of products are contractions."""
    uses = Counter(id(operand) for node in graph.nodes for operand in node.operands) + Counter(map(id, graph.outputs))
    made: dict[int, Node] = {}
    for node in graph.nodes:
        made[id(node)] = _contracted(node, uses, made)
    return Graph([made[id(node)] for node in graph.outputs], graph.inputs)


def _contracted(node: Node, uses: Counter[int], made: dict[int, Node]) -> Node:
    if node.gate is sum_ and node.static[1] <= MOST_TERMS and (factors := _factors(node.operands[0], uses)) is not None:
        operands = tuple(made[id(each)] for each in factors)
        gate = sum_of_products if len(factors) == 2 else sum_of_squares
        return Node(OPERATION, node.shape, gate=gate, operands=operands, static=node.static, origin=node.origin)
    operands = tuple(made[id(operand)] for operand in node.operands)
    if is_scan(node):
        loop = node.static._replace(graph=contracted(node.static.graph))
        return Node(node.role, node.shape, gate=node.gate, operands=operands, static=loop, boolean=node.boolean, origin=node.origin)
    return with_operands(node, operands)


def _factors(node: Node, uses: Counter[int]) -> tuple[Node, ...] | None:
    """Return the factors of a product of arrays that nothing but its sum reads; of a square its root."""
    if uses[id(node)] != 1:
        return None
    if node.gate is square or (node.gate is multiply and all(operand.size == node.size for operand in node.operands)):
        return node.operands
    return None


def _written_out(build: Build, operands: Sequence[Node], static: Any, shape: Shape) -> Node | None:
    product = multiply if len(operands) == 2 else square
    return build.make(sum_, [build(product, *(window(each, 0, static) for each in operands))], static, shape)


WRITTEN_OUT: dict[Gate, Rule] = {sum_of_products: _written_out, sum_of_squares: _written_out}
