"""The exponentials.

Source: P.-T. P. Tang, "Table-driven implementation of the exponential function in IEEE floating-point arithmetic" (1989):
`x = (k + j / 16) log(2) + r`, where a sixteenth of `log(2)` is two numbers and `fma` takes the first product away exactly. Then
`exp(x) = 2**k 2**(j / 16) (1 + r + r**2 p(r))`, the polynomial `p` fitted by `tools/coefficients.py`. The powers `2**(j / 16)` are
two numbers, too, of which the lower one is added to `r`: so it is one rounding that counts, the last.
"""

import math
from typing import NamedTuple

import numpy as np

from .coefficients.exponential import EXP2_LINEAR, EXP_SQUARE, LN2, LN2_STEP, LOG2_E, POWERS, POWERS_LOW, STEPS_OF_E
from .formats import Constant, format_of
from .parts import Part
from .polynomials import polynomial
from .primitives import Value, bits, fma, from_bits, magnitude, of_sixteen, where, where_any
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


def reduced(x: Value) -> tuple[Value, Value, Value]:
    """Return `k`, `r`, `rest` with `x = k log(2) + r + rest`, where `r` is exact and within half a doubling."""
    whole, k = nearest_whole(x, LOG2_E.of(x)[0])
    ln2, ln2_low = LN2.of(x)
    return k, fma(whole, -ln2, x), whole * -ln2_low


class Sixteenths(NamedTuple):
    """`high + low = (k + j / 16) log(2) + r + rest`, where `r` is exact and within a sixteenth of half a doubling.

    Attributes
    ----------
    steps
        The integer `16 k + j`.
    power
        `2**(j / 16)` as a number; what it lacks of that counts in `rest`.
    r, rest
    """

    steps: Value
    power: Value
    r: Value
    rest: Value


def in_sixteenths(high: Value, low: Value | None = None) -> Sixteenths:
    """Return the parts of a number, or of a pair, whose exponential is to be computed."""
    whole, steps = nearest_whole(high, STEPS_OF_E.of(high)[0])
    step, step_low = LN2_STEP.of(high)
    lacking = of_sixteen(POWERS_LOW.of(high), steps)
    rest = fma(whole, -step_low, lacking if low is None else low + lacking)
    return Sixteenths(steps, of_sixteen(POWERS.of(high), steps), fma(whole, -step, high), rest)


@Part
def parts_of_number(x: Value) -> tuple[Value, ...]:
    """Return `in_sixteenths` of one number, the integer as the bits of a number."""
    steps, power, r, rest = in_sixteenths(x)
    return from_bits(steps), power, r, rest


def in_parts(high: Value, low: Value | None) -> Sixteenths:
    """Return the same parts, which rules share where there is one number."""
    if low is not None:
        return in_sixteenths(high, low)
    steps, *others = parts_of_number(high)
    return Sixteenths(bits(steps), *others)


@Part
def quadratic(r: Value, rest: Value) -> tuple[Value, ...]:
    """Return the square of `r`, `(exp(r) - 1 - r) / r**2`, and what `rest` adds to `exp(r)`."""
    return r * r, polynomial(EXP_SQUARE, r), fma(rest, r, rest)


def tail(r: Value, rest: Value) -> Value:
    """Return `exp(r + rest) - 1 - r`."""
    return fma(*quadratic(r, rest))


def less_one(r: Value, rest: Value) -> Value:
    """Return `exp(r + rest) - 1`, which waits for nothing after the polynomial but one operation."""
    square, factor, low = quadratic(r, rest)
    return fma(square, factor, r + low)


def exponential_pair(high: Value, low: Value | None = None) -> tuple[Value, Pair]:
    """Return `k` and `y` with `exp(high + low) = 2**k * y`, where the pair `y` is right to `2**-60` (`2**-29`)."""
    steps, power, r, rest = in_parts(high, low)
    product = power * r
    total, error = fast_two_sum(power, product)
    return steps >> 4, fast_two_sum(total, error + fma(power, tail(r, rest), fma(power, r, -product)))


def expm1_pair(x: Value) -> Pair:
    """Return `exp(x) - 1` as a pair, where powers of two near `exp(x)` are normal numbers.

    The power of two less 1 is exact, and comes before the rest of the sum.
    """
    steps, power, r, rest = in_parts(x, None)
    power = lifted(power, steps)
    less_one, lost = two_sum(power, -1.0)
    product = power * r
    high, low = fast_two_sum(less_one, product)
    return high, low + fma(power, tail(r, rest), fma(power, r, -product) + lost)


def lifted(power: Value, steps: Value) -> Value:
    """Return a number near 1 times the power of two of so many sixteenths, rounded down, where that is a normal number."""
    return from_bits(bits(power) + ((steps >> 4) << format_of(power).fraction_bits))


def exponential(high: Value, low: Value | None = None) -> Value:
    """Return `exp(high + low)` for all numbers, rounded once where `low` is right."""
    steps, power, r, rest = in_parts(high, low)
    return times_power_of_two(high, steps, power, less_one(r, rest), EXP_RANGE)


def times_power_of_two(x: Value, steps: Value, power: Value, change: Value, limits: Constant) -> Value:
    """Return `power * (1 + change)` times the power of two of so many sixteenths: an exponential, of `x`.

    The powers are multiplied first, while the processor is still busy with `change`.
    """
    whole = lifted(power, steps)
    usual = fma(whole, change, whole)
    return where_any(~(magnitude(x) < limits.of(x)[0]), lambda: far_out(x, fma(power, change, power), steps >> 4, limits), usual)


def raised(x: Value, y: Value, k: Value, limits: Constant) -> Value:
    """Return `y * 2**k` as the exponential of `x`."""
    usual = from_bits(bits(y) + (k << format_of(x).fraction_bits))
    return where_any(~(magnitude(x) < limits.of(x)[0]), lambda: far_out(x, y, k, limits), usual)


def far_out(x: Value, y: Value, k: Value, limits: Constant) -> Value:
    """Return the same near and beyond the limits: within the first one it is normal, beyond the second it is 0 or infinite."""
    far = limits.of(x)[1]
    return where(x > far, INFINITY, where(x < -far, 0.0, where(x != x, x, scaled(y, k))))


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
    whole, steps = nearest_whole(a, 16.0)
    power, r = of_sixteen(POWERS.of(a), steps), fma(whole, -0.0625, a)
    change = fma(r, polynomial(EXP2_LINEAR, r), of_sixteen(POWERS_LOW.of(a), steps))
    return times_power_of_two(a, steps, power, change, EXP2_RANGE)


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
