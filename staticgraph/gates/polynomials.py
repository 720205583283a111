"""Polynomials, and products, quotients and roots whose rounding error is kept in a second number.

Source: J.-M. Muller et al., "Handbook of Floating-Point Arithmetic", chapters 4 and 14.
"""

from collections.abc import Sequence

from .formats import Constant
from .primitives import Value, bits, fma, from_bits, is_single, square_root
from .sums import Pair, fast_two_sum

LONG = 5
"""Terms from which on pairs of them pay, which the processor computes side by side: Horner's rule waits for every term."""


def polynomial(coefficients: Constant, x: Value) -> Value:
    """Return the polynomial whose constant coefficient comes first: a long one by pairs of terms, pairs of pairs, and so on.

    Source: G. Estrin, "Organization of computer systems: the fixed plus variable structure computer", 1960.
    """
    return estrin(coefficients.of(x), x)


def estrin(coefficients: Sequence[Value], x: Value) -> Value:
    """Return the polynomial of such coefficients."""
    terms = list(coefficients)
    while len(terms) >= LONG:
        terms = [fma(odd, x, even) for even, odd in zip(terms[::2], terms[1::2], strict=False)] + terms[len(terms) & ~1 :]
        x = x * x
    return _horner(terms, x)


def by_halves(coefficients: Constant, x: Value) -> Value:
    """Return a polynomial as that of the even powers and that of the odd ones, each by Horner's rule.

    Near 1 terms cancel: there pairs of pairs of twelve terms lose three units in the last place, and these halves a half.
    """
    terms, square = coefficients.of(x), x * x
    return fma(x, _horner(terms[1::2], square), _horner(terms[::2], square))


def _horner(terms: Sequence[Value], x: Value) -> Value:
    *rest, value = terms
    for term in reversed(rest):
        value = fma(value, x, term)
    return value


def two_product(a: Value, b: Value) -> Pair:
    """Return the product and its error."""
    product = a * b
    return product, fma(a, b, -product)


def around(centre: Constant, slope: Constant, x: Value) -> Pair:
    """Return a constant plus `x` times a polynomial as a pair."""
    high, low = centre.pair_of(x)
    total, error = fast_two_sum(high, x * by_halves(slope, x))
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


def near_inverse(x: Value) -> Value:
    """Return `1 / x` to an eighth: the exponent changes its sign, and the fraction falls about as the inverse does."""
    return from_bits((0x7EF3_11C7 if is_single(x) else 0x7FDE_6238_22FC_16E6) - bits(x))


def near_inverse_of_twice_the_root(x: Value) -> Value:
    """Return `0.5 / sqrt(x)` to a thirtieth, likewise: half the exponent changes its sign."""
    return from_bits((0x5EB7_59DF if is_single(x) else 0x5FD6_EB50_C7B5_37A9) - (bits(x) >> 1))


def root(a: Pair) -> Pair:
    """Return the square root of a pair: a number, and half of what is left over divided by it, to a thirtieth; 0 of 0."""
    high = square_root(a[0])
    return high, (fma(-high, high, a[0]) + a[1]) * near_inverse_of_twice_the_root(a[0])
