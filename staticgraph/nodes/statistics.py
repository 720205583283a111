"""Statistics over axes: spread, averages, and reductions that leave NaN out."""

from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import divide, square
from ..gates.reduction import max_ as max_gate
from ..gates.reduction import min_ as min_gate
from ..gates.selection import isnan, logical_not
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, untyped
from .layout import broadcast_to, reshape, transpose
from .node import Node, apply, as_node
from .options import check_dtype, without_out
from .products import matmul
from .reductions import Axis, all, count, counted, max, mean, min, prod, reduce, sum
from .shapes import as_axes


def _centre(node: Node, axis: Axis, where: Any) -> Node:
    return mean(node, axis, keepdims=True, where=where)


@numpy_function(np.var)
def var(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True,
    mean: Any = None, correction: Any = None,
) -> Node:  # fmt: skip
    """Mean square deviation over axes, as `numpy.var`."""
    check_dtype("var", dtype)
    without_out("var", out)
    node = counted(as_node(a))
    centre = _centre(node, axis, where) if mean is None else mean
    squares = apply(square, (node - centre,))
    taken = count(node, axis, keepdims, where)
    return apply(divide, (sum(squares, axis, keepdims=keepdims, where=where), taken - (ddof if correction is None else correction)))


@numpy_function(np.std)
def std(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True,
    mean: Any = None, correction: Any = None,
) -> Node:  # fmt: skip
    """Standard deviation over axes, as `numpy.std`; gradient 0 where all elements are equal."""
    root: Node = untyped.sqrt(var(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction))
    return root


@numpy_function(np.ptp)
def ptp(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False) -> Node:
    """Largest less smallest element over axes, as `numpy.ptp`."""
    without_out("ptp", out)
    return as_node(max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims))


@numpy_function(np.average)
def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Weighted mean over axes, as `numpy.average`."""
    node = as_node(a)
    if weights is None:
        value = mean(node, axis, keepdims=keepdims)
        return (value, broadcast_to(as_node(node.size / value.size), value.shape)) if returned else value
    by = as_node(weights)
    if by.shape != node.shape:
        by = _along(by, node, as_axes("average", axis, node.ndim))
    total = sum(by, axis, keepdims=keepdims)
    value = sum(node * by, axis, keepdims=keepdims) / total
    return (value, broadcast_to(total, value.shape)) if returned else value


def _along(weights: Node, node: Node, axes: tuple[int, ...]) -> Node:
    """Return weights that have only the axes that are averaged over, so that they broadcast."""
    if weights.shape != tuple(node.shape[each] for each in axes):
        raise ValueError(f"average: weights of shape {weights.shape} fit neither the shape {node.shape} nor its axes {axes}")
    shape = tuple(length if each in axes else 1 for each, length in enumerate(node.shape))
    return broadcast_to(reshape(weights, shape), node.shape)


def _unknown(a: Any) -> tuple[Node, Node]:
    """Return a node of numbers, and where it is NaN."""
    node = counted(as_node(a))
    return node, apply(isnan, (node,))


@numpy_function(np.nansum)
def nansum(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Node:  # fmt: skip
    """Sum over axes of what is not NaN, as `numpy.nansum`."""
    node, unknown = _unknown(a)
    return sum(apply(where_gate, (unknown, 0.0, node)), axis, dtype, out, keepdims, initial, where)


@numpy_function(np.nanprod)
def nanprod(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Node:  # fmt: skip
    """Product over axes of what is not NaN, as `numpy.nanprod`."""
    node, unknown = _unknown(a)
    return prod(apply(where_gate, (unknown, 1.0, node)), axis, dtype, out, keepdims, initial, where)


def _known(unknown: Node, where: Any) -> Node:
    known = apply(logical_not, (unknown,))
    return known if where is True else known & as_node(where)


@numpy_function(np.nanmean)
def nanmean(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Mean over axes of what is not NaN, as `numpy.nanmean`."""
    node, unknown = _unknown(a)
    return mean(apply(where_gate, (unknown, 0.0, node)), axis, dtype, out, keepdims, where=_known(unknown, where))


@numpy_function(np.nanvar)
def nanvar(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True
) -> Node:  # fmt: skip
    """Mean square deviation over axes of what is not NaN, as `numpy.nanvar`."""
    node, unknown = _unknown(a)
    return var(apply(where_gate, (unknown, 0.0, node)), axis, dtype, out, ddof, keepdims, where=_known(unknown, where))


@numpy_function(np.nanstd)
def nanstd(
    a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True
) -> Node:  # fmt: skip
    """Standard deviation over axes of what is not NaN, as `numpy.nanstd`."""
    root: Node = untyped.sqrt(nanvar(a, axis, dtype, out, ddof, keepdims, where=where))
    return root


def _known_extreme(gate: Gate, worst: float, a: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Node:
    """Return the largest or smallest of what is not NaN; NaN where all is."""
    node, unknown = _unknown(a)
    known = apply(where_gate, (unknown, worst, node))
    if initial is not None or where is not True:
        return (max if worst < 0 else min)(known, axis, None, keepdims, initial, where)
    value = reduce(gate, known, axis, keepdims)
    return apply(where_gate, (all(unknown, axis, keepdims=keepdims), np.nan, value))


@numpy_function(np.nanmax)
def nanmax(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Maximum over axes of what is not NaN, as `numpy.nanmax`."""
    without_out("nanmax", out)
    return _known_extreme(max_gate, -np.inf, a, axis, keepdims, initial, where)


@numpy_function(np.nanmin)
def nanmin(a: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Minimum over axes of what is not NaN, as `numpy.nanmin`."""
    without_out("nanmin", out)
    return _known_extreme(min_gate, np.inf, a, axis, keepdims, initial, where)


@numpy_function(np.cov)
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Node:
    """Covariances of variables in rows, as `numpy.cov` without weights."""
    node = as_node(untyped.atleast_2d(m))
    node = transpose(node) if not rowvar and node.shape[0] != 1 else node
    if y is not None:
        other = as_node(untyped.atleast_2d(y))
        node = as_node(untyped.concatenate([node, transpose(other) if not rowvar and other.shape[0] != 1 else other]))
    deviation = node - mean(node, 1, keepdims=True)
    divisor = node.shape[1] - (ddof if ddof is not None else 0 if bias else 1)
    return as_node(untyped.squeeze(matmul(deviation, transpose(deviation)) / divisor))
