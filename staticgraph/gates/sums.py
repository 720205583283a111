"""Sums whose rounding error is kept in a second number.

Sources: T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18 (1971); D. E. Knuth,
"The Art of Computer Programming", volume 2, 4.2.2.
"""

from typing import Any

Pair = tuple[Any, Any]
"""A number and what it lacks: their sum is exact, or far more so than either."""


def fast_two_sum(a: Any, b: Any) -> Pair:
    """Return the sum and its error, where `a` is 0 or has no smaller magnitude than `b`."""
    total = a + b
    return total, b - (total - a)


def two_sum(a: Any, b: Any) -> Pair:
    """Return the sum and its error."""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


def two_sum_after(high: Any, low: Any, x: Any) -> Pair:
    """Return a sum with one more term, and the sum of the errors of all its additions."""
    total, error = two_sum(high, x)
    return total, low + error


def two_sum_of_pairs(high: Any, low: Any, other_high: Any, other_low: Any) -> Pair:
    """Return the sum of two such sums, and the sum of the errors of all additions."""
    total, error = two_sum(high, other_high)
    return total, (low + other_low) + error
