"""Remainders, exact as C's `fmod`, and the whole quotient that belongs to them, as NumPy defines them.

A quotient below `2**52` (`2**23`) is one division, whose error of 1 shows in the remainder. A larger one is divided by steps, as by hand:
each takes 52 (23) binary digits off, by the divisor times a power of two, and its remainder is exact, too.
"""

import math

import numpy as np

from .formats import format_of
from .primitives import Value, fma, is_single, magnitude, where, where_any
from .registry import gate
from .rounding import down, rint, to_nearest_whole
from .signs import sign_of, with_sign

INFINITY, NAN = math.inf, math.nan
STEPS = {True: 12, False: 40}
"""Further steps that the largest number divided by the smallest takes: 277 binary digits by 23, 2,098 by 52."""


def left_over(x: Value, y: Value) -> Value:
    """Return what is left of `x >= 0` divided by `y > 0`, for a quotient up to `2**53` (`2**24`)."""
    rest = fma(-down(x / y), y, x)
    return where(rest < 0, rest + y, where(rest >= y, rest - y, rest))


@gate(
    public=False, differentiable=False, domain=[(2.2, 2.8), (1.05, 1.08)],
    examples=[((2.0**80, 3.0), 1.0, (0.0, 0.0)), ((1.0, 0.0), NAN, (0.0, 0.0))],
)  # fmt: skip
def long_remainder(x: Value, y: Value) -> Value:
    """What is left of `x >= 0` divided by `y >= 0`, whatever their quotient."""
    digits = 2.0 ** format_of(x).fraction_bits
    divisors = [y]
    for _ in range(STEPS[is_single(x)]):
        divisors.append(divisors[-1] * digits)
    rest = x
    for divisor in reversed(divisors):
        rest = where(divisor <= format_of(x).largest, left_over(rest, divisor), rest)
    return where((x < INFINITY) & (y > 0), where(rest == rest, rest, NAN), NAN)


def rest_of(a: Value, b: Value) -> Value:
    """Return the remainder with the sign of `a`."""
    x, y = magnitude(a), magnitude(b)
    usual = (x / y < 2.0 ** format_of(x).fraction_bits) & (y < INFINITY)
    return with_sign(where_any(~usual, lambda: long_remainder(x, y), left_over(x, y)), sign_of(a))


BETWEEN_JUMPS = ((2.2, 2.8), (1.05, 1.08))


@gate(
    symbol="fmod", ufuncs=[np.fmod], domain=BETWEEN_JUMPS,
    examples=[((-7.0, 3.0), -1.0, (1.0, 2.0)), ((1.0, INFINITY), 1.0, (1.0, 0.0)), ((2.0**80, 3.0), 1.0, (1.0, -(2.0**80) / 3.0))],
)  # fmt: skip
def fmod(a: Value, b: Value) -> Value:
    """Remainder with the sign of the first value, exact; its gradient is 1 and minus the whole quotient.

    Gradient: `g` and `-g * trunc(a / b)`.
    """
    return rest_of(a, b)


@fmod.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g, -(g * rint((a - y) / b))


def on_other_side(rest: Value, b: Value) -> Value:
    """Whether a remainder lies at the other side of 0 than the divisor."""
    return ((b < 0) & (rest > 0)) | ((b > 0) & (rest < 0))


def with_sign_of_divisor(rest: Value, b: Value) -> Value:
    """Return a remainder that has the sign of `b`, also if it is 0."""
    return where(rest == 0, with_sign(magnitude(rest), sign_of(b)), where(on_other_side(rest, b), rest + b, rest))


@gate(
    symbol="%", ufuncs=[np.remainder], domain=BETWEEN_JUMPS,
    examples=[
        ((-7.0, 3.0), 2.0, (1.0, 3.0)), ((7.0, -3.0), -2.0, (1.0, 3.0)), ((-1.0, INFINITY), INFINITY, (1.0, 1.0)),
        ((1.0, 0.0), NAN, (1.0, -INFINITY)),
    ],
)  # fmt: skip
def remainder(a: Value, b: Value) -> Value:
    """Remainder with the sign of the second value, Python's `%`; its gradient is 1 and minus the whole quotient.

    Gradient: `g` and `-g * floor(a / b)`.
    """
    return with_sign_of_divisor(rest_of(a, b), b)


@remainder.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g, -(g * floor_divide(a, b))


@gate(
    symbol="//", ufuncs=[np.floor_divide], differentiable=False, domain=BETWEEN_JUMPS,
    examples=[((-7.0, 3.0), -3.0, (0.0, 0.0)), ((1.0, 0.0), INFINITY, (0.0, 0.0)), ((-1.0, INFINITY), -1.0, (0.0, 0.0))],
)  # fmt: skip
def floor_divide(a: Value, b: Value) -> Value:
    """Whole quotient that belongs to the remainder, Python's `//`; its gradient is 0 everywhere."""
    rest = rest_of(a, b)
    quotient = (a - rest) / b
    quotient = where(on_other_side(rest, b), quotient - 1.0, quotient)
    whole = where(quotient == 0, with_sign(0.0 * magnitude(quotient), sign_of(a / b)), to_nearest_whole(quotient))
    return where(b == 0, a / b, whole)
