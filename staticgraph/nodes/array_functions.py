"""Functions that need more than one elementwise gate: reductions, products of matrices, layout. NumPy's names and meanings."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import abs_, divide, multiply, stop_gradient
from ..gates.exponential import exp_of_difference
from ..gates.linear import matmul as matmul_gate
from ..gates.reduction import logsumexp as logsumexp_gate
from ..gates.reduction import max_ as max_gate
from ..gates.reduction import min_ as min_gate
from ..gates.reduction import norm as norm_gate
from ..gates.reduction import sum_ as sum_gate
from ..gates.selection import clip as clip_gate
from ..gates.selection import not_equal
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, public
from .node import OPERATION, Node, apply, as_node, element_numbers, implements, is_boolean, rearrange
from .shapes import Shape, around, as_axes, broadcast, contiguous, matrix_product, reduced

Axis = Any
"""An int, a sequence of ints, or None."""


def _reduce(gate: Gate, x: Any, axis: Axis, keepdims: bool, empty: float | None = None, name: str = "") -> Node:
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
        return _filled(empty, shape, node)
    return Node(OPERATION, shape, gate=gate, operands=(node,), static=form, boolean=is_boolean(gate, (node,)))


def _filled(value: float, shape: Shape, *nodes: Node) -> Node:
    """Return a number in every element, as a value of nodes, some without elements: leaves that it comes from stay arguments."""
    return rearrange(np.zeros(shape, np.int64), as_node(value), *nodes)


def _counted(node: Node) -> Node:
    """Return truth values as the numbers 0 and 1."""
    return node * 1.0 if node.boolean else node


@numpy_function(np.sum)
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Sum over axes, as `numpy.sum`: each element receives the upstream gradient."""
    return _reduce(sum_gate, x, axis, keepdims, empty=0.0)


@numpy_function(np.mean)
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Mean over axes, as `numpy.mean`."""
    total = _reduce(sum_gate, x, axis, keepdims, name="mean")
    return apply(divide, (total, total.static[1]))


@numpy_function(np.prod)
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Product over axes, as `numpy.prod`, by halving, so that its gradient is right where elements are 0."""
    node = _counted(as_node(x))
    axes = as_axes("prod", axis, node.ndim)
    shape = reduced(node.shape, axes, bool(keepdims))
    kept = tuple(each for each in range(node.ndim) if each not in axes)
    node = reshape(transpose(node, (*axes, *kept)), (-1, *(node.shape[each] for each in kept))) if node.size else node
    if not node.size:
        return _filled(1.0, shape, node)
    while len(node) > 1:
        half = len(node) // 2
        halved = node[:half] * node[half : 2 * half]
        node = halved if len(node) == 2 * half else concatenate([halved, node[2 * half :]])
    return reshape(node[0], shape)


@numpy_function(np.max, np.amax)
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Maximum over axes, as `numpy.max`: NaN if any element is; the tied share the gradient equally."""
    return _reduce(max_gate, x, axis, keepdims)


@numpy_function(np.min, np.amin)
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Node:
    """Minimum over axes, as `numpy.min`: NaN if any element is; the tied share the gradient equally."""
    return _reduce(min_gate, x, axis, keepdims)


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
    return _reduce(logsumexp_gate, x, axis, keepdims, empty=-np.inf)


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


@numpy_function(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Node:
    """Norm, as `numpy.linalg.norm`: orders 1, 2, inf of vectors; Frobenius, 1, inf of matrices. Gradient 0 at the origin.

    Raises
    ------
    ValueError
        For any other order.
    """
    node = _counted(as_node(x))
    if axis is None and ord is None:
        return _reduce(norm_gate, node, None, keepdims, empty=0.0)
    axes = as_axes("norm", axis, node.ndim)
    if len(axes) == 1 and ord in (None, 2):
        return _reduce(norm_gate, node, axes, keepdims, empty=0.0)
    if len(axes) == 1 and ord in (1, np.inf):
        return sum(abs_(node), axes, keepdims) if ord == 1 else _reduce(max_gate, abs_(node), axes, keepdims, name="norm")
    if len(axes) == 2 and ord in (None, "fro"):
        return _reduce(norm_gate, node, axes, keepdims, empty=0.0)
    if len(axes) == 2 and ord in (1, np.inf):
        given = axes if axis is None else tuple(each % node.ndim for each in axis)
        rows, columns = given
        return _matrix_norm(node, rows if ord == 1 else columns, axes, keepdims)
    raise ValueError(
        f"norm: order {ord!r} over {len(axes)} axes is not supported; there are 1, 2, inf for one axis and 'fro', 1, inf for two"
    )


def _matrix_norm(node: Node, summed: int, axes: Shape, keepdims: bool) -> Node:
    sums = sum(abs_(node), summed, keepdims=True)
    return reshape(_reduce(max_gate, sums, axes, keepdims=False, name="norm"), reduced(node.shape, axes, keepdims))


@numpy_function(np.matmul)
def matmul(a: Any, b: Any) -> Node:
    """Matrix product, as `numpy.matmul`, of operands with one or two axes."""
    return _product("matmul", as_node(a), as_node(b))


def _product(name: str, a: Node, b: Node) -> Node:
    """Return a matrix product; that of truth values is whether any two of them hold together, as in NumPy."""
    form, shape = matrix_product(name, a.shape, b.shape)
    product = Node(OPERATION, shape, gate=matmul_gate, operands=(a, b), static=form) if 0 not in form else _filled(0.0, shape, a, b)
    return not_equal(product, 0.0) if a.boolean and b.boolean else product


@numpy_function(np.dot)
def dot(a: Any, b: Any) -> Node:
    """Dot product, as `numpy.dot`, of operands with up to two axes."""
    first, second = as_node(a), as_node(b)
    return _product("dot", first, second) if first.shape and second.shape else apply(multiply, (first, second))


@numpy_function(np.outer)
def outer(a: Any, b: Any) -> Node:
    """Product of every element of one operand with every element of the other, as `numpy.outer`."""
    return matmul(reshape(a, (-1, 1)), reshape(b, (1, -1)))


def _as_tuple(shape: Any) -> Any:
    """Return a shape as errors write it."""
    return tuple(shape) if isinstance(shape, Sequence) else (shape,)


@numpy_function(np.reshape)
def reshape(x: Any, shape: Any) -> Node:
    """The same elements under another shape, as `numpy.reshape`."""
    node = as_node(x)
    try:
        index = np.arange(node.size).reshape(shape)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"reshape: a node of shape {node.shape} ({node.size} elements) cannot have shape {_as_tuple(shape)}") from None
    return rearrange(index, node)


@numpy_function(np.ravel)
def ravel(x: Any) -> Node:
    """The same elements along one axis, as `numpy.ravel`."""
    return reshape(x, -1)


@numpy_function(np.transpose)
def transpose(x: Any, axes: Any = None) -> Node:
    """Permute the axes, as `numpy.transpose`."""
    node = as_node(x)
    try:
        index = np.transpose(element_numbers(node)[0], axes)
    except (TypeError, ValueError) as error:
        raise type(error)(f"transpose: axes {axes!r} of a node of shape {node.shape}: {error}") from None
    return rearrange(index, node)


@numpy_function(np.broadcast_to)
def broadcast_to(x: Any, shape: Any) -> Node:
    """Repeat along new axes and axes of length 1, as `numpy.broadcast_to`."""
    node = as_node(x)
    try:
        index = np.broadcast_to(element_numbers(node)[0], shape)
    except ValueError:
        raise ValueError(f"broadcast_to: a node of shape {node.shape} does not broadcast to shape {_as_tuple(shape)}") from None
    return rearrange(index, node)


@numpy_function(np.stack)
def stack(nodes: Any, axis: int = 0) -> Node:
    """Join along a new axis, as `numpy.stack`."""
    return _join(np.stack, nodes, axis)


@numpy_function(np.concatenate)
def concatenate(nodes: Any, axis: int | None = 0) -> Node:
    """Join along an axis, as `numpy.concatenate`."""
    return _join(np.concatenate, nodes, axis)


def _join(function: Callable[..., Any], nodes: Any, axis: int | None) -> Node:
    if isinstance(nodes, Node) and not nodes.shape:
        raise TypeError(f"{function.__name__}: expected a sequence of nodes, got {nodes!r}")
    operands = [as_node(each) for each in nodes]
    if not operands:
        raise ValueError(f"{function.__name__}: at least one node is needed, got none")
    try:
        index = function(element_numbers(*operands), axis=axis)
    except ValueError as error:
        shapes = ", ".join(str(node.shape) for node in operands)
        raise ValueError(f"{function.__name__} of shapes {shapes} along axis {axis}: {error}") from None
    return rearrange(index, *operands)


@numpy_function(np.where)
def where(condition: Any, *choices: Any) -> Node:
    """`where(condition, a, b)`: `a` where the condition holds, otherwise `b`, as `numpy.where` with three arguments."""
    if len(choices) != 2:
        raise TypeError(f"where takes a condition and two choices, got {len(choices)} choice(s)")
    return apply(where_gate, (condition, *choices))


@numpy_function(np.clip)
def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Node:
    """Limit to an interval, as `numpy.clip`; a bound of None is no bound. The gradient passes inside and on the bounds."""
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return apply(clip_gate, (x, -np.inf if low is None else low, np.inf if high is None else high))


@numpy_function(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Node:
    """Take the choice of the first condition that holds, as `numpy.select`."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(f"select: as many conditions as choices, at least one; got {len(condlist)} and {len(choicelist)}")
    value = as_node(default)
    broadcast("select", [np.shape(each) for each in (*condlist, *choicelist, value)])
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        value = where(condition, choice, value)
    return value


implements(np.shape)(lambda node: node.shape)
implements(np.ndim)(lambda node: node.ndim)
implements(np.size)(lambda node: node.size)
