"""Numba's decorators with types, which it does not have itself: the package's only door to them."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numba.extending

Function = TypeVar("Function", bound=Callable[..., Any])


def jitted(**options: Any) -> Callable[[Function], Function]:
    """Compile a function when it is first called, without Python objects."""
    decorator: Callable[[Function], Function] = numba.njit(**options)
    return decorator


def jitted_once(function: Function) -> Function:
    """Compile a function that runs without the GIL, once a machine: Numba keeps it on disk."""
    try:
        return jitted(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder can be written: every process compiles for itself
        return jitted(nogil=True)(function)


def jitable(function: Function) -> Function:
    """Let jitted functions call a function that Python calls too."""
    made: Function = numba.extending.register_jitable(function)
    return made


def intrinsic(function: Callable[..., Any]) -> Any:
    """Make an operation of jitted functions from a function that gives its signature and its code; it is called without the context."""
    return numba.extending.intrinsic(function)
