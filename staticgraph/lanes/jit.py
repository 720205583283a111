"""Numba's decorators with types, which it does not have itself: the package's only door to them."""

import gc
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numba
import numba.extending
from numba.core.compiler_lock import global_compiler_lock

from ..worker import NoThreadError, StoppedError, on_thread, submit

Function = TypeVar("Function", bound=Callable[..., Any])


def jitted(**options: Any) -> Callable[[Function], Function]:
    """Compile a function when it is first called, without Python objects."""
    decorator: Callable[[Function], Function] = numba.njit(**options)
    return decorator


def jitted_once(function: Function) -> Function:
    """Compile a function that runs without the GIL, once a machine: Numba keeps it on disk."""
    try:
        made: Any = jitted(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder can be written: every process compiles for itself
        made = jitted(nogil=True)(function)
    _compile_by_worker(made)
    compiled: Function = made
    return compiled


def _compile_by_worker(made: Any) -> None:
    """Have the worker's thread compile a function, or load it, for arguments of other types than before; the caller waits."""
    if not hasattr(made, "_compile_for_args"):  # NUMBA_DISABLE_JIT is set
        return
    here = made._compile_for_args

    def compile_for(*args: Any, **kws: Any) -> Any:
        if on_thread() or global_compiler_lock.is_locked():  # by this thread, for which the worker would wait
            return here(*args, **kws)
        try:
            return submit(partial(_compile, made, partial(here, *args, **kws)), first=True).result()
        except (NoThreadError, StoppedError):
            return here(*args, **kws)

    made._compile_for_args = compile_for


def _compile(made: Any, compiling: Callable[[], Any]) -> Any:
    """Compile; free what is left of that, such as LLVM's modules, in this thread and not where the garbage collector runs next."""
    before = sum(made.stats.cache_misses.values())
    result = compiling()
    if sum(made.stats.cache_misses.values()) != before:
        gc.collect()
    return result


def jitable(function: Function) -> Function:
    """Let jitted functions call a function that Python calls too."""
    made: Function = numba.extending.register_jitable(function)
    return made


def intrinsic(function: Callable[..., Any]) -> Any:
    """Make an operation of jitted functions from a function that gives its signature and its code; it is called without the context."""
    return numba.extending.intrinsic(function)
