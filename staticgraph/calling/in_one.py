"""Derivatives as one program: those of rows are its values, and those that are summed over rows its gradients in leaves of its own."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from ..derivatives.building import Builder
from ..derivatives.matrices import blocks_of, second
from ..derivatives.matrix import entries
from ..derivatives.prepared import Prepared
from ..derivatives.products import or_zeros
from ..derivatives.transforms import pulled
from ..nodes.node import INPUT, PARAMETER, Node
from .derived import evaluation, is_summed, leaves_of, summing
from .evaluation import Evaluation, Names


class InOne(NamedTuple):
    """Derivatives as one program.

    Attributes
    ----------
    inner : Evaluation
        Its values are the derivatives of rows, and then whatever; its leaves are those that are given, and then those of its own.
    given : tuple of Node
    summed : list of bool
        For each derivative whether it is summed over rows: then it is the next of the gradients in the leaves of its own.
    """

    inner: Evaluation
    given: tuple[Node, ...]
    summed: list[bool]


def jacobian(function: Evaluation, names: Names, values: bool, sums: bool) -> InOne:
    """Return the outputs' derivatives in leaves, behind the outputs if these are asked for; `sums` has those in parameters summed."""
    prepared = Prepared(function._source.outputs, leaves_of(function, names))
    found = entries(prepared.build, prepared.outputs, prepared.variables)
    blocks = blocks_of(prepared.build, found, prepared.outputs, prepared.variables)
    nodes = [*(prepared.outputs if values else ()), *(block for row in blocks for block in row)]
    together = [sums and leaf.role == PARAMETER for leaf in prepared.variables] * len(prepared.outputs)
    return _in_one(function, prepared.build, nodes, [False] * (len(nodes) - len(together)) + together, ())


def hessian(function: Evaluation, names: Names) -> InOne:
    """Return the second derivatives in each pair of leaves."""
    prepared = Prepared(function._source.outputs, leaves_of(function, names))
    leaves = prepared.variables
    nodes = [block for row in blocks_of(prepared.build, second(prepared), leaves, leaves) for block in row]
    return _in_one(function, prepared.build, nodes, [is_summed(a, b) for a, b in product(leaves, repeat=2)], ())


def gradients(function: Evaluation, names: Names) -> InOne:
    """Return the gradients for a cotangent of each output; these follow the leaves."""
    prepared = Prepared(function._source.outputs, leaves_of(function, names))
    cotangents = [Node(INPUT, node.shape, name=f"cotangent {number}") for number, node in enumerate(prepared.outputs)]
    nodes = or_zeros(prepared.build, pulled(prepared.build, prepared.outputs, cotangents, prepared.variables), prepared.variables)
    return _in_one(function, prepared.build, nodes, [leaf.role == PARAMETER for leaf in prepared.variables], cotangents)


def _in_one(function: Evaluation, build: Builder, nodes: Sequence[Node], summed: list[bool], extra: Sequence[Node]) -> InOne:
    given = (*function.inputs, *extra)
    alone = [node for node, together in zip(nodes, summed, strict=True) if not together]
    blocks = [node for node, together in zip(nodes, summed, strict=True) if together]
    if not blocks:
        return InOne(evaluation(function, alone or [build.constant(0.0)], given), given, summed)
    total = summing(function, build, blocks, extra)
    return InOne(evaluation(function, [*alone, *total._source.outputs], total.inputs, total._default), given, summed)
