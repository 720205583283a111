"""Where what is not finite comes from, in one row: from the results back to the gate that made it of finite values."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np

from ..kinds import of
from ..kinds.elementwise import Elementwise
from ..kinds.kind import Array
from ..kinds.reference import pulled_back
from ..nodes.node import Node

Values = Mapping[int, Array]
"""By a node's identity."""


def is_finite(value: Array) -> bool:
    """Whether all elements are finite."""
    return bool(np.isfinite(value).all())


def cause_forward(outputs: Iterable[Node], values: Values) -> list[Node]:
    """Return the nodes that are not finite though their operands are, and reach an output that is not.

    What a gate does not choose, such as the other branch of `where`, is not followed.
    """

    def matter(node: Node) -> list[Node]:
        operands = _of_wrong_elements(node, values)
        wrong = [number for number, value in enumerate(operands) if not is_finite(value)]
        alone = [number for number in wrong if len(wrong) == 1 or not is_finite(_made(node, operands, number))]
        return [node.operands[number] for number in alone or wrong]

    return _roots([node for node in outputs if not is_finite(values[id(node)])], matter)


def _of_wrong_elements(node: Node, values: Values) -> list[Array]:
    """Return a gate's operands; of an elementwise one only their elements of which it makes what is not finite."""
    operands = [values[id(operand)] for operand in node.operands]
    if node.gate is None or not isinstance(of(node.gate), Elementwise):
        return operands
    wrong = ~np.isfinite(values[id(node)])
    return [np.broadcast_to(value, node.shape)[wrong] for value in operands]


def _made(node: Node, operands: Sequence[Array], number: int) -> Array:
    """Return what a gate makes of operands of which only one is not finite."""
    assert node.gate is not None
    others = [value if each == number else np.where(np.isfinite(value), value, 1.0) for each, value in enumerate(operands)]
    if not isinstance(of(node.gate), Elementwise):
        return of(node.gate).evaluate(node, others, operands[number].dtype)
    with np.errstate(all="ignore"):
        return np.asarray(node.gate.forward(*others), operands[number].dtype)


def cause_backward(nodes: Iterable[Node], leaves: Iterable[Node], values: Values, upstream: Values, active: Collection[int]) -> list[Node]:
    """Return the gates that make what is not finite of a finite upstream gradient, on the way to a leaf.

    Where finite contributions add up to infinity, that is the node which receives them.

    Parameters
    ----------
    nodes : iterable of Node
        The graph's.
    leaves : iterable of Node
        Whose gradients are looked at.
    values, upstream : mapping of int to array
        The value of each node, and the gradient that arrives at each that is active.
    active : collection of int
        The nodes through which a gradient flows.
    """
    readers: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        if id(node) in active:
            for operand in dict.fromkeys(node.operands):
                readers[id(operand)].append(node)

    def followed(node: Node) -> list[Node]:
        return [each for each in readers[id(node)] if any(node is served for served in wrongly_served(each, values, upstream))]

    return _roots([leaf for leaf in leaves if not is_finite(upstream[id(leaf)])], followed)


def wrongly_served(node: Node, values: Values, upstream: Values) -> list[Node]:
    """Return the operands to which a gate sends what is not finite."""
    return [operand for operand, each in zip(node.operands, sent(node, values, upstream), strict=True) if not is_finite(each)]


def sent(node: Node, values: Values, upstream: Values) -> list[Array]:
    """Return what a gate sends to its operands; nothing for a leaf."""
    if node.gate is None:
        return []
    return pulled_back(node, upstream[id(node)], values[id(node)], [values[id(operand)] for operand in node.operands])


def _roots(starts: Iterable[Node], followed: Callable[[Node], Sequence[Node]]) -> list[Node]:
    """Return the nodes that are reached and that nothing follows."""
    waiting, found = list(starts), dict[Node, Sequence[Node]]()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = followed(node)
            waiting += found[node]
    return [node for node, further in found.items() if not further]
