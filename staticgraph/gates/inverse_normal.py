"""The inverses of the error function and of the normal distribution function, and `erfc` without its exponential.

A polynomial stands for the inverse in the middle. In a tail a polynomial in the root of the logarithm is within `2**-19`, and one step
of Halley's method on the logarithm of `erfc`, whose value there is a pair, leaves nothing of that: the logarithm is nearly a square.
"""

import math

from .coefficients.inverse_normal import INVERSE_AT_ZERO, INVERSE_CENTRAL, INVERSE_GUESS, INVERSE_MIDDLE, ROOT_OF_TWO
from .exponential import exponential, scaled
from .formats import Constant
from .logarithm import log
from .normal import OF_ERFC, power_of_square, without_exponential
from .polynomials import around, polynomial, times, two_product
from .primitives import Value, magnitude, square_root, where, where_any
from .registry import ends, gate
from .signs import sign_of, with_sign
from .sums import Pair, fast_two_sum, two_sum

INFINITY, NAN = math.inf, math.nan
HALF_ROOT_OF_PI = math.sqrt(math.pi) / 2.0
MOST = Constant((1e150,), (1e18,))
"""A tail of it is the reciprocal, and its square does not overflow."""
ASYMPTOTIC = 10.0
"""From here on the derivative of `erfcx`, a difference, is its asymptotic series, which is right to `2e-15` there."""
CENTRAL_END = 0.53
"""Up to here `erfinv` is a polynomial. Its value is above 1/2 there: below, where a last place is least beside it, tails would be wrong by
1.06 units (1.14 in float32)."""
SLOPE = tuple((-1.0) ** n * math.prod(range(2 * n + 1, 0, -2)) / 2.0**n / math.sqrt(math.pi) for n in range(13))


def tail_of(x: Value) -> Pair:
    """Return `exp(x**2) erfc(x)` as a pair, for all `x >= 0`."""
    most = MOST.of(x)[0]
    return without_exponential(OF_ERFC, where(x > most, most, x))


@gate(examples=[((0.0,), 1.0, (-2.0 / math.sqrt(math.pi),)), *ends((INFINITY, -INFINITY), (0.0, 0.0))], domain=[(-3.0, 3.0)])
def erfcx(a: Value) -> Value:
    """`exp(a**2) erfc(a)`, which stays right where `erfc` is 0.

    Within 3 units in the last place.

    Gradient: `g * (2 * a * y - 2 / sqrt(pi))`.
    """
    x = magnitude(a)
    high, low = tail_of(x)
    tail = where(x == INFINITY, 0.0, where(x > MOST.of(x)[0], (1.0 / x) * (0.5 / HALF_ROOT_OF_PI), high + low))
    square, rest = two_product(x, x)
    return where_any(a < 0, lambda: where(a < 0, 2.0 * exponential(square, rest) - tail, tail), tail)


@erfcx.backward
def _(g: Value, y: Value, a: Value) -> Value:
    inverse = 1.0 / a
    square, slope = inverse * inverse, SLOPE[-1]
    for term in reversed(SLOPE[:-1]):
        slope = slope * square + term
    near = where(a == -INFINITY, -INFINITY, 2.0 * (a * y) - 1.0 / HALF_ROOT_OF_PI)
    return g * where(a > ASYMPTOTIC, -(slope * square), near)


def central(y: Value, rest: Value = 0.0) -> Pair:
    """Return `erfinv(y + rest)` as a pair, for a magnitude up to `CENTRAL_END`; of the rest, a half last place, 0.86 counts."""
    return times((y, rest), around(INVERSE_AT_ZERO, INVERSE_CENTRAL, y * y))


def in_tail(q: Value) -> Pair:
    """Return the argument at which `erfc` is `q` as a pair, for `0 < q <= 1/2`; NaN for negative numbers."""
    root, middle = square_root(-log(q)), INVERSE_MIDDLE.of(q)[0]
    guess = root - polynomial(INVERSE_GUESS, (root - middle) / (root + middle))
    power, factor = power_of_square(guess), without_exponential(OF_ERFC, guess)
    high, low = power.times(factor, power.parts.near_one())
    wanted = scaled(q, 0 - power.parts.doublings())
    excess = ((high - wanted) + low) / wanted
    series = 1.0 / 3.0 - excess * (0.25 - 0.2 * excess)
    logarithm = excess - excess * excess * (0.5 - excess * series)
    scale = HALF_ROOT_OF_PI * factor[0]
    step = scale * logarithm
    return fast_two_sum(guess, step / (1.0 + 0.5 * step * (1.0 / scale - 2.0 * guess)))


def limited(q: Value) -> Value:
    """Return a number that `in_tail` takes, or NaN."""
    return where(q == 0, 0.25, where(q > 0.5, 0.5, q))


@gate(
    domain=[(-0.95, 0.95)],
    examples=[((0.0,), 0.0, (HALF_ROOT_OF_PI,)), ((1.0,), INFINITY, (INFINITY,)), ((-1.0,), -INFINITY, (INFINITY,)), ((2.0,), NAN, (NAN,))],
)  # fmt: skip
def erfinv(a: Value) -> Value:
    """Inverse of `erf`.

    Within 1 unit in the last place.

    Gradient: `g * sqrt(pi) / 2 * exp(y**2)`.
    """
    y = magnitude(a)
    high, low = central(where(y > CENTRAL_END, CENTRAL_END, y))

    def beyond() -> Value:
        q = 1.0 - y
        far, rest = in_tail(limited(q))
        return where(q == 0, INFINITY, far + rest)

    return with_sign(where_any(~(y <= CENTRAL_END), beyond, high + low), sign_of(a))


@erfinv.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """By the value: `exp(y**2)` is the tail over `1 - |a|`, which loses nothing."""
    rest = 1.0 - magnitude(a)
    return g * where(rest == 0, INFINITY, HALF_ROOT_OF_PI * erfcx(magnitude(y)) / rest)


@gate(
    domain=[(0.05, 1.95)],
    examples=[
        ((1.0,), 0.0, (-HALF_ROOT_OF_PI,)), ((0.0,), INFINITY, (-INFINITY,)),
        ((2.0,), -INFINITY, (-INFINITY,)), ((-1.0,), NAN, (NAN,)),
    ],
)  # fmt: skip
def erfcinv(a: Value) -> Value:
    """Inverse of `erfc`, right for the smallest numbers.

    Within 1 unit in the last place.

    Gradient: `-g * sqrt(pi) / 2 * exp(y**2)`.
    """
    inside = (a >= 1.0 - CENTRAL_END) & (a <= 1.0 + CENTRAL_END)
    high, low = central(*two_sum(1.0, -where(inside, a, 0.5)))

    def beyond() -> Value:
        q = where(a > 1.0, 2.0 - a, a)
        far, rest = in_tail(limited(q))
        value = where(q == 0, INFINITY, far + rest)
        return where(a > 1.0, -value, value)

    return where_any(~inside, beyond, high + low)


@erfcinv.backward
def _(g: Value, y: Value, a: Value) -> Value:
    rest = where(a > 1.0, 2.0 - a, a)
    return g * where(rest == 0, -INFINITY, -(HALF_ROOT_OF_PI * erfcx(magnitude(y))) / rest)


@gate(
    domain=[(0.05, 0.95)],
    examples=[
        ((0.5,), 0.0, (math.sqrt(2.0 * math.pi),)), ((0.0,), -INFINITY, (INFINITY,)),
        ((1.0,), INFINITY, (INFINITY,)), ((-1.0,), NAN, (NAN,)),
    ],
)  # fmt: skip
def ndtri(a: Value) -> Value:
    """Inverse of `ndtr`: quantiles of the standard normal distribution, right for the smallest numbers.

    Within 1 unit in the last place.

    Gradient: `g * sqrt(2 * pi) * exp(y**2 / 2)`.
    """
    root, inside = ROOT_OF_TWO.pair_of(a), (a >= 0.5 - 0.5 * CENTRAL_END) & (a <= 0.5 + 0.5 * CENTRAL_END)
    high, low = times(root, central(*two_sum(2.0 * where(inside, a, 0.25), -1.0)))

    def beyond() -> Value:
        q = where(a > 0.5, 1.0 - a, a)
        far, rest = times(root, in_tail(limited(2.0 * q)))
        value = where(q == 0, INFINITY, far + rest)
        return where(a > 0.5, value, -value)

    return where_any(~inside, beyond, high + low)


@ndtri.backward
def _(g: Value, y: Value, a: Value) -> Value:
    rest = where(a > 0.5, 1.0 - a, a)
    return g * where(rest == 0, INFINITY, math.sqrt(math.pi / 2.0) * erfcx(magnitude(y) * math.sqrt(0.5)) / rest)
