"""Shapes: broadcasting, axes, and the forms in which reductions and matrix products are computed."""

import math
import operator
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np

Shape = tuple[int, ...]


def as_shape(shape: Any) -> Shape:
    """Return a shape given as an int or a sequence of ints; `TypeError` or `ValueError` otherwise."""
    try:
        lengths = (operator.index(shape),) if not isinstance(shape, Sequence) else tuple(operator.index(length) for length in shape)
    except TypeError:
        raise TypeError(f"a shape is an int or a tuple of ints, got {shape!r}") from None
    if any(length < 0 for length in lengths):
        raise ValueError(f"a shape has no negative lengths, got {shape!r}")
    return lengths


def broadcast(operation: str, shapes: Sequence[Shape]) -> Shape:
    """Return the shape that the operands' shapes broadcast to; `ValueError` naming the operation and the shapes."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join(map(str, shapes))
        raise ValueError(f"{operation}: the shapes {listed} do not broadcast together (the batch axis is never part of a shape)") from None


def as_axes(operation: str, axis: SupportsIndex | Sequence[SupportsIndex] | None, ndim: int) -> Shape:
    """Return axes as sorted non-negative ints, all of them for None; `numpy.exceptions.AxisError` or `ValueError` otherwise."""
    if axis is None:
        return tuple(range(ndim))
    try:
        given = [operator.index(each) for each in axis] if isinstance(axis, Sequence) else [operator.index(axis)]
    except TypeError:
        raise TypeError(f"{operation}: an axis is an int or a tuple of ints, got {axis!r}") from None
    for each in given:
        if not -ndim <= each < ndim:
            raise np.exceptions.AxisError(f"{operation}: axis {each} is out of bounds for a node of {ndim} axes")
    axes = sorted(each % ndim for each in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"{operation}: axis {axis!r} names an axis twice")
    return tuple(axes)


def reduced(shape: Shape, axes: Shape, keepdims: bool) -> Shape:
    """Return the shape after a reduction over some axes."""
    if keepdims:
        return tuple(1 if axis in axes else length for axis, length in enumerate(shape))
    return tuple(length for axis, length in enumerate(shape) if axis not in axes)


def contiguous(axes: Shape) -> bool:
    """Whether the axes follow each other, so that a reduction over them is one over a single axis."""
    return not axes or axes == tuple(range(axes[0], axes[-1] + 1))


def around(shape: Shape, axes: Shape) -> tuple[int, int, int]:
    """Return how many elements lie before, along and after the axes, which follow each other."""
    first, last = (axes[0], axes[-1] + 1) if axes else (0, 0)
    return math.prod(shape[:first]), math.prod(shape[first:last]), math.prod(shape[last:])


def matrix_product(operation: str, a: Shape, b: Shape) -> tuple[tuple[int, int, int], Shape]:
    """Return `(rows, inner length, columns)` and the result's shape, for every combination of 1-D and 2-D operands."""
    if not (1 <= len(a) <= 2 and 1 <= len(b) <= 2):
        raise ValueError(f"{operation}: operands have 1 or 2 axes, got shapes {a} and {b}; use * to multiply by a scalar")
    if a[-1] != b[0]:
        raise ValueError(f"{operation}: shapes {a} and {b} do not match: {a[-1]} columns of the first against {b[0]} rows of the second")
    rows = a[0] if len(a) == 2 else 1
    columns = b[1] if len(b) == 2 else 1
    return (rows, a[-1], columns), a[:-1] + b[1:]
