"""Steps to whole numbers. Like every step they have gradient 0, as `sign` has."""

import numpy as np

from .formats import format_of
from .primitives import Value, magnitude, where
from .registry import ends, gate
from .signs import sign_of, with_sign

INFINITY = float("inf")


def to_nearest_whole(a: Value) -> Value:
    """Return the whole number nearest to any number, the even one of two; its sign is kept, also of 0."""
    x, shifter = magnitude(a), 2.0 ** format_of(a).fraction_bits
    return with_sign(where(x < shifter, (x + shifter) - shifter, x), sign_of(a))


def down(a: Value) -> Value:
    """Return the largest whole number that is not larger."""
    whole = to_nearest_whole(a)
    return where(whole > a, whole - 1.0, whole)


def towards_zero(a: Value) -> Value:
    """Return the whole number without the fraction."""
    return with_sign(down(magnitude(a)), sign_of(a))


STEP = ends((-INFINITY, 0.0), (INFINITY, 0.0))


@gate(ufuncs=[np.floor], differentiable=False, examples=[((-0.5,), -1.0, (0.0,)), ((2.0,), 2.0, (0.0,)), *STEP])
def floor(a: Value) -> Value:
    """Largest whole number that is not larger; its gradient is 0 everywhere."""
    return down(a)


@gate(ufuncs=[np.ceil], differentiable=False, examples=[((-0.5,), -0.0, (0.0,)), ((1.25,), 2.0, (0.0,)), *STEP])
def ceil(a: Value) -> Value:
    """Smallest whole number that is not smaller; its gradient is 0 everywhere."""
    return -down(-a)


@gate(ufuncs=[np.trunc], differentiable=False, examples=[((-1.5,), -1.0, (0.0,)), ((1.75,), 1.0, (0.0,)), *STEP])
def trunc(a: Value) -> Value:
    """Value without its fraction; its gradient is 0 everywhere."""
    return towards_zero(a)


@gate(ufuncs=[np.rint], differentiable=False, examples=[((0.5,), 0.0, (0.0,)), ((1.5,), 2.0, (0.0,)), ((-2.75,), -3.0, (0.0,)), *STEP])
def rint(a: Value) -> Value:
    """Nearest whole number, the even one of two; its gradient is 0 everywhere."""
    return to_nearest_whole(a)
