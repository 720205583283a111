"""Gates along an axis. A rule sees its operand as an array `(before, length, after)` and reduces the middle axis."""

import math

from .exponential import exp_of_difference
from .logarithm import log_of_pair
from .primitives import Value, is_single, largest, magnitude, smallest, square_root, total, total_pair, where, where_any
from .registry import REDUCTION, gate
from .sums import two_sum


@gate(kind=REDUCTION, examples=[(([1.0, 2.0, 4.0],), 7.0, ([1.0, 1.0, 1.0],))])
def sum_(x: Value) -> Value:
    """Sum of the elements: distributes the gradient."""
    return total(x)


@sum_.backward
def _(g: Value, y: Value, x: Value) -> Value:
    return g


@gate(
    kind=REDUCTION, boolean="operands", kinks=lambda element, value: element == value,
    examples=[
        (([1.0, 3.0, 2.0],), 3.0, ([0.0, 1.0, 0.0],)), (([2.0, 1.0, 2.0],), 2.0, ([0.5, 0.0, 0.5],)),
        (([-math.inf] * 4,), -math.inf, ([0.25] * 4,)),
        (([1.0, math.nan, 2.0],), math.nan, ([math.nan, math.nan, math.nan],)),
    ],
)  # fmt: skip
def max_(x: Value) -> Value:
    """Largest element; the tied share the gradient equally; NaN if any element is."""
    return largest(x)


@gate(
    kind=REDUCTION, boolean="operands", kinks=lambda element, value: element == value,
    examples=[
        (([1.0, 3.0, 2.0],), 1.0, ([1.0, 0.0, 0.0],)), (([1.0, 2.0, 1.0],), 1.0, ([0.5, 0.0, 0.5],)),
        (([1.0, math.nan, 2.0],), math.nan, ([math.nan, math.nan, math.nan],)),
    ],
)  # fmt: skip
def min_(x: Value) -> Value:
    """Smallest element; the tied share the gradient equally; NaN if any element is."""
    return smallest(x)


@max_.backward
@min_.backward
def _(g: Value, y: Value, x: Value) -> Value:
    tied = total(where(x == y, 1.0, 0.0))
    return where(y != y, math.nan, where(x == y, g / tied, 0.0))


@gate(
    kind=REDUCTION,
    examples=[
        (([0.0, 0.0],), math.log(2.0), ([0.5, 0.5],)), (([1000.0, 0.0],), 1000.0, ([1.0, 0.0],)),
        (([-math.inf, -math.inf],), -math.inf, ([0.5, 0.5],)), (([math.inf, 0.0],), math.inf, ([1.0, 0.0],)),
        (([-math.inf, 1.0],), 1.0, ([0.0, 1.0],)), (([1e17, 1e17],), 1e17, ([0.5, 0.5],)),
    ],
)  # fmt: skip
def logsumexp(x: Value) -> Value:
    """`log(sum(exp(x)))` with the maximum taken out, so that nothing overflows.

    Differences, sum and logarithm are pairs of numbers.
    """
    peak = largest(x)
    finite = magnitude(peak) < math.inf
    sum_, error = total_pair(exp_of_difference(x, peak))
    high, low = log_of_pair(where(finite, sum_, 1.0), where(finite, error, 0.0))
    value, lost = two_sum(peak, high)
    return where(finite, value + (lost + low), peak)


@logsumexp.backward
def _(g: Value, y: Value, x: Value) -> Value:
    """The exponentials are those of the value; elements that are an infinite maximum share alike. There is one division for all."""
    peak = largest(x)
    infinite = where(magnitude(peak) < math.inf, math.nan, peak)
    share = where(x == infinite, 1.0, exp_of_difference(x, peak))
    return share * (g / total(share))


LEAST_SQUARES = {True: 2.0**-100, False: 2.0**-960}
"""A smaller sum of squares, in single and in double precision, may have lost digits of squares that are subnormal numbers."""
RESCUE = {True: 2.0**88, False: 2.0**600}
"""Times this, the smallest number has a square with all its digits; divided by it, sums of the largest squares are far from overflowing."""
TINY = 2.0**-80
"""In single precision its square and that of its reciprocal are none."""


@gate(
    kind=REDUCTION,
    examples=[
        (([3.0, -4.0],), 5.0, ([0.6, -0.8],)), (([0.0, -0.0],), 0.0, ([0.0, 0.0],)), (([3 * TINY, 4 * TINY],), 5 * TINY, ([0.6, 0.8],)),
        (([3 / TINY, 4 / TINY],), 5 / TINY, ([0.6, 0.8],)), (([-math.inf, 1.0],), math.inf, ([math.nan, 0.0],)),
    ],
)  # fmt: skip
def norm(x: Value) -> Value:
    """Euclidean length; its gradient at the origin is 0.

    Where the sum of squares overflows or is tiny, elements are scaled by a power of two first.
    """
    squares = total(x * x)
    scale = RESCUE[is_single(squares)]

    def scaled() -> Value:
        tiny = squares < 1.0
        part = where(tiny, x * scale, x * (1.0 / scale))
        root = square_root(total(part * part))
        return where(tiny, root * (1.0 / scale), root * scale)

    return where_any((squares < LEAST_SQUARES[is_single(squares)]) | (squares == math.inf), scaled, square_root(squares))


@norm.backward
def _(g: Value, y: Value, x: Value) -> Value:
    return where(y == 0, 0.0, g * (x / y))
