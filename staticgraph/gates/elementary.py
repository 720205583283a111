"""Exponentials, logarithms, trigonometry, powers: values from the platform's math library, lane by lane."""

import math

import numpy as np

from .arithmetic import sqrt
from .powers import hypot
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
