"""Sums of two exponentials, as logarithms."""

import math

import numpy as np

from .activation import sigmoid, softplus
from .primitives import Value, magnitude, where
from .registry import gate
from .selection import maximum

INF, LN2 = math.inf, math.log(2.0)


def difference_of(a: Value, b: Value) -> Value:
    """Return `a - b`, of equal infinities 0."""
    return where(a == b, 0.0, a - b)


@gate(
    ufuncs=[np.logaddexp], commutative=True,
    examples=[
        ((0.0, 0.0), LN2, (0.5, 0.5)), ((1000.0, 0.0), 1000.0, (1.0, 0.0)), ((-INF, -INF), -INF, (0.5, 0.5)),
        ((INF, 0.0), INF, (1.0, 0.0)),
    ],
)  # fmt: skip
def logaddexp(a: Value, b: Value) -> Value:
    """`log(exp(a) + exp(b))`, without overflow; each operand receives its share of the sum.

    Gradient: `g * exp(a - y)` and `g * exp(b - y)`.
    """
    return maximum.forward(a, b) + softplus(-magnitude(difference_of(a, b)))


@logaddexp.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    difference = difference_of(a, b)
    return g * sigmoid(difference), g * sigmoid(-difference)


@gate(
    ufuncs=[np.logaddexp2], commutative=True,
    examples=[
        ((0.0, 0.0), 1.0, (0.5, 0.5)), ((3000.0, 0.0), 3000.0, (1.0, 0.0)), ((-INF, -INF), -INF, (0.5, 0.5)),
        ((INF, 0.0), INF, (1.0, 0.0)),
    ],
)  # fmt: skip
def logaddexp2(a: Value, b: Value) -> Value:
    """`log2(2**a + 2**b)`, without overflow; each operand receives its share of the sum.

    Gradient: `g * exp2(a - y)` and `g * exp2(b - y)`.
    """
    return maximum.forward(a, b) + softplus(magnitude(difference_of(a, b)) * -LN2) * (1.0 / LN2)


@logaddexp2.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    difference = difference_of(a, b) * LN2
    return g * sigmoid(difference), g * sigmoid(-difference)
