"""What rewritten code finds when it calls, loads and stores: the user's own functions are followed, others get what they can take."""

import functools
import operator
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..nodes.messages import NO_SETTING
from ..nodes.node import Node
from .array import HOOKS, Deferred, Traced, of_array, of_node
from .creating import CREATING, JOINING, collect
from .errors import LIBRARIES, OURS, OUTSIDE, UntraceableError
from .exploring import Surroundings, explore
from .normal import METHODS
from .operations import found, mapped, plain, wrapped
from .scalars import SCALARS, by_name
from .source import rewritten
from .state import current
from .unsourced import Globals, original_of, standing, with_globals

_GENERATES = 0x20 | 0x80 | 0x200
"""Flags of the code of generators and coroutines."""
_LISTS = "stack concatenate hstack vstack dstack column_stack block select piecewise broadcast_arrays meshgrid copyto append"
_KEEP_LISTS = frozenset(getattr(np, name) for name in _LISTS.split())
"""NumPy's functions that take lists of arrays."""
TABLE: dict[Any, Callable[..., Any]] = {**CREATING, **SCALARS}
RUNTIME = types.SimpleNamespace()
"""What rewritten code reaches under the name that it has for this package."""


def _is_traced(value: Any) -> bool:
    kind = type(value)
    return kind is Traced or kind is Node or issubclass(kind, Deferred)


def _takes_traced(args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether an array of the trace is among arguments, or in a list, tuple or dictionary of them."""
    for each in (*args, *options.values()) if options else args:
        if _is_traced(each) or (type(each) in (list, tuple, dict) and found((Traced, Deferred, Node), each)):
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
            special = _of_scipy(function)
            if special is not None and _takes_traced(args, options):
                return special(*args, **options)
            return _of_function(function.__func__, (function.__self__, *args), options)
    elif kind is functools.partial:
        return call(function.func, *function.args, *args, **{**function.keywords, **options})
    return _of_other(function, args, options)


def _of_function(function: types.FunctionType, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a function written in Python: one of the user's is followed."""
    followed = follow(function)
    if followed is None or (_of_scipy(function) is not None and _takes_traced(args, options)):
        return _of_other(function, args, options)
    args = tuple([of_array(each) for each in args])
    if followed.__code__.co_flags & _GENERATES:
        return followed(*args, **options)
    cells = function.__closure__ or ()
    return explore(lambda: followed(*args, **options), followed.__code__, lambda: Surroundings((*args, *options.values()), cells))


def follow(function: types.FunctionType) -> types.FunctionType | None:
    """Return a function of the user's as rewritten; None for one of other packages, or without source."""
    root = (function.__module__ or "").partition(".")[0]
    if root in LIBRARIES and root != current().own:
        return None
    if type(function.__globals__) is Globals:
        return function
    made = rewritten(function, RUNTIME) or with_globals(function, STAND)
    if made is not function:
        made.__defaults__ = tuple(map(load, made.__defaults__)) if made.__defaults__ else None
        made.__kwdefaults__ = {name: load(each) for name, each in made.__kwdefaults__.items()} if made.__kwdefaults__ else None
    return made


def _of_other(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call what is not followed: by its place in the table, where arrays of the trace are among its arguments."""
    if function is map or function is filter:
        return function(_passed(args[0], True), *args[1:])
    if isinstance(function, np.vectorize):
        return _new(_vectorized(function, args, options))
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
    return _new(made)


_CONSUMING = frozenset((max, min, sum, any, all, sorted, np.fromiter, np.array))


def _is_one_of(functions: frozenset[Any], function: Any) -> bool:
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
    if (isinstance(function, np.ufunc) or root == "numpy") and not _is_one_of(_KEEP_LISTS, function):
        args = tuple([collect(each) if type(each) in (list, tuple) and found(Traced, each) else each for each in args])
    return _new(function(*(_passed(each) for each in args), **options))


def _of_outer_array(array: Any, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a method of an array of NumPy's; one of integers takes arrays of the trace as one of floats, but does not hold them."""
    held = of_array(array, outside=True)
    if type(held) is not Traced:
        if method in ("__setitem__", "fill", "put", "itemset"):
            raise UntraceableError(_INTEGERS)
        held = Traced(array.shape, np.dtype(float), cells=array.astype(float))
    return getattr(held, method)(*args, **options)


def _special(function: Any) -> Callable[..., Any] | None:
    try:
        return TABLE.get(function) or _of_scipy(function)
    except TypeError:
        return None


def _of_scipy(function: Any) -> Callable[..., Any] | None:
    """Return what functions of SciPy that no protocol reaches are on arrays of the trace."""
    name = getattr(function, "__name__", "")
    if name in METHODS and "scipy.stats" in sys.modules:
        norm = getattr(sys.modules["scipy.stats"], "norm", None)
        if norm is not None and getattr(function, "__self__", None) is norm:
            return METHODS[name]
    module = getattr(function, "__module__", "") or ""
    if name in ("logsumexp", "softmax", "log_softmax") and module.startswith("scipy.special"):
        return by_name(name)
    helpers: dict[str, Callable[..., Any]] = {"apply_where": _apply_where, "_lazyselect": _select}
    return helpers.get(name) if module.startswith("scipy._lib") else None


def _apply_where(condition: Any, args: Any, then: Any, otherwise: Any = None, /, *, fill_value: Any = None, **_: Any) -> Any:
    """Return what SciPy's own helper of that name gives: one function where a condition holds, elsewhere another one, or a number."""
    given = args if isinstance(args, (tuple, list)) else (args,)
    return np.where(condition, call(then, *given), fill_value if otherwise is None else call(otherwise, *given))


def _select(conditions: Any, functions: Any, args: Any, default: Any = 0) -> Any:
    """Return what SciPy's own helper of that name gives: the function of the first condition that holds."""
    return np.select([each != 0 for each in conditions], [call(each, *args) for each in functions], default)


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
    if isinstance(value, (types.FunctionType, types.MethodType, functools.partial)) or (classes and callable(value)):
        return functools.partial(call, value)
    if isinstance(value, types.BuiltinFunctionType) and value in TABLE:
        return functools.partial(call, value)
    return value


def _check_random(function: Any) -> None:
    owner = getattr(function, "__self__", None)
    if type(owner).__name__ == "RandomState" or (getattr(function, "__module__", None) == "random" and function.__name__ != "Random"):
        raise UntraceableError(
            "random numbers drawn while tracing would be the same in every call and row; draw them before and pass them in, "
            "as data={'noise': shape}"
        )


def load(value: Any) -> Any:
    """Return what the user's code reads from outside of its own variables."""
    kind = type(value)
    if kind is np.ndarray:
        return of_array(value, outside=True)
    if kind is Node:
        return of_node(value)
    return JOINING.get(id(value), value) if kind.__module__ == "numpy.lib._index_tricks_impl" else value


def attribute(value: Any, name: str) -> Any:
    """Return `value.name`; a property of one of the user's classes is followed."""
    found = None if isinstance(value, types.ModuleType) else getattr(type(value), name, None)
    if type(found) is property and type(found.fget) is types.FunctionType and type(value) is not Traced:
        return call(found.fget, value)
    return load(getattr(value, name))


def formatted(text: str, values: Any) -> str:
    """Return `text % values`, which is part of a message: values of the trace have no digits."""
    return f"{text} of {values}" if found((Traced, Deferred, Node), values) else text % values


def store(value: Any, array: Any, key: Any) -> None:
    """Do `array[key] = value`."""
    if type(array) is not Traced and not issubclass(type(array), Deferred):
        trace = current()
        if isinstance(array, np.ndarray) and _is_traced(value) and not (type(value) is Traced and not value.symbolic):
            raise UntraceableError(OUTSIDE if array.dtype.kind not in "iu" else _INTEGERS)
        if trace.joins:
            trace.restart(trace.forked, trace.joins[-1])
    array[key] = value


_INTEGERS = "an array of integers would cut what is stored in it to whole numbers; make it one of floats: np.array(list, float)"


def update(operation: str, array: Any, key: Any, value: Any) -> None:
    """Do `array[key] operation= value`."""
    if isinstance(array, Node):
        raise TypeError(NO_SETTING)
    store(augmented(operation, array[key], value), array, key)


def augmented(operation: str, old: Any, value: Any) -> Any:
    """Return what `old operation= value` leaves in the variable."""
    if type(old) is np.ndarray and _is_traced(value):
        return getattr(operator, operation[1:] if operation[1:] not in ("and", "or") else operation[1:] + "_")(old, value)
    return getattr(operator, operation)(old, value)


def chain(names: tuple[str, ...], first: Any, *others: Callable[[], Any]) -> Any:
    """Return `first < others[0]() < ...`."""
    left = first

    def one(number: int) -> Any:
        nonlocal left
        right = others[number]()
        compared = getattr(operator, names[number])(left, right)
        left = right
        return compared

    return HOOKS["both"](one(0), *(functools.partial(one, number) for number in range(1, len(names))))


def _standing_call(function: Any, /, *args: Any, **options: Any) -> Any:
    """Call what code without source calls: classes that stand for Python's numbers are those among the arguments."""
    return call(function, *mapped(original_of, args), **mapped(original_of, options))


STAND = standing(_standing_call, load, frozenset(each for each in SCALARS if isinstance(each, type)))
"""What stands for what code without source looks up."""
