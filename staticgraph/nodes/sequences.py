"""Functions of sequences: differences, integrals, interpolation, polynomials."""

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from ..gates.selection import equal, greater, isnan, less
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, untyped
from .layout import concatenate, reshape, stack
from .node import Node, apply, as_node
from .numpy_functions import implements
from .options import check_dtype
from .reductions import counted, sum
from .shapes import as_axes

Gridlines = Any
"""Distances between samples: a number, or the samples' places."""


def _along(axis: int, ndim: int) -> Callable[[Any], tuple[Any, ...]]:
    """Return what makes an index along one axis of a slice or a number."""
    return lambda part: (*[slice(None)] * (axis % ndim), part)


@numpy_function(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Node:
    """Differences of neighbours along an axis, `n` times, as `numpy.diff`."""
    node = as_node(a)
    (place,) = as_axes("diff", axis, node.ndim)
    if n < 0:
        raise ValueError(f"diff: n counts how often differences are taken, got {n}")
    parts = [_beside(node, place, prepend), node, _beside(node, place, append)]
    if len(parts := [each for each in parts if each is not None]) > 1 and n:
        node = concatenate(parts, axis=place)
    at = _along(place, node.ndim)
    for _ in range(n):
        after, before = node[at(slice(1, None))], node[at(slice(None, -1))]
        node = after ^ before if node.boolean else after - before
    return node


def _beside(node: Node, axis: int, given: Any) -> Node | None:
    if given is None:
        return None
    beside = as_node(given)
    return beside if beside.shape else as_node(untyped.broadcast_to(beside, (*node.shape[:axis], 1, *node.shape[axis + 1 :])))


@numpy_function(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Node:
    """Differences of neighbours among all elements, as `numpy.ediff1d`."""
    parts = [to_begin, diff(reshape(ary, -1)), to_end]
    return concatenate([reshape(as_node(each), -1) for each in parts if each is not None])


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes along axes by differences, as `numpy.gradient`; `sg.gradient` is something else."""
    node = as_node(f)
    axes = tuple(range(node.ndim)) if axis is None else tuple(each % node.ndim for each in np.atleast_1d(axis).tolist())
    spacings = list(varargs) if len(varargs) > 1 else list(varargs or (1.0,)) * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"gradient: as many spacings as axes, or one; got {len(spacings)} for {len(axes)}")
    slopes = [_slopes(node, spacing, each, edge_order) for spacing, each in zip(spacings, axes, strict=True)]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


def _slopes(node: Node, spacing: Any, axis: int, edge_order: int) -> Node:
    length = node.shape[axis]
    if length < edge_order + 1:
        raise ValueError(f"gradient: axis {axis} of a node of shape {node.shape} is too short: at least {edge_order + 1} elements")
    places = as_node(spacing)
    steps = diff(places) if places.ndim else as_node(untyped.broadcast_to(places, (length - 1,)))
    if steps.shape != (length - 1,):
        raise ValueError(f"gradient: axis {axis} has {length} elements, got spacings of shape {places.shape}")
    steps = reshape(steps, (length - 1, *(1 for _ in node.shape[axis + 1 :])))
    rise = diff(node, axis=axis) / steps
    at = _along(axis, node.ndim)
    left, right = rise[at(slice(None, -1))], rise[at(slice(1, None))]
    share = steps[1:] / (steps[:-1] + steps[1:])
    middle = left * share + right * (1.0 - share)
    first, last = rise[at(slice(0, 1))], rise[at(slice(-1, None))]
    if edge_order == 2:
        first = first - (right[at(slice(0, 1))] - first) * (1.0 - share[:1])
        last = last + (last - left[at(slice(-1, None))]) * share[-1:]
    return concatenate([first, middle, last], axis=axis)


@numpy_function(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Node:
    """Integral by the trapezoidal rule, as `numpy.trapezoid`."""
    node = as_node(y)
    (place,) = as_axes("trapezoid", axis, node.ndim)
    at = _along(place, node.ndim)
    step: Any = dx
    if x is not None:
        places = as_node(x)
        step = diff(places) if places.ndim == 1 else diff(places, axis=axis)
        step = reshape(step, (-1, *(1 for _ in node.shape[place + 1 :]))) if places.ndim == 1 else step
    return sum(step * (node[at(slice(1, None))] + node[at(slice(None, -1))]) / 2.0, place)


@numpy_function(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Node:
    """Linear interpolation, as `numpy.interp`: each piece is computed, and the right one chosen by halving; all operands may be nodes.

    The places `xp` increase; with a period they are constant.
    """
    at, places, values = counted(as_node(x)), as_node(xp), as_node(fp)
    if places.ndim != 1 or places.shape != values.shape or not places.size:
        raise ValueError(f"interp: xp and fp have one axis of one length, got shapes {places.shape} and {values.shape}")
    if period is not None:
        return _periodic(at, xp, values, period)
    if len(places) == 1:
        inside = as_node(untyped.broadcast_to(values[0], at.shape))
    else:
        slopes = (values[1:] - values[:-1]) / (places[1:] - places[:-1])
        beyond = (-1, *(1 for _ in at.shape))
        starts, first = reshape(places[:-1], beyond), reshape(values[:-1], beyond)
        inside = _chosen(reshape(slopes, beyond) * (at - starts) + first, places, at)
    inside = apply(where_gate, (apply(less, (at, places[-1])), inside, values[-1]))
    inside = apply(where_gate, (apply(equal, (at, places[-1])), values[-1], inside))
    inside = apply(where_gate, (apply(less, (at, places[0])), values[0] if left is None else left, inside))
    inside = apply(where_gate, (apply(greater, (at, places[-1])), values[-1] if right is None else right, inside))
    return apply(where_gate, (apply(isnan, (at,)), at, inside))


def _chosen(pieces: Node, places: Node, at: Node) -> Node:
    """Return the piece that a place lies in: neighbours are compared, as in a tournament."""
    starts = list(range(len(pieces)))
    while len(starts) > 1:
        pairs = len(starts) // 2
        border = reshape(concatenate([reshape(places[starts[2 * each + 1]], (1,)) for each in range(pairs)]), (-1, *(1 for _ in at.shape)))
        won = apply(where_gate, (apply(less, (at, border)), pieces[: 2 * pairs : 2], pieces[1 : 2 * pairs : 2]))
        pieces = concatenate([won, pieces[2 * pairs :]]) if len(starts) % 2 else won
        starts = starts[::2]
    return pieces[0]


def _periodic(at: Node, xp: Any, values: Node, period: Any) -> Node:
    if isinstance(xp, Node):
        raise TypeError("interp: with a period xp is sorted, so it is constant")
    period = abs(period)
    if period == 0:
        raise ValueError("interp: the period is no 0")
    places = np.asarray(xp, np.float64) % period
    order = np.argsort(places)
    places, ordered = places[order], values[order]
    around = untyped.concatenate([places[-1:] - period, places, places[:1] + period])
    return interp(at % period, around, concatenate([ordered[-1:], ordered, ordered[:1]]))


@numpy_function(np.polyval)
def polyval(p: Any, x: Any) -> Node:
    """Value of a polynomial whose highest coefficient comes first, as `numpy.polyval`."""
    coefficients, at = as_node(p), as_node(x)
    value = as_node(np.zeros(at.shape))
    for number in range(len(coefficients)):
        value = value * at + coefficients[number] if number else as_node(untyped.broadcast_to(coefficients[0], at.shape))
    return value


@numpy_function(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Node:
    """Convolution of two sequences, as `numpy.convolve`: one product of a matrix of shifted copies."""
    long, short = as_node(a), as_node(v)
    if long.ndim != 1 or short.ndim != 1 or not (long.size and short.size):
        raise ValueError(f"convolve: operands have one axis with elements, got shapes {long.shape} and {short.shape}")
    if len(long) < len(short):
        long, short = short, long
    n, m = len(long), len(short)
    padded = concatenate([as_node(np.zeros(m - 1)), long, as_node(np.zeros(m - 1))])
    rows = np.arange(n + m - 1)[:, None] + np.arange(m - 1, -1, -1)
    full = padded[rows] @ short
    if mode == "full":
        return as_node(full)
    if mode == "same":
        return as_node(full[(m - 1) // 2 : (m - 1) // 2 + n])
    if mode == "valid":
        return as_node(full[m - 1 : n])
    raise ValueError(f"convolve: mode {mode!r} is none; there are full, same and valid")


@numpy_function(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Node:
    """Correlation of two sequences, as `numpy.correlate`."""
    first, second = as_node(a), as_node(v)
    if mode == "full" or len(first) >= len(second):
        return convolve(first, second[::-1], mode)
    return convolve(first[::-1], second, mode)[::-1]


@numpy_function(np.linspace)
def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    """Evenly spaced numbers between nodes, as `numpy.linspace`."""
    check_dtype("linspace", dtype)
    first, steps = as_node(start) * 1.0, num - 1 if endpoint else num
    step = (as_node(stop) - first) / builtins.max(steps, 1)
    first, step = (untyped.broadcast_to(each, np.broadcast_shapes(first.shape, step.shape)) for each in (first, step))
    counts = np.arange(num).reshape(-1, *(1 for _ in step.shape))
    line = first + counts * step
    if endpoint and num > 1:
        line = concatenate([line[:-1], reshape(untyped.broadcast_to(as_node(stop), step.shape), (1, *step.shape))])
    moved = untyped.moveaxis(line, 0, axis)
    return (moved, step) if retstep else moved


@numpy_function(np.vander)
def vander(x: Any, N: Any = None, increasing: bool = False) -> Node:  # noqa: N803 - NumPy's name
    """Powers of the elements as columns, as `numpy.vander`."""
    node = as_node(x)
    powers = [node ** float(power) for power in range(len(node) if N is None else N)]
    return stack(powers if increasing else powers[::-1], axis=-1)
