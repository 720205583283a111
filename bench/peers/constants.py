"""The arrays among a module's globals in another precision, or as a library's own: in float64 they would make float64 of all they meet."""

import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

Convert = Callable[[np.ndarray], Any]


def with_constants(function: Callable[..., Any], dtype: Any, kind: str = "numpy", convert: Convert = lambda array: array) -> Any:
    """Rebuild a function, and those of its module that it may call, with the module's arrays in a precision.

    Parameters
    ----------
    function : callable
    dtype : data type
        Of the arrays of real numbers; those of integers stay.
    kind : str
        Names the arrays that `convert` makes.
    convert : callable
        Makes a library's own array of one of NumPy's.
    """
    given = function.__globals__
    # A module of their own, which can be found by its name: PyTorch's compiler guards globals by it.
    module = types.ModuleType(f"{function.__module__}_{kind}_{np.dtype(dtype).name}")
    sys.modules[module.__name__] = module

    def converted(each: Any) -> Any:
        if isinstance(each, list):
            return [converted(one) for one in each]
        if isinstance(each, np.ndarray):
            return convert(each.astype(dtype) if each.dtype.kind == "f" else each)
        return rebuilt(each) if isinstance(each, types.FunctionType) and each.__globals__ is given else each

    def rebuilt(each: Any) -> Any:
        return types.FunctionType(each.__code__, module.__dict__, each.__name__, each.__defaults__, each.__closure__)

    for name, each in given.items():
        if name == "__builtins__" or not name.startswith("__"):
            setattr(module, name, converted(each))
    return rebuilt(function)
