"""Activations of neural networks: compositions with a known closed form, as one gate each."""

import math

from .elementary import exp, log1p
from .primitives import Value, magnitude, where
from .registry import gate


@gate(kinks=lambda a: a == 0, examples=[((2.0,), 2.0, (1.0,)), ((-2.0,), 0.0, (0.0,)), ((0.0,), 0.0, (0.0,))])
def relu(a: Value) -> Value:
    """`max(a, 0)`; its gradient at 0 is 0."""
    return where(a <= 0, 0.0, a)


@relu.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return where(a > 0, g, where(a <= 0, 0.0, math.nan))


@gate(examples=[((0.0,), 0.5, (0.25,)), ((800.0,), 1.0, (0.0,)), ((-800.0,), 0.0, (0.0,))])
def sigmoid(a: Value) -> Value:
    """`1 / (1 + exp(-a))`, without overflow; its local gradient is `(1 - y) * y`."""
    decay = exp(-magnitude(a))
    return where(a >= 0, 1.0, decay) / (1.0 + decay)


@sigmoid.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * ((1.0 - y) * y)


@gate(examples=[((0.0,), math.log(2.0), (0.5,)), ((800.0,), 800.0, (1.0,)), ((-800.0,), 0.0, (0.0,))])
def softplus(a: Value) -> Value:
    """`log(1 + exp(a))`, without overflow; its local gradient is the sigmoid."""
    return where(a > 0, a, 0.0) + log1p(exp(-magnitude(a)))


@softplus.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * sigmoid(a)
