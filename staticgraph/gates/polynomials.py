"""Polynomials by Horner's rule, and products, quotients and roots whose rounding error is kept in a second number.

Source: J.-M. Muller et al., "Handbook of Floating-Point Arithmetic", chapters 4 and 14.
"""

from .formats import Constant
from .primitives import Value, fma, square_root, where
from .sums import Pair, fast_two_sum

LONG = 8
"""Terms from which on the two halves pay: `power` and `tanh` take a twentieth less (`bench.choices`)."""


def polynomial(coefficients: Constant, x: Value) -> Value:
    """Return the polynomial whose constant coefficient comes first.

    A long one is that of the even powers and that of the odd ones, which the processor computes side by side.
    """
    terms = coefficients.of(x)
    if len(terms) < LONG:
        return _horner(terms, x)
    square = x * x
    return fma(x, _horner(terms[1::2], square), _horner(terms[::2], square))


def _horner(terms: tuple[float, ...], x: Value) -> Value:
    *rest, value = terms
    for coefficient in reversed(rest):
        value = fma(value, x, coefficient)
    return value


def two_product(a: Value, b: Value) -> Pair:
    """Return the product and its error."""
    product = a * b
    return product, fma(a, b, -product)


def around(centre: Constant, slope: Constant, x: Value) -> Pair:
    """Return a constant plus `x` times a polynomial as a pair."""
    high, low = centre.pair_of(x)
    total, error = fast_two_sum(high, x * polynomial(slope, x))
    return total, error + low


def times(a: Pair, b: Pair) -> Pair:
    """Return the product of two pairs, right to some units in the last place of a pair."""
    high, low = two_product(a[0], b[0])
    return fast_two_sum(high, fma(a[0], b[1], fma(a[1], b[0], low)))


def quotient(a: Pair, b: Pair) -> Pair:
    """Return the quotient of two pairs: a number, and what is left over divided."""
    inverse = 1.0 / b[0]
    high = a[0] * inverse
    return high, fma(-high, b[1], fma(-high, b[0], a[0]) + a[1]) * inverse


def root(a: Pair) -> Pair:
    """Return the square root of a pair: a number, and half of what is left over divided by it; 0 of 0."""
    high = square_root(a[0])
    return high, (fma(-high, high, a[0]) + a[1]) * (0.5 / where(high == 0, 1.0, high))
