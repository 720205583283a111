"""Masks that depend on leaves as indices, and NumPy's functions that make or take them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .array import HOOKS, Deferred, Traced
from .creating import collect
from .errors import NO_SHAPE, UntraceableError
from .numbered import Numbered, is_numbered, numbered_in
from .operations import array_of_no_rank, by_nodes, choose, rule, wrapped
from .selections import Selection, chosen, mask_of
from .stored import BOOL, FLOAT

_numpy: Any = np


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


def masked(key: Any) -> bool:
    """Whether an index has a mask that depends on leaves."""
    return any(isinstance(each, (Traced, Deferred)) for each in (key if isinstance(key, tuple) else (key,)))


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
    if is_numbered(key):
        return numbered_in(key)[0].trial.read(array, key)
    part, mask = _resolved(array, key)
    mask_of(mask, part.shape)
    return Selection(part.snapshot(), mask.snapshot())


def store(array: Traced, key: Any, value: Any) -> None:
    """Do `array[mask] = value`, or `array[key] = selection`."""
    if is_numbered(key):
        numbered_in(key)[0].trial.store(array, key, value)
        return
    if type(value) is Numbered and not masked(key):
        array.store(key, value.sliced)
        return
    if not masked(key):
        raise UntraceableError(NO_SHAPE.format(what="a value for a part of fixed length"))
    part, mask = _resolved(array, key)
    whole = mask_of(mask, part.shape)
    part[...] = chosen(whole, Selection(part, mask).element(value), part)


HOOKS["select"] = select
HOOKS["store"] = store


@rule(np.where)
def _where(condition: Any, *choices: Any) -> Any:
    if choices:
        return array_of_no_rank(choose(condition, *choices))
    return _positions(condition)


@rule(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    return array_of_no_rank(by_nodes(np.select, (condlist, choicelist, default), {}))


@rule(np.nonzero)
def _positions(condition: Any) -> Any:
    mask = condition.snapshot() if condition.dtype == BOOL else condition != 0.0
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
    array[...] = choose(mask, values, array)


@rule(np.count_nonzero)
def _count(array: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    counted = array if array.dtype == BOOL else array != 0.0
    return _numpy.sum(counted, axis=axis, keepdims=keepdims)


def _joined(function: Any) -> Callable[..., Any]:
    """Return `any` or `all`, by the largest or smallest truth value."""

    def apply(array: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
        truth = array if array.dtype == BOOL else array != 0.0
        if where is not True:
            truth = choose(where, truth, function is _numpy.min)
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
