"""Powers of ten, and differences and quotients of exponentials and cosines that stay right near 0."""

import math

from .exponential import EXPM1_FAR, exp, expm1, exponential
from .formats import Constant
from .polynomials import two_product
from .primitives import Value, fma, where
from .registry import ends, gate
from .trigonometric import sin

INFINITY, NAN = math.inf, math.nan
LN10 = Constant((2.302585092994046, -2.1707562233822494e-16), (2.3025851249694824, -3.1975435632602967e-08))
"""The natural logarithm of 10, in two parts."""
EXP10_RANGE = 400.0
"""Far beyond the limits of both formats, and far from overflow on the way."""
TERMS = 18
"""Of the series of the derivative of `exprel`, which stands up to 1: the next one is below `2**-60`."""
EXPREL_SLOPE = tuple((k + 1.0) / math.factorial(k + 2) for k in range(TERMS))


@gate(examples=[((2.0,), 100.0, (100.0 * math.log(10.0),)), *ends((0.0, 0.0), (INFINITY, INFINITY))])
def exp10(a: Value) -> Value:
    """Ten to the power of the value.

    Gradient: `g * y * log(10)`.
    """
    x = where(a > EXP10_RANGE, EXP10_RANGE, where(a < -EXP10_RANGE, -EXP10_RANGE, a))
    ln10, ln10_low = LN10.of(a)
    high, error = two_product(x, ln10)
    return exponential(high, fma(x, ln10_low, error))


@exp10.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return (g * math.log(10.0)) * y


@gate(examples=[((0.0,), -0.0, (-0.0,)), *ends((NAN, NAN), (NAN, NAN))])
def cosm1(a: Value) -> Value:
    """`cos(a) - 1`, accurate near 0.

    Gradient: `-g * sin(a)`.
    """
    half = sin(0.5 * a)
    return -2.0 * (half * half)


@cosm1.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * sin(a))


@gate(examples=[((0.0,), 1.0, (0.5,)), *ends((0.0, 0.0), (INFINITY, INFINITY))])
def exprel(a: Value) -> Value:
    """`(exp(a) - 1) / a`, accurate near 0.

    Gradient: `g * (exp(a) - y) / a`.
    """
    far = a > EXPM1_FAR.of(a)[0]
    half = exp(where(far, 0.5 * a, 0.0))
    value = where(far, (half / a) * half, expm1(a) / where(a == 0, 1.0, a))
    return where(a == 0, 1.0, where(a == INFINITY, a, value))


@exprel.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """`(exp(a) - y) / a`, where `exp(a)` is `1 + a y`; near 0, where that cancels, by the series."""
    slope = EXPREL_SLOPE[-1]
    for term in reversed(EXPREL_SLOPE[:-1]):
        slope = slope * a + term
    right = where(a == INFINITY, INFINITY, y + (1.0 - y) / a)
    near = (a > -1.0) & (a < 1.0)
    return g * where(near, slope, where(a > 0, right, (exp(a) - y) / a))
