"""NumPy's keywords that change nothing for nodes, and what is said where they would change something."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .messages import unsupported_options


def without_out(name: str, out: Any) -> None:
    """Raise `TypeError` for an array to write into, which cannot hold nodes."""
    given = out if isinstance(out, tuple) else (out,)
    if any(each is not None for each in given):
        raise TypeError(unsupported_options(name, {"out": out}))


def check_dtype(name: str, dtype: Any) -> None:
    """Raise `TypeError` for a dtype other than a real floating-point one: the compiled function has one dtype for all its numbers."""
    if dtype is None:
        return
    if isinstance(dtype, bool):
        raise TypeError(f"{name}: the argument after the axis is the dtype, as in NumPy, got {dtype}; write keepdims={dtype}")
    try:
        kind = np.dtype(dtype).kind
    except TypeError:
        raise TypeError(f"{name}: dtype {dtype!r} is none") from None
    if kind != "f":
        raise TypeError(
            f"{name}: dtype {np.dtype(dtype)} is not supported for nodes, whose numbers are of the compiled function's dtype, float64 or"
            " float32; round with np.trunc, and compare for truth values"
        )


def check_ufunc_options(name: str, options: Mapping[str, Any], boolean: bool = False) -> None:
    """Raise `TypeError` for a ufunc's option that would have an effect; `boolean` tells whether it gives truth values."""
    for option, value in options.items():
        if option == "out":
            without_out(name, value)
        elif option == "where":
            if value is not True:
                raise TypeError(
                    f"numpy.{name}: where= leaves the other elements undefined; write sg.where(condition, value, other), in which the"
                    " gradient of what is not taken is 0"
                )
        elif option == "dtype":
            if not (boolean and np.dtype(value).kind == "b"):
                check_dtype(f"numpy.{name}", value)
        elif option not in ("casting", "order", "subok"):
            raise TypeError(unsupported_options(name, {option: value}))
