"""Powers, the cube root, and the length of a hypotenuse."""

import math

import numpy as np

from .arithmetic import sqrt
from .cube_root import cube_root
from .exponential import exponential, nearest_whole, scaled
from .formats import Constant, format_of, in_range, is_normal
from .logarithm import accurate_log_pair, fractions_of, fractions_of_all, log
from .octaves import made_normal, split, split_all
from .polynomials import quotient, root, times, two_product
from .primitives import Value, bits, fma, magnitude, square_root, where, where_any
from .registry import gate
from .signs import sign_of, with_sign
from .sums import Pair, fast_two_sum

INFINITY = math.inf
MOST_SQUARED = 64
"""The largest whole exponent that `whole_power` takes."""
WHOLE_EXPONENTS = Constant((2040.0,), (250.0,))
"""More doublings than these make infinity or 0 of whatever `power_by_squaring` gives."""
HYPOT_RANGE = Constant((2.0**-400, 2.0**500), (2.0**-40, 2.0**60))
"""Where the square of the longer side and its rounding error are normal numbers."""
HYPOT_SCALE = Constant((2.0**700,), (2.0**90,))
"""What brings all other sides there."""


def power_of_logarithm(logarithm: Pair, b: Value) -> Value:
    """Return the exponential of `b` times a logarithm."""
    high, low = logarithm
    product, error = two_product(b, high)
    return exponential(product, fma(b, low, error))


def parity(b: Value) -> tuple[Value, Value]:
    """Whether a number is whole, and whether it is odd."""
    form, x = format_of(b), magnitude(b)
    unit = 2.0**form.fraction_bits
    small = x < unit
    counted = where(small, x + unit, x)
    whole = where(small, counted - unit, x) == x
    return whole, whole & (x < 2.0 * unit) & ((bits(counted) & 1) != 0)


def general_power(a: Value, b: Value) -> Value:
    """Return `a ** b` for all numbers, by the table of C99, F.9.4.4."""
    x = magnitude(a)
    whole, odd = parity(b)
    extreme = (x == 0) | (x == INFINITY) | (magnitude(b) == INFINITY)
    grows = where(x > 1.0, b, -b) > 0
    value = where(extreme & grows, INFINITY, where(extreme, 0.0, power_of_logarithm(accurate_log_pair(fractions_of_all(x)), b)))
    value = where(odd, with_sign(value, sign_of(a)), value)
    value = where(x == 1.0, where(odd, a, x), value)
    value = where((a < 0) & (x < INFINITY) & ~whole, math.nan, value)
    value = where((a != a) | (b != b), a + b, value)
    return where((b == 0) | (a == 1.0), 1.0, value)


@gate(
    symbol="**", ufuncs=[np.power], domain=[(0.2, 3.0), (-3.0, 3.0)],
    examples=[
        ((2.0, 3.0), 8.0, (12.0, 8.0 * math.log(2.0))), ((0.0, 2.0), 0.0, (0.0, 0.0)),
        ((-2.0, 3.0), -8.0, (12.0, math.nan)), ((0.0, 0.0), 1.0, (0.0, -INFINITY)), ((INFINITY, -1.0), 0.0, (0.0, 0.0)),
    ],
)  # fmt: skip
def power(a: Value, b: Value) -> Value:
    """First value to the power of the second; `0 ** b` has gradient 0 in `b` for positive `b`, and `a ** 0` has gradient 0 in `a`.

    The exponential of `b log(a)`, where the logarithm and the product are pairs right to `2**-64` (`2**-34`) of their value. Largest
    error found: 0.85 units in the last place, 0.75 in float32.

    Gradient: `g * b * a ** (b - 1)` and `g * y * log(a)`.
    """
    ordinary = is_normal(a) & (magnitude(b) <= format_of(a).largest)
    return where_any(~ordinary, lambda: general_power(a, b), power_of_logarithm(accurate_log_pair(fractions_of(a)), b))


@power.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    """`a ** (b - 1)` is `y / a`, unless one of them has lost bits or is infinite; then it is the square of its root."""
    lowered, factor, to_b, logarithm = y / a, g * b, g * y, log(a)

    def in_steps() -> tuple[Value, ...]:
        x, fits, kept = magnitude(a), in_range(factor), in_range(to_b)
        ends = ~((x > 0) & (x < INFINITY))
        root = where(ends, 1.0, power(x, 0.5 * b) / sqrt(x))
        rest = power(where(ends, a, where(a > 0, 1.0, where(a < 0, -1.0, a))), b - 1.0)
        once, twice = rest * where(fits, factor * root, g * root), where(fits | (root == 0) | (rest == 0), root, b * root)
        return once, twice, where(kept, to_b, g * logarithm), where(kept, logarithm, y)

    usual = in_range(y) & in_range(lowered) & in_range(factor) & in_range(to_b)
    factor, lowered, to_b, logarithm = where_any(~usual & (g != 0) & (b != 0), in_steps, (factor, lowered, to_b, logarithm))
    no_slope = ((a == 0) & (b > 0)) | ((a == INFINITY) & (b < 0))
    return where(b == 0, 0.0, factor * lowered), where(no_slope, 0.0, to_b * logarithm)


def power_by_squaring(x: Value, count: Value) -> Pair:
    """Return `x ** count` as a pair for whole numbers from 0 to `MOST_SQUARED`, the binary digits from the lowest on."""
    one, zero = where(x == x, 1.0, x), x * 0.0

    def from_digit(digit: int, base: Pair) -> Pair:
        odd = ((count >> digit) & 1) != 0
        if 2**digit == MOST_SQUARED:
            return where(odd, base[0], one), where(odd, base[1], zero)
        rest = where_any((count >> (digit + 1)) != 0, lambda: from_digit(digit + 1, times(base, base)), (one, zero))
        product = times(rest, base)
        return where(odd, product[0], rest[0]), where(odd, product[1], rest[1])

    return from_digit(0, (x, zero))


@gate(
    symbol="**", public=False, domain=[(0.2, 3.0), (5.0, 5.0)],
    examples=[((2.0, 5.0), 32.0, (80.0, 0.0)), ((-2.0, -3.0), -0.125, (-0.1875, 0.0))],
)  # fmt: skip
def whole_power(a: Value, n: Value) -> Value:
    """First value to a whole power from -64 to 64, by repeated squaring of pairs: right where the base is negative, too."""

    def of_parts(k: Value, f: Value) -> Value:
        high, low = power_by_squaring(with_sign(1.0 + f, sign_of(a)), nearest_whole(magnitude(n))[1])
        inverse, inverse_low = quotient((where(n == n, 1.0, n), 0.0), (high, low))
        high, low = where(n < 0, inverse, high), where(n < 0, inverse_low, low)
        most = WHOLE_EXPONENTS.of(a)[0]
        doublings = where(k * n > most, most, where(k * n < -most, -most, k * n))
        return scaled(high + low, nearest_whole(doublings)[1])

    def elsewhere() -> Value:
        x = magnitude(a)
        ends = where(where(x > 1.0, n, -n) > 0, INFINITY, 0.0 * magnitude(n))
        ends = where(parity(n)[1], with_sign(ends, sign_of(a)), ends)
        return where(n == 0, 1.0, where(a != a, a, where((x == 0) | (x == INFINITY), ends, of_parts(*split_all(x)))))

    return where_any(~is_normal(magnitude(a)), elsewhere, of_parts(*split(magnitude(a))))


@whole_power.backward
def _(g: Value, y: Value, a: Value, n: Value) -> Value:
    slope = n * whole_power(a, n - 1.0)
    lost = ~in_range(slope) & in_range(a)
    first, second = where_any(lost, lambda: ((g * whole_power(a, n)) / a, n), (g, slope))
    return first * second, None


@gate(
    public=False, domain=[(0.3, 3.0)],
    examples=[((2.0,), 0.125, (-0.1875,)), ((0.0,), INFINITY, (-INFINITY,)), ((INFINITY,), 0.0, (0.0,))],
)  # fmt: skip
def inverse_cube(a: Value) -> Value:
    """`a ** -3`: the cube of the reciprocal and of its rounding error, in a tenth of the time of the general power."""
    inverse = 1.0 / a
    error = inverse * fma(-a, inverse, 1.0)
    square = inverse * inverse
    value = fma(square, inverse, 3.0 * square * error)
    return where(value == value, value, square * inverse)


@inverse_cube.backward
def _(g: Value, y: Value, a: Value) -> Value:
    # Multiplying by `y` and dividing by `a` change the size in the same direction: no step leaves the range if the result does not.
    return ((g * y) / a) * -3.0


@gate(ufuncs=[np.cbrt], domain=[(0.1, 4.0)], examples=[((8.0,), 2.0, (1.0 / 12.0,)), ((-8.0,), -2.0, (1.0 / 12.0,))])
def cbrt(a: Value) -> Value:
    """Cube root.

    By tables and a polynomial (`cube_root.py`).

    Gradient: `g / (3 * y**2)`.
    """
    x = magnitude(a)

    def elsewhere() -> Value:
        return where((x > 0) & (x < INFINITY), cube_root(*made_normal(x)), x)

    return with_sign(where_any(~is_normal(x), elsewhere, cube_root(x)), sign_of(a))


@cbrt.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (3.0 * y * y)


@gate(
    ufuncs=[np.hypot], commutative=True, kinks=lambda a, b: (a == 0) & (b == 0),
    examples=[((3.0, 4.0), 5.0, (0.6, 0.8)), ((0.0, 0.0), 0.0, (0.0, 0.0)), ((-INFINITY, 2.0), INFINITY, (-1.0, 0.0))],
)  # fmt: skip
def hypot(a: Value, b: Value) -> Value:
    """Length of the hypotenuse, `sqrt(a * a + b * b)`; its gradient at the origin is 0.

    Source: C. F. Borges, "An improved algorithm for hypot(a,b)" (2019): the error of the sum of squares goes into one step of Newton's.

    Gradient: `g * a / y` and `g * b / y`.
    """
    swap = magnitude(a) < magnitude(b)
    long, short = magnitude(where(swap, b, a)), magnitude(where(swap, a, b))

    def length(x: Value, y: Value) -> Value:
        square, error = two_product(x, x)
        other, other_error = two_product(y, y)
        total, lost = fast_two_sum(square, other)
        high, low = root((total, lost + (error + other_error)))
        return high + low

    def by_scaling() -> Value:
        scale = HYPOT_SCALE.of(a)[0]
        small = long < 1.0
        x, y = (where(small, each * scale, each * (1.0 / scale)) for each in (long, short))
        value = length(x, y)
        value = where(small, value * (1.0 / scale), value * scale)
        return where((long == INFINITY) | (short == INFINITY), INFINITY, value)

    least, most = HYPOT_RANGE.of(a)
    return where_any(~((long > least) & (long < most)), by_scaling, length(long, short))


@hypot.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    to_a, to_b = a / y, b / y

    def in_steps() -> tuple[Value, ...]:
        scale = 1.0 / HYPOT_SCALE.of(a)[0]
        u, v = a * scale, b * scale
        length = square_root(u * u + v * v)

        def received(leg: Value, other: Value, scaled_leg: Value, ratio: Value) -> Value:
            along = where((magnitude(leg) == INFINITY) & (magnitude(other) < INFINITY), where(leg > 0, g, -g), g * (scaled_leg / length))
            return where(y == INFINITY, along, where(in_range(ratio), g * ratio, (g / y) * leg))

        return 1.0, received(a, b, u, to_a), received(b, a, v, to_b)

    lost = (~in_range(to_a) & (a != 0)) | (~in_range(to_b) & (b != 0))
    factor, to_a, to_b = where_any(lost & (y != 0), in_steps, (g, to_a, to_b))
    return where(y == 0, 0.0, factor * to_a), where(y == 0, 0.0, factor * to_b)
