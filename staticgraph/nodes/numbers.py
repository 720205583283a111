"""Real numbers that are given: arrays of them, and what is refused."""

from typing import Any

import numpy as np
from numpy.ma import MaskedArray  # NumPy imports it at the first `np.unique`: a child forked meanwhile would wait for that for ever


def as_real(what: str, value: Any) -> np.ndarray[Any, Any]:
    """Return a value as an array of real numbers or booleans; `TypeError` naming it for any other kind."""
    if isinstance(value, MaskedArray):
        raise TypeError(f"{what}: masked arrays are refused, as masked rows would count; fill or drop them first")
    if type(value).__module__.startswith("scipy.sparse"):
        raise TypeError(f"{what}: sparse matrices are not supported; make it dense with toarray()")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{what}: expected numbers in a regular array, got {type(value).__name__}: {error}") from None
    check_real(what, value, array.dtype)
    return array


def check_real(what: str, value: Any, dtype: np.dtype[Any]) -> None:
    """Raise `TypeError` unless a value's dtype is one of real numbers or booleans."""
    if dtype.kind not in "fiub":
        hint = "; convert it with float(...)" if dtype.kind == "O" and hasattr(value, "__float__") else ""
        if dtype.kind == "c":
            hint = "; complex numbers are for functions that sg.function traces, elsewhere make a node of each part"
        raise TypeError(f"{what}: expected real numbers, got {type(value).__name__} of dtype {dtype}{hint}")
