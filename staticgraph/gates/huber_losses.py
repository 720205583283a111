"""Huber's losses: squares near 0, lines far out."""

import math

from .powers import hypot
from .primitives import Value, magnitude, where
from .registry import gate

INFINITY, NAN = math.inf, math.nan


@gate(
    domain=[(0.5, 1.0), (1.5, 3.0)],
    examples=[
        ((1.0, 0.5), 0.125, (0.0, 0.5)), ((1.0, -3.0), 2.5, (2.0, -1.0)),
        ((1.0, 1.0), 0.5, (0.0, 1.0)), ((-1.0, 1.0), INFINITY, (NAN, NAN)),
    ],
)  # fmt: skip
def huber(delta: Value, r: Value) -> Value:
    """`r**2 / 2` up to `delta`, from there on the line that continues it; infinite for a negative `delta`.

    Gradient: `where(abs(r) > delta, g * (abs(r) - delta), 0)` and `g * clip(r, -delta, delta)`.
    """
    size = magnitude(r)
    value = where(size <= delta, 0.5 * (r * r), delta * (size - 0.5 * delta))
    return where(delta < 0, INFINITY, value)


@huber.backward
def _(g: Value, y: Value, delta: Value, r: Value) -> Value:
    size, none = magnitude(r), delta < 0
    slope = where(r > 0, delta, -delta)
    return where(none, NAN, where(size <= delta, 0.0, g * (size - delta))), where(none, NAN, g * where(size <= delta, r, slope))


@gate(
    domain=[(0.5, 2.0), (-3.0, 3.0)],
    examples=[
        ((3.0, 4.0), 6.0, (0.8, 2.4)), ((1.0, 0.0), 0.0, (0.0, 0.0)),
        ((0.0, 1.0), 0.0, (1.0, 0.0)), ((-1.0, 1.0), INFINITY, (NAN, NAN)),
    ],
)  # fmt: skip
def pseudo_huber(delta: Value, r: Value) -> Value:
    """`delta**2 (sqrt(1 + (r / delta)**2) - 1)`, a smooth `huber`; infinite for a negative `delta`.

    Gradient: `g * (hypot(delta, r) - delta) ** 2 / hypot(delta, r)` and `g * delta * r / hypot(delta, r)`.
    """
    length = hypot(delta, r)
    value = where(length == 0, 0.0, delta * (r / where(length == 0, 1.0, delta + length)) * r)
    return where(delta < 0, INFINITY, value)


@pseudo_huber.backward
def _(g: Value, y: Value, delta: Value, r: Value) -> Value:
    length = hypot(delta, r)
    safe, none = where(length == 0, 1.0, length), delta < 0
    excess = (r / (delta + safe)) * r
    return where(none, NAN, g * (excess * (excess / safe))), where(none, NAN, g * (delta * (r / safe)))
