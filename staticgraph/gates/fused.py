"""The fused multiply-add on NumPy arrays, which NumPy lacks: rounded once, so that rules give the bits that the hardware gives.

Source: S. Boldo and G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
Transactions on Computers 57 (2008): the exact product is a pair of numbers, and the parts that lie below the result's last place are
added with rounding to odd, which no later rounding can mistake for a tie.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from .sums import two_sum

Array = Any

SPLITTER = 134217729.0
"""`2**27 + 1`, which cuts a float64 in two halves of 26 bits (Veltkamp; Dekker 1971)."""
LARGEST_SAFE, SMALLEST_SAFE = 2.0**990, 2.0**-900
"""Within these magnitudes no step of the algorithm overflows or loses bits below the smallest number."""


def fused_multiply_add(a: Array, b: Array, c: Array) -> Array:
    """Return `a * b + c` with one rounding, elementwise, in float32 if no operand is a float64."""
    arrays = [each if isinstance(each, np.ndarray | np.generic) else np.float64(each) for each in (a, b, c)]
    single = all(each.dtype == np.float32 or type(given) in (int, float) for each, given in zip(arrays, (a, b, c), strict=True))
    with np.errstate(all="ignore"):
        if single and any(each.dtype == np.float32 for each in arrays):
            return _in_single(*(np.asarray(each, np.float32) for each in arrays))
        return _in_double(*np.broadcast_arrays(*(np.asarray(each, np.float64) for each in arrays)))


def _in_single(a: Array, b: Array, c: Array) -> Array:
    """The product is exact in float64, and a sum rounded to odd there can be rounded again (53 bits are at least 2 * 24 + 2)."""
    return _sum_rounded_to_odd(a.astype(np.float64) * b, c.astype(np.float64)).astype(np.float32)[()]


def _in_double(a: Array, b: Array, c: Array) -> Array:
    product = a * b
    finite = np.isfinite(a) & np.isfinite(b)
    plain = ~finite | ~np.isfinite(c) | (a == 0) | (b == 0)
    largest = np.maximum(np.maximum(np.abs(a), np.abs(b)), np.maximum(np.abs(product), np.abs(c)))
    safe = (largest < LARGEST_SAFE) & (np.abs(product) > SMALLEST_SAFE) & ((np.abs(c) > SMALLEST_SAFE) | (c == 0))
    result = np.where(plain, np.where(finite & ~np.isfinite(c), c, product + c), _by_pairs(a, b, c, product))
    for place in np.argwhere(~(plain | safe)):
        each = tuple(place)
        result[each] = _exact(float(a[each]), float(b[each]), float(c[each]))
    return result[()]


def _by_pairs(a: Array, b: Array, c: Array, product: Array) -> Array:
    below = _product_error(a, b, product)
    middle, lowest = two_sum(c, below)
    high, low = two_sum(product, middle)
    return high + _sum_rounded_to_odd(lowest, low)


def _product_error(a: Array, b: Array, product: Array) -> Array:
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(x: Array) -> tuple[Array, Array]:
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return high, x - high


def _sum_rounded_to_odd(a: Array, b: Array) -> Array:
    """Return the exact sum, or of the two numbers beside it the one whose last bit is set."""
    total, error = two_sum(a, b)
    bits = np.asarray(total).view(np.int64)
    inexact = np.isfinite(error) & (error != 0) & (bits & 1 == 0)
    outward = (error > 0) == (total > 0)
    return np.where(inexact, np.where(outward, bits + 1, bits - 1), bits).view(np.float64)


def _exact(a: float, b: float, c: float) -> float:
    """Return the result by whole numbers, for magnitudes near the ends of the range."""
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c if c == 0 else 0.0
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")
