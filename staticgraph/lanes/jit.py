"""Numba's decorators with types, which it does not have itself: the package's only door to them."""

import gc
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numba
import numba.extending
from numba.core.compiler_lock import global_compiler_lock

from ..compiler.worker import done_there, on_thread
from .kept import Kept

if numba.config.DISABLE_JIT:
    raise ImportError("staticgraph runs on what Numba compiles, which NUMBA_DISABLE_JIT=1 forbids: unset this environment variable")

Function = TypeVar("Function", bound=Callable[..., Any])


def jitted(**options: Any) -> Callable[[Function], Function]:
    """Compile a function that jitted functions call, and nothing else: it cannot be called from Python. No division is checked.

    What Numba makes for calls from Python took a quarter of the time to compile.
    """
    decorator: Callable[[Function], Function] = numba.njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)
    return decorator


def jitted_once(digest: str, what: str, seconds: int) -> Callable[[Function], Function]:
    """Compile a function that runs without the GIL, once a machine; the arguments are those of `Kept`.

    It makes no objects, so that Numba's runtime, which takes 20 ms in each process, is not needed.
    """

    def decorate(function: Function) -> Function:
        made: Any = numba.njit(error_model="numpy", nogil=True, no_cfunc_wrapper=True, _nrt=False)(function)
        made._compilation_chain_init_hook = _nothing
        made._cache = Kept(made, digest, what, seconds)
        _compile_by_worker(made)
        found: Function = made
        return found

    return decorate


def _nothing() -> None:
    """Do what Numba does before it compiles: it looks for packages that extend it, which these functions do not need."""


def _compile_by_worker(made: Any) -> None:
    """Have the worker's thread compile a function, or load it, for arguments of other types than before; the caller waits."""
    here = made._compile_for_args

    def compile_for(*args: Any, **kws: Any) -> Any:
        if on_thread() or global_compiler_lock.is_locked():  # by this thread, for which the worker would wait
            return here(*args, **kws)
        return done_there(partial(_compile, made, partial(here, *args, **kws)))

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
