"""What NumPy's functions do with arrays of a trace: numbers are computed, nodes make nodes, cells are moved."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..nodes.messages import name_of
from ..nodes.node import Node
from ..nodes.numpy_functions import what_nodes_do
from .array import HOOKS, Deferred, Traced, of_array, of_node, plain_key
from .errors import UntraceableError, unsupported
from .stored import BOOL, COMPLEX, INT

Rule = TypeVar("Rule", bound=Callable[..., Any])

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""What functions of NumPy do with arrays of a trace, where that is not what they do with nodes."""
COMPLEX_RULES: dict[Any, Callable[..., Any]] = {}
"""What functions of NumPy do with complex arrays of a trace."""
UFUNCS: dict[Any, Any] = {np.bitwise_xor: np.not_equal, np.logical_xor: np.not_equal, np.conjugate: np.positive, np.fabs: np.absolute}
"""Functions of real values that are another one's, unless nodes know them."""
REDUCTIONS: dict[Any, Any] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min, np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip
OF_INTEGERS = frozenset(
    (np.add, np.subtract, np.multiply, np.floor_divide, np.remainder, np.negative, np.positive, np.abs, np.maximum, np.minimum, np.square)
)
"""Functions whose result is an integer where their operands are."""
KEEP_INTEGERS = frozenset((np.sum, np.prod, np.max, np.min, np.amax, np.amin, np.cumsum, np.cumprod, np.where, np.clip))


def rule(*functions: Any) -> Callable[[Rule], Rule]:
    """Declare what functions of NumPy do with arrays of a trace."""

    def declare(function: Rule) -> Rule:
        FUNCTIONS.update(dict.fromkeys(functions, function))
        return function

    return declare


def mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """Return a value with all that is in its tuples, lists and dictionaries changed."""
    if isinstance(value, tuple):
        made = [mapped(change, each) for each in value]
        return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
    if isinstance(value, list):
        return [mapped(change, each) for each in value]
    if type(value) is dict:
        return {key: mapped(change, each) for key, each in value.items()}
    return change(value)


def found(kind: type | tuple[type, ...], value: Any) -> list[Any]:
    """Return what is of a kind in a value's tuples, lists and dictionaries."""
    every: list[Any] = []
    mapped(lambda each: every.append(each) if isinstance(each, kind) else None, value)
    return every


def plain(value: Any) -> Any:
    """Return an array of a trace as what takes part in making nodes: its numbers, or its node."""
    if isinstance(value, Traced):
        numbers = value.numbers
        return value.node if numbers is None else numbers
    return value


def wrapped(value: Any) -> Any:
    """Return a node, or an array of NumPy's, as an array of the trace."""
    if isinstance(value, Node):
        return of_node(value)
    return of_array(value) if type(value) is np.ndarray else value


def of_nodes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of nodes as one of arrays of the trace."""

    def compute(*values: Any, **options: Any) -> Any:
        nodes = [plain(HOOKS["collect"](each) if isinstance(each, (list, tuple)) else each) for each in values]
        return mapped(wrapped, function(*nodes, **mapped(plain, options)))

    return compute


def is_complex(value: Any) -> bool:
    """Whether a value is complex."""
    if isinstance(value, Traced):
        return value.dtype == COMPLEX
    return type(value) is complex or (isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "c")


def _is_integer(value: Any) -> bool:
    if isinstance(value, Traced):
        return value.dtype in (INT, BOOL)
    return isinstance(value, (int, np.integer)) or (isinstance(value, np.ndarray) and value.dtype.kind in "iub")


def evaluate(ufunc: Any, operands: tuple[Any, ...]) -> Any:
    """Return an elementwise function of arrays of the trace, nodes, arrays and numbers."""
    if any(isinstance(each, (str, bytes)) for each in operands):
        raise UntraceableError(f"numpy.{ufunc.__name__}: text is no number, and a value of the trace has no text")
    given = [HOOKS["collect"](each) if isinstance(each, (list, tuple)) else each for each in operands]
    nodes = [plain(each) for each in given] if not any(map(is_complex, given)) else None
    if nodes is not None and any(isinstance(each, Node) for each in nodes):
        function = what_nodes_do(ufunc) or what_nodes_do(UFUNCS.get(ufunc))
        if function is None:
            raise unsupported(ufunc)
        made = function(*nodes)
        if type(made) is not Node:
            return mapped(wrapped, made)
        integers = ufunc in OF_INTEGERS and not made.boolean and all(map(_is_integer, given))
        return of_node(made, INT if integers else None)
    if any(isinstance(each, Node) or (isinstance(each, Traced) and each.symbolic) for each in given):
        return complex_rule(ufunc)(*given)
    return mapped(wrapped, ufunc(*(each.numbers if isinstance(each, Traced) else each for each in given)))


def complex_rule(function: Any) -> Callable[..., Any]:
    """Return what a function does with complex arrays of the trace; an error that says that there is no such rule."""
    found = COMPLEX_RULES.get(function)
    if found is None:
        raise UntraceableError(f"{name_of(function)} of complex values is not traced; use it on .real, .imag, np.abs or np.angle")
    return found


def on_ufunc(ufunc: Any, method: str, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Answer `__array_ufunc__`."""
    if any(isinstance(each, Deferred) for each in operands):
        return NotImplemented
    out, where = options.pop("out", None), options.pop("where", True)
    if method == "__call__":
        return stored(evaluate(ufunc, operands), out[0] if isinstance(out, tuple) and len(out) == 1 else out, where)
    if method == "outer":
        first, second = (np.asarray(each) if not isinstance(each, Traced) else each for each in operands)
        return evaluate(ufunc, (np.reshape(first, first.shape + (1,) * second.ndim), second))
    if method == "at":
        return _updated_at(ufunc, *operands)
    if method == "reduce" and ufunc in REDUCTIONS:
        options = {"axis": 0} | {name: each for name, each in options.items() if each is not None or name == "axis"}
        return stored(on_function(REDUCTIONS[ufunc], operands, options), out and out[0], True)
    nodes = [plain(each) for each in operands]
    if not any(isinstance(each, Node) for each in nodes):
        return mapped(wrapped, getattr(ufunc, method)(*nodes, **options))
    return mapped(wrapped, nodes[0].__array_ufunc__(ufunc, method, *nodes, **options))


def _updated_at(ufunc: Any, array: Any, indices: Any, *values: Any) -> None:
    """Do what `ufunc.at` does: one element after the other, as places may be given more than once."""
    if not isinstance(array, Traced):
        raise UntraceableError("ufunc.at writes to an array that was made outside of the traced function; copy it first: array.copy()")
    key, masked = plain_key(indices)
    if masked:
        array[indices] = evaluate(ufunc, (array[indices], *values))
        return
    places = np.arange(array.size).reshape(array.shape)[key]
    given = [np.broadcast_to(HOOKS["collect"](each), places.shape) for each in values]
    flat = array.flat
    for number in np.ndindex(places.shape):
        flat[places[number]] = evaluate(ufunc, (flat[places[number]], *(each[number] for each in given)))


def on_function(function: Any, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Answer `__array_function__`."""
    if found(Deferred, (operands, options)):
        return NotImplemented
    special = FUNCTIONS.get(function)
    if special is not None:
        return special(*operands, **options)
    out = options.pop("out", None)
    return stored(by_nodes(function, operands, options), out, True)


def by_nodes(function: Any, operands: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return what a function makes of nodes, or computes from numbers."""
    arrays = found((Traced, Node), (operands, options))
    if not any(isinstance(each, Node) or each.symbolic for each in arrays):
        return mapped(wrapped, function(*mapped(plain, operands), **mapped(plain, options)))
    if any(map(is_complex, found(object, (operands, options)))):
        return complex_rule(function)(*operands, **options)
    implementation = what_nodes_do(function)
    if implementation is None:
        raise unsupported(function)
    result = implementation(*mapped(plain, operands), **mapped(plain, options))
    if isinstance(result, Node) and not result.boolean and function in KEEP_INTEGERS and all(map(_is_integer, arrays)):
        return of_node(result, INT)
    return mapped(wrapped, result)


def choose(condition: Any, a: Any, b: Any) -> Any:
    """Return `a` where the condition holds, otherwise `b`: of no rank a scalar, where `numpy.where` gives an array."""
    return by_nodes(np.where, (condition, a, b), {})


def array_of_no_rank(value: Any) -> Any:
    """Return a scalar as the array of rank 0 that functions which are no ufuncs give."""
    return Traced((), value.dtype, parts=value.parts) if isinstance(value, Traced) and value.scalar else value


def stored(result: Any, out: Any, where: Any) -> Any:
    """Return a result, written to `out` where that is given; elsewhere than `where` nothing is computed."""
    if out is None or out is False:
        return result if where is True else choose(where, result, np.nan)
    if isinstance(out, tuple):
        return tuple([stored(one, each, where) for one, each in zip(result, out, strict=True)])
    if not isinstance(out, Traced):
        if isinstance(result, Traced) and result.symbolic:
            raise UntraceableError("out= is an array of integers, or made outside of the traced function; give one of floats that it makes")
        out[...] = np.asarray(result) if where is True else choose(where, result, out)
    else:
        out[...] = result if where is True else choose(where, result, out)
    return out


HOOKS["ufunc"] = on_ufunc
HOOKS["function"] = on_function
