"""The cases on NumPy's arrays of objects: what a library of scalars, or of columns, needs to trace them."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..cases import Case


def library(module: Any) -> SimpleNamespace:
    """Give the functions that the cases call, made of a module's functions of one object."""
    one = {name: _each(getattr(module, name)) for name in ("exp", "log", "sqrt", "tanh")}
    return SimpleNamespace(**one, ndtr=lambda x: 0.5 * (1.0 + module.erf(x * 0.5**0.5)), sum=lambda x, axis: np.sum(x, axis=axis))


def _each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    every = np.frompyfunc(function, 1, 1)
    return lambda x: every(x) if isinstance(x, np.ndarray) else function(x)


def trace(case: Case, module: Any, leaves: Sequence[Any]) -> Any:
    """Apply a case's function to leaves that are objects or arrays of them."""
    with np.errstate(all="ignore"):  # NumPy looks at the processor's flags, which whatever computes meanwhile has raised.
        return case.function(library(module), *leaves)


def arranged(objects: list[Any], shape: tuple[int, ...]) -> Any:
    """Arrange objects as an array of that shape; without axes, the object itself."""
    if shape == ():
        return objects[0]
    array = np.empty(len(objects), dtype=object)
    for place, each in enumerate(objects):
        array[place] = each
    return array.reshape(shape)
