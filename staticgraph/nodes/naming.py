"""What nodes are called in what is printed: the same in a graph and in its program."""

from collections.abc import Sequence

from ..gates.linear import view
from .node import CONSTANT, OPERATION, Node


def names_of(nodes: Sequence[Node]) -> dict[int, str]:
    """Return the names of a graph's nodes, in its order, by identity: a leaf's own, `v0`, `v1` ... of gates, `c0`, `c1` ... of constants.

    A view is called the part of another node that it is. A letter is repeated where a leaf has a name of that form.
    """
    names = {id(node): node.name for node in nodes if node.name is not None}
    taken = {name.rstrip("0123456789") for name in names.values()}
    for role, letter in ((OPERATION, "v"), (CONSTANT, "c")):
        prefix = letter
        while prefix in taken:
            prefix += letter
        numbered = [node for node in nodes if node.role == role and node.gate is not view]
        names.update((id(node), f"{prefix}{number}") for number, node in enumerate(numbered))
    for node in nodes:
        if node.gate is view:
            names[id(node)] = f"{names[id(node.operands[0])]}{_part(node)}"
    return names


def _part(node: Node) -> str:
    """Return how a view's elements are picked from those of the node that it views."""
    (whole,) = node.operands
    if node.size == whole.size:
        return f".reshape{node.shape}"
    part = f"{node.static}" if node.size == 1 else f"{node.static}:{node.static + node.size}"
    return f"{'' if whole.ndim == 1 else '.ravel()'}[{part}]"
