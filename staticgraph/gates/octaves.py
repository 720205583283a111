"""Numbers as a power of two times one of the octave from 45 / 64 on."""

from .formats import DOUBLE, format_of
from .primitives import Value, bits, constant_like, from_bits, where
from .sums import Pair

LEAST = {True: 0x3FE6_8000_0000_0000, False: 0x3F34_0000}
"""The bits of the least number of the octave that is not scaled, 45 / 64, in float64 and in float32."""


def exponent(x: Value) -> Value:
    """Return the integer `k` for which `x / 2**k` lies between 45 / 64 and 45 / 32, for a positive normal `x`."""
    form = format_of(x)
    return (bits(x) - LEAST[form is DOUBLE]) >> form.fraction_bits


def as_number(k: Value, like: Value) -> Value:
    """Return a small integer as a number."""
    form = format_of(like)
    return from_bits(k + form.shifter_bits) - form.shifter


def split(x: Value) -> Pair:
    """Return the number `k` and `f` with `x = 2**k (1 + f)`, for a positive normal `x`."""
    k = exponent(x)
    return as_number(k, x), from_bits(bits(x) - (k << format_of(x).fraction_bits)) - 1.0


def split_all(x: Value) -> Pair:
    """Return the same for a positive number that may be subnormal."""
    raised, doublings = made_normal(x)
    k, f = split(raised)
    return k - doublings, f


def made_normal(x: Value) -> Pair:
    """Return a positive number times a power of two that makes it normal, and by how many doublings."""
    form = format_of(x)
    doublings = float(form.fraction_bits + 2)
    small = x < form.smallest_normal
    return where(small, x * 2.0**doublings, x), where(small, constant_like(x, doublings), 0.0)
