"""Continuous distributions of `scipy.stats` on values of a trace: from the distributions' own formulas for their standard form."""

import functools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..nodes.numpy_functions import what_nodes_do
from .array import HOOKS, Traced
from .creating import collect
from .errors import UntraceableError
from .operations import choose, of_nodes

_numpy: Any = np


class Standard(NamedTuple):
    """A distribution of one call: its shape parameters, location, scale, the ends of its support, and for which rows it is one."""

    own: Any
    shapes: tuple[Any, ...]
    loc: Any
    scale: Any
    low: Any
    high: Any
    valid: Any

    def formula(self, name: str, x: Any) -> Any:
        """Return what the distribution's own method of a name gives; as SciPy does, it is called with arrays."""
        inherited = getattr(type(self.own), name) is getattr(sys.modules["scipy.stats"].rv_continuous, name)
        if inherited and name in _OPPOSITE:
            return self._logarithm(*_OPPOSITE[name], x)
        try:
            made = HOOKS["call"](getattr(self.own, name), *map(_array, (x, *self.shapes)))
        except UntraceableError:
            if name != "_pdf" or type(self.own)._logpdf is sys.modules["scipy.stats"].rv_continuous._logpdf:
                raise
            return _numpy.exp(self.formula("_logpdf", x))
        shape = np.broadcast_shapes(*map(np.shape, (x, *self.shapes)))
        return made if np.shape(made) == shape else np.reshape(made, shape)[()]

    def _logarithm(self, own: str, opposite: str, x: Any) -> Any:
        """Return the logarithm of one tail by the smaller of both: SciPy chooses by the median, whose formula may be an iteration."""
        tail = self.formula(own, x)
        return choose(tail < 0.5, _numpy.log(tail), _numpy.log1p(-self.formula(opposite, x)))


_OPPOSITE = {"_logsf": ("_sf", "_cdf"), "_logcdf": ("_cdf", "_sf")}


def _array(value: Any) -> Any:
    return np.reshape(HOOKS["call"](np.asarray, value), -1) if np.ndim(value) == 0 else value


def _standard(own: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Standard:
    given, loc, scale = own._parse_args(*args, **options)
    shapes = tuple([collect(each) for each in given])
    low, high = HOOKS["call"](own._get_support, *shapes)
    valid = np.logical_and(HOOKS["call"](own._argcheck, *shapes), scale > 0)
    return Standard(own, shapes, loc, scale, low, high, valid)


def _where(condition: Any, value: Any, otherwise: Any) -> Any:
    """Return `where`, without an operation where the condition is known."""
    if isinstance(condition, Traced) and condition.symbolic:
        return choose(condition, value, otherwise)
    return value if np.all(condition) else otherwise if not np.any(condition) else choose(condition, value, otherwise)


def _is_infinite(bound: Any) -> bool:
    return np.ndim(bound) == 0 and not isinstance(bound, Traced) and bool(np.isinf(bound))


def _density(name: str, outside: float, scaled: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def density(own: Any, x: Any, *args: Any, **options: Any) -> Any:
        of = _standard(own, args, options)
        y = (x - of.loc) / of.scale
        value = scaled(of.formula(name, y), of.scale)
        value = value if _is_infinite(of.low) else choose(y < of.low, outside, value)
        value = value if _is_infinite(of.high) else choose(y > of.high, outside, value)
        return _where(of.valid, value, np.nan)

    return density


def _probability(name: str, before: float, after: float) -> Callable[..., Any]:
    def probability(own: Any, x: Any, *args: Any, **options: Any) -> Any:
        of = _standard(own, args, options)
        y = (x - of.loc) / of.scale
        value = of.formula(name, y)
        value = value if _is_infinite(of.low) else choose(y <= of.low, before, value)
        value = value if _is_infinite(of.high) else choose(y >= of.high, after, value)
        return _where(of.valid, value, np.nan)

    return probability


def _quantile(name: str, rising: bool) -> Callable[..., Any]:
    def quantile(own: Any, q: Any, *args: Any, **options: Any) -> Any:
        of = _standard(own, args, options)
        first, last = (of.low, of.high) if rising else (of.high, of.low)
        value = choose(q == 0, first, choose(q == 1, last, of.formula(name, q))) * of.scale + of.loc
        return _where(of.valid, choose((q >= 0) & (q <= 1), value, np.nan), np.nan)

    return quantile


METHODS: dict[str, Callable[..., Any]] = {
    "pdf": _density("_pdf", 0.0, np.divide),
    "logpdf": _density("_logpdf", -np.inf, lambda value, scale: value - np.log(scale)),
    "cdf": _probability("_cdf", 0.0, 1.0),
    "logcdf": _probability("_logcdf", -np.inf, 0.0),
    "sf": _probability("_sf", 1.0, 0.0),
    "logsf": _probability("_logsf", 0.0, -np.inf),
    "ppf": _quantile("_ppf", True),
    "isf": _quantile("_isf", False),
}


def method_of(function: Any) -> Callable[..., Any] | None:
    """Return what a method of a distribution is on values of a trace; None for other functions."""
    name, owner, stats = getattr(function, "__name__", ""), getattr(function, "__self__", None), sys.modules.get("scipy.stats")
    if name not in METHODS or stats is None:
        return None
    if isinstance(owner, stats.rv_continuous):
        known = what_nodes_do(getattr(stats.norm, name)) if type(owner) is type(stats.norm) else None
        return functools.partial(METHODS[name], owner) if known is None else of_nodes(known)
    if isinstance(owner, stats.distributions.rv_frozen):
        inner = method_of(getattr(owner.dist, name, None))
        return inner and functools.partial(_frozen, inner, owner)
    return None


def _frozen(method: Callable[..., Any], owner: Any, x: Any) -> Any:
    return method(x, *owner.args, **owner.kwds)


def frozen_with(function: Any) -> tuple[Any, ...]:
    """Return the parameters that the distribution of a method is frozen with."""
    owner = function.__self__
    return (*owner.args, *owner.kwds.values()) if hasattr(owner, "kwds") and hasattr(owner, "dist") else ()
