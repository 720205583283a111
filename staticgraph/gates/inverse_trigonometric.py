"""Inverse sine, cosine and tangent, and the angle of a point.

Polynomials give the inverse sine up to a half and the inverse tangent up to one (`coefficients/trigonometric.py`, derived by
`tools/fits/trigonometric.py`); identities lead from there to all arguments, as in Sun's fdlibm (1993) and in J.-M. Muller, "Elementary
Functions", chapter 10. What a square root, a quotient or a part of pi lacks is kept in a second number.
"""

import math

import numpy as np

from .arithmetic import sqrt
from .coefficients.trigonometric import (
    ARCSIN,
    ARCTAN,
    ARCTAN_CENTRES,
    ARCTAN_NARROW,
    ARCTAN_PIECES,
    ARCTANS,
    ARCTANS_LOW,
    EIGHTH_TURN,
    HALF_PI,
    THREE_EIGHTHS_TURN,
)
from .formats import Constant, format_of, in_format_of, in_range
from .pieces import ADDED, LAST_PIECE, in_pieces
from .polynomials import near_inverse, polynomial
from .primitives import Value, bits, fma, is_single, magnitude, of_sixteen, square_root, where, where_any
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import Pair, fast_two_sum

INFINITY = math.inf


@gate(ufuncs=[np.arcsin], domain=[(-0.9, 0.9)], examples=[((0.0,), 0.0, (1.0,)), ((1.0,), math.pi / 2, (INFINITY,))])
def arcsin(a: Value) -> Value:
    """Inverse sine.

    Up to a half a polynomial, then `pi / 2 - 2 * arcsin(sqrt((1 - a) / 2))`.

    Gradient: `g / sqrt(1 - a**2)`.
    """
    x = magnitude(a)
    large = x > 0.5
    s, rest = _inverse_sine(x, large)
    half_pi, half_pi_low, _ = HALF_PI.of(a)
    angle, low = fast_two_sum(half_pi, s)
    return with_sign(where(large, angle + (low + (rest + half_pi_low)), s + rest), sign_of(a))


@arcsin.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / sqrt((1.0 - a) * (1.0 + a))


@gate(ufuncs=[np.arccos], domain=[(-0.9, 0.9)], examples=[((1.0,), 0.0, (-INFINITY,)), ((0.0,), math.pi / 2, (-1.0,))])
def arccos(a: Value) -> Value:
    """Inverse cosine.

    As the inverse sine: `pi / 2 - arcsin(a)`, beyond a half `2 * arcsin(sqrt((1 - a) / 2))`, and of negative numbers what `pi` lacks
    of that.

    Gradient: `-g / sqrt(1 - a**2)`.
    """
    x = magnitude(a)
    large = x > 0.5
    s, rest = (with_sign(each, sign_of(a)) for each in _inverse_sine(x, large))
    half_pi, half_pi_low, _ = HALF_PI.of(a)
    base = where(large, where(a < 0, in_format_of(a, 2.0 * half_pi), 0.0), half_pi)
    angle, low = fast_two_sum(base, -s)
    return angle + (low + fma(base, half_pi_low / half_pi, -rest))


@arccos.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -g / sqrt((1.0 - a) * (1.0 + a))


def _inverse_sine(x: Value, large: Value) -> Pair:
    """Return the inverse sine of `x`, or where that is large `-2` times that of `sqrt((1 - x) / 2)`: a number, and what it lacks."""
    square = where(large, fma(-0.5, x, 0.5), x * x)
    root = square_root(square)
    s = where(large, -(root + root), x)
    root_low = where(large, fma(root, root, -square) * near_inverse(root), 0.0)
    return s, fma(s * square, polynomial(ARCSIN, square), root_low)


@gate(ufuncs=[np.arctan], examples=[((0.0,), 0.0, (1.0,)), ((1.0,), math.pi / 4, (0.5,)), *ends((-math.pi / 2, 0.0), (math.pi / 2, 0.0))])
def arctan(a: Value) -> Value:
    """Inverse tangent.

    `arctan(c) + arctan((a - c) / (1 + a c))` for the centre `c` of one of sixteen pieces, which takes 0.7 of the time that three take; in
    float32 a polynomial for each piece. Beyond the last one `pi / 2 - arctan(1 / a)`.

    Gradient: `g / (1 + a**2)`.
    """
    x = magnitude(a)
    near = in_pieces(ARCTAN_PIECES, x) if is_single(a) else _by_centres(x)
    return with_sign(where_any(~(x < LAST_PIECE), lambda: _near_a_quarter_turn(x), near), sign_of(a))


def _by_centres(x: Value) -> Value:
    """Return the inverse tangent of a magnitude up to `LAST_PIECE` from that of the centre of its piece."""
    place = bits(x + ADDED) >> (format_of(x).fraction_bits - 2)
    centre, angle, angle_low = (of_sixteen(table.of(x), place) for table in (ARCTAN_CENTRES, ARCTANS, ARCTANS_LOW))
    numerator, divisor = x - centre, fma(centre, x, 1.0)
    u = numerator / divisor
    return _sum_of_angles(ARCTAN_NARROW, angle, angle_low, u, fma(-u, divisor, numerator) * near_inverse(divisor))


def _near_a_quarter_turn(x: Value) -> Value:
    """Return the inverse tangent of a large number: a quarter turn less that of its inverse."""
    inverse = 1.0 / x
    half_pi, half_pi_low, _ = HALF_PI.of(x)
    square = inverse * inverse
    return half_pi - fma(inverse * square, polynomial(ARCTAN, square), inverse - half_pi_low)


@arctan.backward
def _(g: Value, y: Value, a: Value) -> Value:
    far = 2.0**60 if is_single(a) else 2.0**500
    return where_any(magnitude(a) > far, lambda: (g / a) / a, g / (1.0 + a * a))


@gate(
    ufuncs=[np.arctan2], domain=[(-3.0, 3.0), (0.2, 3.0)], kinks=lambda a, b: (a == 0) & (b <= 0),
    examples=[
        ((0.0, 1.0), 0.0, (1.0, 0.0)), ((2.0, 0.0), math.pi / 2, (0.0, -0.5)), ((0.0, 0.0), 0.0, (0.0, 0.0)),
        ((INFINITY, INFINITY), math.pi / 4, (0.0, 0.0)),
    ],
)  # fmt: skip
def arctan2(a: Value, b: Value) -> Value:
    """Angle of the point with ordinate `a` and abscissa `b`; its gradient at the origin is 0.

    The inverse tangent of a quotient that is never formed, within three intervals, which end at a half and at two. Signed zeros and
    infinities as in the C standard, F.10.1.4.

    Gradient: `g * b / (a**2 + b**2)` and `-g * a / (a**2 + b**2)`.
    """
    x, y = _of_usual_size(magnitude(b), magnitude(a))
    middle, steep, negative = y > 0.5 * x, y > 2.0 * x, bits(b) < 0
    numerator = where(steep, -x, where(middle, y - x, y))
    total, total_low = fast_two_sum(where(y > x, y, x), where(y > x, x, y))
    divisor, divisor_low = where(steep, y, where(middle, total, x)), where(middle & ~steep, total_low, 0.0)
    u, low = _quotient(numerator, with_sign(divisor, sign_of(b)), with_sign(divisor_low, sign_of(b)))
    # The quotient's own error does not count where the polynomial adds nothing, and is not found where that would underflow.
    low = where(magnitude(u) > (2.0**-14 if is_single(a) else 2.0**-30), low, 0.0)
    base, base_low = (
        where(steep, 2.0 * one, where(middle, where(negative, three, one), where(negative, 4.0 * one, 0.0)))
        for one, three in zip((in_format_of(a, part) for part in EIGHTH_TURN.of(a)), THREE_EIGHTHS_TURN.of(a), strict=True)
    )
    return with_sign(_sum_of_angles(ARCTAN, base, base_low, u, low), sign_of(a))


@arctan2.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    steep = magnitude(a) > magnitude(b)
    small, large = where(steep, b, a), where(steep, a, b)
    ratio = small / large
    share = 1.0 / (1.0 + ratio * ratio)
    larger, smaller = share / large, (ratio * share) / large
    origin = large == 0

    def in_steps() -> tuple[Value, Value, Value]:
        """Return products with `g`, in the order that stays within the range."""
        first, infinite = g / large, magnitude(small) == INFINITY
        beside = where(in_range(first), where(in_range(ratio), first * ratio, (first * small) / large), (g * ratio) / large)
        return 1.0, where(infinite, first, first * share), where(infinite, first, beside * share)

    lost = ~in_range(larger) | (~in_range(smaller) & (small != 0))
    factor, larger, smaller = where_any(lost & ~origin, in_steps, (g, larger, smaller))
    return where(origin, 0.0, factor * where(steep, smaller, larger)), where(origin, 0.0, -(factor * where(steep, larger, smaller)))


def _quotient(numerator: Value, divisor: Value, divisor_low: Value) -> Pair:
    """Return the quotient of a number and a pair, and what it lacks."""
    u = numerator / divisor
    return u, fma(-u, divisor_low, fma(-u, divisor, numerator)) * near_inverse(divisor)


def _sum_of_angles(coefficients: Constant, base: Value, base_low: Value, u: Value, low: Value) -> Value:
    """Return an angle and the inverse tangent, whose polynomial is given, of a small pair."""
    square = u * u
    rest = fma(u * square, polynomial(coefficients, square), low)
    total, total_low = fast_two_sum(base, u)
    return total + (total_low + (base_low + rest))


def _of_usual_size(x: Value, y: Value) -> Pair:
    """Return two numbers of the same direction whose larger one is neither 0 nor tiny nor huge; the origin counts as on the axis."""
    least, most = (2.0**-80, 2.0**100) if is_single(x) else (2.0**-900, 2.0**1000)
    large = where(x > y, x, y)

    def scaled() -> Pair:
        factor = where(large > 1.0, in_format_of(large, 2.0**-60), 2.0**100 if is_single(large) else 2.0**200)
        infinite = large == INFINITY
        u, v = (where(infinite, where(each == INFINITY, 1.0, each * 0.0), each * factor) for each in (x, y))
        return where(x + y == 0, 1.0, u), v

    pair: Pair = where_any(~((large > least) & (large < most)), scaled, (x, y))
    return pair
