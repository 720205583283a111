"""NumPy's functions that only move elements: NumPy itself moves their numbers, and the outcome is an index.

Which parameters of a function hold arrays is all that a row of the tables says.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .declaring import is_symbolic, numpy_function, untyped
from .node import Node, as_node, element_numbers, rearrange
from .numpy_functions import implements
from .options import check_dtype, without_out

MOVED = (
    "squeeze expand_dims swapaxes moveaxis rollaxis flip flipud fliplr rot90 roll repeat take take_along_axis diagonal delete compress"
    " tile resize extract matrix_transpose unstack"
)
"""Functions of one array."""
SPREAD = "diag diagflat tril triu"
"""Functions of one array that put zeros beside its elements."""
SPLIT = "split array_split hsplit vsplit dsplit"
"""Functions of one array that give several."""
SEVERAL = "unstack broadcast_arrays atleast_1d atleast_2d atleast_3d meshgrid"
"""Those that may give tuples of arrays."""
JOINED = {
    "append": "arr values", "insert": "arr values", "hstack": "tup", "vstack": "tup", "dstack": "tup", "column_stack": "tup",
    "block": "arrays", "broadcast_arrays": "args", "atleast_1d": "arys", "atleast_2d": "arys", "atleast_3d": "arys", "meshgrid": "xi",
    "choose": "choices",
}  # fmt: skip
"""Functions of several arrays, and which of their parameters hold these."""
SECOND = {"extract": "arr", "compress": "a"}
"""The parameter that holds the array where it is not the first one."""
ZERO = 0.0
"""What fills by default: among truth values it is False."""
PADS = ("constant", "edge", "reflect", "symmetric", "wrap", "empty")
"""Modes of `pad` that only move elements."""


@functools.cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def _nodes_in(value: Any, found: list[Node]) -> None:
    """Append the nodes, arrays and numbers of nested sequences, as nodes."""
    if isinstance(value, (list, tuple)):
        for each in value:
            _nodes_in(each, found)
    else:
        found.append(as_node(value))


def _numbered(value: Any, numbers: Any) -> Any:
    """Return nested sequences with the next element numbers in place of each array."""
    if isinstance(value, (list, tuple)):
        return type(value)(_numbered(each, numbers) for each in value)
    return next(numbers)


def moved(
    name: str, parameters: Sequence[str], arguments: tuple[Any, ...], options: Mapping[str, Any], filling: Any = None
) -> Any:  # fmt: skip
    """Return what a NumPy function makes of nodes: a node, or a list or tuple of nodes.

    Parameters
    ----------
    name : str
        The function's, in `numpy`.
    parameters : sequence of str
        Those that hold arrays, or nested sequences of them.
    arguments, options
        As the function was called.
    filling : number or node, optional
        What stands where the function puts a zero: then the number of that is 0, and the first element's is 1.
    """
    function = getattr(untyped, name)
    try:
        given = _signature(function).bind(*arguments, **options)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    without_out(name, given.arguments.pop("out", None))
    check_dtype(name, given.arguments.pop("dtype", None))
    nodes: list[Node] = []
    for parameter in parameters:
        _nodes_in(given.arguments[parameter], nodes)
    if filling is not None:
        nodes.insert(0, as_node(False if filling is ZERO and all(node.boolean for node in nodes) else filling))
    numbers = iter(element_numbers(*nodes)[filling is not None :])
    for parameter in parameters:
        given.arguments[parameter] = _numbered(given.arguments[parameter], numbers)
    for parameter, value in given.arguments.items():
        if is_symbolic(value):
            raise TypeError(f"{name}: {parameter} says where elements go, so it cannot be a node: the layout of the graph is fixed")
    try:
        made = function(*given.args, **given.kwargs)
    except (ValueError, IndexError, TypeError) as error:
        shapes = ", ".join(str(node.shape) for node in nodes[filling is not None :])
        kind = type(error) if type(error) in (ValueError, IndexError, TypeError, np.exceptions.AxisError) else ValueError
        raise kind(f"{name} of shape {shapes}: {error}") from None
    if isinstance(made, (list, tuple)):
        return type(made)([rearrange(each, *nodes) for each in made])
    return rearrange(made, *nodes)


def _declared(name: str, parameters: Sequence[str], filling: Any) -> Callable[..., Any]:
    def move(*arguments: Any, **options: Any) -> Any:
        return moved(name, parameters, arguments, options, filling)

    returned = "list[Node]" if name in SPLIT.split() else "Any" if name in SEVERAL.split() else "Node"
    move.__name__ = move.__qualname__ = name
    move.__signature__ = _signature(getattr(untyped, name)).replace(return_annotation=returned)  # type: ignore[attr-defined]
    move.__doc__ = f"The same elements elsewhere, as `numpy.{name}`{' puts them' if filling is None else ', with zeros beside them'}."
    return move


def _first_parameter(name: str) -> str:
    return next(iter(_signature(getattr(untyped, name)).parameters))


def _declare() -> None:
    there = [name for name in f"{MOVED} {SPLIT}".split() if hasattr(untyped, name)]
    rows: list[tuple[str, tuple[str, ...], Any]] = [(name, (SECOND.get(name) or _first_parameter(name),), None) for name in there]
    rows += [(name, (_first_parameter(name),), ZERO) for name in SPREAD.split()]
    rows += [(name, tuple(parameters.split()), None) for name, parameters in JOINED.items()]
    for name, parameters, filling in rows:
        numpy_function(getattr(untyped, name))(_declared(name, parameters, filling))


_declare()


@numpy_function(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Node:
    """Put elements around an array, as `numpy.pad` does in the modes that compute nothing."""
    if mode not in PADS:
        raise TypeError(f"pad: mode {mode!r} is not supported for nodes; there are {', '.join(PADS)}")
    filling = options.pop("constant_values", ZERO)
    if np.ndim(filling):
        raise TypeError("pad: constant_values is one number or node of shape ()")
    padded: Node = moved("pad", ("array",), (array, pad_width, mode), options, filling)
    return padded


@implements(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """Sum along the diagonal, as `numpy.trace`; `sg.trace` is something else."""
    check_dtype("trace", dtype)
    without_out("trace", out)
    return untyped.sum(moved("diagonal", ("a",), (a, offset, axis1, axis2), {}), axis=-1)
