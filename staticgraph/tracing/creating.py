"""New arrays of a trace: from nested lists, from numbers, from other arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..nodes.node import Node
from .array import HOOKS, Deferred, Traced, converted, of_array, of_node
from .errors import NO_INDEX, NO_SHAPE, UntraceableError
from .operations import found, is_complex, mapped, rule
from .stored import BOOL, COMPLEX, FLOAT, INT

_numpy: Any = np


def collect(value: Any) -> Any:
    """Return nested lists, or anything that is an array already, as an array: of the trace if anything in it is."""
    if isinstance(value, Traced):
        return value
    if isinstance(value, Node):
        return of_node(value)
    if found(Deferred, value):
        raise UntraceableError(NO_SHAPE.format(what="an element of a new array"))
    elements = found(object, value)
    if not any(isinstance(each, (Traced, Node)) for each in elements):
        return np.asarray(value)
    dtype = _common(elements)
    cells = np.array(mapped(lambda each: _cells(each, dtype), value), COMPLEX if dtype == COMPLEX else FLOAT)
    return Traced(cells.shape, dtype, cells=cells)


def _common(elements: list[Any]) -> np.dtype[Any]:
    if any(map(is_complex, elements)):
        return COMPLEX
    dtypes = {each.dtype if isinstance(each, (Traced, Node, np.ndarray, np.generic)) else np.result_type(each) for each in elements}
    return BOOL if dtypes == {BOOL} else INT if all(each.kind in "iub" for each in dtypes) else FLOAT


def _cells(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, Node):
        value = of_node(value)
    return converted(value, dtype).cells[()] if isinstance(value, Traced) else value


HOOKS["collect"] = collect


def array(value: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **_: Any) -> Any:
    """Return what `numpy.array` makes of arrays and scalars of the trace."""
    copy = copy in (True,)  # None and what stands for it mean: if needed
    if isinstance(value, Deferred):
        return value.copy() if copy else value
    made = collect(list(value) if hasattr(value, "__next__") else value)
    if not isinstance(made, Traced):
        return np.array(made, dtype, ndmin=ndmin)
    if dtype is not None:
        made = converted(made, np.dtype(dtype))
    if made.scalar:
        made = Traced((), made.dtype, parts=made.parts)
    elif copy and made is value:
        made = made.copy()
    return np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape) if made.ndim < ndmin else made


def asarray(value: Any, dtype: Any = None, order: Any = None, **_: Any) -> Any:
    """Return what `numpy.asarray` makes of arrays and scalars of the trace: an array itself, without a copy."""
    return array(value, dtype, copy=False)


def fromiter(values: Any, dtype: Any = None, count: int = -1) -> Any:
    """Return what `numpy.fromiter` makes of values of the trace."""
    return array(list(values), dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C") -> Any:
    """Return what `numpy.full` makes of a value of the trace."""
    return np.broadcast_to(array(fill_value, dtype, copy=False), shape).copy()


def _of_lengths(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes an array of lengths or bounds, which have to be numbers."""

    def number(value: Any) -> Any:
        if not isinstance(value, Traced):
            return value
        if value.symbolic:
            raise UntraceableError(NO_INDEX)
        return value.numbers[()]

    return lambda *lengths, **options: of_array(function(*mapped(number, lengths), **mapped(number, options)))


CREATING: dict[Any, Callable[..., Any]] = {
    np.array: array, np.asarray: asarray, np.asanyarray: asarray, np.ascontiguousarray: asarray, np.asfortranarray: asarray,
    np.asarray_chkfinite: asarray, np.fromiter: fromiter, np.full: full,
    **{each: _of_lengths(each) for each in (np.arange, np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri)},
}  # fmt: skip
"""Functions that NumPy does not dispatch, as they make arrays of anything."""


def _like(make: Callable[..., Any]) -> Callable[..., Any]:
    def create(array: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
        return of_array(make(array.shape if shape is None else shape, np.dtype(dtype) if dtype is not None else array.dtype))

    return create


for _like_this, _make in ((np.zeros_like, np.zeros), (np.ones_like, np.ones), (np.empty_like, np.zeros)):
    rule(_like_this)(_like(_make))


@rule(np.full_like)
def _full_like(array: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
    like = array.dtype if dtype is None else np.dtype(dtype)
    filled = full(np.shape(array) if shape is None else shape, fill_value, None)
    return filled.astype(like) if isinstance(filled, Traced) or filled.dtype != like else filled


@rule(np.linspace)
def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    steps = np.linspace(0.0, 1.0, num, endpoint)
    width = stop - start
    made = start + np.multiply(steps.reshape((-1,) + (1,) * np.ndim(width)), width)
    made = np.moveaxis(made, 0, axis) if axis else made
    return (made, width / (num - 1 if endpoint else num)) if retstep else made


@rule(np.array2string, np.array_repr, np.array_str)
def _text(array: Any, *_: Any, **__: Any) -> str:
    return repr(array)


@rule(np.result_type)
def _result_type(*arrays: Any) -> Any:
    return np.result_type(*(each.dtype if isinstance(each, Traced) else each for each in arrays))


@rule(np.isreal)
def _isreal(array: Any) -> Any:
    return array.imag == 0.0 if is_complex(array) else np.ones(array.shape, bool)


@rule(np.may_share_memory, np.shares_memory)
def _shares(a: Any, b: Any, max_work: Any = None) -> bool:
    return isinstance(a, Traced) and isinstance(b, Traced) and bool(np.may_share_memory(a.cells, b.cells))


@rule(np.apply_along_axis)
def _along_axis(function: Any, axis: int, array: Any, *args: Any, **options: Any) -> Any:
    lines = np.moveaxis(array, axis, -1)
    made = [function(lines[index], *args, **options) for index in np.ndindex(lines.shape[:-1])]
    joined = collect(made)
    return np.moveaxis(np.reshape(joined, lines.shape[:-1] + np.shape(made[0])), -1, axis) if np.shape(made[0]) else np.reshape(
        joined, lines.shape[:-1]
    )


class Joining:
    """What stands for `np.r_` and `np.c_`: joins the arrays between its brackets."""

    def __init__(self, original: Any, columns: bool) -> None:
        self.original = original
        self.columns = columns

    def __getitem__(self, key: Any) -> Any:
        keys = key if isinstance(key, tuple) else (key,)
        if not found((Traced, Node), keys):
            return of_array(self.original[key])
        if any(isinstance(each, str) for each in keys):
            raise UntraceableError("np.r_ with a string is not traced; write np.concatenate, np.stack or np.column_stack")
        pieces = [self.original[each] if isinstance(each, slice) else _numpy.atleast_1d(array(each, copy=False)) for each in keys]
        if self.columns:
            pieces = [np.reshape(each, (-1, 1)) if np.ndim(each) == 1 else each for each in pieces]
        return np.concatenate(pieces, -1 if self.columns else 0)


JOINING: dict[int, Joining] = {id(np.r_): Joining(np.r_, False), id(np.c_): Joining(np.c_, True)}


def load(value: Any) -> Any:
    """Return what the user's code reads from outside of its own variables."""
    kind = type(value)
    if kind is np.ndarray:
        return of_array(value, outside=True)
    if kind is Node:
        return of_node(value)
    return JOINING.get(id(value), value) if kind.__module__ == "numpy.lib._index_tricks_impl" else value
