"""The sine of an angle in half turns, over the angle: NumPy's `sinc`."""

import math

import numpy as np

from .gamma import from_whole, sine
from .powers import parity
from .primitives import Value, magnitude, where
from .registry import ends, gate
from .rounding import to_nearest_whole
from .trigonometric import cos

TERMS = 12
"""Of the derivative's series, which stands up to 1/2: the next one is below `2**-60`."""
SLOPE = tuple((-1) ** k * 2 * k * math.pi ** (2 * k) / math.factorial(2 * k + 1) for k in range(1, TERMS + 1))


UNDEFINED = ends((math.nan, math.nan), (math.nan, math.nan))


@gate(
    ufuncs=[np.sinc],
    examples=[((0.0,), 1.0, (0.0,)), ((0.5,), 2.0 / math.pi, (-4.0 / math.pi,)), ((2.0,), 0.0, (0.5,)), *UNDEFINED],
)  # fmt: skip
def sinc(a: Value) -> Value:
    """`sin(pi a) / (pi a)`, exactly 0 at whole numbers.

    Largest error found: 1.1 units in the last place, also near its zeros.

    Gradient: `g * (cos(pi * a) - y) / a`.
    """
    x = magnitude(a)
    high, low = sine(magnitude(from_whole(x)))
    value = (high + low) / where(x == 0, 1.0, x)
    _, odd = parity(to_nearest_whole(x))
    before = to_nearest_whole(x) > x
    value = where(odd, where(before, value, -value), where(before, -value, value))
    return where(x == 0, 1.0, where(x < math.inf, value, math.nan))


@sinc.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """Near 0, where the difference cancels, by the series."""
    square, slope = a * a, SLOPE[-1]
    for term in reversed(SLOPE[:-1]):
        slope = slope * square + term
    return g * where(magnitude(a) < 0.5, slope * a, (cos(math.pi * a) - y) / a)
