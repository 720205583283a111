"""What derivatives need of each kind of gate: pulled back, pushed forward, and element by element.

`lead` are axes in front of every shape, along which several cotangents or tangents go at once; `()` if there is one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..gates import CONTRACTION, ELEMENTWISE, LAYOUT, REDUCTION
from ..gates.arithmetic import add, subtract
from ..gates.chain import multiply_add
from ..gates.linear import chain_matmul, directional_matmul, matmul
from ..gates.selection import where_
from ..kinds.layout import element_index
from ..nodes.node import Node
from ..nodes.shapes import Shape
from .building import Array, Builder, finite, is_one, never_zero
from .entries import alone_in_rows
from .local import aligned, slopes, unbroadcast

SELF = -1
"""In place of an operand: the node itself, one of whose elements follows from another."""


class Received(NamedTuple):
    """What an operand receives.

    That is `node`, times the local derivative `slope` if there is one; where `target` is given, only elements `source` of it, each of which
    goes to one element of the operand.
    """

    operand: int
    node: Node
    slope: Node | None = None
    target: Array | None = None
    source: Array | None = None


class Edges(NamedTuple):
    """Derivatives of elements `out` of a gate's value in elements `into` of an operand: elements `place` of `weight`."""

    operand: int
    out: Array
    into: Array
    weight: Node
    place: Array
    stops: bool


Wanted = Sequence[bool]
"""For each operand whether its derivative is asked for."""


def owners(node: Node) -> tuple[Array, Array]:
    """Return for each element of a layout gate which operand it comes from, and which element of that it is."""
    starts = np.concatenate([[0], np.cumsum([operand.size for operand in node.operands])])
    index = element_index(node)
    owner = np.searchsorted(starts, index, side="right") - 1
    return owner, index - starts[owner]


def _pull_elementwise(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    for number, operand in enumerate(node.operands):
        local = slopes(build, node)[number] if wanted[number] else None
        if local is None:
            continue
        slope, stops = local
        if node.gate is where_:
            choices: list[Node | float] = [0.0, 0.0]
            choices[number - 1] = g
            slope, g_here = build.constant(1.0), build(where_, node.operands[0], *choices)
        else:
            g_here = build.directed(slope, g) if stops and not is_one(slope) else g
            slope = build.constant(1.0) if stops else slope
        if operand.shape == node.shape:
            yield Received(number, build.spread(g_here, (*lead, *node.shape)), None if is_one(slope) else slope)
        else:
            whole = build.spread(build.chained(g_here, slope), (*lead, *node.shape))
            yield Received(number, unbroadcast(build, whole, lead, operand.shape))


def _pull_reduction(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    (local,), (before, length, after) = slopes(build, node), node.static
    if local is None:
        return
    upstream = build.shaped(g, (*lead, before, 1, after))
    received = build.directed(local.node, upstream) if local.stops else build.chained(upstream, local.node)
    yield Received(0, build.shaped(build.spread(received, (*lead, before, length, after)), (*lead, *node.operands[0].shape)))


def _turned(build: Builder, node: Node, shape: Shape) -> Node:
    """Return elements of a shape with its last two axes exchanged."""
    return build.pick(np.swapaxes(np.arange(node.size).reshape(shape), -1, -2), [node])


def _product(build: Builder, moved: Node, other: Node, forward: bool) -> Node:
    """Return the product of gradients or, forward, of tangents and a matrix: a zero of the first one stops, and forward one of either."""
    form = (*moved.shape, other.shape[1])
    found = alone_in_rows(build, moved)
    if found is not None:
        entries, column = found
        chosen = build.pick(column[:, None] * form[2] + np.arange(form[2]), [other])
        entries = build.shaped(entries, (form[0], 1))
        return build.spread(build.directed(chosen, entries) if forward else build.chained(entries, chosen), (form[0], form[2]))
    plain = (never_zero(moved) or finite(other)) and (not forward or never_zero(other) or finite(moved))
    gate = matmul if plain else directional_matmul if forward else chain_matmul
    return build.make(gate, [moved, other], form, (form[0], form[2]))


def _pull_contraction(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    (rows, inner, columns), (a, b) = node.static, node.operands
    count = int(np.prod(lead, dtype=int))
    if wanted[0]:
        transposed = _turned(build, b, (inner, columns))
        received = _product(build, build.shaped(g, (count * rows, columns)), transposed, forward=False)
        yield Received(0, build.shaped(received, (*lead, *a.shape)))
    if wanted[1]:
        turned = build.shaped(_turned(build, g, (count, rows, columns)), (count * columns, rows))
        received = _product(build, turned, build.shaped(a, (rows, inner)), forward=False)
        yield Received(1, build.shaped(_turned(build, received, (count, columns, inner)), (*lead, *b.shape)))


def _pull_layout(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    owner, element = owners(node)
    for number, asked in enumerate(wanted):
        if asked:
            source = np.flatnonzero(owner == number)
            if source.size:
                yield Received(number, g, None, element[source], source)


def _push_elementwise(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    shape, sofar = (*lead, *node.shape), None
    if node.gate is where_:
        choices: list[Node | float] = [0.0 if each is None else aligned(build, each, lead, node.ndim) for each in tangents[1:]]
        return None if tangents[1] is None and tangents[2] is None else build.spread(build(where_, node.operands[0], *choices), shape)
    for local, given in zip(slopes(build, node), tangents, strict=True):
        if local is None or given is None:
            continue
        slope, tangent = local.node, aligned(build, given, lead, node.ndim)
        if sofar is not None and is_one(slope):
            sofar = build(add, sofar, tangent)
        elif sofar is not None and is_one(slope, -1.0):
            sofar = build(subtract, sofar, tangent)
        elif sofar is not None and finite(slope) and never_zero(slope):
            sofar = build(multiply_add, tangent, slope, sofar)
        else:
            term = build.directed(slope, tangent)
            sofar = term if sofar is None else build(add, sofar, term)
    return None if sofar is None else build.spread(sofar, shape)


def _push_reduction(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    (local,), (given,), form = slopes(build, node), tangents, node.static
    if local is None or given is None:
        return None
    moved = build.directed(local.node, build.shaped(given, (*lead, *form)))
    return build.shaped(build.total(moved, (len(lead) + 1,)), (*lead, *node.shape))


def _push_contraction(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    (rows, inner, columns), (a, b) = node.static, node.operands
    count, terms = int(np.prod(lead, dtype=int)), []
    if tangents[0] is not None:
        moved = _product(build, build.shaped(tangents[0], (count * rows, inner)), build.shaped(b, (inner, columns)), forward=True)
        terms.append(build.shaped(moved, (*lead, *node.shape)))
    if tangents[1] is not None:
        turned = build.shaped(_turned(build, tangents[1], (count, inner, columns)), (count * columns, inner))
        moved = _product(build, turned, _turned(build, a, (rows, inner)), forward=True)
        terms.append(build.shaped(_turned(build, moved, (count, columns, rows)), (*lead, *node.shape)))
    return build.sum_of(terms)


def _push_layout(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    if all(tangent is None for tangent in tangents):
        return None
    owner, element = owners(node)
    count = int(np.prod(lead, dtype=int))
    given = [build.zeros((count * operand.size,)) if each is None else each for each, operand in zip(tangents, node.operands, strict=True)]
    sizes = np.array([operand.size for operand in node.operands])
    starts = np.concatenate([[0], np.cumsum([each.size for each in given])])[:-1]
    index = starts[owner] + np.arange(count)[:, None] * sizes[owner] + element
    return build.pick(index.reshape((*lead, *node.shape)), given)


def _edges_elementwise(build: Builder, node: Node) -> Iterator[Edges]:
    out = np.arange(node.size)
    for number, local in enumerate(slopes(build, node)):
        if local is not None:
            weight, stops = local
            yield Edges(number, out, _repeated(node.operands[number], node), weight, _repeated(weight, node), stops)


def _repeated(operand: Node, node: Node) -> Array:
    """Return which element of an operand each element of an elementwise gate has."""
    if operand.size == 1:
        return np.zeros(node.size, np.int64)
    return np.broadcast_to(np.arange(operand.size).reshape(operand.shape), node.shape).ravel()


def _edges_reduction(build: Builder, node: Node) -> Iterator[Edges]:
    (local,), form = slopes(build, node), node.static
    if local is not None:
        before, _, after = form
        out = np.broadcast_to(np.arange(before * after).reshape(before, 1, after), form).ravel()
        place = np.broadcast_to(np.arange(local.node.size).reshape(local.node.shape), form).ravel()
        yield Edges(0, out, np.arange(node.operands[0].size), local.node, place, local.stops)


def _edges_contraction(build: Builder, node: Node) -> Iterator[Edges]:
    assert node.gate is not None
    (rows, inner, columns), stop = node.static, node.gate.zeros_stop
    i, k, j = (each.ravel() for each in np.indices((rows, inner, columns)))
    out, first, second = i * columns + j, i * inner + k, k * columns + j
    yield Edges(0, out, first, node.operands[1], second, 1 in stop)
    yield Edges(1, out, second, node.operands[0], first, 0 in stop)


def _edges_layout(build: Builder, node: Node) -> Iterator[Edges]:
    owner, element = owners(node)
    one = build.constant(1.0)
    for number in range(len(node.operands)):
        out = np.flatnonzero(owner == number)
        yield Edges(number, out, element[out], one, np.zeros(len(out), int), False)


PULL: dict[str, Callable[[Builder, Node, Node, Shape, Wanted], Iterator[Received]]] = {
    ELEMENTWISE: _pull_elementwise, REDUCTION: _pull_reduction, CONTRACTION: _pull_contraction, LAYOUT: _pull_layout,
}  # fmt: skip
"""Upstream gradient to what the wanted operands receive."""
PUSH: dict[str, Callable[[Builder, Node, Sequence[Node | None], Shape], Node | None]] = {
    ELEMENTWISE: _push_elementwise, REDUCTION: _push_reduction, CONTRACTION: _push_contraction, LAYOUT: _push_layout,
}  # fmt: skip
"""Tangents of the operands, None where one is 0, to the tangent of the value."""
EDGES: dict[str, Callable[[Builder, Node], Iterator[Edges]]] = {
    ELEMENTWISE: _edges_elementwise, REDUCTION: _edges_reduction, CONTRACTION: _edges_contraction, LAYOUT: _edges_layout,
}  # fmt: skip
"""The derivatives of a gate's elements in those of its operands."""

