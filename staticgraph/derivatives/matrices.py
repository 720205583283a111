"""What the user writes with nodes for matrices of derivatives."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np

from ..nodes.node import Node, as_node
from .building import Builder
from .matrix import Entries, entries
from .prepared import Prepared
from .products import Variables, check_scalar, like, or_zeros, real, variables_of
from .transforms import pulled


def jacobian(y: Any, x: Variables) -> Variables:
    """Return the Jacobian matrix of a node, as a node.

    Entries that are 0 by structure are the constant 0, and no work is done for them: a diagonal costs what the function costs.

    Parameters
    ----------
    y : Node
    x : Node, or tuple or list of Node
        Leaves, or values between: then `y` is seen as a function of that value.

    Returns
    -------
    Node, or tuple or list of Node
        Of shape `(*y.shape, *x.shape)`.

    Raises
    ------
    TypeError
        If `y` or `x` is no node, or is boolean.
    """
    of, by = real("jacobian: y", y), variables_of("jacobian: x", x)
    prepared = Prepared([of], by)
    found = entries(prepared.build, prepared.outputs, prepared.variables)
    blocks = blocks_of(prepared.build, found, [of], by)[0]
    return like(x, prepared.restored(blocks))


@overload
def hessian(y: Any, x: Node) -> Node: ...


@overload
def hessian(y: Any, x: tuple[Node, ...] | list[Node]) -> Any: ...


def hessian(y: Any, x: Any) -> Any:
    """Return the matrix of second derivatives of a scalar node, as a node, symmetric to the bit.

    Parameters
    ----------
    y : Node
        Of shape `()`.
    x : Node, or tuple or list of Node

    Returns
    -------
    Node, or tuple or list of tuples or lists of Node
        Of shape `(*x.shape, *x.shape)`; of several nodes, for each of them the derivatives of its gradient in all of them.

    Raises
    ------
    TypeError
        If `y` or `x` is no node, or is boolean.
    ValueError
        If `y` has another shape than `()`.
    """
    of, by = real("hessian: y", y), variables_of("hessian: x", x)
    check_scalar("hessian", of)
    prepared = Prepared([of], by)
    found = second(prepared)
    restored = iter(prepared.restored([block for row in blocks_of(prepared.build, found, by, by) for block in row]))
    return like(x, [like(x, [next(restored) for _ in by]) for _ in by])


def second(prepared: Prepared) -> Entries:
    """Return the entries of the second derivatives of a scalar output."""
    build = prepared.build
    gradients = pulled(build, prepared.outputs, build.build([as_node(1.0)]), prepared.variables)
    return entries(build, or_zeros(build, gradients, prepared.variables), prepared.variables, symmetric=True)


def blocks_of(build: Builder, found: Entries, outputs: Sequence[Node], variables: Sequence[Node]) -> list[list[Node]]:
    """Return for each output its derivatives in each variable, as nodes."""
    rows, columns = ranges(outputs), ranges(variables)
    return [
        [found.dense(build, row, column, (*of.shape, *by.shape)) for by, column in zip(variables, columns, strict=True)]
        for of, row in zip(outputs, rows, strict=True)
    ]


def ranges(nodes: Sequence[Node]) -> list[range]:
    """Return the numbers of each node's elements, counted through all of them."""
    ends = np.cumsum([0, *(node.size for node in nodes)]).tolist()
    return [range(first, last) for first, last in pairwise(ends)]
