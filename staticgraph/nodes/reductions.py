"""Reductions over axes: sums, products, extremes, truth, with NumPy's names, meanings and keywords."""

import math
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import divide, stop_gradient
from ..gates.exponential import exp_of_difference
from ..gates.reduction import logsumexp as logsumexp_gate
from ..gates.reduction import max_ as max_gate
from ..gates.reduction import min_ as min_gate
from ..gates.reduction import sum_ as sum_gate
from ..gates.selection import maximum, minimum, not_equal
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, public
from .layout import broadcast_to, concatenate, filled, reshape, transpose
from .node import OPERATION, Node, apply, as_node, is_boolean
from .options import check_dtype, without_out
from .shapes import around, as_axes, contiguous, reduced

Axis = Any
"""An int, a sequence of ints, or None."""


def reduce(gate: Gate, x: Any, axis: Axis, keepdims: bool, empty: float | None = None, name: str = "") -> Node:
    """Return the node of a reducing gate over axes, of no elements the number `empty`; `ValueError` where that is none."""
    node, name = as_node(x), name or gate.name
    axes = as_axes(name, axis, node.ndim)
    shape = reduced(node.shape, axes, bool(keepdims))
    if not contiguous(axes):
        node = transpose(node, (*(each for each in range(node.ndim) if each not in axes), *axes))
        axes = tuple(range(node.ndim - len(axes), node.ndim))
    form = around(node.shape, axes)
    if form[1] == 0:
        if empty is None:
            raise ValueError(f"{name}: axis {axis} of a node of shape {node.shape} has no elements")
        return filled(empty, shape, node)
    return Node(OPERATION, shape, gate=gate, operands=(node,), static=form, boolean=is_boolean(gate, (node,)))


def counted(node: Node) -> Node:
    """Return truth values as the numbers 0 and 1."""
    return node * 1.0 if node.boolean else node


def _checked(name: str, dtype: Any, out: Any) -> None:
    check_dtype(name, dtype)
    without_out(name, out)


def taken(x: Any, condition: Any, otherwise: float) -> Node:
    """Return the elements that a reduction's `where` takes, and a number for the others."""
    node = as_node(x)
    return node if condition is True else apply(where_gate, (broadcast_to(as_node(condition), node.shape), node, otherwise))


@numpy_function(np.sum)
def sum(
    x: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Node:  # fmt: skip
    """Sum over axes, as `numpy.sum`: each element receives the upstream gradient."""
    _checked("sum", dtype, out)
    total = reduce(sum_gate, taken(x, where, 0.0), axis, keepdims, empty=0.0)
    return total if initial is None else total + initial


def count(x: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    """Return how many elements over axes a condition takes: a node if the condition is one."""
    shape = np.shape(x)
    if where is True:
        return math.prod(shape[each] for each in as_axes("mean", axis, len(shape)))
    if isinstance(where, Node):
        return sum(counted(broadcast_to(where, shape)), axis, keepdims=keepdims)
    return np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=keepdims)


@numpy_function(np.mean)
def mean(x: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Mean over axes, as `numpy.mean`."""
    _checked("mean", dtype, out)
    total = reduce(sum_gate, taken(x, where, 0.0), axis, keepdims, name="mean")
    return apply(divide, (total, total.static[1] if where is True else count(x, axis, keepdims, where)))


@numpy_function(np.prod)
def prod(
    x: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Node:  # fmt: skip
    """Product over axes, as `numpy.prod`, by halving, so that its gradient is right where elements are 0."""
    _checked("prod", dtype, out)
    if initial is not None:
        return as_node(prod(x, axis, keepdims=keepdims, where=where) * initial)
    node = counted(taken(x, where, 1.0))
    axes = as_axes("prod", axis, node.ndim)
    shape = reduced(node.shape, axes, bool(keepdims))
    kept = tuple(each for each in range(node.ndim) if each not in axes)
    node = reshape(transpose(node, (*axes, *kept)), (-1, *(node.shape[each] for each in kept))) if node.size else node
    if not node.size:
        return filled(1.0, shape, node)
    while len(node) > 1:
        half = len(node) // 2
        halved = node[:half] * node[half : 2 * half]
        node = halved if len(node) == 2 * half else concatenate([halved, node[2 * half :]])
    return reshape(node[0], shape)


def _extreme(gate: Gate, pair: Gate, x: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Node:
    """Return the largest or smallest element, of those that `where` takes and `initial`."""
    if where is not True and initial is None:
        raise ValueError(f"{gate.name}: where needs initial, the value of no elements, as in NumPy")
    if initial is None:
        return reduce(gate, x, axis, keepdims)
    worst = -np.inf if pair is maximum else np.inf
    return apply(pair, (reduce(gate, taken(x, where, worst), axis, keepdims, empty=worst), initial))


@numpy_function(np.max, np.amax)
def max(x: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Maximum over axes, as `numpy.max`: NaN if any element is; the tied share the gradient equally."""
    without_out("max", out)
    return _extreme(max_gate, maximum, x, axis, keepdims, initial, where)


@numpy_function(np.min, np.amin)
def min(x: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Minimum over axes, as `numpy.min`: NaN if any element is; the tied share the gradient equally."""
    without_out("min", out)
    return _extreme(min_gate, minimum, x, axis, keepdims, initial, where)


def truth(x: Any) -> Node:
    """Return whether each element differs from 0."""
    node = as_node(x)
    return node if node.boolean else apply(not_equal, (node, 0.0))


def _of_truth(gate: Gate, x: Any, axis: Axis, keepdims: bool, where: Any, empty: bool, name: str) -> Node:
    held = truth(x)
    if where is not True:
        held = apply(where_gate, (broadcast_to(as_node(where), held.shape), held, as_node(empty)))
    return truth(reduce(gate, held, axis, keepdims, float(empty), name))


@numpy_function(np.any)
def any(x: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Whether any element over axes holds (differs from 0), as `numpy.any`."""
    without_out("any", out)
    return _of_truth(max_gate, x, axis, keepdims, where, False, "any")


@numpy_function(np.all)
def all(x: Any, axis: Axis = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Whether all elements over axes hold (differ from 0), as `numpy.all`."""
    without_out("all", out)
    return _of_truth(min_gate, x, axis, keepdims, where, True, "all")


@numpy_function(np.count_nonzero)
def count_nonzero(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Node:
    """How many elements over axes differ from 0, as `numpy.count_nonzero`."""
    return sum(counted(truth(x)), axis, keepdims=keepdims)


@np.errstate(all="ignore")
def _logsumexp_of_array(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    peak = np.max(x, axis=axis, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    with np.errstate(divide="ignore"):  # the logarithm of 0 is meant
        total = np.log(np.sum(np.exp(np.subtract(x, peak)), axis=axis, keepdims=True)) + peak
    return total if keepdims else np.squeeze(total, axis=axis)[()]


@numpy_function(_logsumexp_of_array)
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """`log(sum(exp(x)))` over axes, without overflow; its gradient is the softmax."""
    return reduce(logsumexp_gate, x, axis, keepdims, empty=-np.inf)


@public
@np.errstate(all="ignore")
def softmax(x: Any, axis: Axis = -1) -> Any:
    """`exp(x) / sum(exp(x))` over axes, without overflow."""
    as_axes("softmax", axis, np.ndim(x))
    if np.size(x) == 0:
        return x
    peak = stop_gradient(max(x, axis, keepdims=True))
    raised = apply(exp_of_difference, (x, peak)) if isinstance(peak, Node) else np.exp(np.subtract(x, peak))
    return raised / sum(raised, axis, keepdims=True)


@public
@np.errstate(all="ignore")
def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """`x - log(sum(exp(x)))` over axes: the logarithm of the softmax, right where that is 0."""
    as_axes("log_softmax", axis, np.ndim(x))
    if np.size(x) == 0:
        return x
    shifted = np.subtract(x, stop_gradient(max(x, axis, keepdims=True)))
    return shifted - logsumexp(shifted, axis, keepdims=True)
