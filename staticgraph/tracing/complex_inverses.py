"""Inverse trigonometric and hyperbolic functions of complex numbers, by forms that do not cancel; whether complex numbers are close.

Source: W. Kahan, "Branch cuts for complex elementary functions" (1987).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .array import of_pair
from .complex_numbers import complex_rule_of, split

_numpy: Any = np


def _times_i(z: Any) -> Any:
    a, b = split(z)
    return of_pair(np.negative(b), a)


def _over_i(z: Any) -> Any:
    a, b = split(z)
    return of_pair(b, np.negative(a))


def _roots(z: Any) -> tuple[Any, Any]:
    """Return the roots of `1 - z` and `1 + z`."""
    return _numpy.sqrt(1.0 - z + 0j), _numpy.sqrt(1.0 + z + 0j)


def _imaginary_of_product(u: Any, v: Any) -> Any:
    """Return the imaginary part of `conj(u) v`."""
    (a, b), (c, d) = split(u), split(v)
    return np.subtract(np.multiply(a, d), np.multiply(b, c))


def _real_of_product(u: Any, v: Any, sign: float) -> Any:
    """Return the real part of `u v`, or, for `sign` 1, of `conj(u) v`."""
    (a, b), (c, d) = split(u), split(v)
    return np.add(np.multiply(a, c), np.multiply(sign, np.multiply(b, d)))


@complex_rule_of(np.arcsin)
def _arcsin(z: Any) -> Any:
    minus, plus = _roots(z)
    return of_pair(np.arctan2(split(z)[0], _real_of_product(minus, plus, -1.0)), np.arcsinh(_imaginary_of_product(minus, plus)))


@complex_rule_of(np.arccos)
def _arccos(z: Any) -> Any:
    minus, plus = _roots(z)
    angle = np.multiply(2.0, np.arctan2(split(minus)[0], split(plus)[0]))
    return of_pair(angle, np.arcsinh(_imaginary_of_product(plus, minus)))


@complex_rule_of(np.arccosh)
def _arccosh(z: Any) -> Any:
    minus, plus = _numpy.sqrt(z - 1.0 + 0j), _numpy.sqrt(z + 1.0 + 0j)
    angle = np.multiply(2.0, np.arctan2(split(minus)[1], split(plus)[0]))
    return of_pair(np.arcsinh(_real_of_product(minus, plus, 1.0)), angle)


@complex_rule_of(np.arctanh)
def _arctanh(z: Any) -> Any:
    a, b = split(z)
    size = np.add(np.square(np.subtract(1.0, a)), np.square(b))
    real = np.multiply(0.25, np.log1p(np.divide(np.multiply(4.0, a), size)))
    across = np.subtract(np.multiply(np.subtract(1.0, a), np.add(1.0, a)), np.square(b))
    return of_pair(real, np.multiply(0.5, np.arctan2(np.multiply(2.0, b), across)))


def _turned(function: Any) -> Callable[[Any], Any]:
    """Return the rule of the function whose value at `z` is `-i f(i z)`."""
    return lambda z: _over_i(function(_times_i(z)))


complex_rule_of(np.arcsinh)(_turned(_arcsin))
complex_rule_of(np.arctan)(_turned(_arctanh))


@complex_rule_of(np.isclose)
def _isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    near = _numpy.abs(a - b) <= atol + rtol * _numpy.abs(b)
    close = (near & _numpy.isfinite(b)) | (a == b)
    return close | (_numpy.isnan(a) & _numpy.isnan(b)) if equal_nan else close


@complex_rule_of(np.allclose)
def _allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    return _numpy.all(_isclose(a, b, rtol, atol, equal_nan))
