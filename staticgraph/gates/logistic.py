"""The inverse and the logarithm of the logistic function."""

import math

from .activation import sigmoid, softplus
from .arithmetic import negative
from .hyperbolic import arctanh
from .logarithm import log
from .primitives import Value, magnitude, where
from .registry import ends, gate

INFINITY = math.inf


@gate(domain=[(0.05, 0.95)], examples=[((0.5,), 0.0, (4.0,)), ((0.0,), -INFINITY, (INFINITY,)), ((1.0,), INFINITY, (INFINITY,))])
def logit(a: Value) -> Value:
    """`log(a / (1 - a))`, the inverse of `sigmoid`; in the middle by `arctanh`, as the quotient is near 1 there.

    Within 2 units in the last place.

    Gradient: `g / (a * (1 - a))`.
    """
    middle = magnitude(a - 0.5) <= 0.25
    return where(middle, 2.0 * arctanh(where(middle, 2.0 * a - 1.0, 0.0)), log(a / (1.0 - a)))


@logit.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (a * (1.0 - a))


@gate(examples=[((0.0,), -math.log(2.0), (0.5,)), ((800.0,), 0.0, (0.0,)), *ends((-INFINITY, 1.0), (0.0, 0.0))])
def log_expit(a: Value) -> Value:
    """Logarithm of `sigmoid`, right where that is 0 or 1.

    Gradient: `g * sigmoid(-a)`.
    """
    return -softplus(negative(a))


@log_expit.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * sigmoid(negative(a))
