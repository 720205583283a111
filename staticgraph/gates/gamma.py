"""The logarithm of the gamma function, and its derivatives."""

import math

from .elementary import cos, sin
from .logarithm import log
from .primitives import Value, nearest, platform, where
from .registry import gate

LIFT = 10
DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
TRIGAMMA_SERIES = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _polynomial(coefficients: tuple[float, ...], x: Value) -> Value:
    """Horner's rule, the constant coefficient first."""
    value = coefficients[-1] + 0.0 * x
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


@gate(domain=[(0.2, 6.0)], examples=[((1.0,), 0.0, (-0.5772156649015329,)), ((2.0,), 0.0, (0.42278433509846714,))])
def lgamma(a: Value) -> Value:
    """Logarithm of the absolute value of the gamma function."""
    return platform("lgamma", a)


@lgamma.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * digamma(a)


def _reflected(a: Value) -> tuple[Value, Value, Value]:
    """Return whether `a` is reflected, the argument to sum for, and the angle of the reflection's sine and cosine."""
    angle = math.pi * (a - nearest(a))
    return a <= 0, where(a <= 0, 1.0 - a, a), angle


@gate(domain=[(0.2, 6.0)], examples=[((1.0,), -0.5772156649015329, (math.pi**2 / 6,))])
def digamma(a: Value) -> Value:
    """Derivative of `lgamma`."""
    reflect, x, angle = _reflected(a)
    z = x + float(LIFT)
    series = _polynomial(DIGAMMA_SERIES, 1.0 / (z * z)) / (z * z)
    steps = 1.0 / x
    for step in range(1, LIFT):
        steps = steps + 1.0 / (x + float(step))
    value = log(z) - 0.5 / z - series - steps
    pole = (a < 0) & (a == nearest(a))
    return where(pole, math.nan, where(reflect, value - math.pi * (cos(angle) / sin(angle)), value))


@digamma.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * _trigamma(a)


def _trigamma(a: Value) -> Value:
    reflect, x, angle = _reflected(a)
    z = x + float(LIFT)
    inverse = 1.0 / z
    value = inverse + inverse * inverse * (0.5 + inverse * _polynomial(TRIGAMMA_SERIES, inverse * inverse))
    for step in range(LIFT):
        term = 1.0 / (x + float(step))
        value = value + term * term
    cosecant = math.pi / sin(angle)
    return where(reflect, cosecant * cosecant - value, value)
