"""The error function, the normal distribution, and the gamma function's logarithm with its derivatives.

Digamma and trigamma: the recurrence lifts the argument by ten, then the asymptotic series (Abramowitz and Stegun, 6.3.18 and
6.4.12) is summed to `z**-14`, whose first omitted term is below 5e-17 there; negative arguments are reflected (6.3.7, 6.4.7).
"""

import math

from .exponential import exp
from .logarithm import log, log1p
from .primitives import Value, is_single, nearest, platform, where
from .registry import gate
from .trigonometric import cos, sin

LIFT = 10
DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
TRIGAMMA_SERIES = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
MILLS_SERIES = (-1.0, 3.0, -15.0, 105.0, -945.0, 10395.0)


def _polynomial(coefficients: tuple[float, ...], x: Value) -> Value:
    """Horner's rule, the constant coefficient first."""
    value = coefficients[-1] + 0.0 * x
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


@gate(examples=[((0.0,), 0.0, (2.0 / math.sqrt(math.pi),))])
def erf(a: Value) -> Value:
    """Error function."""
    return platform("erf", a)


@erf.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (2.0 / math.sqrt(math.pi) * exp(-(a * a)))


@gate(examples=[((0.0,), 1.0, (-2.0 / math.sqrt(math.pi),))])
def erfc(a: Value) -> Value:
    """Complementary error function, `1 - erf(a)`, accurate in the tail."""
    return platform("erfc", a)


@erfc.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (-2.0 / math.sqrt(math.pi) * exp(-(a * a)))


@gate(examples=[((0.0,), 0.5, (1.0 / math.sqrt(2.0 * math.pi),))])
def ndtr(a: Value) -> Value:
    """Distribution function of the standard normal distribution."""
    return 0.5 * erfc(a * -math.sqrt(0.5))


@ndtr.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (1.0 / math.sqrt(2.0 * math.pi) * exp(-0.5 * (a * a)))


def _mills(a: Value) -> Value:
    """`ndtr(a) * -a / density(a)` far in the left tail (Abramowitz and Stegun, 26.2.12)."""
    inverse_square = 1.0 / (a * a)
    return 1.0 + inverse_square * _polynomial(MILLS_SERIES, inverse_square)


def _far_left(a: Value) -> Value:
    """Where `erfc` comes near the smallest normal number of the precision."""
    return a < (-13.0 if is_single(a) else -37.0)


@gate(domain=[(-45.0, 5.0)], examples=[((0.0,), math.log(0.5), (2.0 / math.sqrt(2.0 * math.pi),))])
def log_ndtr(a: Value) -> Value:
    """Logarithm of the standard normal distribution function, accurate in both tails."""
    half_tail = 0.5 * erfc(where(a < 0, -a, a) * math.sqrt(0.5))
    near = where(a < 0, log(half_tail), log1p(-half_tail))
    far = -0.5 * (a * a) - log(-a * math.sqrt(2.0 * math.pi)) + log(_mills(a))
    return where(_far_left(a), far, near)


@log_ndtr.backward
def _(g: Value, y: Value, a: Value) -> Value:
    near = exp(-0.5 * (a * a) - y) / math.sqrt(2.0 * math.pi)
    return g * where(_far_left(a), -a / _mills(a), near)


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
