"""Passes on loops: a step is rewritten by the same rewriter as what is around it, so that equal nodes are shared inside and outside."""

from collections.abc import Callable, Sequence

from ..nodes.graph import topological
from ..nodes.loops import Loop, closed, node_of
from ..nodes.node import Node
from ..nodes.origins import given

Rebuild = Callable[[Node, list[Node]], Node]


def rewritten(loop: Loop, operands: Sequence[Node], rebuild: Rebuild) -> list[Node]:
    """Return the outputs of a step, rewritten, with the rewritten operands in the place of the leaves that stand for them."""
    outer = 1 + loop.sliced
    made = {id(leaf): leaf for leaf in loop.graph.inputs[:outer]}
    made.update((id(leaf), node) for leaf, node in zip(loop.graph.inputs[outer:], operands[outer:], strict=True))
    before = given.origin
    for node in loop.graph.nodes:
        if id(node) not in made:
            given.origin = node.origin
            made[id(node)] = rebuild(node, [made[id(operand)] for operand in node.operands])
    given.origin = before
    return [made[id(output)] for output in loop.graph.outputs]


def repeated(
    outputs: Sequence[Node], carry: Node, slices: Sequence[Node], initial: Node, arrays: Sequence[Node], length: int, turned: bool
) -> Node:
    """Return the node of a loop whose step was written with nodes from outside; what no step reads is not sliced."""
    read = {id(node) for node in topological(outputs)}
    used = [number for number, leaf in enumerate(slices) if id(leaf) in read]
    return node_of(*closed(outputs, carry, [slices[each] for each in used], initial, [arrays[each] for each in used], length, turned))
