"""Which calls one trace of a step can stand for: those of functions that change nothing and give the same for the same arguments."""

import dis
import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .array import HOOKS, Traced
from .errors import OURS, UnrepeatableError
from .numbered import Numbered, is_symbolic, of_steps, sliced_in
from .simple import MUTATING, RUNTIME

_CHANGING = frozenset(("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "DELETE_SUBSCR", "DELETE_NAME"))
_GENERATES = 0x20 | 0x80 | 0x200
"""Flags of the code of generators and coroutines."""
_BUILTINS = frozenset((
    abs, all, any, bool, complex, dict, divmod, enumerate, float, frozenset, getattr, hasattr, int, isinstance, issubclass, len, list, map,
    max, min, pow, range, reversed, round, set, slice, sorted, sum, tuple, type, zip, functools.reduce,
))  # fmt: skip
_LIBRARIES = frozenset(("numpy", "scipy", "math", "cmath", OURS))
_OWNERS = (np.ndarray, np.generic, np.ufunc, str, int, float, complex, tuple, list, dict, Traced)


def check_call(function: Any) -> None:
    """Raise `UnrepeatableError` unless a function that is not followed may be called once for all steps."""
    owner = getattr(function, "__self__", None)
    name, module = getattr(function, "__name__", "") or "", getattr(function, "__module__", None) or ""
    if owner is not None and not isinstance(owner, types.ModuleType):
        known = type(owner) in _OWNERS or issubclass(type(owner), _OWNERS) or isinstance(owner, type)
        if not known or (name in MUTATING and type(owner) is not Traced):
            raise UnrepeatableError(f"{name} may do something else in each step")
        return
    if _known(function) or type(function) is np.ufunc:
        return
    root = module.partition(".")[0]
    if isinstance(function, type) and issubclass(function, BaseException):
        return
    if (root in _LIBRARIES and "random" not in module) or _known_operator(function) or _is_object(function):
        return
    raise UnrepeatableError(f"{name} may do something else in each step")


_OF_STRUCTURES = frozenset((tuple, list, dict, zip, enumerate, reversed, map, filter, isinstance, hasattr, getattr, type))
"""Functions that look at no numbers."""


def in_steps(function: Any, args: tuple[Any, ...], options: dict[str, Any], follows: bool) -> tuple[Callable[[], Any] | None, Any, Any]:
    """Return what calls a function with arguments that differ from step to step; None, and the arguments that stand for all steps."""
    if (function is len and type(args[0]) is not Numbered) or (_is_hashed(function) and function in _OF_STRUCTURES):
        return lambda: function(*args, **options), args, options
    if follows or is_symbolic((args, options)) or is_symbolic(getattr(function, "__self__", None)):
        return None, sliced_in(args), sliced_in(options)
    simple = type(function) is types.BuiltinFunctionType or type(function) is np.ufunc or function in (float, int)
    each = function if simple else functools.partial(HOOKS["call"], function)
    return lambda: of_steps(each, args, options), args, options


def _is_hashed(function: Any) -> bool:
    return isinstance(function, (type, types.BuiltinFunctionType))


def _known(function: Any) -> bool:
    try:
        return function in _BUILTINS
    except TypeError:
        return False


def _known_operator(function: Any) -> bool:
    return getattr(operator, getattr(function, "__name__", "") or "", None) is function


def _is_object(function: Any) -> bool:
    """Whether it is one of the user's objects that can be called, whose method is followed and checked there; or a class of theirs."""
    return isinstance(function, (type, functools.partial, np.vectorize)) or isinstance(
        getattr(type(function), "__call__", None),  # noqa: B004 - not whether it can be called, but by what
        types.FunctionType,
    )


@functools.lru_cache(maxsize=4096)
def _changes(code: types.CodeType, begins: bool) -> bool:
    """Whether a function's code may change what outlives its call; `begins` for one that sets up a new object."""
    allowed = {"STORE_ATTR"} if begins else set()
    found = {each.opname for each in dis.get_instructions(code)} & _CHANGING
    nonlocal_ = any(each.opname == "STORE_DEREF" and each.argval in code.co_freevars for each in dis.get_instructions(code))
    inner = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return bool(found - allowed) or nonlocal_ or not MUTATING.isdisjoint(code.co_names) or any(_changes(each, begins) for each in inner)


def check_followed(function: types.FunctionType, followed: types.FunctionType) -> None:
    """Raise `UnrepeatableError` unless a function of the user's, as rewritten from its source, may be called once for all steps."""
    code = function.__code__
    if RUNTIME not in followed.__code__.co_freevars or code.co_flags & _GENERATES or _changes(code, function.__name__ == "__init__"):
        raise UnrepeatableError(f"{function.__name__} changes something in each step")
