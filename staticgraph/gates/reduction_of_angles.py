"""What is left of an angle when the nearest multiple of a sixteenth of a half turn, a step, is taken away, for every finite angle.

Up to some size that multiple is subtracted part by part of pi (W. J. Cody and W. Waite, "Software Manual for the Elementary Functions",
1980); `fma` makes the first difference exact. Beyond it pi is needed to as many bits as the exponent says: only what counts of the
product with 2 / pi is formed (M. H. Payne and R. N. Hanek, "Radian reduction for trigonometric functions", SIGNUM Newsletter 18, 1983;
J.-M. Muller, "Elementary Functions", chapter 11).
"""

from typing import NamedTuple

from .coefficients.trigonometric import HALF_PI, QUARTER_TURNS, QUARTER_TURNS_OF_POWERS
from .formats import format_of
from .polynomials import two_product
from .primitives import Value, bits, fma, from_bits, is_single, look_up, where, where_any
from .sums import Pair, fast_two_sum, two_sum

Angle = tuple[Value, Value, Value]
"""A number whose low bits count the steps, the angle that is left, and what that one lacks."""
STEPS = 8.0
"""In a quarter turn."""


class Large(NamedTuple):
    """From where on the table is used, and the binary logarithm of how many exponents share a row of it."""

    least: float
    group: int


def reduced(x: Value) -> Angle:
    """Return an angle, which is not negative, as steps and a rest within half of one."""
    large = _large(x)
    moderate = x < large.least
    angle: Angle = where_any(~moderate, lambda: _by_table(where(moderate, large.least, x)), _by_parts(x))
    return angle


def _large(x: Value) -> Large:
    return Large(2.0**15, 3) if is_single(x) else Large(2.0**30, 5)


def _by_parts(x: Value) -> Angle:
    shifter = format_of(x).shifter
    shifted = fma(x, STEPS * QUARTER_TURNS.of(x)[0], shifter)
    steps = shifted - shifter
    first, second, third = _step(x)
    # Exact: a number below 1 that is a multiple of the last place of `first`, or of `x` if that is smaller.
    rest = fma(-steps, first, x)
    product, product_low = two_product(steps, second)
    # The error is exact, too, although `rest` may be the smaller one: it is a multiple of the last place of the product.
    angle, low = fast_two_sum(rest, -product)
    return shifted, angle, fma(-steps, third, low - product_low)


def _step(x: Value) -> tuple[float, ...]:
    """Return a step, cut in three."""
    return tuple(part / STEPS for part in HALF_PI.of(x))


def _by_table(x: Value) -> Angle:
    shifter = format_of(x).shifter
    steps, *rest = (STEPS * each for each in _quarter_turns(x))
    shifted = steps + shifter
    fraction, low = _sum_of(steps - (shifted - shifter), *rest)
    first, second, _ = _step(x)
    angle, angle_low = two_product(fraction, first)
    return shifted, angle, angle_low + fma(fraction, second, low * first)


def _quarter_turns(x: Value) -> tuple[Value, ...]:
    """Return `x * 2 / pi` modulo 4 as a sum of numbers of three sizes: one, four, and two that only the last bits need."""
    form, logarithm = format_of(x), _large(x).group
    group = 1 << logarithm
    # `x` is a whole number `scaled` times `2**e`, of which the table has `2**e * 2 / pi` modulo 4.
    position = (bits(x) >> form.fraction_bits) - (form.bias + form.fraction_bits - group)
    scaled = from_bits(bits(x) - (((position & -group) - group) << form.fraction_bits))
    row, table = (position >> logarithm) << 2, QUARTER_TURNS_OF_POWERS.of(x)
    scaled = scaled + (x - x)  # NaN if x is infinite
    (a, a_low), (b, b_low), (c, c_low) = (two_product(scaled, look_up(table, row + number)) for number in range(3))
    # Adding and subtracting this rounds `a` to a multiple of 4, as it has no smaller last place.
    multiples = 1.5 * 2.0 ** (form.fraction_bits + group + 2)
    middle, middle_low = two_sum(a_low, b)
    turns, turns_low = two_sum(a - ((a + multiples) - multiples), middle)
    return turns, turns_low, middle_low, b_low, c, fma(scaled, look_up(table, row + 3), c_low)


def _sum_of(large: Value, a: Value, b: Value, c: Value, d: Value, small: Value) -> Pair:
    """Return the sum of numbers of three sizes, whose first ones may cancel."""
    (ab, ab_low), (cd, cd_low) = two_sum(a, b), two_sum(c, d)
    abcd, abcd_low = two_sum(ab, cd)
    total, low = two_sum(large, abcd)
    return fast_two_sum(total, low + ((ab_low + cd_low) + (abcd_low + small)))
