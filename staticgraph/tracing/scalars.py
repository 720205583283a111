"""Python's own functions of numbers, and those of `math` and `cmath`, on values of a trace."""

import builtins
import cmath
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..gates import GATES
from ..nodes.node import Node, apply
from .array import Deferred, Traced, converted
from .control import both, either, symbolic
from .creating import collect
from .errors import UntraceableError
from .loops import Range
from .operations import is_complex, of_nodes
from .stored import BOOL, COMPLEX, FLOAT, INT

_numpy: Any = np


def _scalar(value: Any, what: str) -> Traced:
    if not isinstance(value, Traced) or value.size != 1:
        got = "a selection by a mask" if isinstance(value, Deferred) else f"shape {np.shape(value)}"
        raise UntraceableError(f"{what} takes one number, got {got}")
    if value.dtype == COMPLEX and what != "complex()":
        raise TypeError(f"{what} of a complex value: take .real, .imag or abs() first")
    single: Traced = value if value.scalar else value.reshape(-1)[0]
    return single


def as_float(value: Any) -> Any:
    """Return `float(value)`."""
    return converted(_scalar(value, "float()"), FLOAT)


def _of_numpy(convert: Callable[[Any], Any], dtype: np.dtype[Any]) -> Callable[[Any], Any]:
    """Return what a scalar type of NumPy's makes: of an array an array."""

    def make(value: Any) -> Any:
        given = collect(value) if isinstance(value, (list, tuple)) else value
        return given.astype(dtype) if np.ndim(given) else convert(given)

    return make


def as_int(value: Any, *base: Any) -> Any:
    """Return `int(value)`: a step, whose gradient is 0."""
    return converted(_scalar(value, "int()"), INT)


def as_bool(value: Any) -> Any:
    """Return `bool(value)`, without a decision."""
    value = _scalar(value, "bool()")
    return value if value.dtype.kind == "b" else value != 0


def as_complex(real: Any, imaginary: Any = 0.0) -> Any:
    """Return `complex(real, imaginary)`."""
    return real + 1j * imaginary


def _whole(function: Any) -> Callable[[Any], Any]:
    def apply_to(value: Any) -> Any:
        return _as(function(_scalar(value, f"math.{function.__name__}")), INT)

    return apply_to


def _as(value: Any, dtype: Any) -> Any:
    if isinstance(value, Traced):
        return Traced(value.shape, dtype, parts=value.parts, scalar=value.scalar)
    return value


def rounded(value: Any, digits: int | None = None) -> Any:
    """Return `round(value, digits)`."""
    made = _numpy.round(value, digits or 0)
    return _as(made, INT) if digits is None else made


def _extreme(function: Any) -> Callable[..., Any]:
    def choose(*values: Any, key: Any = None, **default: Any) -> Any:
        given = list(values[0]) if len(values) == 1 else list(values)
        if key is not None:
            raise UntraceableError(f"{'max' if function is np.maximum else 'min'}(key=...) chooses by value; write np.where or np.select")
        if not given:
            return default["default"]
        return functools.reduce(lambda a, b: function(a, b) if a is not b else a, given)

    return choose


def total(values: Any, start: Any = 0) -> Any:
    """Return `sum(values, start)`."""
    if isinstance(values, (Traced, Deferred)):
        added = _numpy.sum(values, axis=0) if _numpy.ndim(values) > 1 else _numpy.sum(values)
        return added if isinstance(start, int) and start == 0 else start + added
    return builtins.sum(values, start)


def any_of(values: Any) -> Any:
    """Return `any(values)`."""
    if isinstance(values, (Traced, Deferred)):
        return _numpy.any(values)
    return either(False, *(functools.partial(_same, each) for each in values))


def all_of(values: Any) -> Any:
    """Return `all(values)`."""
    if isinstance(values, (Traced, Deferred)):
        return _numpy.all(values)
    return both(True, *(functools.partial(_same, each) for each in values))


def _same(value: Any) -> Any:
    return value


def counted(*bounds: Any) -> Any:
    """Return `range(...)`; with an end that depends on leaves only a `for` takes it."""
    start, stop, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1) if len(bounds) == 2 else bounds
    if not symbolic(stop) or symbolic(start) or symbolic(step):
        return range(*(operator.index(each) for each in bounds))
    if step < 0:
        raise UntraceableError("range() down to a number that depends on values is not traced; count up and subtract")
    return Range(start, stop, step)


def length(value: Any) -> Any:
    """Return `len(value)`: of a selection a number of the trace."""
    return _numpy.size(value) if isinstance(value, Deferred) else len(value)


def kind(value: Any) -> Any:
    """Return `type(value)`."""
    return value.__class__


def is_instance(value: Any, kinds: Any) -> bool:
    """Return `isinstance(value, kinds)`; a scalar of the trace has no length and no iterator, though its class here has both."""
    return issubclass(value.__class__, kinds) if isinstance(value, Traced) else isinstance(value, kinds)


def has_attribute(value: Any, name: str) -> bool:
    """Return `hasattr(value, name)`."""
    return hasattr(value.__class__ if isinstance(value, Traced) else value, name)


def ordered(values: Any, *, key: Any = None, reverse: bool = False) -> Any:
    """Return `sorted(values)`."""
    if key is not None:
        raise UntraceableError("sorted(key=...) orders by value, which differs from row to row; np.sort sorts the values themselves")
    made = list(np.sort(collect(list(values))))
    return made[::-1] if reverse else made


def logarithm(value: Any, base: Any = None) -> Any:
    """Return `math.log(value, base)`."""
    return np.log(value) if base is None else np.log(value) / np.log(base)


def length_of_vector(*values: Any) -> Any:
    """Return `math.hypot(*values)`."""
    return np.hypot(*values) if len(values) == 2 else _numpy.sqrt(builtins.sum(each * each for each in values))


def _of_gate(name: str) -> Callable[..., Any]:
    return of_nodes(lambda value: apply(GATES[name], (value,)))


def is_near(a: Any, b: Any, *, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> Any:
    """Return `math.isclose(a, b)`."""
    return abs(a - b) <= np.maximum(rel_tol * np.maximum(abs(a), abs(b)), abs_tol)


BUILTINS: dict[Any, Callable[..., Any]] = {
    float: as_float, int: as_int, bool: as_bool, complex: as_complex, abs: np.abs, round: rounded, pow: operator.pow,
    max: _extreme(np.maximum), min: _extreme(np.minimum), sum: total, any: any_of, all: all_of, range: counted, len: length,
    type: kind, sorted: ordered, isinstance: is_instance, hasattr: has_attribute,
    operator.index: operator.index, np.float64: _of_numpy(as_float, FLOAT), np.float32: _of_numpy(as_float, FLOAT),
    np.int64: _of_numpy(as_int, INT), np.int32: _of_numpy(as_int, INT), np.bool_: _of_numpy(as_bool, BOOL),
    np.complex128: _of_numpy(as_complex, COMPLEX),
}  # fmt: skip

_SAME = "sqrt exp log2 log10 log1p expm1 sin cos tan sinh cosh tanh fabs copysign isnan isinf isfinite degrees radians cbrt exp2 fmod"
_OTHER: dict[str, Callable[..., Any]] = dict(
    asin=np.arcsin, acos=np.arccos, atan=np.arctan, atan2=np.arctan2, asinh=np.arcsinh, acosh=np.arccosh, atanh=np.arctanh, pow=np.power,
    log=logarithm, hypot=length_of_vector, floor=_whole(np.floor), ceil=_whole(np.ceil), trunc=_whole(np.trunc), fsum=total,
    prod=lambda values, *, start=1: functools.reduce(operator.mul, values, start), isclose=is_near, erf=_of_gate("erf"),
    erfc=_of_gate("erfc"), lgamma=_of_gate("lgamma"), gamma=_of_gate("gamma"), fma=lambda x, y, z: x * y + z,
    dist=lambda p, q: length_of_vector(*(a - b for a, b in zip(p, q, strict=True))),
    sumprod=lambda p, q: builtins.sum(a * b for a, b in zip(p, q, strict=True)),
)  # fmt: skip
_COMPLEX = "exp log log10 sqrt sin cos tan sinh cosh tanh isnan isinf isfinite"
_ALSO_COMPLEX = dict(phase=np.angle, polar=lambda z: (abs(z), np.angle(z)), rect=lambda r, phi: r * np.exp(1j * phi))


def _real(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of `math`, which takes single real numbers."""

    def compute(*values: Any, **options: Any) -> Any:
        if any(isinstance(each, (Traced, Node)) and np.size(each) != 1 for each in values):
            raise TypeError(f"math.{name} takes single numbers, not arrays; use NumPy's function")
        if any(map(is_complex, values)):
            raise TypeError(f"math.{name} takes real numbers; use cmath.{name} or NumPy's function")
        return function(*values, **options)

    return compute


def _complex(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a function of `cmath`, which takes real numbers as complex ones."""
    return lambda value: function(value + 0j)


def _table() -> dict[Any, Callable[..., Any]]:
    table = dict(BUILTINS)
    for name in _SAME.split():
        if hasattr(math, name):
            table[getattr(math, name)] = _real(name, getattr(np, name))
    for name, function in _OTHER.items():
        if hasattr(math, name):
            takes_lists = name in ("fsum", "prod", "dist", "sumprod")
            table[getattr(math, name)] = function if takes_lists else _real(name, function)
    table.update((getattr(cmath, name), _complex(getattr(np, name))) for name in _COMPLEX.split())
    table.update((getattr(cmath, name), function) for name, function in _ALSO_COMPLEX.items())
    return table


SCALARS = _table()
"""What functions of Python's, `math` and `cmath` are on values of a trace."""
