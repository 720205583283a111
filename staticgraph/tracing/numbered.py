"""Values that follow from the number of a loop's step alone: one for each step, computed as Python and NumPy do, step by step."""

import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..nodes.node import Node
from .array import Deferred, Traced
from .errors import UnrepeatableError
from .operations import found, mapped

_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
LARGEST = 1 << 53
"""Whole numbers up to here are float64."""


class Numbered(Deferred):
    """A number or an array of numbers that each step of a loop has another one of.

    Attributes
    ----------
    trial : object
        The loop's, which makes a slice of it (`sliced`) where it meets a value of the trace.
    values : list
        One for each step: all numbers of Python's or NumPy's, or all arrays of one shape.
    """

    __slots__ = ("_sliced", "trial", "values")

    def __init__(self, trial: Any, values: Sequence[Any]) -> None:
        self.trial = trial
        self.values = values
        self._sliced: Traced | None = None

    @property
    def sliced(self) -> Traced:
        """The value as an array or a scalar of the trace."""
        if self._sliced is None:
            self._sliced = self.trial.slice_of(self.values)
        return self._sliced

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each of the values."""
        return tuple(np.shape(self.values[0]))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def dtype(self) -> Any:
        """What the elements are."""
        return np.result_type(self.values[0])

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What each of the values is an instance of."""
        return self.values[0].__class__

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        return of_steps(getattr(ufunc, method), operands, options)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        return of_steps(function, operands, options)

    def __getitem__(self, key: Any) -> Any:
        return of_steps(operator.getitem, (self, key), {})

    def __len__(self) -> int:
        return len(self.values[0])

    def __iter__(self) -> Any:
        return (self[number] for number in range(len(self)))

    def _differs(self, *_: Any) -> NoReturn:
        raise UnrepeatableError("what differs from step to step decides what is done")

    __bool__ = __int__ = __float__ = __complex__ = __index__ = __hash__ = __repr__ = __format__ = __setitem__ = _differs
    __getattr__ = _differs


def _applied(function: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def operate(self: Any, other: Any) -> Any:
        return of_steps(function, (self, other), {})

    def reflected(self: Any, other: Any) -> Any:
        return of_steps(function, (other, self), {})

    return operate, reflected


def _of_one(function: Any) -> Callable[[Any], Any]:
    return lambda self: of_steps(function, (self,), {})


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift"):
    _operate, _reflected = _applied(getattr(operator, f"__{_name}__"))
    for _kind, _method in (("", _operate), ("r", _reflected), ("i", _operate)):
        setattr(Numbered, f"__{_kind}{_name}__", _method)
for _name in ("lt", "le", "eq", "ne", "gt", "ge"):
    setattr(Numbered, f"__{_name}__", _applied(getattr(operator, _name))[0])
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Numbered, f"__{_name}__", _of_one(getattr(operator, _name)))


def is_numbered(value: Any) -> bool:
    """Whether a value, or a part of an index, differs from step to step."""
    kind = type(value)
    if kind is tuple:
        return any(map(is_numbered, value))
    if kind is slice:
        return any(type(each) is Numbered for each in (value.start, value.stop, value.step))
    return kind is Numbered


def numbered_in(value: Any) -> list[Numbered]:
    """Return what of a structure, or of an index, differs from step to step."""
    every: list[Numbered] = []

    def note(each: Any) -> None:
        if type(each) is Numbered:
            every.append(each)
        elif type(each) is slice:
            every.extend(part for part in (each.start, each.stop, each.step) if type(part) is Numbered)

    mapped(note, value)
    return every


def sliced_in(value: Any) -> Any:
    """Return a structure with arrays and scalars of the trace for all that differs from step to step."""
    return mapped(lambda each: each.sliced if type(each) is Numbered else each, value)


def is_symbolic(value: Any) -> bool:
    """Whether a structure has values of the trace that are no numbers."""
    return any(type(each) is not Traced or each.symbolic for each in found((Traced, Node), value)) or any(
        type(each) is not Numbered for each in found_deferred(value)
    )


def found_deferred(value: Any) -> list[Any]:
    """Return what of a structure is deferred."""
    every: list[Any] = []
    mapped(lambda each: every.append(each) if issubclass(type(each), Deferred) else None, value)
    return every


def of_steps(function: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Return what a function gives in each step: of numbers alone step by step, otherwise with slices as values of the trace."""
    if is_symbolic((args, options)):
        return function(*sliced_in(tuple(args)), **sliced_in(options))
    numbered = numbered_in((args, options))
    trial = numbered[0].trial
    if any(each.trial is not trial for each in numbered):
        raise UnrepeatableError("the numbers of the steps of two loops meet")
    count = len(numbered[0].values)
    with np.errstate(all="ignore"):  # what is tried may be given up
        if options:
            results = [function(*mapped(_at(step), tuple(args)), **mapped(_at(step), options)) for step in range(count)]
        else:
            results = list(map(function, *(steps_of(each, count) for each in args)))
    return settled(trial, results)


def _at(step: int) -> Callable[[Any], Any]:
    return lambda each: each.values[step] if type(each) is Numbered else each


def steps_of(value: Any, count: int) -> Any:
    """Return for each step what an argument, or an index, is in it."""
    if type(value) is Numbered:
        return value.values
    if type(value) is slice and is_numbered(value):
        return map(slice, *(steps_of(each, count) for each in (value.start, value.stop, value.step)))
    if type(value) in (tuple, list, dict) and (numbered_in(value) or is_numbered(value)):
        if type(value) is tuple:
            return zip(*(steps_of(each, count) for each in value), strict=False)
        return [mapped(_at(step), value) for step in range(count)]
    return itertools.repeat(value, count)


def settled(trial: Any, results: list[Any]) -> Any:
    """Return results that are one number, or one array, for each step; where they are the same in all, that one."""
    first = results[0]
    if all(each is first for each in results):
        return first
    kinds = set(map(type, results))
    if all(issubclass(each, _NUMBERS) for each in kinds):
        same = len(kinds) == 1 and all(each == first for each in results) and (first != 0 or len(set(map(str, results))) == 1)
        return first if same else Numbered(trial, results)
    if any(type(each) not in (Traced, np.ndarray) or np.shape(each) != np.shape(first) or _varies(each) for each in results):
        raise UnrepeatableError("what steps compute of their number alone is of another kind from step to step")
    return Numbered(trial, results)


def _varies(value: Any) -> bool:
    return value.dtype.kind not in "biuf" or (type(value) is Traced and value.symbolic)
