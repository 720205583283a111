"""Exponentials, logarithms, hyperbolic functions, powers: values from the platform's math library, lane by lane."""

import math

import numpy as np

from .arithmetic import sqrt
from .primitives import Value, platform, where
from .registry import gate

INFINITY = math.inf


@gate(ufuncs=[np.exp], examples=[((0.0,), 1.0, (1.0,))])
def exp(a: Value) -> Value:
    """Exponential: its own derivative."""
    return platform("exp", a)


@exp.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * y


@gate(ufuncs=[np.exp2], examples=[((3.0,), 8.0, (8.0 * math.log(2.0),))])
def exp2(a: Value) -> Value:
    """Two to the power of the value."""
    return platform("exp2", a)


@exp2.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return (g * math.log(2.0)) * y


@gate(ufuncs=[np.expm1], examples=[((0.0,), 0.0, (1.0,))])
def expm1(a: Value) -> Value:
    """`exp(a) - 1`, accurate near 0."""
    return platform("expm1", a)


@expm1.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * exp(a)


@gate(ufuncs=[np.log], domain=[(0.1, 4.0)], examples=[((1.0,), 0.0, (1.0,)), ((0.0,), -INFINITY, (INFINITY,))])
def log(a: Value) -> Value:
    """Natural logarithm."""
    return platform("log", a)


@log.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / a


@gate(ufuncs=[np.log2], domain=[(0.1, 4.0)], examples=[((8.0,), 3.0, (1.0 / (8.0 * math.log(2.0)),))])
def log2(a: Value) -> Value:
    """Logarithm to the base 2."""
    return platform("log2", a)


@log2.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (a * math.log(2.0))


@gate(ufuncs=[np.log10], domain=[(0.1, 4.0)], examples=[((100.0,), 2.0, (1.0 / (100.0 * math.log(10.0)),))])
def log10(a: Value) -> Value:
    """Logarithm to the base 10."""
    return platform("log10", a)


@log10.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (a * math.log(10.0))


@gate(ufuncs=[np.log1p], domain=[(-0.9, 3.0)], examples=[((0.0,), 0.0, (1.0,))])
def log1p(a: Value) -> Value:
    """`log(1 + a)`, accurate near 0."""
    return platform("log1p", a)


@log1p.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (1.0 + a)


@gate(ufuncs=[np.sinh], examples=[((0.0,), 0.0, (1.0,))])
def sinh(a: Value) -> Value:
    """Hyperbolic sine."""
    return platform("sinh", a)


@sinh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * cosh(a)


@gate(ufuncs=[np.cosh], examples=[((0.0,), 1.0, (0.0,))])
def cosh(a: Value) -> Value:
    """Hyperbolic cosine."""
    return platform("cosh", a)


@cosh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * sinh(a)


@gate(ufuncs=[np.tanh], examples=[((0.0,), 0.0, (1.0,))])
def tanh(a: Value) -> Value:
    """Hyperbolic tangent."""
    return platform("tanh", a)


@tanh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * ((1.0 - y) * (1.0 + y))


@gate(ufuncs=[np.arcsinh], examples=[((0.0,), 0.0, (1.0,))])
def arcsinh(a: Value) -> Value:
    """Inverse hyperbolic sine."""
    return platform("asinh", a)


@arcsinh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / hypot(a, 1.0)


@gate(ufuncs=[np.arccosh], domain=[(1.1, 4.0)], examples=[((1.0,), 0.0, (INFINITY,))])
def arccosh(a: Value) -> Value:
    """Inverse hyperbolic cosine."""
    return platform("acosh", a)


@arccosh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (sqrt(a - 1.0) * sqrt(a + 1.0))


@gate(ufuncs=[np.arctanh], domain=[(-0.9, 0.9)], examples=[((0.0,), 0.0, (1.0,))])
def arctanh(a: Value) -> Value:
    """Inverse hyperbolic tangent."""
    return platform("atanh", a)


@arctanh.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / ((1.0 - a) * (1.0 + a))


@gate(
    symbol="**", ufuncs=[np.power], domain=[(0.2, 3.0), (-3.0, 3.0)],
    examples=[
        ((2.0, 3.0), 8.0, (12.0, 8.0 * math.log(2.0))), ((0.0, 2.0), 0.0, (0.0, 0.0)),
        ((-2.0, 3.0), -8.0, (12.0, math.nan)), ((0.0, 0.0), 1.0, (0.0, -INFINITY)),
    ],
)  # fmt: skip
def power(a: Value, b: Value) -> Value:
    """First value to the power of the second; `0 ** b` has gradient 0 in `b` for positive `b`, and `a ** 0` has gradient 0 in `a`."""
    return platform("pow", a, b)


@power.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return where(b == 0, 0.0, (g * b) * power(a, b - 1.0)), where((a == 0) & (b > 0), 0.0, (g * y) * log(a))


@gate(ufuncs=[np.cbrt], domain=[(0.1, 4.0)], examples=[((8.0,), 2.0, (1.0 / 12.0,)), ((-8.0,), -2.0, (1.0 / 12.0,))])
def cbrt(a: Value) -> Value:
    """Cube root."""
    return platform("cbrt", a)


@cbrt.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (3.0 * y * y)


@gate(
    ufuncs=[np.hypot], commutative=True, kinks=lambda a, b: (a == 0) & (b == 0),
    examples=[((3.0, 4.0), 5.0, (0.6, 0.8)), ((0.0, 0.0), 0.0, (0.0, 0.0))],
)  # fmt: skip
def hypot(a: Value, b: Value) -> Value:
    """Length of the hypotenuse, `sqrt(a * a + b * b)`; its gradient at the origin is 0."""
    return platform("hypot", a, b)


@hypot.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return where(y == 0, 0.0, g * (a / y)), where(y == 0, 0.0, g * (b / y))
