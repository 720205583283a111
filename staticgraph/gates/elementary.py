"""Exponentials, logarithms, trigonometry, powers: values from the platform's math library, lane by lane."""

import math

import numpy as np

from .arithmetic import sqrt
from .exponential import exp, exp2, expm1
from .logarithm import log, log1p, log2, log10
from .primitives import Value, platform, where
from .registry import gate

INFINITY = math.inf


@gate(ufuncs=[np.sin], examples=[((0.0,), 0.0, (1.0,))])
def sin(a: Value) -> Value:
    """Sine of an angle in radians."""
    return platform("sin", a)


@sin.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * cos(a)


@gate(ufuncs=[np.cos], examples=[((0.0,), 1.0, (0.0,))])
def cos(a: Value) -> Value:
    """Cosine of an angle in radians."""
    return platform("cos", a)


@cos.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * sin(a))


@gate(ufuncs=[np.tan], domain=[(-1.2, 1.2)], examples=[((0.0,), 0.0, (1.0,))])
def tan(a: Value) -> Value:
    """Tangent of an angle in radians."""
    return platform("tan", a)


@tan.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (1.0 + y * y)


@gate(ufuncs=[np.arcsin], domain=[(-0.9, 0.9)], examples=[((0.0,), 0.0, (1.0,)), ((1.0,), math.pi / 2, (INFINITY,))])
def arcsin(a: Value) -> Value:
    """Inverse sine."""
    return platform("asin", a)


@arcsin.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / sqrt((1.0 - a) * (1.0 + a))


@gate(ufuncs=[np.arccos], domain=[(-0.9, 0.9)], examples=[((1.0,), 0.0, (-INFINITY,)), ((0.0,), math.pi / 2, (-1.0,))])
def arccos(a: Value) -> Value:
    """Inverse cosine."""
    return platform("acos", a)


@arccos.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -g / sqrt((1.0 - a) * (1.0 + a))


@gate(ufuncs=[np.arctan], examples=[((0.0,), 0.0, (1.0,)), ((1.0,), math.pi / 4, (0.5,))])
def arctan(a: Value) -> Value:
    """Inverse tangent."""
    return platform("atan", a)


@arctan.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (1.0 + a * a)


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


@gate(
    ufuncs=[np.arctan2], domain=[(-3.0, 3.0), (0.2, 3.0)], kinks=lambda a, b: (a == 0) & (b <= 0),
    examples=[((0.0, 1.0), 0.0, (1.0, 0.0)), ((2.0, 0.0), math.pi / 2, (0.0, -0.5)), ((0.0, 0.0), 0.0, (0.0, 0.0))],
)  # fmt: skip
def arctan2(a: Value, b: Value) -> Value:
    """Angle of the point with ordinate `a` and abscissa `b`; its gradient at the origin is 0."""
    return platform("atan2", a, b)


@arctan2.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    radius = hypot(a, b)
    return where(radius == 0, 0.0, g * (b / radius / radius)), where(radius == 0, 0.0, -(g * (a / radius / radius)))
