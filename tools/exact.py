"""Values and derivatives of the elementwise functions to 40 digits and more, from mpmath: what `tools/accuracy.py` measures against.

mpmath computes its functions to the working precision, also near their zeros, and reduces the largest angles with as many digits of
pi as they need. What is composed here is composed so that nothing cancels, or at a precision that pays for it.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp, mpf

BITS = 160
# What lies so far from zero or one overflows or vanishes in every format; mpmath would compute it with as many bits.
FAR = 100_000
# Left of it the asymptotic series of the normal tail has terms below `2**-400`.
TAIL = -25

Value = Any
Array = np.ndarray[Any, np.dtype[Any]]


def exact(name: str, columns: Sequence[Array], derivative: bool = False) -> Array:
    """Return exact results as heads and tails, an array of shape (results, 2, rows).

    The results are the value, or the derivatives in all arguments. A head is the value truncated to float64, a tail is the rest in
    units of the head's last place: the sum of both has over 100 bits. Where the value is not real, the head is NaN.
    """
    function = (DERIVATIVES if derivative else VALUES)[name]
    found = []
    with mp.workprec(BITS):
        for row in zip(*(column.tolist() for column in columns), strict=True):
            try:
                results = function(*map(mpf, row))
            except (ValueError, ZeroDivisionError):
                results = mp.nan
            found.append([_head_and_tail(each) for each in (results if isinstance(results, tuple) else (results,))])
    width = max(map(len, found), default=1)
    padded = [each if len(each) == width else each * width for each in found]
    return np.array(padded, float).reshape(len(found), width, 2).transpose(1, 2, 0)


def _head_and_tail(value: Value) -> tuple[float, float]:
    if isinstance(value, mp.mpc):
        return math.nan, 0.0
    if not mp.isfinite(value):
        return float(value), 0.0
    negative, mantissa, exponent, bits = value._mpf_
    sign = -1.0 if negative else 1.0
    place = max(exponent + bits - 53, -1074)
    if place > 971:
        return sign * math.inf, 0.0
    dropped = place - exponent
    if dropped <= 0:
        return sign * math.ldexp(int(mantissa), -dropped + place), 0.0
    head = mantissa >> dropped
    return sign * math.ldexp(int(head), place), sign * math.ldexp(int(mantissa - (head << dropped)), -dropped)


def _exp(x: Value) -> Value:
    if abs(x) > FAR:
        return mp.inf if x > 0 else mpf(0)
    return mp.exp(x)


def _sigmoid(x: Value) -> Value:
    decay = _exp(-abs(x))
    return (1 if x >= 0 else decay) / (1 + decay)


def _softplus(x: Value) -> Value:
    return max(x, 0) + mp.log1p(_exp(-abs(x)))


def _power(x: Value, y: Value) -> Value:
    if x == 0 or y == 0:
        return x**y
    if x < 0 and y != mp.floor(y):
        return mp.nan
    with mp.extraprec(40 + max(0, mp.mag(y))):
        exponent = y * mp.log(abs(x))
        return _exp(exponent) * (-1 if x < 0 and mp.floor(y / 2) * 2 != y else 1)


def _density(x: Value) -> Value:
    return _exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _ndtr(x: Value) -> Value:
    with mp.extraprec(20):
        return mp.erfc(-x / mp.sqrt(2)) / 2


def _mills(x: Value) -> Value:
    """Return `ndtr(x) * -x / density(x)` far in the left tail (Abramowitz and Stegun, 26.2.12)."""
    total, term, number = mpf(1), mpf(1), 1
    while abs(term) > mpf(2) ** -BITS:
        term *= -number / (x * x)
        total += term
        number += 2
    return total


def _log_ndtr(x: Value) -> Value:
    if x < TAIL:
        return -x * x / 2 - mp.log(-x * mp.sqrt(2 * mp.pi)) + mp.log(_mills(x))
    return mp.log1p(-_ndtr(-x)) if x > 0 else mp.log(_ndtr(x))


def _log_ndtr_slope(x: Value) -> Value:
    return -x / _mills(x) if x < TAIL else _density(x) / _ndtr(x)


def _lgamma(x: Value) -> Value:
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def _logsumexp(*x: Value) -> Value:
    largest = max(x)
    return largest + mp.log(mp.fsum(_exp(each - largest) for each in x))


def _shares(*x: Value) -> tuple[Value, ...]:
    largest = max(x)
    parts = [_exp(each - largest) for each in x]
    return tuple(part / mp.fsum(parts) for part in parts)


def _first_share(*x: Value) -> Value:
    return _shares(*x)[0]


def _first_share_slopes(*x: Value) -> tuple[Value, ...]:
    first, *others = _shares(*x)
    return (first * mp.fsum(others), *(-first * other for other in others))


def _cbrt(x: Value) -> Value:
    return mp.sign(x) * mp.cbrt(abs(x))


def _erfcinv(q: Value) -> Value:
    """Return the inverse of `erfc` by Newton's iteration on its logarithm, of numbers near 1 by mpmath's own."""
    if not 0 < q < 2:
        return mp.inf if q == 0 else -mp.inf if q == 2 else mp.nan
    if mpf("0.5") < q < mpf("1.5"):
        return mp.erfinv(1 - q)
    with mp.extraprec(40):
        goal = -mp.log(min(q, 2 - q))
        x = mp.sqrt(goal)
        x -= mp.log(x * mp.sqrt(mp.pi) + mpf("0.2")) / (2 * x)
        for _ in range(20):
            tail = mp.erfc(x)
            x += (mp.log(tail) + goal) * tail * mp.exp(x * x) * mp.sqrt(mp.pi) / 2
    return x if q < 1 else -x


def _erfinv(y: Value) -> Value:
    return mp.erfinv(y) if abs(y) < mpf("0.5") else mp.sign(y) * _erfcinv(1 - abs(y))


def _ndtri(p: Value) -> Value:
    return -mp.sqrt(2) * _erfcinv(2 * p)


def _erfcx(x: Value) -> Value:
    """Return `exp(x**2) erfc(x)`, far out by the normal tail's series."""
    if x * mp.sqrt(2) > -TAIL:
        return _mills(-x * mp.sqrt(2)) / (x * mp.sqrt(mp.pi))
    with mp.extraprec(40 + int(abs(x) ** 2) if x < 40 else 40):
        return mp.exp(x * x) * mp.erfc(x) if abs(x) < FAR else mp.inf


def _bessel(order: int, x: Value, damped: bool) -> Value:
    if abs(x) > FAR and not damped:
        return mp.inf * (mp.sign(x) ** order)
    return mp.besseli(order, x) * (mp.exp(-abs(x)) if damped else 1)


def _bessel_slope(order: int, x: Value, damped: bool) -> Value:
    slope = (mp.besseli(0, x) + mp.besseli(2, x)) / 2 if order else mp.besseli(1, x)
    return (slope - mp.sign(x) * mp.besseli(order, x)) * mp.exp(-abs(x)) if damped else slope


def _exprel(x: Value) -> Value:
    if abs(x) > FAR:
        return mp.inf if x > 0 else -1 / x
    return mp.expm1(x) / x if x else mpf(1)


def _entr(x: Value) -> Value:
    return -mp.inf if x < 0 else -x * mp.log(x) if x else mpf(0)


def _gamma(x: Value) -> Value:
    return mp.gamma(x) if abs(x) < FAR else (mp.inf if x > 0 else mpf(0))


VALUES: dict[str, Callable[..., Value]] = {
    "exp": _exp, "exp2": lambda x: _exp(x * mp.ln2), "expm1": mp.expm1,
    "log": mp.log, "log2": lambda x: mp.log(x) / mp.ln2, "log10": lambda x: mp.log(x) / mp.ln10, "log1p": mp.log1p,
    "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan, "arctan2": mp.atan2,
    "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh, "arcsinh": mp.asinh, "arccosh": mp.acosh, "arctanh": mp.atanh,
    "power": _power, "cbrt": _cbrt, "hypot": mp.hypot, "sigmoid": _sigmoid, "softplus": _softplus,
    "erf": mp.erf, "erfc": mp.erfc, "ndtr": _ndtr, "log_ndtr": _log_ndtr, "lgamma": _lgamma, "digamma": mp.digamma,
    "logsumexp": _logsumexp, "softmax": _first_share,
    "exp10": lambda x: _exp(x * mp.ln10), "cosm1": lambda x: -2 * mp.sin(x / 2) ** 2, "exprel": _exprel, "sinc": mp.sincpi,
    "erfcx": _erfcx, "erfinv": _erfinv, "erfcinv": _erfcinv, "ndtri": _ndtri, "gamma": _gamma,
    "logit": lambda p: mp.log(p) - mp.log1p(-p), "log_expit": lambda x: -_softplus(-x), "entr": _entr,
    "i0": lambda x: _bessel(0, x, False), "i1": lambda x: _bessel(1, x, False),
    "i0e": lambda x: _bessel(0, x, True), "i1e": lambda x: _bessel(1, x, True),
}  # fmt: skip

DERIVATIVES: dict[str, Callable[..., Value]] = {
    "exp": _exp, "exp2": lambda x: _exp(x * mp.ln2) * mp.ln2, "expm1": _exp,
    "log": lambda x: 1 / x, "log2": lambda x: 1 / (x * mp.ln2), "log10": lambda x: 1 / (x * mp.ln10), "log1p": lambda x: 1 / (1 + x),
    "sin": mp.cos, "cos": lambda x: -mp.sin(x), "tan": lambda x: mp.sec(x) ** 2,
    "arcsin": lambda x: 1 / mp.sqrt((1 - x) * (1 + x)), "arccos": lambda x: -1 / mp.sqrt((1 - x) * (1 + x)),
    "arctan": lambda x: 1 / (1 + x * x), "arctan2": lambda a, b: (b / (a * a + b * b), -a / (a * a + b * b)),
    "sinh": mp.cosh, "cosh": mp.sinh, "tanh": lambda x: mp.sech(x) ** 2,
    "arcsinh": lambda x: 1 / mp.sqrt(x * x + 1), "arccosh": lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
    "arctanh": lambda x: 1 / ((1 - x) * (1 + x)),
    "power": lambda a, b: (b * _power(a, b - 1), mp.log(a) * _power(a, b)),
    "cbrt": lambda x: 1 / (3 * mp.cbrt(x * x)), "hypot": lambda a, b: (a / mp.hypot(a, b), b / mp.hypot(a, b)),
    "sigmoid": lambda x: _sigmoid(x) * _sigmoid(-x), "softplus": _sigmoid,
    "erf": lambda x: 2 / mp.sqrt(mp.pi) * _exp(-x * x), "erfc": lambda x: -2 / mp.sqrt(mp.pi) * _exp(-x * x),
    "ndtr": _density, "log_ndtr": _log_ndtr_slope, "lgamma": mp.digamma, "digamma": lambda x: mp.psi(1, x),
    "logsumexp": _shares, "softmax": _first_share_slopes,
    "exp10": lambda x: _exp(x * mp.ln10) * mp.ln10, "cosm1": lambda x: -mp.sin(x),
    "exprel": lambda x: (_exp(x) - _exprel(x)) / x, "sinc": lambda x: (mp.cospi(x) - mp.sincpi(x)) / x,
    "erfcx": lambda x: 2 * x * _erfcx(x) - 2 / mp.sqrt(mp.pi), "erfinv": lambda y: mp.sqrt(mp.pi) / 2 * mp.exp(_erfinv(y) ** 2),
    "erfcinv": lambda q: -mp.sqrt(mp.pi) / 2 * mp.exp(_erfcinv(q) ** 2), "ndtri": lambda p: 1 / _density(_ndtri(p)),
    "gamma": lambda x: mp.gamma(x) * mp.digamma(x), "logit": lambda p: 1 / (p * (1 - p)), "log_expit": lambda x: _sigmoid(-x),
    "entr": lambda x: -mp.log(x) - 1, "i0": lambda x: _bessel_slope(0, x, False), "i1": lambda x: _bessel_slope(1, x, False),
    "i0e": lambda x: _bessel_slope(0, x, True), "i1e": lambda x: _bessel_slope(1, x, True),
}  # fmt: skip
