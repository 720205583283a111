"""The sign of a number, as a bit."""

from .formats import DOUBLE, format_of
from .primitives import Value, bits, from_bits


def sign_of(a: Value) -> Value:
    """Return the sign bit of a number, as an integer with only that bit."""
    return bits(a) & (-(2**63) if format_of(a) is DOUBLE else -(2**31))


def with_sign(magnitude: Value, sign: Value) -> Value:
    """Return a number without a sign, given the sign bit."""
    return from_bits(bits(magnitude) | sign)
