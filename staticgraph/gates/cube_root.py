"""The cube root of a number from those of a power of two, of one of sixteen numbers, and of a number near 1.

The scheme is that of the logarithm (`logarithm.py`): `x = 2**k (1 + r) t**3`, where `t` is one of sixteen short numbers for which the
inverse of the cube is nearly a number of the format. The cube roots of 1, 2 and a half are short, too, and so the product of both is
exact; what they lack is a number beside them. It takes 0.72 of the time of a first guess with steps by Halley and Newton, which divide
(0.92 in float32).
"""

from .coefficients.roots import CUBE_ROOT_SLOPE, CUBE_ROOTS, INVERSE_CUBES, ROOTS_OF_TWO, ROOTS_OF_TWO_LOW
from .formats import format_of
from .polynomials import polynomial
from .primitives import Value, bits, fma, from_bits, of_sixteen


def cube_root(x: Value, doublings: Value = 0.0) -> Value:
    """Return the cube root of a positive normal number that was doubled so many times."""
    form = format_of(x)
    place = bits(x) >> (form.fraction_bits - 4)
    reduced = from_bits((bits(x) & (form.smallest_bits - 1)) | (form.bias << form.fraction_bits))
    r = fma(reduced, of_sixteen(INVERSE_CUBES.of(x), place), -1.0)
    power = from_bits((bits(x) >> form.fraction_bits) + form.shifter_bits) - (form.shifter + form.bias + doublings)
    shifted = fma(power, 1.0 / 3.0, form.shifter)
    left = bits(fma(shifted - form.shifter, -3.0, power) + form.shifter)
    lacking = of_sixteen(ROOTS_OF_TWO_LOW.of(x), left)
    root = of_sixteen(CUBE_ROOTS.of(x), place) * of_sixteen(ROOTS_OF_TWO.of(x), left)
    whole = from_bits(bits(root) + (bits(shifted) << form.fraction_bits))
    return fma(whole, fma(r * polynomial(CUBE_ROOT_SLOPE, r), lacking + 1.0, lacking), whole)
