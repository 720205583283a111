"""Sine, cosine and tangent.

Source: P.-T. P. Tang, "Table-lookup algorithms for elementary functions and their error analysis" (1991): the angle is `c + r`, where `c`
is a whole number of steps of a sixteenth of a half turn (`reduction_of_angles.py`). The sine and the cosine of `c` are tables, those of
`r` short polynomials (`coefficients/trigonometric.py`, derived by `tools/fits/trigonometric.py`), and the addition theorems join them.
What the reduced angle and the tables lack is kept in second numbers throughout. With quarter turns instead of steps, and two polynomials
between which each lane chooses, `sin` takes 1.3 times as long, in float32 1.4 times.
"""

import numpy as np

from .coefficients.trigonometric import COS, COSINES, COSINES_LOW, SIN, SINES, SINES_LOW, TAN
from .parts import Part
from .polynomials import near_inverse, polynomial
from .primitives import Value, bits, fma, is_single, magnitude, of_sixteen
from .reduction_of_angles import reduced
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import Pair


@gate(ufuncs=[np.sin], examples=[((0.0,), 0.0, (1.0,)), *ends((np.nan, np.nan), (np.nan, np.nan))])
def sin(a: Value) -> Value:
    """Sine of an angle in radians.

    Gradient: `g * cos(a)`.
    """
    steps, r, low = reduced_angle(a)
    return with_sign(sine_and_cosine(steps, r, low)[0], half_turns(steps, a) ^ sign_of(a))


@sin.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * cos(a)


@gate(ufuncs=[np.cos], examples=[((0.0,), 1.0, (0.0,)), *ends((np.nan, np.nan), (np.nan, np.nan))])
def cos(a: Value) -> Value:
    """Cosine of an angle in radians.

    Gradient: `-g * sin(a)`.
    """
    steps, r, low = reduced_angle(a)
    return with_sign(sine_and_cosine(steps, r, low)[1], half_turns(steps, a))


@cos.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * sin(a))


@gate(ufuncs=[np.tan], domain=[(-1.2, 1.2)], examples=[((0.0,), 0.0, (1.0,))])
def tan(a: Value) -> Value:
    """Tangent of an angle in radians.

    Gradient: `g * (1 + y**2)`.
    """
    steps, r, low = reduced_angle(a)
    (sine, sine_low), (cosine, cosine_low) = sine_of_steps(bits(steps), a), cosine_of_steps(bits(steps), a)
    square = r * r
    t = r + fma(square * r, polynomial(TAN, square), low)
    above, below = fma(cosine, t, sine), fma(-sine, t, cosine)
    above_low, below_low = fma(cosine, t, sine - above) + sine_low, fma(-sine, t, cosine - below) + cosine_low
    value = above / below
    lacking = fma(-value, below, above) + fma(-value, below_low, above_low)
    return with_sign(fma(lacking, near_inverse(below), value), sign_of(a))


@tan.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (1.0 + y * y)


@Part
def reduced_angle(a: Value) -> tuple[Value, ...]:
    """Return the magnitude of an angle as steps and a rest (see `reduced`)."""
    return reduced(magnitude(a))


def sine_of_steps(steps: Value, like: Value) -> Pair:
    """Return the sine of less than a half turn as a pair."""
    return of_sixteen(SINES.of(like), steps), of_sixteen(SINES_LOW.of(like), steps)


def cosine_of_steps(steps: Value, like: Value) -> Pair:
    """Return the cosine of less than a half turn as a pair."""
    return of_sixteen(COSINES.of(like), steps), of_sixteen(COSINES_LOW.of(like), steps)


@Part
def sine_and_cosine(steps: Value, r: Value, low: Value) -> tuple[Value, ...]:
    """Return the sine and the cosine of an angle, both with another sign after an odd number of half turns."""
    (sine, sine_low), (cosine, cosine_low) = sine_of_steps(bits(steps), r), cosine_of_steps(bits(steps), r)
    square = r * r
    of_rest, less_one = fma(square * r, polynomial(SIN, square), low), square * polynomial(COS, square)
    return (
        sine + fma(cosine, r, fma(cosine, of_rest, fma(sine, less_one, sine_low))),
        cosine + fma(-sine, r, fma(-sine, of_rest, fma(cosine, less_one, cosine_low))),
    )


def half_turns(steps: Value, like: Value) -> Value:
    """Return the sign bit of what changes its sign at every half turn."""
    return (bits(steps) & 16) << (27 if is_single(like) else 59)
