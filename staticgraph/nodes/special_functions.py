"""SciPy's special functions and normal distribution, found by the function objects themselves once their module is there."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ..gates import GATES
from ..gates.gamma import lgamma
from ..gates.inverse_normal import ndtri
from ..gates.normal import log_ndtr, ndtr
from ..gates.selection import where_ as where_gate
from .declaring import public, untyped
from .derived_functions import DERIVED
from .incomplete import betainc, gammainc, gammaincc
from .late import DECLARATIONS
from .node import Node, apply, as_node
from .reductions import log_softmax, logsumexp, softmax, sum

OWN_NAMES = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma"}
"""SciPy's names of gates that have another one here."""
OF_GATES = (
    "beta betaln cbrt cosm1 digamma entr erf erfc erfcinv erfcx erfinv exp10 exp2 expit expm1 exprel gamma gammaln huber i0 i0e i1 i1e"
    " kl_div log1p log_expit log_ndtr logit ndtr ndtri pseudo_huber psi rel_entr xlog1py xlogy"
)
HALF_LOG_OF_2_PI = 0.5 * math.log(2.0 * math.pi)


@public
def loggamma(x: Any) -> Node:
    """Logarithm of the gamma function of positive numbers, as `scipy.special.loggamma`; NaN left of 0."""
    return apply(where_gate, (as_node(x) < 0.0, np.nan, apply(lgamma, (x,))))


def _logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """`log(sum(b exp(a)))`, as `scipy.special.logsumexp`."""
    if b is None and not return_sign:
        return logsumexp(a, axis, keepdims)
    factors = as_node(1.0 if b is None else b)
    peak = logsumexp(apply(where_gate, (factors == 0.0, -np.inf, as_node(a) + factors * 0.0)), axis, keepdims=True)
    total = sum(factors * untyped.exp(a - peak), axis, keepdims=True)
    value = untyped.log(abs(total) if return_sign else total) + peak
    shape = logsumexp(as_node(a) + factors * 0.0, axis, keepdims).shape
    return (value.reshape(shape), untyped.sign(total).reshape(shape)) if return_sign else value.reshape(shape)


def _softmax(x: Any, axis: Any = None) -> Any:
    return softmax(x, axis)


def _log_softmax(x: Any, axis: Any = None) -> Any:
    return log_softmax(x, axis)


def _of_special(module: ModuleType) -> dict[Any, Callable[..., Any]]:
    """Return what nodes do with the functions of `scipy.special`."""
    table: dict[str, Callable[..., Any]] = {name: GATES[OWN_NAMES.get(name, name)] for name in OF_GATES.split()}
    table |= DERIVED | {
        "loggamma": loggamma, "logsumexp": _logsumexp, "softmax": _softmax, "log_softmax": _log_softmax, "gammainc": gammainc,
        "gammaincc": gammaincc, "betainc": betainc,
    }  # fmt: skip
    return {getattr(module, name): function for name, function in table.items() if hasattr(module, name)}


def _standard(x: Any, loc: Any, scale: Any) -> tuple[Node, Node]:
    """Return a value in units of the distribution, NaN where the scale is not positive, and the scale."""
    by = as_node(scale)
    return (as_node(x) - loc) / apply(where_gate, (by > 0.0, by, np.nan)), by


def normal_logpdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Logarithm of the density of a normal distribution, as `scipy.stats.norm.logpdf`."""
    z, by = _standard(x, loc, scale)
    return as_node(-0.5 * (z * z) - HALF_LOG_OF_2_PI - untyped.log(by))


def normal_pdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Density of a normal distribution, as `scipy.stats.norm.pdf`."""
    z, by = _standard(x, loc, scale)
    return as_node(apply(GATES["normal_density"], (z,)) / by)


def normal_cdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Distribution function of a normal distribution, as `scipy.stats.norm.cdf`."""
    return apply(ndtr, (_standard(x, loc, scale)[0],))


def normal_logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Logarithm of that, as `scipy.stats.norm.logcdf`."""
    return apply(log_ndtr, (_standard(x, loc, scale)[0],))


def normal_sf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Upper tail of a normal distribution, as `scipy.stats.norm.sf`."""
    return apply(ndtr, (-_standard(x, loc, scale)[0],))


def normal_logsf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Logarithm of that, as `scipy.stats.norm.logsf`."""
    return apply(log_ndtr, (-_standard(x, loc, scale)[0],))


def normal_ppf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Quantiles of a normal distribution, as `scipy.stats.norm.ppf`."""
    by = as_node(scale)
    return as_node(apply(ndtri, (q,)) * apply(where_gate, (by > 0.0, by, np.nan)) + loc)


def normal_isf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Node:
    """Quantiles of the upper tail, as `scipy.stats.norm.isf`."""
    by = as_node(scale)
    return as_node(loc - apply(ndtri, (q,)) * apply(where_gate, (by > 0.0, by, np.nan)))


OF_NORMAL: dict[str, Callable[..., Node]] = {
    "logpdf": normal_logpdf, "pdf": normal_pdf, "cdf": normal_cdf, "logcdf": normal_logcdf, "sf": normal_sf, "logsf": normal_logsf,
    "ppf": normal_ppf, "isf": normal_isf,
}  # fmt: skip
"""Methods of `scipy.stats.norm`, which convert their arguments to arrays before nodes are asked: tracing puts these in their place."""


def _of_stats(module: ModuleType) -> dict[Any, Callable[..., Any]]:
    return {getattr(module.norm, name): function for name, function in OF_NORMAL.items()}


DECLARATIONS["scipy.special"] = _of_special
DECLARATIONS["scipy.stats"] = _of_stats
