"""What rewritten code calls: the user's own functions are followed, others get what they can take."""

import functools
import random
import types
import warnings
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from ..nodes.node import Node
from .array import HOOKS, Deferred, Traced, of_array
from .creating import CREATING, collect, load
from .distributions import frozen_with
from .errors import LIBRARIES, NO_INTEGERS, OURS, UntraceableError
from .exploring import Surroundings, explore
from .libraries import goes_on, in_python, of_library
from .numbered import numbered_in, sliced_in
from .operations import found, mapped, plain, wrapped
from .repeatable import check_call, check_followed, in_steps
from .scalars import SCALARS
from .source import rewritten
from .state import current
from .unsourced import Globals, original_of, standing, with_globals

_GENERATES = 0x20 | 0x80 | 0x200
"""Flags of the code of generators and coroutines."""
_LISTS = "stack concatenate hstack vstack dstack column_stack block select piecewise broadcast_arrays meshgrid copyto append"
_KEEP_LISTS = frozenset(getattr(np, name) for name in _LISTS.split())
"""NumPy's functions that take lists of arrays."""
TABLE: dict[Any, Callable[..., Any]] = {**CREATING, **SCALARS}
FOLLOWING: dict[Any, Callable[..., Any]] = {}
"""Functions of ours that call the user's, whatever their arguments are."""
RUNTIME = types.SimpleNamespace()
"""What rewritten code reaches under the name that it has for this package."""


def is_traced(value: Any) -> bool:
    """Whether a value is an array of the trace, or stands for one."""
    kind = type(value)
    return kind is Traced or kind is Node or issubclass(kind, Deferred)


def _takes_traced(args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether an array of the trace is among arguments, or in a list, tuple or dictionary of them."""
    for each in (*args, *options.values()) if options else args:
        if is_traced(each) or (type(each) in (list, tuple, dict) and found((Traced, Deferred, Node), each)):
            return True
    return False


def call(function: Any, /, *args: Any, **options: Any) -> Any:
    """Call what the user's code calls."""
    kind = type(function)
    if kind is functools.partial and function.func in (call, _standing_call):
        return call(*function.args, *args, **function.keywords, **options)
    if kind is types.FunctionType:
        return _of_function(function, args, options)
    if kind is types.MethodType:
        if type(function.__func__) is types.FunctionType and type(function.__self__) is not Traced:
            special = of_library(function)
            if special is not None and _takes_traced((*args, *frozen_with(function)), options):
                return special(*sliced_in(args), **sliced_in(options))
            return _of_function(function.__func__, (function.__self__, *args), options)
    elif kind is functools.partial:
        return call(function.func, *function.args, *args, **{**function.keywords, **options})
    return _of_other(function, args, options)


HOOKS["call"] = call


def _of_function(function: types.FunctionType, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a function written in Python: one of the user's is followed."""
    followed = follow(function)
    if followed is None or (of_library(function) is not None and _takes_traced(args, options)):
        return _of_other(function, args, options)
    return _run(function, followed, args, options)


def _run(function: types.FunctionType, followed: types.FunctionType, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call what was made of a function."""
    if current().trials:
        check_followed(function, followed)
    args = tuple([of_array(each) for each in args])
    if followed.__code__.co_flags & _GENERATES:
        return followed(*args, **options)
    cells = function.__closure__ or ()
    return explore(lambda: followed(*args, **options), followed.__code__, lambda: Surroundings((*args, *options.values()), cells))


def follow(function: types.FunctionType) -> types.FunctionType | None:
    """Return a function of the user's as rewritten; None for one of a library."""
    root = (function.__module__ or "").partition(".")[0]
    return None if root in LIBRARIES and root != current().own else _followed(function)


def _followed(function: types.FunctionType) -> types.FunctionType:
    """Return a function as rewritten, or, without source, with other globals."""
    if type(function.__globals__) is Globals:
        return function
    made = rewritten(function, RUNTIME) or with_globals(function, STAND)
    if made is not function:
        made.__defaults__ = tuple(map(load, made.__defaults__)) if made.__defaults__ else None
        made.__kwdefaults__ = {name: load(each) for name, each in made.__kwdefaults__.items()} if made.__kwdefaults__ else None
    return made


def _of_other(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call what is not followed: by its place in the table, where arrays of the trace are among its arguments."""
    if current().trials:
        check_call(function)
        if numbered_in((args, options)):
            done, args, options = in_steps(function, args, options, _is_one_of(FOLLOWING, function))
            if done is not None:
                return done()
    if _is_one_of(FOLLOWING, function):
        return FOLLOWING[function](*args, **options)
    if function is map or function is filter:
        return function(_passed(args[0], True), *args[1:])
    if isinstance(function, np.vectorize):
        return _new(_vectorized(function, args, options))
    if function is warnings.warn and current().context:
        return None  # for which rows is not known yet
    if goes_on(function) is not None:
        return _of_numbers(function, args, options)
    consumes = _is_one_of(_CONSUMING, function)
    consumed = tuple([list(each) if type(each) is types.GeneratorType else each for each in args]) if consumes else args
    if _takes_traced(consumed, options):
        return _with_traced(function, consumed, options)
    root = (getattr(function, "__module__", None) or "").partition(".")[0]
    if isinstance(function, type) and root not in LIBRARIES:
        return _constructed(function, consumed, options)
    _check_random(function)
    inner = getattr(function, "py_func", None) or _called(function)
    if inner is not None:
        return call(inner, *args, **options)
    made = function(*(_passed(each) for each in consumed), **options)
    if isinstance(made, _RANDOM) and (args or options):
        current().seeded.append(made)
    return _new(made)


def _of_numbers(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a function that goes on for as long as the values need: they have to be numbers, and so do results of functions among them."""

    def known(value: Any) -> Any:
        if found((Traced, Deferred, Node), value) and any(map(_is_unknown, found((Traced, Deferred, Node), value))):
            raise UntraceableError(goes_on(function))
        return value

    def told(value: Any) -> Any:
        return (lambda *given, **named: known(call(value, *given, **named))) if isinstance(value, _FUNCTIONS) else known(value)

    return _new(function(*map(told, args), **{name: told(each) for name, each in options.items()}))


def _is_unknown(value: Any) -> bool:
    return type(value) is not Traced or value.symbolic


_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
_CONSUMING = frozenset((max, min, sum, any, all, sorted, np.fromiter, np.array))


def _is_one_of(functions: Collection[Any], function: Any) -> bool:
    """Whether a function is one of some; objects that can be called need not have a hash."""
    try:
        return function in functions
    except TypeError:
        return False


def _new(value: Any) -> Any:
    """Return what a call made as something that can hold nodes."""
    if type(value) is np.ndarray:
        return of_array(value if value.base is None else value.copy())
    return wrapped(value)


def _with_traced(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    special = _special(function)
    if special is not None:
        return special(*args, **options)
    module = getattr(function, "__module__", None) or type(function).__module__ or ""
    root = module.partition(".")[0]
    if root == OURS or type(function).__module__.partition(".")[0] == OURS:
        return mapped(wrapped, function(*mapped(plain, args), **mapped(plain, options)))
    if isinstance(function, type) and root not in LIBRARIES:
        return _constructed(function, args, options)
    owner = getattr(function, "__self__", None)
    if type(owner) is np.ndarray:
        return _of_outer_array(owner, function.__name__, args, options)
    inner = getattr(function, "py_func", None) or _called(function)
    if inner is not None:
        return call(inner, *args, **options)
    written = in_python(function)
    if written is not None:
        return _run(written, _followed(written), args, options)
    if (isinstance(function, np.ufunc) or root == "numpy") and not _is_one_of(_KEEP_LISTS, function):
        args = tuple([collect(each) if type(each) in (list, tuple) and found(Traced, each) else each for each in args])
    return _new(function(*(_passed(each) for each in args), **options))


def _of_outer_array(array: Any, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a method of an array of NumPy's; one of integers takes arrays of the trace as one of floats, but does not hold them."""
    held = of_array(array, outside=True)
    if type(held) is not Traced:
        if method in ("__setitem__", "fill", "put", "itemset"):
            raise UntraceableError(NO_INTEGERS)
        held = Traced(array.shape, np.dtype(float), cells=array.astype(float))
    return getattr(held, method)(*args, **options)


def _special(function: Any) -> Callable[..., Any] | None:
    try:
        return TABLE.get(function) or of_library(function)
    except TypeError:
        return None


def _constructed(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Make an object of one of the user's classes, whose `__init__` is followed."""
    init = function.__init__
    if type(init) is not types.FunctionType or function.__new__ is not object.__new__ or type(function) is not type:
        return function(*args, **options)
    made: Any = function.__new__(function)
    call(init, made, *args, **options)
    return made


def _vectorized(function: np.vectorize, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Map a function over elements, as an object of `numpy.vectorize` does."""
    if getattr(function, "signature", None) is not None:
        raise UntraceableError("np.vectorize(signature=...) is not traced; write the loop over the rows, or np.apply_along_axis")
    keys = [*range(len(args)), *options]
    fixed = {key: each for key, each in zip(keys, (*args, *options.values()), strict=True) if key in function.excluded}
    mapped_over = [key for key in keys if key not in fixed]
    arrays = np.broadcast_arrays(*(args[key] if isinstance(key, int) else options[key] for key in mapped_over))
    shape = np.shape(arrays[0])
    flat = [np.reshape(each, -1) for each in arrays]

    def one(number: int) -> Any:
        given = fixed | {key: each[number] for key, each in zip(mapped_over, flat, strict=True)}
        return call(function.pyfunc, *(given[key] for key in range(len(args))), **{name: given[name] for name in options})

    return _in_shape([one(number) for number in range(flat[0].size)], shape)


def _in_shape(made: list[Any], shape: tuple[int, ...]) -> Any:
    """Return results of single calls as one array; of functions with several results as a tuple of them."""
    if made and isinstance(made[0], tuple):
        return tuple([_in_shape(list(each), shape) for each in zip(*made, strict=True)])
    return collect(made).reshape(shape) if shape else made[0]


def _called(function: Any) -> Any:
    """Return the method behind a callable object of the user's, or the function within one that caches."""
    if isinstance(function, (type, types.BuiltinFunctionType, np.ufunc)):
        return None
    wrapped_function = getattr(function, "__wrapped__", None)
    if isinstance(wrapped_function, types.FunctionType) and not isinstance(function, types.FunctionType):
        return wrapped_function if follow(wrapped_function) is not None else None
    method = getattr(type(function), "__call__", None)  # noqa: B004 - not whether it can be called, but by what
    if isinstance(method, types.FunctionType) and follow(method) is not None:
        return types.MethodType(method, function)
    return None


def _passed(value: Any, classes: bool = False) -> Any:
    """Return an argument of a function that is not followed: functions that it may call are ones that take arrays of the trace."""
    if isinstance(value, _FUNCTIONS) or (classes and callable(value)):
        return functools.partial(call, value)
    if isinstance(value, types.BuiltinFunctionType) and value in TABLE:
        return functools.partial(call, value)
    return value


def _check_random(function: Any) -> None:
    owner = getattr(function, "__self__", None)
    drawn = isinstance(owner, _RANDOM) or (getattr(function, "__module__", None) == "random" and type(function) is not type)
    if drawn and not any(owner is each for each in current().seeded):
        raise UntraceableError(
            "random numbers drawn while tracing would be the same in every call and row; draw them before and pass them in, as "
            "data={'noise': shape}, or make the generator of a seed in the function"
        )


_RANDOM = (np.random.Generator, np.random.RandomState, random.Random)


def _standing_call(function: Any, /, *args: Any, **options: Any) -> Any:
    """Call what code without source calls: classes that stand for Python's numbers are those among the arguments."""
    return call(function, *mapped(original_of, args), **mapped(original_of, options))


STAND = standing(_standing_call, load, frozenset(each for each in SCALARS if isinstance(each, type)))
"""What stands for what code without source looks up."""
