"""What functions of libraries that no protocol of NumPy's reaches are on values of a trace."""

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..nodes.numpy_functions import what_nodes_do
from .array import HOOKS
from .distributions import method_of
from .operations import of_nodes


def of_library(function: Any) -> Callable[..., Any] | None:
    """Return what a function of a library is on values of a trace; None if nothing is known of it."""
    method = method_of(function)
    if method is not None:
        return method
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", "") or ""
    if module.startswith("scipy._lib"):
        return _HELPERS.get(name)
    known = what_nodes_do(function) if module.startswith("scipy.special") else None
    return None if known is None else of_nodes(known)


def goes_on(function: Any) -> str | None:
    """Return why a function that goes on for as long as the values need cannot be traced, and what works instead; None for others."""
    name = getattr(function, "__name__", "")
    if name not in _ITERATING or not (getattr(function, "__module__", "") or "").startswith("scipy."):
        return None
    return f"scipy's {name} goes on for as long as the values need, and a static graph is laid out before: {_ITERATING[name]}"


def in_python(function: Any) -> types.FunctionType | None:
    """Return the Python code of a function of SciPy's, or of NumPy's functions that turn complex; None for others."""
    written = getattr(function, "_implementation", function)
    if type(written) is not types.FunctionType:
        return None
    return written if written.__module__.startswith("scipy.") or written.__module__ == "numpy.lib._scimath_impl" else None


def _apply_where(condition: Any, args: Any, then: Any, otherwise: Any = None, /, *, fill_value: Any = None, **_: Any) -> Any:
    """Return what SciPy's own helper of that name gives: one function where a condition holds, elsewhere another one, or a number."""
    given = args if isinstance(args, (tuple, list)) else (args,)
    other = fill_value if otherwise is None else HOOKS["call"](otherwise, *given)
    return np.where(condition, HOOKS["call"](then, *given), other)


def _select(conditions: Any, functions: Any, args: Any, default: Any = 0) -> Any:
    """Return what SciPy's own helper of that name gives: the function of the first condition that holds."""
    return np.select([each != 0 for each in conditions], [HOOKS["call"](each, *args) for each in functions], default)


class _At:
    """What stands for SciPy's own helper `at(array)[index].set(value)`: a copy of the array is written."""

    def __init__(self, array: Any, index: Any = None) -> None:
        self.array, self.index = array, index

    def __getitem__(self, index: Any) -> "_At":
        return _At(self.array, index)

    def set(self, value: Any, **_: Any) -> Any:
        """Return the array with a value at the index."""
        made = HOOKS["call"](np.array, self.array)
        made[self.index] = value
        return made


_HELPERS: dict[str, Callable[..., Any]] = {"apply_where": _apply_where, "_lazyselect": _select, "at": _At}
_STEPS = "write a fixed number of Newton's steps, for _ in range(8): x = x - f(x) / slope(x), or find the root before and pass it in"
_NODES = "write the sum over fixed points, as of np.polynomial.legendre.leggauss"
_OUTSIDE = "call it outside, on the function that sg makes of its argument"
_ITERATING = {
    **dict.fromkeys(["brentq", "brenth", "bisect", "ridder", "toms748", "newton", "root_scalar", "fsolve", "root", "fixed_point"], _STEPS),
    **dict.fromkeys(["quad", "quad_vec", "dblquad", "tplquad", "nquad"], _NODES),
    **dict.fromkeys(["odeint", "solve_ivp"], "write a fixed number of Runge-Kutta steps"),
    **dict.fromkeys(["minimize", "minimize_scalar", "least_squares", "curve_fit"], _OUTSIDE),
}
"""What works instead of functions of SciPy's that iterate."""
