"""CasADi: the virtual machine of one function, mapped over the batch with two threads or one."""

import os
from typing import Any

import numpy as np

from ..cases import Case
from ..timing import seconds
from . import LIBRARY, Prepared, Results, Skip
from .symbols import elements, filled, library

NAME, KIND = "CasADi", LIBRARY
MOST_ROWS = 4000
"""It takes hundreds of nanoseconds a row, and compiles nothing: fewer rows tell as much."""


def prepare(case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Build value and gradient from scalar symbols, and keep the faster map."""
    try:
        import casadi
    except ImportError:
        raise Skip("casadi is not installed") from None
    if case.wrt and set(case.wrt) & set(case.parameters):
        raise Skip("it has no sum over rows but that of separate gradients")
    functions = library(casadi.exp, casadi.log, casadi.sqrt, casadi.tanh, casadi.erf)
    shapes = [*case.inputs.values(), *case.parameters.values()]
    symbols = [casadi.SX.sym(f"v{number}", int(np.prod(shape, dtype=int))) for number, shape in enumerate(shapes)]
    values = [filled(shape, lambda number, symbol=symbol: symbol[number]) for symbol, shape in zip(symbols, shapes, strict=True)]
    (value,) = elements(case.function(functions, *values))
    inputs = symbols[: len(case.inputs)]
    function = casadi.Function("case", symbols, [value, *(casadi.gradient(value, symbol) for symbol in inputs)])
    rows = min(MOST_ROWS, len(arguments[0]))
    given = [array[:rows].reshape(rows, -1).T if number < len(inputs) else array.reshape(-1, 1) for number, array in enumerate(arguments)]
    given = [casadi.DM(np.ascontiguousarray(array)) for array in given]
    calls: list[Any] = []
    for parallel in ("serial", "thread"):
        mapped = function.map(rows, parallel, os.cpu_count() or 1) if parallel == "thread" else function.map(rows, parallel)
        calls.append(lambda mapped=mapped: mapped(*given))
        calls[-1]()
    call = min(calls, key=lambda each: min(seconds(each) for _ in range(3)))

    def results(made: Any) -> Results:
        arrays = [np.asarray(each) for each in made]
        gradients = [array.T.reshape(rows, *shape) for array, shape in zip(arrays[1:], case.inputs.values(), strict=True)]
        return arrays[0].ravel(), gradients

    return call, results
