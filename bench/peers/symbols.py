"""The cases on arrays of symbols: NumPy's object arrays carry any library's scalars through the cases' own text."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np


def library(exp: Any, log: Any, sqrt: Any, tanh: Any, erf: Any) -> SimpleNamespace:
    """Give the functions that the cases call, element by element."""

    def each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        applied = np.frompyfunc(function, 1, 1)
        return lambda x: applied(x) if isinstance(x, np.ndarray) else function(x)

    def normal(x: Any) -> Any:
        return 0.5 * (1.0 + erf(x * math.sqrt(0.5)))

    def softplus(x: Any) -> Any:
        return log(1.0 + exp(x))

    functions = {"exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh, "ndtr": normal, "softplus": softplus}
    return SimpleNamespace(**{name: each(function) for name, function in functions.items()}, sum=np.sum)


def filled(shape: tuple[int, ...], make: Callable[[int], Any]) -> Any:
    """Give an array of symbols, or the only one: `make` is given the number of the element."""
    size = math.prod(shape)
    array = np.empty(size, object)
    array[:] = [make(number) for number in range(size)]
    return array.reshape(shape) if shape else array[0]


def elements(array: Any) -> list[Any]:
    """Give the elements of an array of symbols, or of one alone."""
    return list(array.ravel()) if isinstance(array, np.ndarray) else [array]
