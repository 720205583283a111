"""Arrays of one number with the shape of a node, as constants, and copies."""

from typing import Any

import numpy as np

from .declaring import numpy_function, untyped
from .layout import broadcast_to
from .node import Node, as_node
from .options import check_dtype


def _constant(name: str, a: Any, value: Any, dtype: Any, shape: Any) -> Node:
    """Return a node of the shape of another one, or of the one that is asked for, with a value everywhere."""
    like = as_node(a)
    if dtype is not None and np.dtype(dtype).kind not in "biu":
        check_dtype(name, dtype)
    boolean = like.boolean if dtype is None else np.dtype(dtype).kind == "b"
    filling = as_node(value)
    if filling.boolean != boolean:
        filling = filling != 0.0 if boolean else filling * 1.0
    return broadcast_to(filling, like.shape if shape is None else shape)


@numpy_function(np.zeros_like)
def zeros_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """Constant zeros of a node's shape, as `numpy.zeros_like`."""
    return _constant("zeros_like", a, 0.0, dtype, shape)


@numpy_function(np.empty_like)
def empty_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """Constant zeros of a node's shape, where `numpy.empty_like` promises nothing."""
    return _constant("empty_like", a, 0.0, dtype, shape)


@numpy_function(np.ones_like)
def ones_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """Constant ones of a node's shape, as `numpy.ones_like`."""
    return _constant("ones_like", a, 1.0, dtype, shape)


@numpy_function(np.full_like)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Node:  # fmt: skip
    """A number or node repeated to a node's shape, as `numpy.full_like`."""
    return _constant("full_like", a, fill_value, dtype, shape)


@numpy_function(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Node:
    """The node itself, which nothing can change."""
    return as_node(a)


@numpy_function(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Node:
    """The elements as numbers of another kind, as `numpy.astype`: whole numbers lose their fraction, truth is to differ from 0."""
    node, kind = as_node(x), np.dtype(dtype).kind
    if kind == "b":
        return node if node.boolean else node != 0.0
    number = node * 1.0 if node.boolean else node
    if kind in "iu":
        whole: Node = untyped.trunc(number)
        return whole
    check_dtype("astype", dtype)
    return number
