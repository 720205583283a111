"""The elements under other shapes and in other orders: reshape, transpose, broadcast, and joined ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .declaring import numpy_function
from .node import Node, as_node, element_numbers, rearrange
from .numpy_functions import implements
from .options import check_dtype, without_out
from .shapes import Shape


def filled(value: float, shape: Shape, *nodes: Node) -> Node:
    """Return a number in every element, as a value of nodes, some without elements: leaves that it comes from stay arguments."""
    return rearrange(np.zeros(shape, np.int64), as_node(value), *nodes)


def _as_tuple(shape: Any) -> Any:
    """Return a shape as errors write it."""
    return tuple(shape) if isinstance(shape, Sequence) else (shape,)


@numpy_function(np.reshape)
def reshape(x: Any, shape: Any, order: Any = "C", *, copy: Any = None) -> Node:
    """The same elements under another shape, as `numpy.reshape`."""
    node = as_node(x)
    try:
        index = np.reshape(element_numbers(node)[0], shape, order=order)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"reshape: a node of shape {node.shape} ({node.size} elements) cannot have shape {_as_tuple(shape)}") from None
    return rearrange(index, node)


@numpy_function(np.ravel)
def ravel(x: Any, order: Any = "C") -> Node:
    """The same elements along one axis, as `numpy.ravel`."""
    return reshape(x, -1, order)


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
def broadcast_to(x: Any, shape: Any, subok: bool = False) -> Node:
    """Repeat along new axes and axes of length 1, as `numpy.broadcast_to`."""
    node = as_node(x)
    try:
        index = np.broadcast_to(element_numbers(node)[0], shape)
    except ValueError:
        raise ValueError(f"broadcast_to: a node of shape {node.shape} does not broadcast to shape {_as_tuple(shape)}") from None
    return rearrange(index, node)


@numpy_function(np.stack)
def stack(nodes: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Node:
    """Join along a new axis, as `numpy.stack`."""
    without_out("stack", out)
    check_dtype("stack", dtype)
    return _join(np.stack, nodes, axis)


@numpy_function(np.concatenate)
def concatenate(nodes: Any, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Node:
    """Join along an axis, as `numpy.concatenate`."""
    without_out("concatenate", out)
    check_dtype("concatenate", dtype)
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


implements(np.shape)(lambda node: node.shape)
implements(np.ndim)(lambda node: node.ndim)
implements(np.size)(lambda node, axis=None: node.size if axis is None else node.shape[axis])
