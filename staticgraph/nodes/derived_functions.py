"""Functions of `scipy.special` that are another one of changed arguments: distribution functions, powers, binomial coefficients."""

from collections.abc import Callable
from typing import Any

from ..gates.beta import betaln
from ..gates.exponential import exp, expm1
from ..gates.exponential_differences import exprel
from ..gates.gamma import lgamma
from ..gates.gamma_function import gamma
from ..gates.logarithm import log, log1p
from ..gates.rounding import floor
from ..gates.selection import isnan
from .incomplete import beta_parts, betainc, chosen, gammainc, gammaincc
from .node import Node, apply, as_node


def _floor(k: Any) -> Node:
    return apply(floor, (k,))


def _odds(dfn: Any, dfd: Any, x: Any) -> Any:
    """Return the argument of the incomplete beta function that is Fisher's distribution function, and 1 less it."""
    scaled = as_node(dfn) * x
    return scaled / (scaled + dfd), dfd / (scaled + dfd)


def _half(value: Any) -> Any:
    return 0.5 * as_node(value)


def betaincc(a: Any, b: Any, x: Any) -> Node:
    """1 less the regularized incomplete beta function."""
    return beta_parts(a, b, x)[1]


def stdtr(df: Any, t: Any) -> Any:
    """Distribution function of Student's t: half of an incomplete beta function, of whichever of two arguments is below 1/2."""
    degrees, place = as_node(df) * 1.0, as_node(t) * 1.0
    square = place * place
    near = square < degrees
    share = chosen(near, square, degrees) / (degrees + square)
    below, above = beta_parts(chosen(near, 0.5, _half(degrees)), chosen(near, _half(degrees), 0.5), share)
    tail = _half(chosen(near, above, below))
    return chosen(place < 0.0, tail, 1.0 - tail)


def boxcox(x: Any, lmbda: Any) -> Any:
    """`(x**lmbda - 1) / lmbda`, the logarithm for 0."""
    logarithm = apply(log, (x,))
    return logarithm * apply(exprel, (as_node(lmbda) * logarithm,))


def boxcox1p(x: Any, lmbda: Any) -> Any:
    """`((1 + x)**lmbda - 1) / lmbda`."""
    logarithm = apply(log1p, (x,))
    return logarithm * apply(exprel, (as_node(lmbda) * logarithm,))


def _inverse_exponent(y: Any, lmbda: Any) -> Any:
    power = as_node(lmbda)
    none = power == 0.0
    return chosen(none, y, apply(log1p, (power * y,)) / chosen(none, 1.0, power))


def inv_boxcox(y: Any, lmbda: Any) -> Any:
    """The inverse of `boxcox` in its first argument."""
    return apply(exp, (_inverse_exponent(y, lmbda),))


def inv_boxcox1p(y: Any, lmbda: Any) -> Any:
    """The inverse of `boxcox1p` in its first argument."""
    return apply(expm1, (_inverse_exponent(y, lmbda),))


def binom(n: Any, k: Any) -> Any:
    """Binomial coefficient of real numbers `0 <= k <= n`."""
    more = as_node(n) + 1.0
    return apply(exp, (-apply(log, (more,)) - apply(betaln, (more - k, as_node(k) + 1.0)),))


def poch(z: Any, m: Any) -> Any:
    """`gamma(z + m) / gamma(z)` of positive numbers."""
    return apply(exp, (apply(lgamma, (as_node(z) + m,)) - apply(lgamma, (z,)),))


def rgamma(x: Any) -> Any:
    """`1 / gamma(x)`, 0 at the poles."""
    value = apply(gamma, (x,))
    pole = apply(isnan, (value,)) & (as_node(x) < 0.0)
    return chosen(pole, 0.0, 1.0 / chosen(pole, 1.0, value))


DERIVED: dict[str, Callable[..., Any]] = {
    "betaincc": betaincc, "boxcox": boxcox, "boxcox1p": boxcox1p, "inv_boxcox": inv_boxcox, "inv_boxcox1p": inv_boxcox1p, "binom": binom,
    "poch": poch, "rgamma": rgamma, "stdtr": stdtr,
    "powm1": lambda x, y: apply(expm1, (as_node(y) * apply(log, (x,)),)),
    "chdtr": lambda v, x: gammainc(_half(v), _half(x)), "chdtrc": lambda v, x: gammaincc(_half(v), _half(x)),
    "gdtr": lambda a, b, x: gammainc(b, as_node(a) * x), "gdtrc": lambda a, b, x: gammaincc(b, as_node(a) * x),
    "pdtr": lambda k, m: gammaincc(_floor(k) + 1.0, m), "pdtrc": lambda k, m: gammainc(_floor(k) + 1.0, m),
    "bdtr": lambda k, n, p: betaincc(_floor(k) + 1.0, n - _floor(k), p),
    "bdtrc": lambda k, n, p: betainc(_floor(k) + 1.0, n - _floor(k), p),
    "nbdtr": lambda k, n, p: betainc(n, _floor(k) + 1.0, p), "nbdtrc": lambda k, n, p: betaincc(n, _floor(k) + 1.0, p),
    "fdtr": lambda dfn, dfd, x: betainc(_half(dfn), _half(dfd), _odds(dfn, dfd, x)[0]),
    "fdtrc": lambda dfn, dfd, x: betainc(_half(dfd), _half(dfn), _odds(dfn, dfd, x)[1]),
}  # fmt: skip
"""What they are by SciPy's name."""
