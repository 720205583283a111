"""The cases on NumPy's arrays of objects: what a library of scalars, or of columns, needs to trace them."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..cases import Case

Function = Callable[..., Any]


def library(module: Any, maximum: Function, minimum: Function) -> SimpleNamespace:
    """Give the functions that the cases call, made of a module's functions of one object, and its larger and smaller of two."""
    one = {name: _each(getattr(module, name), 1) for name in ("exp", "log", "sqrt", "tanh", "sin", "cos")}
    two = {"maximum": _each(maximum, 2), "minimum": _each(minimum, 2)}

    def logsumexp(x: Any, axis: int) -> Any:
        largest = np.frompyfunc(maximum, 2, 1).reduce(x, axis=axis, keepdims=True)
        return one["log"](np.sum(one["exp"](x - largest), axis=axis)) + np.sum(largest, axis=axis)

    return SimpleNamespace(
        **one, **two, sum=lambda x, axis: np.sum(x, axis=axis), square=lambda x: x * x, logsumexp=logsumexp,
        ndtr=lambda x: 0.5 * (1.0 + module.erf(x * 0.5**0.5)),
        softplus=lambda x: maximum(x, 0.0) + module.log(1.0 + module.exp(-abs(x))),
    )  # fmt: skip


def _each(function: Function, operands: int) -> Function:
    every = np.frompyfunc(function, operands, 1)
    return lambda *given: every(*given) if any(isinstance(each, np.ndarray) for each in given) else function(*given)


def trace(case: Case, functions: SimpleNamespace, leaves: Sequence[Any]) -> Any:
    """Apply a case's function to leaves that are objects or arrays of them."""
    with np.errstate(all="ignore"):  # NumPy looks at the processor's flags, which whatever computes meanwhile has raised.
        return case.function(functions, *leaves)


class _Objects(np.ndarray):
    """An array of objects which gives one of them as itself: NumPy's `a[..., 0]` is an array without axes, which libraries do not take."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return found.item() if isinstance(found, np.ndarray) and found.shape == () else found

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Any:
        return array.item() if array.shape == () else array.view(_Objects)


def arranged(objects: list[Any], shape: tuple[int, ...]) -> Any:
    """Arrange objects as an array of that shape; without axes, the object itself."""
    if shape == ():
        return objects[0]
    array = np.empty(len(objects), dtype=object)
    for place, each in enumerate(objects):
        array[place] = each
    return array.reshape(shape).view(_Objects)
