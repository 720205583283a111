"""PyTensor: a static graph as ours, whose Numba mode compiles it as a whole; batches of rows."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..cases import Case
from .constants import with_constants
from .peer import LIBRARY, Arguments, Form, Peer, Result, SkipError


def _pytensor() -> Any:
    try:
        import pytensor
        import pytensor.tensor
    except ImportError:
        raise SkipError("not installed (pip install pytensor)") from None
    return pytensor


def _library(tensor: Any) -> SimpleNamespace:
    names = ("exp", "log", "sqrt", "tanh", "sin", "cos", "sum", "maximum", "minimum", "softplus", "logsumexp")
    functions = {name: getattr(tensor, name) for name in names}
    return SimpleNamespace(**functions, square=tensor.sqr, ndtr=lambda x: 0.5 * tensor.erfc(x * -math.sqrt(0.5)))


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the form of a case."""
    pytensor = _pytensor()
    dtype = arguments[0].dtype.name
    # `floatX`: what Python's numbers become.
    with pytensor.config.change_flags(floatX=dtype):
        function = _derived(pytensor, case, dtype)
    last: list[np.ndarray] = []

    def call() -> None:
        last.clear()
        last.extend(function(*arguments))

    def result() -> Result:
        return last[0], last[1:]

    yield Form("rows", call, result)


def _derived(pytensor: Any, case: Case, dtype: str) -> Any:
    names, tensor = (*case.inputs, *case.parameters), pytensor.tensor
    shapes = [(None, *shape) for shape in case.inputs.values()] + list(case.parameters.values())
    leaves = [tensor.tensor(name, shape=shape, dtype=dtype) for name, shape in zip(names, shapes, strict=True)]
    value = with_constants(case.function, dtype)(_library(tensor), *leaves)
    gradients = pytensor.grad(tensor.sum(value), [leaves[names.index(name)] for name in case.wrt or names])
    return pytensor.function(leaves, [value, *gradients], mode="NUMBA", on_unused_input="ignore")


def _version() -> str:
    try:
        return f"pytensor {_pytensor().__version__}"
    except SkipError:
        return "no pytensor"


PYTENSOR = Peer("pytensor", LIBRARY, prepare, _version)
