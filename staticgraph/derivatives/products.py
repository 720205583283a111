"""What the user writes with nodes for gradients and products with vectors."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from ..nodes.node import Node, as_node
from .building import Builder
from .prepared import Prepared
from .transforms import pulled, pushed

Variables = TypeVar("Variables")
Outputs = TypeVar("Outputs")
"""A node, or a tuple or list of nodes; the result is one like it."""


def gradient(y: Any, x: Variables) -> Variables:
    """Return the gradient of a scalar node, as a node.

    Parameters
    ----------
    y : Node
        Of shape `()`.
    x : Node, or tuple or list of Node
        Leaves, or values between: then `y` is seen as a function of that value.

    Returns
    -------
    Node, or tuple or list of Node
        Of `x`'s shape, constant zeros where `y` does not depend on it. It can be used in further expressions, compiled, and differentiated
        again. With a parameter for `x` it is per row, not summed over rows.

    Raises
    ------
    TypeError
        If `y` or `x` is no node, or is boolean.
    ValueError
        If `y` has another shape than `()`.
    """
    of, by = real("gradient: y", y), variables_of("gradient: x", x)
    check_scalar("gradient", of)
    return like(x, _products([of], [as_node(1.0)], by))


def vjp(y: Any, x: Variables, cotangent: Any) -> Variables:
    """Return the product of a cotangent and the Jacobian matrix: what arrives at `x` where `cotangent` enters at `y`.

    Parameters
    ----------
    y : Node, or tuple or list of Node
    x : Node, or tuple or list of Node
    cotangent : node, array or number, or tuple or list of them
        One for each `y`, of its shape.

    Returns
    -------
    Node, or tuple or list of Node
        Of `x`'s shape.

    Raises
    ------
    TypeError, ValueError
        As `gradient`; for cotangents of another number or shape.
    """
    of, by = nodes_of("vjp: y", y), variables_of("vjp: x", x)
    return like(x, _products(of, vectors("vjp: cotangent", cotangent, y, of), by))


def _products(of: Sequence[Node], cotangents: Sequence[Node], by: Sequence[Node]) -> list[Node]:
    prepared = Prepared([*of, *cotangents], by)
    outputs, upstream = prepared.outputs[: len(of)], prepared.outputs[len(of) :]
    found = pulled(prepared.build, outputs, upstream, prepared.variables)
    return prepared.restored(or_zeros(prepared.build, found, by))


def jvp(y: Outputs, x: Any, tangent: Any) -> Outputs:
    """Return the directional derivative: the product of the Jacobian matrix and a tangent.

    Parameters
    ----------
    y : Node, or tuple or list of Node
    x : Node, or tuple or list of Node
    tangent : node, array or number, or tuple or list of them
        One for each `x`, of its shape.

    Returns
    -------
    Node, or tuple or list of Node
        Of `y`'s shape.

    Raises
    ------
    TypeError, ValueError
        As `gradient`; for tangents of another number or shape.
    """
    of, by = nodes_of("jvp: y", y), variables_of("jvp: x", x)
    prepared = Prepared([*of, *vectors("jvp: tangent", tangent, x, by)], by)
    outputs, tangents = prepared.outputs[: len(of)], prepared.outputs[len(of) :]
    given = {id(variable): each for variable, each in zip(prepared.variables, tangents, strict=True)}
    return like(y, prepared.restored(or_zeros(prepared.build, pushed(prepared.build, outputs, given), of)))


def or_zeros(build: Builder, found: Sequence[Node | None], like_nodes: Sequence[Node]) -> list[Node]:
    """Return derivatives, zeros where there is none, in the shapes of nodes."""
    pairs = zip(found, like_nodes, strict=True)
    return [build.zeros(node.shape) if each is None else build.spread(each, node.shape) for each, node in pairs]


def real(what: str, node: Any) -> Node:
    """Return a node of real numbers; `TypeError` otherwise."""
    if not isinstance(node, Node):
        raise TypeError(f"{what}: expected a node, got {type(node).__name__}")
    if node.boolean:
        raise TypeError(f"{what}: a boolean node has no derivative; multiply it by 1.0 to get numbers")
    return node


def nodes_of(what: str, nodes: Any) -> list[Node]:
    """Return the nodes of one, or of a tuple or list; `TypeError` otherwise."""
    return [real(what, node) for node in (nodes if isinstance(nodes, (tuple, list)) else [nodes])]


def variables_of(what: str, nodes: Any) -> list[Node]:
    """Return the nodes to differentiate by; `TypeError` as `nodes_of`, `ValueError` for one that stands twice."""
    found = nodes_of(what, nodes)
    if len({id(node) for node in found}) < len(found):
        raise ValueError(f"{what}: a node stands twice; name each once")
    return found


def vectors(what: str, given: Any, beside: Any, nodes: Sequence[Node]) -> list[Node]:
    """Return a vector for each node, of its shape; `TypeError` or `ValueError` otherwise."""
    several = isinstance(beside, (tuple, list))
    if several and not isinstance(given, (tuple, list)):
        raise TypeError(f"{what}: expected a tuple of {len(nodes)}, got {type(given).__name__}")
    listed = list(given) if several else [given]
    if len(listed) != len(nodes):
        raise ValueError(f"{what}: expected {len(nodes)}, one for each node, got {len(listed)}")
    found = [as_node(each) for each in listed]
    for vector, node in zip(found, nodes, strict=True):
        if vector.shape != node.shape:
            raise ValueError(f"{what}: expected shape {node.shape}, got {vector.shape}")
    return found


def check_scalar(called: str, y: Node) -> None:
    """Raise `ValueError` for a node that is no scalar."""
    if y.shape:
        raise ValueError(f"{called}: y must have shape (), got {y.shape}; use jacobian, or vjp with a cotangent")


def like(given: Variables, results: list[Node]) -> Variables:
    """Return one result for one node, a tuple for a tuple, a list for a list."""
    if isinstance(given, list):
        return cast(Variables, results)
    return cast(Variables, tuple(results) if isinstance(given, tuple) else results[0])
