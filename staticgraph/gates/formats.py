"""The two floating-point formats, and the numbers that the kernels of elementary functions take from them."""

from typing import NamedTuple

from .primitives import Value, bits, from_bits, is_single, magnitude


class Format(NamedTuple):
    """A binary floating-point format of IEEE 754.

    Attributes
    ----------
    fraction_bits
        Bits after the point.
    bias
        What is added to an exponent when it is stored.
    shifter
        A number whose unit in the last place is 1: adding it and taking it away again rounds to a whole number, which stands in the
        low bits of the sum.
    shifter_bits
        The representation of that number.
    smallest_normal, largest
        The smallest number with all its bits, and the largest finite one.
    """

    fraction_bits: int
    bias: int
    shifter: float
    shifter_bits: int
    smallest_normal: float
    largest: float

    @property
    def smallest_bits(self) -> int:
        """The representation of the smallest normal number."""
        return 1 << self.fraction_bits


DOUBLE = Format(52, 1023, 1.5 * 2.0**52, 0x4338_0000_0000_0000, 2.0**-1022, (2.0 - 2.0**-52) * 2.0**1023)
SINGLE = Format(23, 127, 1.5 * 2.0**23, 0x4B40_0000, 2.0**-126, (2.0 - 2.0**-23) * 2.0**127)


def format_of(x: Value) -> Format:
    """Return the format that a rule runs in."""
    return SINGLE if is_single(x) else DOUBLE


def in_format_of(x: Value, number: float) -> Value:
    """Return a number in the format that a rule runs in, which `where` cannot know if both its choices are Python's."""
    return from_bits(bits(x) & 0) + number


def in_range(x: Value) -> Value:
    """Whether a number has all its bits: it is neither 0 nor subnormal, and neither infinite nor NaN."""
    form, size = format_of(x), magnitude(x)
    return (size >= form.smallest_normal) & (size <= form.largest)


def is_normal(x: Value) -> Value:
    """Whether a number is positive and neither subnormal nor infinite: one comparison of integers, as infinity becomes the least one."""
    form = format_of(x)
    return (bits(x) + form.smallest_bits) >= 2 * form.smallest_bits


class Constant(NamedTuple):
    """A number, or the coefficients of a polynomial, for each format."""

    double: tuple[float, ...]
    single: tuple[float, ...]

    def of(self, x: Value) -> tuple[float, ...]:
        """Return those of the format that a rule runs in."""
        return self.single if is_single(x) else self.double

    def pair_of(self, x: Value) -> tuple[float, float]:
        """Return the two numbers of the format that a rule runs in whose sum is the constant."""
        high, low = self.of(x)
        return high, low
