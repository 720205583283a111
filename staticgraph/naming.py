"""What nodes are called in what is printed: the same in a graph and in its program."""

from collections.abc import Iterable

from .node import CONSTANT, OPERATION, Node


def names_of(nodes: Iterable[Node]) -> dict[int, str]:
    """Return the names of a graph's nodes, in its order, by identity: a leaf's own, `v0`, `v1` ... of gates, `c0`, `c1` ... of constants.

    A letter is repeated where a leaf has a name of that form.
    """
    nodes = tuple(nodes)
    names = {id(node): node.name for node in nodes if node.name is not None}
    taken = {name.rstrip("0123456789") for name in names.values()}
    for role, letter in ((OPERATION, "v"), (CONSTANT, "c")):
        prefix = letter
        while prefix in taken:
            prefix += letter
        names.update((id(node), f"{prefix}{number}") for number, node in enumerate(node for node in nodes if node.role == role))
    return names
