"""The exponentials.

Source: argument reduction by W. J. Cody and W. Waite, "Software Manual for the Elementary Functions" (1980): `x = k log(2) + r`, where
`log(2)` is two numbers and `fma` takes the first product away exactly. Then `exp(r) = 1 + r + r**2 / 2 + r**3 p(r)`, the polynomial
`p` fitted by `tools/coefficients.py`. The rounding error of `1 + r` is kept and added last, so that it is one rounding that counts.
"""

import math

import numpy as np

from .coefficients.exponential import EXP_CUBIC, LN2, LOG2_E
from .formats import Constant, format_of
from .parts import Part
from .polynomials import polynomial, two_product
from .primitives import Value, bits, fma, from_bits, magnitude, where, where_any
from .registry import ends, gate
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf

EXP_RANGE = Constant((708.0, 1400.0), (86.5, 170.0))
"""Within the first limit `exp` is a normal number; beyond the second it is 0 or infinite, and up to it `scaled` works."""
EXP2_RANGE = Constant((1021.0, 2000.0), (125.0, 245.0))
"""The same for `exp2`."""
EXPM1_RANGE = Constant((-40.0, 700.0), (-20.0, 86.0))
"""Below the first `expm1` is -1, above the second it is `exp`."""


def nearest_whole(x: Value, factor: float = 1.0) -> tuple[Value, Value]:
    """Return the whole number nearest to `x * factor`, as a number and as an integer; right up to a magnitude of `2**51` (`2**22`)."""
    form = format_of(x)
    shifted = fma(x, factor, form.shifter) if factor != 1.0 else x + form.shifter
    return shifted - form.shifter, bits(shifted) - form.shifter_bits


def power_of_two(k: Value, like: Value) -> Value:
    """Return `2**k` for an integer `k` whose power is a normal number."""
    form = format_of(like)
    return from_bits((k + form.bias) << form.fraction_bits)


def scaled(y: Value, k: Value) -> Value:
    """Return `y * 2**k`, rounded once where that is subnormal; `y` of a magnitude near 1, `k` within twice the exponents' range."""
    half = k >> 1
    return y * power_of_two(half, y) * power_of_two(k - half, y)


def reduced(high: Value, low: Value = 0.0) -> tuple[Value, Value, Value]:
    """Return `k`, `r`, `rest` with `high + low = k log(2) + r + rest`, where `r` is exact and within half a doubling."""
    whole, k = nearest_whole(high, LOG2_E.of(high)[0])
    ln2, ln2_low = LN2.of(high)
    return k, fma(whole, -ln2, high), fma(whole, -ln2_low, low)


@Part
def reduced_number(x: Value) -> tuple[Value, ...]:
    """Return `reduced` of one number, `k` as the bits of a number."""
    k, r, rest = reduced(x)
    return from_bits(k), r, rest


@Part
def tail(r: Value, rest: Value) -> tuple[Value]:
    """Return `exp(r + rest) - 1 - r`."""
    square = r * r
    value = fma(0.5, square, square * r * polynomial(EXP_CUBIC, r))
    return (fma(rest, 1.0 + r + value, value),)


def exponential_pair(high: Value, low: Value | None = None) -> tuple[Value, Pair]:
    """Return `k` and `y` with `exp(high + low) = 2**k * y`, where the pair `y` is right to `2**-60` (`2**-30`)."""
    if low is None:
        number, r, rest = reduced_number(high)
        k = bits(number)
    else:
        k, r, rest = reduced(high, low)
    total, error = fast_two_sum(1.0, r)
    (after_linear,) = tail(r, rest)
    return k, fast_two_sum(total, error + after_linear)


def expm1_pair(x: Value) -> Pair:
    """Return `exp(x) - 1` as a pair, where powers of two near `exp(x)` are normal numbers.

    The power of two less 1 is exact but for a last bit, and comes before the rest of the sum.
    """
    k, r, rest = reduced_number(x)
    power = power_of_two(bits(k), x)
    less_one, lost = two_sum(power, -1.0)
    high, low = fast_two_sum(less_one, power * r)
    (after_linear,) = tail(r, rest)
    return high, low + fma(power, after_linear, lost)


def exponential(high: Value, low: Value | None = None) -> Value:
    """Return `exp(high + low)` for all numbers, rounded once where `low` is right."""
    k, (y, _) = exponential_pair(high, low)
    return raised(high, y, k, EXP_RANGE)


def raised(x: Value, y: Value, k: Value, limits: Constant) -> Value:
    """Return `y * 2**k` as the exponential of `x`; within the first limit it is normal, beyond the second it is 0 or infinite."""
    safe, far = limits.of(x)

    def near_the_limits() -> Value:
        return where(x > far, INFINITY, where(x < -far, 0.0, where(x != x, x, scaled(y, k))))

    return where_any(~(magnitude(x) < safe), near_the_limits, from_bits(bits(y) + (k << format_of(x).fraction_bits)))


@gate(ufuncs=[np.exp], examples=[((0.0,), 1.0, (1.0,)), *ends((0.0, 0.0), (INFINITY, INFINITY))])
def exp(a: Value) -> Value:
    """Exponential: its own derivative.

    Gradient: `g * y`.
    """
    return exponential(a)


@exp.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * y


@gate(public=False, examples=[((3.0, 3.0), 1.0, (1.0, -1.0)), ((-INFINITY, 0.0), 0.0, (0.0, 0.0))])
def exp_of_difference(a: Value, b: Value) -> Value:
    """`exp(a - b)`, in which what the difference loses counts."""
    return exponential(*two_sum(a, -b))


@exp_of_difference.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * y, -(g * y)


@gate(ufuncs=[np.exp2], examples=[((3.0,), 8.0, (8.0 * math.log(2.0),)), *ends((0.0, 0.0), (INFINITY, INFINITY))])
def exp2(a: Value) -> Value:
    """Two to the power of the value.

    Gradient: `g * y * log(2)`.
    """
    whole, k = nearest_whole(a)
    ln2, ln2_low = LN2.of(a)
    r, error = two_product(a - whole, ln2)
    total, below = fast_two_sum(1.0, r)
    (after_linear,) = tail(r, fma(a - whole, ln2_low, error))
    return raised(a, total + (below + after_linear), k, EXP2_RANGE)


@exp2.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return (g * math.log(2.0)) * y


@gate(ufuncs=[np.expm1], examples=[((0.0,), 0.0, (1.0,)), *ends((-1.0, 0.0), (INFINITY, INFINITY))])
def expm1(a: Value) -> Value:
    """`exp(a) - 1`, accurate near 0.

    Gradient: `g * exp(a)`.
    """
    least, most = EXPM1_RANGE.of(a)
    high, low = expm1_pair(a)
    value = where(a == 0, a, high + low)
    return where_any(~((a > least) & (a < most)), lambda: where(a < 0, -1.0, exp(a)), value)


@expm1.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """`y + 1` loses bits near -1; choosing by lane took 1.7 ns instead of 1.3, as some lane of most vectors is there."""
    return g * exp(a)
