"""Gates that read the sign bit, or the exponent: they tell -0.0 from 0.0, and infinities from numbers."""

import math

import numpy as np

from .primitives import Value, bits, magnitude, where
from .registry import gate
from .signs import sign_of, with_sign

INFINITY, NAN = math.inf, math.nan


@gate(ufuncs=[np.signbit], boolean="always", examples=[((-0.0,), True, (0.0,)), ((0.0,), False, (0.0,)), ((-2.0,), True, (0.0,))])
def signbit(a: Value) -> Value:
    """Whether the sign bit is set, as that of -0.0 is."""
    return bits(a) < 0


@gate(
    ufuncs=[np.copysign], kinks=lambda a, b: (a == 0) | (b == 0),
    examples=[
        ((-2.0, 3.0), 2.0, (-1.0, 0.0)), ((2.0, -0.0), -2.0, (-1.0, 0.0)), ((0.0, -1.0), -0.0, (0.0, 0.0)), ((NAN, 1.0), NAN, (NAN, 0.0)),
    ],
)  # fmt: skip
def copysign(a: Value, b: Value) -> Value:
    """Magnitude of the first value with the sign of the second; its gradient at 0 is 0.

    Gradient: `g * y / a`, and nothing for the sign.
    """
    return with_sign(magnitude(a), sign_of(b))


@copysign.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return where(a == 0, 0.0, where(a == y, g, where(a == -y, -g, NAN))), None


@gate(ufuncs=[np.isfinite], boolean="always", examples=[((1.0,), True, (0.0,)), ((INFINITY,), False, (0.0,)), ((NAN,), False, (0.0,))])
def isfinite(a: Value) -> Value:
    """Whether the value is a number, neither infinite nor NaN."""
    return magnitude(a) < INFINITY


@gate(ufuncs=[np.isinf], boolean="always", examples=[((-INFINITY,), True, (0.0,)), ((1.0,), False, (0.0,)), ((NAN,), False, (0.0,))])
def isinf(a: Value) -> Value:
    """Whether the value is infinite."""
    return magnitude(a) == INFINITY
