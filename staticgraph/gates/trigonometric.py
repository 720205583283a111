"""Sine, cosine and tangent.

The angle is reduced to an eighth of a turn at either side (`reduction_of_angles.py`), where polynomials give the sine, the cosine and
the tangent (`coefficients/trigonometric.py`, derived by `tools/fits/trigonometric.py`); the number of quarter turns tells which one it
is and its sign. This arrangement is that of S. Moshier's Cephes library (1989) and of Sun's fdlibm (1993); what the reduced angle lacks
is kept in a second number throughout.
"""

import numpy as np

from .coefficients.trigonometric import COS, SIN, TAN
from .parts import Part
from .polynomials import polynomial
from .primitives import Value, bits, fma, is_single, magnitude, where
from .reduction_of_angles import reduced
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import fast_two_sum


@gate(ufuncs=[np.sin], examples=[((0.0,), 0.0, (1.0,)), *ends((np.nan, np.nan), (np.nan, np.nan))])
def sin(a: Value) -> Value:
    """Sine of an angle in radians.

    Gradient: `g * cos(a)`.
    """
    return _sine_after(0, a, sign_of(a))


@sin.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * cos(a)


@gate(ufuncs=[np.cos], examples=[((0.0,), 1.0, (0.0,)), *ends((np.nan, np.nan), (np.nan, np.nan))])
def cos(a: Value) -> Value:
    """Cosine of an angle in radians.

    Gradient: `-g * sin(a)`.
    """
    return _sine_after(1, a, 0)


@cos.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * sin(a))


@gate(ufuncs=[np.tan], domain=[(-1.2, 1.2)], examples=[((0.0,), 0.0, (1.0,))])
def tan(a: Value) -> Value:
    """Tangent of an angle in radians.

    Gradient: `g * (1 + y**2)`.
    """
    shifted, r, low = reduced_angle(a)
    square = r * r
    # First-order correction for the rounding of the angle and its square; the derivatives need only be right to 1/8.
    lacking = fma(0.6 * r, fma(r, r, -square), fma(1.5 * square, low, low))
    after_linear = fma(square * r, polynomial(TAN, square), lacking)
    tangent, tangent_low = fast_two_sum(r, after_linear)
    inverse = -1.0 / tangent
    cotangent = fma(inverse, fma(inverse, tangent_low, fma(inverse, tangent, 1.0)), inverse)
    odd = bits(shifted) & 1
    return with_sign(where(odd == 0, tangent, cotangent), sign_of(a))


@tan.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (1.0 + y * y)


@Part
def reduced_angle(a: Value) -> tuple[Value, ...]:
    """Return the magnitude of an angle as quarter turns and a rest (see `reduced`)."""
    return reduced(magnitude(a))


@Part
def sine_and_cosine(r: Value, low: Value) -> tuple[Value, ...]:
    """Return the sine and the cosine of an angle within an eighth of a turn."""
    square = r * r
    return _sine(r, low, square), _cosine(r, low, square)


def _sine_after(quarter_turns: int, a: Value, sign: Value) -> Value:
    """Return the sine of the magnitude of an angle and so many quarter turns, with the sign changed if it is set."""
    shifted, r, low = reduced_angle(a)
    count = bits(shifted) + quarter_turns
    sine, cosine = sine_and_cosine(r, low)
    value = where((count & 1) == 0, sine, cosine)
    return with_sign(value, ((count & 2) << (30 if is_single(a) else 62)) ^ sign)


def _sine(r: Value, low: Value, square: Value) -> Value:
    return r + fma(square * r, polynomial(SIN, square), fma(-0.5 * square, low, low))


def _cosine(r: Value, low: Value, square: Value) -> Value:
    square_low = fma(r, r, -square)
    first_two, first_two_low = fast_two_sum(1.0, -0.5 * square)
    missing = fma(r, low, 0.5 * square_low)
    return first_two + (fma(square * square, polynomial(COS, square), first_two_low) - missing)
