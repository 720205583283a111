"""Reverse and forward mode: from a graph to the graph of its products with vectors."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..gates.arithmetic import add
from ..nodes.graph import topological
from ..nodes.node import OPERATION, Node
from ..nodes.origins import as_written, given
from ..nodes.shapes import Shape
from .building import Builder, is_zero
from .kinds import PULL, PUSH, Received
from .scatter import Piece, scattered


def dependent(order: Sequence[Node], wanted: Sequence[Node]) -> set[int]:
    """Return the identities of the nodes in topological order through which a derivative flows to one of those that are wanted."""
    found = {id(node) for node in wanted}
    for node in order:
        if node.role == OPERATION and not node.boolean and any(id(operand) in found for operand in node.operands):
            gate = node.gate
            if gate is not None and (gate.differentiable or gate.kind == "layout"):
                found.add(id(node))
    return found


def pulled(
    build: Builder, outputs: Sequence[Node], cotangents: Sequence[Node], wanted: Sequence[Node], lead: Shape = ()
) -> list[Node | None]:
    """Return the gradients that arrive at the wanted nodes, None where nothing does.

    Parameters
    ----------
    build : Builder
    outputs : sequence of Node
        Built by it.
    cotangents : sequence of Node
        The upstream gradient of each output, of its shape with the leading axes in front.
    wanted : sequence of Node
        What has no operands within the graph.
    lead : tuple of int
        Leading axes of all gradients.
    """
    order = topological(outputs)
    active = dependent(order, wanted)
    arrived: dict[int, list[Received]] = {}
    for output, cotangent in zip(outputs, cotangents, strict=True):
        arrived.setdefault(id(output), []).append(Received(0, cotangent))
    stops = {id(node) for node in wanted}
    found: dict[int, Node | None] = {}
    with as_written():
        for node in reversed(order):
            if id(node) in active:
                given.origin = node.origin
                gradient = _collected(build, arrived.pop(id(node), []), lead, node.shape)
                if id(node) in stops:
                    found[id(node)] = gradient
                elif gradient is not None and node.gate is not None:
                    asked = [id(operand) in active for operand in node.operands]
                    for each in PULL[node.gate.kind](build, node, gradient, lead, asked):
                        arrived.setdefault(id(node.operands[each.operand]), []).append(each)
    return [found.get(id(node)) for node in wanted]


def _collected(build: Builder, received: Sequence[Received], lead: Shape, shape: Shape) -> Node | None:
    """Return the sum of what a node receives."""
    received = [each for each in received if not is_zero(each.node)]
    sofar: Node | None = None
    for each in received:
        if each.target is None and each.slope is None:
            sofar = each.node if sofar is None else build(add, sofar, each.node)
    for each in received:
        if each.slope is not None:
            sofar = build.accumulated(sofar, each.node, each.slope)
            sofar = build.spread(sofar, (*lead, *shape))
    pieces = [Piece(each.node, each.source, each.target) for each in received if each.target is not None and each.source is not None]
    if not pieces:
        return sofar
    if sofar is not None:
        whole = np.arange(int(np.prod(shape, dtype=int)))
        pieces.insert(0, Piece(sofar, whole, whole))
    return scattered(build, pieces, lead, shape)


def pushed(build: Builder, outputs: Sequence[Node], tangents: Mapping[int, Node | None], lead: Shape = ()) -> list[Node | None]:
    """Return the tangents of outputs, None where they are 0, given those of some nodes by identity; see `pulled`."""
    found: dict[int, Node | None] = dict(tangents)
    with as_written():
        for node in topological(outputs):
            if id(node) in found:
                continue
            given.origin = node.origin
            found[id(node)] = _pushed_through(build, node, [found[id(operand)] for operand in node.operands], lead)
    return [found[id(node)] for node in outputs]


def _pushed_through(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    if node.gate is None or node.boolean or all(each is None for each in tangents):
        return None
    tangent = PUSH[node.gate.kind](build, node, tangents, lead) if node.gate.differentiable or node.gate.kind == "layout" else None
    return None if tangent is None or is_zero(tangent) else tangent
