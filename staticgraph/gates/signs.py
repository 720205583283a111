"""The sign of a number, as a bit."""

from .formats import DOUBLE, format_of
from .primitives import Value, bits, from_bits


def sign_of(x: Value) -> Value:
    """Return the sign bit of a number, as an integer with only that bit."""
    return bits(x) & (-(2**63) if format_of(x) is DOUBLE else -(2**31))


def with_sign(x: Value, sign: Value) -> Value:
    """Return a number with its sign changed where the sign bit is set, and so given that sign if it had none."""
    return from_bits(bits(x) ^ sign)
