"""Activations of neural networks: compositions with a known closed form, as one gate each."""

import math

from .exponential import EXP_RANGE, exp, exponential_pair, power_of_two
from .logarithm import log1p_pair
from .parts import Part
from .polynomials import quotient
from .primitives import Value, magnitude, where, where_any
from .registry import ends, gate
from .sums import Pair, fast_two_sum, two_sum


@gate(
    kinks=lambda a: a == 0,
    examples=[((2.0,), 2.0, (1.0,)), ((-2.0,), 0.0, (0.0,)), ((0.0,), 0.0, (0.0,)), *ends((0.0, 0.0), (math.inf, 1.0))],
)  # fmt: skip
def relu(a: Value) -> Value:
    """`max(a, 0)`; its gradient at 0 is 0.

    Gradient: `where(a > 0, g, 0)`.
    """
    return where(a <= 0, 0.0, a)


@relu.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return where(a > 0, g, where(a <= 0, 0.0, math.nan))


@Part
def decay(a: Value) -> Pair:
    """Return `exp(-|a|)` as a pair, for a magnitude within the safe part of `EXP_RANGE`."""
    k, (y, y_low) = exponential_pair(-magnitude(a))
    scale = power_of_two(k, a)
    return y * scale, y_low * scale


@gate(examples=[((0.0,), 0.5, (0.25,)), ((800.0,), 1.0, (0.0,)), ((-800.0,), 0.0, (0.0,)), *ends((0.0, 0.0), (1.0, 0.0))])
def sigmoid(a: Value) -> Value:
    """`1 / (1 + exp(-a))`, without overflow; its local gradient is `(1 - y) * y`.

    Gradient: `g * y * (1 - y)`.
    """
    return sigmoid_by(decay(a), a)


def sigmoid_by(decayed: Pair, a: Value) -> Value:
    """Return the sigmoid, given `decay(a)`."""
    e, e_low = decayed
    total, error = fast_two_sum(1.0, e)
    high, low = quotient((where(a >= 0, 1.0, e), where(a >= 0, 0.0, e_low)), (total, error + e_low))
    return where_any(~(magnitude(a) < EXP_RANGE.of(a)[0]), lambda: where(a > 0, 1.0, exp(a)), high + low)


@sigmoid.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """`1 - y` loses bits beyond 0.75, and all of them where `y` rounds to 1."""
    return where_any(y > 0.75, lambda: (g * y) * sigmoid_complement(a), g * ((1.0 - y) * y))


@sigmoid.slope_backward(0)
def _(g: Value, slope: Value, y: Value, a: Value) -> Value:
    return None, g * (slope * (1.0 - 2.0 * y))


@gate(public=False, examples=[((0.0,), 0.5, (-0.25,)), ((800.0,), 0.0, (0.0,)), ((-800.0,), 1.0, (0.0,)), *ends((1.0, 0.0), (0.0, 0.0))])
def sigmoid_complement(a: Value) -> Value:
    """`1 - sigmoid(a)`: the sigmoid of `-a`, which decays as that of `a`."""
    return sigmoid_by(decay(a), -a)


@sigmoid_complement.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -where_any(y > 0.75, lambda: (g * y) * sigmoid(a), g * ((1.0 - y) * y))


@gate(examples=[((0.0,), math.log(2.0), (0.5,)), ((800.0,), 800.0, (1.0,)), ((-800.0,), 0.0, (0.0,)), *ends((0.0, 0.0), (math.inf, 1.0))])
def softplus(a: Value) -> Value:
    """`log(1 + exp(a))`, without overflow; its local gradient is the sigmoid.

    Gradient: `g * sigmoid(a)`.
    """
    high, low = log1p_pair(*decay(a))
    high, error = two_sum(where(a > 0, a, 0.0), high)
    return where_any(~(magnitude(a) < EXP_RANGE.of(a)[0]), lambda: where(a > 0, a, exp(a)), high + (low + error))


@softplus.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * sigmoid(a)
