"""Methods of NumPy's ufuncs: `reduce`, `accumulate` and `outer` of any function of two operands."""

from typing import Any

import numpy as np

from .layout import concatenate, reshape, stack
from .node import Node, as_node
from .numpy_functions import NUMPY_FUNCTIONS, implements
from .options import check_dtype, without_out
from .reductions import all, any, logsumexp, max, min, prod, sum
from .shapes import as_axes
from .statistics import nanmax, nanmin

REDUCTIONS: dict[Any, Any] = {
    np.add: sum, np.multiply: prod, np.maximum: max, np.minimum: min, np.logical_and: all, np.logical_or: any, np.logaddexp: logsumexp,
    np.fmax: nanmax, np.fmin: nanmin,
}  # fmt: skip
"""Functions whose reduction has a name of its own."""


def _of_two(ufunc: Any, method: str) -> Any:
    """Return what a ufunc of two operands does with nodes; `TypeError` for others."""
    function = NUMPY_FUNCTIONS.get(ufunc)
    if function is None or ufunc.nin != 2 or ufunc.nout != 1:
        raise TypeError(f"numpy.{ufunc.__name__}.{method} is not supported for nodes; reduce, accumulate and outer are, of two operands")
    return function


@implements("reduce")
def reduce(
    ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = True,
) -> Node:  # fmt: skip
    """Reduce over axes; a function without a reduction of its own is applied to the elements from the first to the last."""
    check_dtype(f"{ufunc.__name__}.reduce", dtype)
    without_out(f"{ufunc.__name__}.reduce", out)
    found, options = REDUCTIONS.get(ufunc), {} if initial is None and where is True else {"initial": initial, "where": where}
    if ufunc in (np.logical_and, np.logical_or, np.logaddexp):
        options.pop("initial", None)
    if found is not None:
        value: Node = found(array, axis, keepdims=keepdims, **options)
        return value
    if options:
        raise TypeError(f"numpy.{ufunc.__name__}.reduce of nodes takes no initial and no where")
    function, node = _of_two(ufunc, "reduce"), as_node(array)
    (place,) = as_axes(f"{ufunc.__name__}.reduce", axis, node.ndim)
    first, *others = _slices(node, place)
    for each in others:
        first = function(first, each)
    shape = list(node.shape)
    shape[place] = 1
    return reshape(first, shape) if keepdims else as_node(first)


def _slices(node: Node, axis: int) -> list[Node]:
    if not node.shape[axis]:
        raise ValueError(f"a reduction over axis {axis} of a node of shape {node.shape} has no elements")
    return [node[(*[slice(None)] * axis, place)] for place in range(node.shape[axis])]


@implements("accumulate")
def accumulate(ufunc: Any, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Node:
    """Apply a function from the first to the last element along an axis, and keep each result."""
    check_dtype(f"{ufunc.__name__}.accumulate", dtype)
    without_out(f"{ufunc.__name__}.accumulate", out)
    function, node = _of_two(ufunc, "accumulate"), as_node(array)
    (place,) = as_axes(f"{ufunc.__name__}.accumulate", axis, node.ndim)
    first, *others = _slices(node, place)
    kept = [first]
    for each in others:
        kept.append(function(kept[-1], each))
    return stack(kept, axis=place)


@implements("outer")
def outer(ufunc: Any, a: Any, b: Any, **options: Any) -> Any:
    """Apply a function to every element of one operand with every element of the other."""
    first, second = as_node(a), as_node(b)
    return ufunc(reshape(first, (*first.shape, *(1 for _ in second.shape))), second, **options)


def _refuse(method: str, instead: str) -> None:
    def refuse(ufunc: Any, *_: Any, **__: Any) -> Node:
        raise TypeError(f"numpy.{ufunc.__name__}.{method} is not supported for nodes; {instead}")

    implements(method)(refuse)


_refuse("at", "nodes are immutable: make a new one with sg.where or sg.concatenate")


@implements("reduceat")
def reduceat(ufunc: Any, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Node:
    """Reduce slices along an axis, from each index to the next one, as `numpy.ufunc.reduceat`."""
    node = as_node(array)
    (place,) = as_axes(f"{ufunc.__name__}.reduceat", axis, node.ndim)
    parts = []
    for first, last in zip(indices, [*indices[1:], node.shape[place]], strict=True):
        part = node[(*[slice(None)] * place, slice(first, last if last > first else first + 1))]
        parts.append(reduce(ufunc, part, place, dtype, out, keepdims=True))
    return concatenate(parts, axis=place)
