"""Functions whose derivatives the user gives, at every order and in both modes."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from ..gates import CUSTOM, LAYOUT, Gate
from ..gates.arithmetic import add, copy, divide, divide_by_constant, multiply, negative, subtract
from ..gates.chain import chain
from ..gates.custom import custom
from ..gates.linear import chain_matmul, directional_matmul, matmul
from ..gates.reduction import sum_
from ..gates.selection import where_
from ..nodes.closures import captured
from ..nodes.custom import Custom, substituted
from ..nodes.graph import Graph
from ..nodes.node import INPUT, OPERATION, PARAMETER, Node, as_node
from ..nodes.shapes import Shape
from .building import Builder
from .kinds import EDGES, PULL, PUSH, Edges, Received, Wanted
from .matrix import entries
from .transforms import pulled, pushed

Given = ParamSpec("Given")
Value = TypeVar("Value")


def custom_gradient(function: Callable[Given, tuple[Value, Any]]) -> Callable[Given, Value]:
    """Give a function of nodes a derivative of its own: a decorator.

    Parameters
    ----------
    function : callable
        Returns `(value, pullback)`: a node, and a function of the cotangent, a node of the value's shape, that returns what each node among
        the arguments receives, in order (for one argument a node, for several a tuple; None is nothing).

    Returns
    -------
    callable
        Makes a node of the value. Its derivatives of all orders, in both modes and in the gradients of compiled functions, are those of
        the pullback. Forward mode takes the pullback for linear in the cotangent: where it is not, for its derivative at 0. Without a node
        among its arguments it returns the value that the function computes.

    Raises
    ------
    TypeError
        When it is called, if the function does not return a pair of a value and a pullback.
    ValueError
        When it is called, if the pullback returns another number of nodes than there are, or one of another shape.
    """

    @functools.wraps(function)
    def call(*args: Given.args, **named: Given.kwargs) -> Value:
        given = [each for each in (*args, *named.values()) if isinstance(each, Node)]
        if not given:
            return cast(Value, _pair(function, function(*args, **named))[0])
        operands = [node * 1.0 if node.boolean else node for node in given]
        leaves = iter(_leaves(operands))
        stand_ins = [next(leaves) for _ in operands]
        places = iter(stand_ins)
        positional = [next(places) if isinstance(each, Node) else each for each in args]
        keywords = {name: next(places) if isinstance(each, Node) else each for name, each in named.items()}
        value, pullback = _pair(function, cast(Any, function)(*positional, **keywords))
        return cast(Value, _node(function, as_node(value), pullback, operands, stand_ins))

    return call


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "custom function")


def _pair(function: Callable[..., Any], returned: Any) -> tuple[Any, Any]:
    if not isinstance(returned, tuple) or len(returned) != 2 or not callable(returned[1]) or isinstance(returned[0], (tuple, list)):
        expected = "(value, pullback), one node and a function of its cotangent"
        raise TypeError(f"{_name(function)}: a custom gradient must return {expected}; got {returned!r}")
    return returned


def _leaves(nodes: Sequence[Node]) -> list[Node]:
    """Return a leaf in place of each node."""
    return [Node(INPUT if node.varying else PARAMETER, node.shape, name=f"operand{number}") for number, node in enumerate(nodes)]


def _node(function: Callable[..., Any], value: Node, pullback: Any, operands: list[Node], stand_ins: list[Node]) -> Node:
    """Return the custom node: what its graphs use of other nodes becomes further operands, which receive nothing."""
    cotangent = Node(INPUT, value.shape, name="cotangent")
    received = _received(function, pullback(cotangent), stand_ins)
    inner = [cotangent, *stand_ins]
    used = captured([value, *received], inner)
    leaves = [*stand_ins, *_leaves([*operands, *used])[len(operands) :]]
    replaced = {id(node): leaf for node, leaf in zip([*stand_ins, *used], leaves, strict=True)} | {id(cotangent): cotangent}
    value, *received = substituted([value, *received], replaced)
    static = Custom(Graph([value], leaves), Graph(received, [cotangent, *leaves]))
    return Node(OPERATION, value.shape, gate=custom, operands=(*operands, *used), static=static)


def _received(function: Callable[..., Any], returned: Any, arguments: Sequence[Node]) -> list[Node]:
    """Return what a pullback returned as nodes, zeros for None; `ValueError` if they do not fit the arguments."""
    listed = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    if len(listed) != len(arguments):
        expected = f"{len(arguments)} node(s), one for each node argument"
        raise ValueError(f"{_name(function)}: the pullback must return {expected}; got {len(listed)}")
    found = [as_node(np.zeros(leaf.shape)) if each is None else as_node(each) for each, leaf in zip(listed, arguments, strict=True)]
    for number, (node, leaf) in enumerate(zip(found, arguments, strict=True)):
        if node.shape != leaf.shape:
            raise ValueError(f"{_name(function)}: the pullback returned shape {node.shape} for argument {number}, expected {leaf.shape}")
    return found


LINEAR: frozenset[Gate] = frozenset((add, subtract, negative, copy, sum_))
PRODUCTS: frozenset[Gate] = frozenset((multiply, matmul, chain, chain_matmul, directional_matmul))
"""Linear in all operands together, and in each alone."""


def _is_linear(graph: Graph) -> bool:
    """Whether a pullback is linear in the cotangent, as far as its gates tell."""
    depends = {id(graph.inputs[0])}
    for node in graph.nodes:
        bits = [id(operand) in depends for operand in node.operands]
        if any(bits) and node.gate is not None:
            depends.add(id(node))
            if node.gate in LINEAR or node.gate.kind == LAYOUT:
                continue
            if node.gate in PRODUCTS and sum(bits) == 1:
                continue
            if (node.gate in (divide, divide_by_constant) and not bits[1]) or (node.gate is where_ and not bits[0]):
                continue
            return False
    return True


def _pullback(build: Builder, node: Node, cotangent: Node) -> list[Node]:
    """Return what a custom node's first operands receive from a cotangent."""
    graph = node.static.pullback
    given = {id(leaf): value for leaf, value in zip(graph.inputs, (cotangent, *node.operands), strict=True)}
    return build.build(substituted(graph.outputs, given))


def _cotangent(build: Builder, node: Node) -> Node:
    leaf = Node(INPUT, node.shape)
    build.keep(leaf)
    return leaf


def _pull(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    """Evaluate the pullback; as one that is linear is its own derivative, zeros stop there as everywhere."""
    if _is_linear(node.static.pullback):
        leaf = _cotangent(build, node)
        found = pushed(build, _pullback(build, node, leaf), {id(leaf): g}, lead)
    elif not lead:
        found = list(_pullback(build, node, g))
    else:
        slices = [build.pick(np.arange(node.size).reshape(node.shape) + number * node.size, [g]) for number in range(lead[0])]
        columns = zip(*(_pullback(build, node, each) for each in slices), strict=True)
        found = [build.pick(np.arange(lead[0] * each[0].size).reshape((*lead, *each[0].shape)), each) for each in columns]
    for number, each in enumerate(found):
        if wanted[number] and each is not None:
            yield Received(number, each)


def _push(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    """Evaluate the transpose of the pullback."""
    leaf = _cotangent(build, node)
    received = _pullback(build, node, leaf)
    moving = [(each, tangent) for each, tangent in zip(received, tangents, strict=False) if tangent is not None]
    (found,) = pulled(build, [each for each, _ in moving], [tangent for _, tangent in moving], [leaf], lead)
    return None if found is None else _at_zero(build, found, leaf)


def _at_zero(build: Builder, found: Node, leaf: Node) -> Node:
    (made,) = build.build(substituted([found], {id(leaf): build.zeros(leaf.shape)}))
    return made


def _edges(build: Builder, node: Node) -> Iterator[Edges]:
    """Take the entries of the pullback's own Jacobian matrix, which is the transpose of the node's."""
    leaf = _cotangent(build, node)
    for number, each in enumerate(_pullback(build, node, leaf)):
        found = entries(build, [each], [leaf])
        count = len(found.structure.rows)
        if count:
            weight = _at_zero(build, found.values(build), leaf)
            yield Edges(number, found.structure.columns, found.structure.rows, weight, np.arange(count), False)


PULL[CUSTOM], PUSH[CUSTOM], EDGES[CUSTOM] = _pull, _push, _edges
