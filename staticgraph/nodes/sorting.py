"""Sorted elements, by a network of comparisons that does not depend on the values, and what follows from their order.

Source: K. E. Batcher, "Sorting networks and their applications", AFIPS Spring Joint Computer Conference (1968): the odd-even merge sort.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from ..gates.selection import fmin, isnan, maximum
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, untyped
from .layout import concatenate, reshape, transpose
from .node import Node, apply, as_node
from .options import without_out
from .reductions import Axis, any, counted, mean
from .shapes import as_axes, reduced

LONGEST = 64
"""Sorting so many elements takes 543 comparisons; of 256 it would be 3,839."""


@cache
def network(length: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return layers of pairs of places that are compared, none twice in a layer."""
    layers = []
    block = 1
    while block < length:
        apart = block
        while apart >= 1:
            first = apart % block
            pairs = [
                (start + each, start + each + apart)
                for start in range(first, length - apart, 2 * apart)
                for each in range(min(apart, length - start - apart))
                if (start + each) // (2 * block) == (start + each + apart) // (2 * block)
            ]
            layers.append(tuple(pairs))
            apart //= 2
        block *= 2
    return tuple(layers)


def _sorted(node: Node) -> Node:
    """Return the elements in order along the first axis, NaN last."""
    length = len(node)
    if length > LONGEST:
        raise TypeError(
            f"sort: {length} elements along an axis; a graph sorts up to {LONGEST}, as every comparison is part of it. Sort data before the"
            " call, and use np.max or np.min for the ends"
        )
    for pairs in network(length):
        lower, upper = ([pair[side] for pair in pairs] for side in (0, 1))
        a, b = node[lower], node[upper]
        together = concatenate([node, apply(fmin, (a, b)), apply(maximum, (a, b))])
        numbers = np.arange(length)
        numbers[lower] = length + np.arange(len(pairs))
        numbers[upper] = length + len(pairs) + np.arange(len(pairs))
        node = together[numbers]
    return node


def _first(a: Any, axis: int, name: str) -> tuple[Node, int]:
    """Return a node whose first axis is the one that is asked for, and that one's place."""
    node = as_node(a)
    (place,) = as_axes(name, axis, node.ndim)
    return as_node(untyped.moveaxis(node, place, 0)), place


@numpy_function(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Node:
    """Elements in order along an axis of up to 64, as `numpy.sort`; each receives the gradient of its place, the tied share it."""
    node = reshape(a, -1) if axis is None else as_node(a)
    moved, place = _first(node, -1 if axis is None else axis, "sort")
    return as_node(untyped.moveaxis(_sorted(moved), 0, place))


def _quantile(node: Node, axis: Axis, keepdims: bool, share: float, name: str) -> Node:
    """Return the linearly interpolated quantile over axes; NaN if any element is."""
    axes = as_axes(name, axis, node.ndim)
    kept = [each for each in range(node.ndim) if each not in axes]
    length = math.prod(node.shape[each] for each in axes)
    if not length:
        raise ValueError(f"{name}: axis {axis} of a node of shape {node.shape} has no elements")
    moved = reshape(transpose(counted(node), (*axes, *kept)), (length, *(node.shape[each] for each in kept)))
    ordered, place = _sorted(moved), share * (length - 1)
    below = min(int(place), length - 1)
    rest = place - below
    value = ordered[below]
    if rest:
        value = mean(ordered[below : below + 2], 0) if rest == 0.5 else value + (ordered[below + 1] - value) * rest
    value = apply(where_gate, (any(apply(isnan, (moved,)), 0), np.nan, value))
    return reshape(value, reduced(node.shape, axes, keepdims))


@numpy_function(np.median)
def median(a: Any, axis: Axis = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Node:
    """Middle element over axes of up to 64 elements, as `numpy.median`."""
    without_out("median", out)
    return _quantile(as_node(a), axis, keepdims, 0.5, "median")


def _quantiles(name: str, a: Any, shares: Any, axis: Axis, keepdims: bool, method: str) -> Node:
    if method != "linear":
        raise TypeError(f"{name}: method {method!r} is not supported for nodes; there is 'linear'")
    if isinstance(shares, Node):
        raise TypeError(f"{name}: which share is asked for is part of the graph, so it cannot be a node")
    given = np.asarray(shares, np.float64)
    if not np.all((given >= 0) & (given <= 1)):
        raise ValueError(f"{name}: shares lie between 0 and all, got {shares!r}")
    found = [_quantile(as_node(a), axis, keepdims, float(share), name) for share in given.ravel()]
    return reshape(concatenate([reshape(each, (1, *each.shape)) for each in found]), given.shape + found[0].shape)


@numpy_function(np.quantile)
def quantile(
    a: Any, q: Any, axis: Axis = None, out: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False
) -> Node:  # fmt: skip
    """Quantiles over axes of up to 64 elements, interpolated linearly, as `numpy.quantile`."""
    without_out("quantile", out)
    return _quantiles("quantile", a, q, axis, keepdims, method)


@numpy_function(np.percentile)
def percentile(
    a: Any, q: Any, axis: Axis = None, out: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False
) -> Node:  # fmt: skip
    """Percentiles over axes of up to 64 elements, interpolated linearly, as `numpy.percentile`."""
    without_out("percentile", out)
    if isinstance(q, Node):
        raise TypeError("percentile: which share is asked for is part of the graph, so it cannot be a node")
    return _quantiles("percentile", a, np.asarray(q, np.float64) / 100.0, axis, keepdims, method)
