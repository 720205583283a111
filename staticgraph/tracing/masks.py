"""Masks that depend on leaves: what is stored under one, and what is computed from the elements that one selects."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gates.selection import logical_not, where_
from .array import HOOKS, Deferred, Traced, of_node
from .creating import collect
from .errors import NO_SHAPE, UntraceableError
from .operations import by_nodes, evaluate, rule, wrapped
from .state import current
from .stored import BOOL, COMPLEX, FLOAT

_numpy: Any = np


def _mask_of(mask: Any, shape: tuple[int, ...]) -> Any:
    """Return a mask of leading axes in the shape of the whole."""
    if mask.shape != shape[: mask.ndim]:
        raise IndexError(f"the mask has shape {mask.shape}, but the array that it selects from has shape {shape}")
    whole = np.reshape(mask, mask.shape + (1,) * (len(shape) - mask.ndim)) if mask.ndim < len(shape) else mask
    return whole if whole.shape == shape else _numpy.broadcast_to(whole, shape)


def _chosen(mask: Any, value: Any, other: Any) -> Any:
    """Return `where(mask, value, other)`, without operations for the opposite of a mask, or for what both together overwrite."""
    opposite = mask.node.operands[0] if mask.node.gate is logical_not else None
    if opposite is None:
        return np.where(mask, value, other)
    if isinstance(other, Traced) and other.dtype != COMPLEX and other.symbolic:
        first = other.node
        if first.gate is where_ and first.operands[0] is opposite and first.shape == first.operands[1].shape:
            other = first.operands[1]
    return np.where(of_node(opposite), other, value)


def _same(a: Traced, b: Traced) -> bool:
    return a is b or (a.shape == b.shape and current().key(a.node) == current().key(b.node))


class Selection(Deferred):
    """The elements of an array that a mask selects: computed for all elements, until something takes those selected together."""

    __slots__ = ("array", "mask")

    def __init__(self, array: Any, mask: Traced) -> None:
        self.array = array
        self.mask = mask

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return np.ndarray

    @property
    def dtype(self) -> Any:
        """The array's dtype."""
        return self.array.dtype

    @property
    def ndim(self) -> int:
        """Number of axes: those of the mask are one."""
        return int(self.array.ndim - self.mask.ndim + 1)

    @property
    def size(self) -> Any:
        """How many elements are selected: a number of the trace."""
        return _numpy.sum(_mask_of(self.mask, self.array.shape))

    @property
    def shape(self) -> Any:
        """Lengths of the axes, the first of them a number of the trace."""
        return (_numpy.sum(self.mask), *self.array.shape[self.mask.ndim :])

    def with_array(self, array: Any) -> "Selection":
        """Return the same selection of another array."""
        return Selection(array, self.mask)

    def copy(self) -> "Selection":
        """Return the selection, whose elements are copies already."""
        return self

    def astype(self, dtype: Any) -> "Selection":
        """Return the selection under another dtype."""
        return self.with_array(self.array.astype(dtype))

    def flatten(self) -> Any:
        """Return the selected elements along one axis."""
        return self

    def __updated__(self, result: Any) -> Any:
        return result

    def __len__(self) -> int:
        raise UntraceableError(NO_SHAPE.format(what="a length"))

    def __iter__(self) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="a loop over them"))

    def __getitem__(self, key: Any) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="an index into them"))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="an array of them"))

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        if method == "reduce" and ufunc in REDUCED:
            return REDUCED[ufunc](self)
        if method != "__call__" or options:
            raise UntraceableError(NO_SHAPE.format(what=f"numpy.{ufunc.__name__}.{method}"))
        return self.with_array(evaluate(ufunc, tuple(self.element(each) for each in operands)))

    def element(self, operand: Any) -> Any:
        """Return what stands for an operand beside all elements; an error unless it is a scalar or of the same mask."""
        if isinstance(operand, Selection):
            if operand.array.shape != self.array.shape or not _same(operand.mask, self.mask):
                raise UntraceableError(NO_SHAPE.format(what="arithmetic of selections by two masks"))
            return operand.array
        if np.ndim(operand):
            raise UntraceableError(NO_SHAPE.format(what="arithmetic with an array of fixed length"))
        return operand

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        if function in REDUCED and operands[0] is self and all(each is None for each in (*operands[1:], *options.values())):
            return REDUCED[function](self)
        if function in ELEMENTWISE:
            first = next(each for each in operands if isinstance(each, Selection))
            return first.with_array(function(*(first.element(each) for each in operands), **options))
        if function in KEEPING:
            return self
        if function is np.piecewise:
            raise UntraceableError(NO_SHAPE.format(what="np.piecewise"))
        raise UntraceableError(NO_SHAPE.format(what=f"numpy.{function.__name__}"))


KEEPING = frozenset((np.ravel, np.atleast_1d, np.copy, np.squeeze))
ELEMENTWISE = frozenset((np.where, np.clip, np.round, np.nan_to_num, np.isclose, np.real, np.imag, np.zeros_like, np.ones_like))


def _filled(selection: Selection, value: float) -> Any:
    return _chosen(_mask_of(selection.mask, selection.array.shape), selection.array, value)


def _mean(selection: Selection) -> Any:
    return _numpy.sum(_filled(selection, 0.0)) / selection.size


def _variance(selection: Selection) -> Any:
    return _mean(selection.with_array((selection.array - _mean(selection)) ** 2))


def _any(selection: Selection) -> Any:
    chosen = selection.mask & (selection.array if selection.array.dtype == BOOL else selection.array != 0.0)
    return _numpy.max(chosen)


def _all(selection: Selection) -> Any:
    return _numpy.min(~selection.mask | (selection.array if selection.array.dtype == BOOL else selection.array != 0.0))


REDUCED: dict[Any, Callable[[Selection], Any]] = {
    np.sum: lambda each: _numpy.sum(_filled(each, 0.0)),
    np.prod: lambda each: _numpy.prod(_filled(each, 1.0)),
    np.max: lambda each: _numpy.max(_filled(each, -np.inf)),
    np.min: lambda each: _numpy.min(_filled(each, np.inf)),
    np.mean: _mean,
    np.var: _variance,
    np.std: lambda each: _numpy.sqrt(_variance(each)),
    np.any: _any,
    np.all: _all,
    np.count_nonzero: lambda each: _numpy.sum(_filled(each.with_array(each.array != 0.0), False)),
    np.size: lambda each: each.size,
}  # fmt: skip
REDUCED |= {np.amax: REDUCED[np.max], np.amin: REDUCED[np.min], np.add: REDUCED[np.sum], np.multiply: REDUCED[np.prod]}
REDUCED |= {np.maximum: REDUCED[np.max], np.minimum: REDUCED[np.min], np.logical_and: _all, np.logical_or: _any}


class Positions(Deferred):
    """What `np.where(mask)` gives for one axis: an index that is the mask, whose length is how many elements it selects."""

    __slots__ = ("axis", "mask")

    def __init__(self, mask: Traced, axis: int) -> None:
        self.mask = mask
        self.axis = axis

    @property
    def size(self) -> Any:
        """How many elements the mask selects."""
        return _numpy.sum(self.mask)

    @property
    def shape(self) -> Any:
        """The same, as a shape."""
        return (self.size,)

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="arithmetic with the positions"))

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        if function is np.size:
            return self.size
        raise UntraceableError(NO_SHAPE.format(what=f"numpy.{function.__name__} of the positions"))

    def __len__(self) -> int:
        raise UntraceableError(NO_SHAPE.format(what="a length"))

    def __getitem__(self, key: Any) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="one of the positions"))


def _resolved(array: Traced, key: Any) -> tuple[Traced, Traced]:
    """Return the part of an array that a key selects from, and the mask."""
    if isinstance(key, tuple):
        if all(isinstance(each, Positions) and each.axis == axis for axis, each in enumerate(key)):
            return array, key[0].mask
        masks = [number for number, each in enumerate(key) if isinstance(each, (Traced, Positions))]
        if len(masks) == 1:
            (number,) = masks
            mask = key[number].mask if isinstance(key[number], Positions) else key[number]
            rest = (*key[:number], *[slice(None)] * mask.ndim, *key[number + 1 :])
            part = array[rest]
            if number == 0 or all(isinstance(each, (int, np.integer)) for each in key[:number]):
                return part, mask
        raise UntraceableError("only one mask that depends on values can be an index, before all slices; write np.where(mask, a, b)")
    return array, key.mask if isinstance(key, Positions) else key


def select(array: Traced, key: Any) -> Any:
    """Return `array[mask]`."""
    part, mask = _resolved(array, key)
    _mask_of(mask, part.shape)
    return Selection(part, mask)


def store(array: Traced, key: Any, value: Any) -> None:
    """Do `array[mask] = value`, or `array[key] = selection`."""
    if not any(isinstance(each, (Traced, Deferred)) for each in (key if isinstance(key, tuple) else (key,))):
        raise UntraceableError(NO_SHAPE.format(what="a value for a part of fixed length"))
    part, mask = _resolved(array, key)
    whole = _mask_of(mask, part.shape)
    if isinstance(value, Selection):
        if value.array.shape != part.shape or not _same(value.mask, mask):
            raise UntraceableError(NO_SHAPE.format(what="a value under another mask"))
        value = value.array
    elif np.ndim(value) > part.ndim - mask.ndim:
        value = collect(value) if isinstance(value, (list, tuple)) else value
        if np.shape(value) != (1,):
            raise UntraceableError(NO_SHAPE.format(what="an array of fixed length as their value"))
        value = value[0]
    part[...] = _chosen(whole, value, part)


HOOKS["select"] = select
HOOKS["store"] = store


@rule(np.where)
def _where(condition: Any, *choices: Any) -> Any:
    if choices:
        return by_nodes(np.where, (condition, *choices), {})
    return _positions(condition)


@rule(np.nonzero)
def _positions(condition: Any) -> Any:
    mask = condition if condition.dtype == BOOL else condition != 0.0
    numbers = mask.numbers
    return np.nonzero(numbers) if numbers is not None else tuple([Positions(mask, axis) for axis in range(mask.ndim)])


@rule(np.flatnonzero)
def _flat_positions(condition: Any) -> Any:
    if condition.ndim > 1:
        raise UntraceableError(NO_SHAPE.format(what="flat positions in several axes"))
    return _positions(condition)[0]


@rule(np.extract)
def _extract(condition: Any, array: Any) -> Any:
    return _numpy.ravel(array)[_numpy.ravel(condition) != 0]


@rule(np.place)
def _place(array: Any, mask: Any, values: Any) -> None:
    given = collect(values) if isinstance(values, (list, tuple)) else values
    array[mask] = given if np.ndim(given) == 0 or len(given) > 1 else given[0]


@rule(np.putmask)
def _putmask(array: Any, mask: Any, values: Any) -> None:
    array[...] = np.where(mask, values, array)


@rule(np.count_nonzero)
def _count(array: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    counted = array if array.dtype == BOOL else array != 0.0
    return _numpy.sum(counted, axis=axis, keepdims=keepdims)


def _joined(function: Any) -> Callable[..., Any]:
    """Return `any` or `all`, by the largest or smallest truth value."""

    def apply(array: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
        truth = array if array.dtype == BOOL else array != 0.0
        if where is not True:
            truth = np.where(where, truth, function is _numpy.min)
        return function(truth, axis=axis, keepdims=keepdims) if truth.ndim else truth

    return apply


rule(np.any)(_joined(_numpy.max))
rule(np.all)(_joined(_numpy.min))


@rule(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **options: Any) -> Any:
    conditions = list(condlist) if isinstance(condlist, (list, tuple)) or np.ndim(condlist) > np.ndim(x) else [condlist]
    choices = [each(x, *args, **options) if callable(each) else each for each in funclist]
    value: Any = np.zeros(np.shape(x), FLOAT) if len(choices) == len(conditions) else choices.pop()
    if len(choices) != len(conditions):
        raise ValueError(f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} functions are expected")
    for condition, choice in zip(conditions, choices, strict=True):
        value = np.where(condition, choice, value)
    return value if np.shape(value) == np.shape(x) else _numpy.broadcast_to(wrapped(value), np.shape(x))
