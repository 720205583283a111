"""Norms of vectors and matrices, of all orders."""

from typing import Any

import numpy as np

from ..gates.arithmetic import abs_
from ..gates.reduction import max_ as max_gate
from ..gates.reduction import min_ as min_gate
from ..gates.reduction import norm as norm_gate
from .choices import where
from .declaring import numpy_function
from .eigenvalues import singular_values
from .layout import reshape
from .moves import moved
from .node import Node, as_node
from .reductions import counted, reduce, sum
from .shapes import Shape, as_axes, reduced


@numpy_function(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    """Norm, as `numpy.linalg.norm`, of all orders; gradient 0 at the origin.

    Raises
    ------
    ValueError
        For an order that does not exist, and for 2, -2 and 'nuc' of matrices of more than 3 rows and columns.
    """
    node = counted(as_node(x))
    if axis is None and ord is None:
        return reduce(norm_gate, node, None, keepdims, empty=0.0)
    axes = as_axes("norm", axis, node.ndim)
    if len(axes) == 1:
        return _of_vectors(node, ord, axes, keepdims)
    if len(axes) == 2:
        return _of_matrices(node, ord, axes, axes if axis is None else tuple(each % node.ndim for each in axis), keepdims)
    raise ValueError(f"norm: order {ord!r} over {len(axes)} axes does not exist; an order is of vectors (one axis) or matrices (two)")


def _of_vectors(node: Node, ord: Any, axes: Shape, keepdims: bool) -> Node:
    size = abs_(node)
    if ord in (None, 2):
        return reduce(norm_gate, node, axes, keepdims, empty=0.0)
    if ord == 1:
        return sum(size, axes, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return reduce(max_gate if ord > 0 else min_gate, size, axes, keepdims, name="norm")
    if ord == 0:
        return sum(counted(node != 0.0), axes, keepdims=keepdims)
    if isinstance(ord, str):
        raise ValueError(f"norm: order {ord!r} of vectors does not exist; there are numbers, infinities and None")
    total = sum(size**ord, axes, keepdims=keepdims)
    return where(total == 0.0, 0.0, where(total == 0.0, 1.0, total) ** (1.0 / ord))


def _of_matrices(node: Node, ord: Any, axes: Shape, given: Shape, keepdims: bool) -> Node:
    if ord in (None, "fro"):
        return reduce(norm_gate, node, axes, keepdims, empty=0.0)
    shape = reduced(node.shape, axes, keepdims)
    rows, columns = given
    if ord in (1, np.inf, -1, -np.inf):
        sums = sum(abs_(node), rows if abs(ord) == 1 else columns, keepdims=True)
        return reshape(reduce(max_gate if ord > 0 else min_gate, sums, axes, keepdims=False, name="norm"), shape)
    if ord in (2, -2, "nuc"):
        found = singular_values(moved("moveaxis", ("a",), (node, given, (-2, -1)), {}))
        value = {2: found[..., -1], -2: found[..., 0], "nuc": sum(found, -1)}[ord]
        return reshape(value, shape)
    raise ValueError(f"norm: order {ord!r} of matrices does not exist; there are 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc'")
