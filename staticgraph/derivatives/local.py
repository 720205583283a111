"""Local derivatives as nodes, from the gates' backward rules run for an upstream gradient of 1."""

from functools import cache
from typing import NamedTuple

import numpy as np

from ..gates import ELEMENTWISE, Gate, slope, slope_reads
from ..gates.analysis import VALUE, contributions
from ..gates.arithmetic import multiply
from ..gates.chain import accumulate, chain, directional
from ..gates.selection import where_
from ..nodes.leaves import input
from ..nodes.node import CONSTANT, OPERATION, Node, as_node
from ..passes.match import either_order
from .building import Builder, is_zero

MOST_WRITTEN_OUT = 3
"""Gates that a local derivative may take as nodes, where other gates may share them (`cos` beside `sin`); a longer rule, or one that
chooses, is one instruction: written out, that of `maximum` takes eleven."""


class Slope(NamedTuple):
    """The local derivative of a gate in one of its operands.

    `stops` says that a 0 of it is a choice, of a branch or a corner: then nothing passes, however large the upstream gradient is.
    """

    node: Node
    stops: bool


class Form(NamedTuple):
    """How a gate's local derivative becomes nodes: written out or as one gate, and whether its zeros stop."""

    written_out: bool
    stops: bool


def slopes(build: Builder, node: Node) -> tuple[Slope | None, ...]:
    """Return the local derivatives of a gate, None in what it does not depend on, or is flat in.

    Those of an elementwise gate broadcast to its shape; those of a reduction have the form `(before, length, after)` of its operand.
    """
    found = build.slopes.get(id(node))
    if found is None:
        made = _elementwise(build, node) if node.gate is not None and node.gate.kind == ELEMENTWISE else _reduction(build, node)
        found = build.slopes[id(node)] = tuple(None if each is None or is_zero(each.node) else each for each in made)
    return found


def _elementwise(build: Builder, node: Node) -> list[Slope | None]:
    gate, operands = node.gate, node.operands
    assert gate is not None
    if gate is chain:
        return [Slope(operands[1], _is_mask(operands[1])), Slope(operands[0], True)]
    if gate is accumulate:
        return [Slope(build.constant(1.0), False), Slope(operands[2], _is_mask(operands[2])), Slope(operands[1], True)]
    if gate is directional:
        return [Slope(operands[1], True), Slope(operands[0], True)]
    written = None
    made: list[Slope | None] = []
    for number, form in enumerate(forms(gate)):
        if form is None:
            made.append(None)
        elif form.written_out:
            written = gate.contributions(as_node(1.0), node, *operands) if written is None else written
            made.append(Slope(build.number(written[number]), form.stops))
        else:
            read = [node if each == VALUE else operands[int(each)] for each in slope_reads(gate, number)]
            made.append(Slope(build(slope(gate, number), *read), form.stops))
    return made


def _reduction(build: Builder, node: Node) -> list[Slope | None]:
    gate, (before, length, after) = node.gate, node.static
    assert gate is not None
    x, y = build.shaped(node.operands[0], (before, length, after)), build.shaped(node, (before, 1, after))
    (written,) = gate.contributions(as_node(1.0), y, x)
    return [Slope(build.number(written), _stops(written) if isinstance(written, Node) else False)]


def _is_mask(node: Node) -> bool:
    """Whether a node is a truth value, or a number that is one: its zeros are choices."""
    if node.gate is multiply:
        return any(mask.boolean and other.role == CONSTANT for mask, other in either_order(node.operands))
    return node.boolean


@cache
def forms(gate: Gate) -> tuple[Form | None, ...]:
    """Return how an elementwise gate's local derivatives become nodes, None where there is none."""
    leaves = [input(f"operand{number}") for number in range(gate.arity)]
    value = gate(*leaves)
    written = gate.contributions(as_node(1.0), value, *leaves)
    return tuple(
        None if each is None or rule is None else _form(each, value, bool(rule.reads))
        for each, rule in zip(written, contributions(gate), strict=True)
    )


def _form(written: Node | float, value: Node, reads: bool) -> Form:
    if not isinstance(written, Node):
        return Form(True, False)
    build = Builder()
    for node in (value, *value.operands):
        build.keep(node)
    made = build.number(written)
    new = [each for each in _operations(made) if each is not value]
    return Form(not reads or (len(new) <= MOST_WRITTEN_OUT and not any(each.gate is where_ for each in new)), _stops(written))


def _stops(written: Node) -> bool:
    """Whether a rule chooses the constant 0."""
    return any(each.gate is where_ and any(is_zero(choice) for choice in each.operands[1:]) for each in _operations(written))


def _operations(node: Node) -> list[Node]:
    """Return the gates that a node is made of."""
    found: dict[int, Node] = {}
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.role == OPERATION and id(each) not in found:
            found[id(each)] = each
            waiting += each.operands
    return list(found.values())


def aligned(build: Builder, node: Node, lead: tuple[int, ...], ndim: int) -> Node:
    """Return a node with leading axes whose others line up with those of a shape of so many axes."""
    own = node.shape[len(lead) :]
    return build.shaped(node, (*lead, *(1,) * (ndim - len(own)), *own)) if lead and len(own) < ndim else node


def unbroadcast(build: Builder, node: Node, lead: tuple[int, ...], shape: tuple[int, ...]) -> Node:
    """Return the sums over the axes along which an operand of that shape was repeated."""
    count = len(lead)
    own = node.shape[count:]
    padded = (1,) * (len(own) - len(shape)) + shape
    axes = [axis for axis in range(len(own)) if padded[axis] == 1 and own[axis] != 1]
    for run in reversed(np.split(np.array(axes, int), np.flatnonzero(np.diff(axes) != 1) + 1)):
        node = build.total(node, tuple(int(axis) + count for axis in run))
    return build.shaped(node, (*lead, *shape))
