"""Numba's decorators with types, which it does not have itself: the package's only door to them."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numba.extending

from .kept import Kept

if numba.config.DISABLE_JIT:
    raise ImportError("staticgraph runs on what Numba compiles, which NUMBA_DISABLE_JIT=1 forbids: unset this environment variable")

Function = TypeVar("Function", bound=Callable[..., Any])


def jitted(**options: Any) -> Callable[[Function], Function]:
    """Compile a function when it is first called, without Python objects."""
    decorator: Callable[[Function], Function] = numba.njit(**options)
    return decorator


def jitted_once(digest: str, what: str, seconds: int) -> Callable[[Function], Function]:
    """Compile a function that runs without the GIL, once a machine; the arguments are those of `Kept`."""

    def decorate(function: Function) -> Function:
        made: Any = jitted(nogil=True)(function)
        made._cache = Kept(made, digest, what, seconds)
        found: Function = made
        return found

    return decorate


def jitable(function: Function) -> Function:
    """Let jitted functions call a function that Python calls too."""
    made: Function = numba.extending.register_jitable(function)
    return made


def intrinsic(function: Callable[..., Any]) -> Any:
    """Make an operation of jitted functions from a function that gives its signature and its code; it is called without the context."""
    return numba.extending.intrinsic(function)
