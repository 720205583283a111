"""What derivatives need of cumulative gates: a linear recurrence, forward for tangents and from the end for upstream gradients."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..gates.cumulative import CUMULATIVE, chain_recurrence
from ..nodes.node import Node, as_node
from ..nodes.shapes import Shape
from .building import Array, Builder, is_zero
from .kinds import EDGES, PULL, PUSH, SELF, Edges, Received, Wanted


def _places(node: Node) -> Array:
    """Return the numbers of the elements as `(before, length, after)`."""
    places: Array = np.arange(node.size).reshape(node.static)
    return places


def _slopes(build: Builder, node: Node) -> list[Node | None]:
    """Return the local derivatives of all steps but the first: in the result before, and in each operand; None where there is none."""
    assert node.gate is not None
    places = _places(node)
    before, here = places[:, :-1], places[:, 1:]
    values = [build.pick(index, [node]) for index in (here, before)]
    operands = [build.pick(here, [operand]) for operand in node.operands]
    written = node.gate.contributions(as_node(1.0), values[0], values[1], *operands)
    found = [None if each is None else build.spread(build.number(each), here.shape) for each in written]
    return [None if each is None or is_zero(each) else each for each in found]


def _along(build: Builder, steps: Node | None, first: float, node: Node, lead: Shape) -> Node:
    """Return what steps have, with a number for the first element, for all leading axes."""
    before, length, after = node.static
    head = build.constant(np.full((before, 1, after), first))
    rest = build.zeros((before, length - 1, after)) if steps is None else steps
    index = np.arange(head.size).reshape(head.shape), head.size + np.arange(rest.size).reshape(rest.shape)
    return build.spread(build.pick(np.concatenate(index, axis=1), [head, rest]), (*lead, *node.static))


def _recurrence(build: Builder, factors: Node, terms: Node, node: Node, lead: Shape) -> Node:
    """Return `y[k] = factors[k] * y[k - 1] + terms[k]`, where a zero of `y` stops."""
    before, length, after = node.static
    form = (int(np.prod(lead, dtype=int)) * before, length, after)
    return build.make(chain_recurrence, [factors, terms], form, factors.shape)


def _turned(build: Builder, node: Node) -> Node:
    """Return elements from the end of the axis before the last to its beginning."""
    return build.pick(np.arange(node.size).reshape(node.shape)[..., ::-1, :], [node])


def _pull(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    """Yield what operands receive."""
    passed, *local = _slopes(build, node)
    upstream = _turned(build, build.shaped(g, (*lead, *node.static)))
    # From the end: the factor of a step is the derivative of the result after it.
    steps = None if passed is None else _turned(build, passed)
    total = _turned(build, _recurrence(build, _along(build, steps, 0.0, node, lead), upstream, node, lead))
    for number, (asked, slope) in enumerate(zip(wanted, local, strict=True)):
        last = number == len(local) - 1
        if asked and (slope is not None or last):
            factor = _along(build, slope, float(last), node, lead)
            yield Received(number, build.shaped(build.chained(total, factor), (*lead, *node.shape)))


def _push(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    """Return the tangent of the result."""
    passed, *local = _slopes(build, node)
    terms = []
    for number, (tangent, slope) in enumerate(zip(tangents, local, strict=True)):
        last = number == len(local) - 1
        if tangent is not None and (slope is not None or last):
            factor = _along(build, slope, float(last), node, lead)
            terms.append(build.directed(factor, build.shaped(tangent, (*lead, *node.static))))
    moved = build.sum_of(terms)
    if moved is None:
        return None
    return build.shaped(_recurrence(build, _along(build, passed, 0.0, node, lead), moved, node, lead), (*lead, *node.shape))


def _edges(build: Builder, node: Node) -> Iterator[Edges]:
    """Yield the edges of one step after another, as each result depends on the one before."""
    passed, *local = _slopes(build, node)
    places, last = _places(node), len(local) - 1
    one = build.constant(1.0)
    yield Edges(last, places[:, 0].ravel(), places[:, 0].ravel(), one, np.zeros(places[:, 0].size, int), False)
    within = np.arange(places[:, 1:].size).reshape(places[:, 1:].shape)

    def step(number: int, slope: Any, k: int, into: Array) -> Edges:
        return Edges(number, places[:, k].ravel(), into.ravel(), slope, within[:, k - 1].ravel(), True)

    for k in range(1, places.shape[1]):
        for number, slope in enumerate(local):
            if slope is not None:
                yield step(number, slope, k, places[:, k])
        if passed is not None:
            yield step(SELF, passed, k, places[:, k - 1])


PULL[CUMULATIVE], PUSH[CUMULATIVE], EDGES[CUMULATIVE] = _pull, _push, _edges
