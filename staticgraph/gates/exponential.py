"""The exponentials.

Source: P.-T. P. Tang, "Table-driven implementation of the exponential function in IEEE floating-point arithmetic" (1989):
`x = (k + j / 16) log(2) + r`, where a sixteenth of `log(2)` is two numbers and `fma` takes the first product away exactly. Then
`exp(x) = 2**k 2**(j / 16) (1 + r + r**2 p(r))`, the polynomial `p` fitted by `tools/coefficients.py`. The powers `2**(j / 16)` are
two numbers, too, of which the lower one is added to `r`: so it is one rounding that counts, the last.
"""

import math
from typing import NamedTuple

import numpy as np

from .coefficients.exponential import EXP2_LINEAR, EXP_SQUARE, EXP_TAIL, LN2_STEP, POWERS, POWERS_LOW, STEPS_OF_E
from .formats import DOUBLE, SINGLE, Constant, format_of
from .parts import Part
from .polynomials import polynomial
from .primitives import Value, bits, fma, from_bits, magnitude, of_sixteen, where, where_any
from .registry import ends, gate
from .signs import sign_of
from .sums import Pair, fast_two_sum, two_sum

INFINITY = math.inf

EXP_RANGE = Constant((708.0, 1400.0), (86.5, 170.0))
"""Within the first limit `exp` is a normal number; beyond the second it is 0 or infinite, and up to it `scaled` works."""
EXP2_RANGE = Constant((1021.0, 2000.0), (125.0, 245.0))
"""The same for `exp2`."""
EXPM1_RANGE = Constant((36.7,), (16.6,))
"""Within it powers of two less 1 are exact but for what those below a half lose; beyond it the 1 is smaller than a last place."""
EXPM1_FAR = Constant((700.0,), (86.0,))
"""Above it `expm1` is `exp`."""


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


class Sixteenths(NamedTuple):
    """`x = steps / 16 log(2) + r + rest` for a whole number of steps, where `r` is exact and within a sixteenth of half a doubling.

    Attributes
    ----------
    shifted
        The number whose last bits are those of `steps`.
    whole
        `2**(steps / 16)` as a number, where that is normal; what it lacks of that counts in `rest`.
    r, rest
    """

    shifted: Value
    whole: Value
    r: Value
    rest: Value

    def doublings(self) -> Value:
        """Return the whole part of `steps / 16` as an integer."""
        return (bits(self.shifted) - format_of(self.shifted).shifter_bits) >> 4

    def near_one(self) -> Value:
        """Return `whole` without these doublings."""
        return from_bits(bits(self.whole) - (self.doublings() << format_of(self.whole).fraction_bits))

    def far_out(self, x: Value, change: Value, limits: Constant) -> Value:
        """Return `whole * (1 + change)` as an exponential of `x` near and beyond the limits."""
        power = self.near_one()
        return far_out(x, fma(power, change, power), self.doublings(), limits)


def _less_steps(powers: tuple[float, ...], number: type, whole: type, place: int) -> tuple[float, ...]:
    """Return the numbers whose representations lack as many sixteenths of a doubling as their places say."""
    less = np.array(powers, number).view(whole) - (np.arange(len(powers), dtype=whole) << place)
    return tuple(map(float, less.view(number)))


POWERS_LESS_STEPS = Constant(
    _less_steps(POWERS.double, np.float64, np.int64, DOUBLE.fraction_bits - 4),
    _less_steps(POWERS.single, np.float32, np.int32, SINGLE.fraction_bits - 4),
)
"""So that all steps, which their last four bits choose a power by, are added to it as they are: an exponent and a place at once."""


def in_steps(x: Value, factor: float) -> tuple[Value, Value, Value]:
    """Return the whole number nearest to `x * factor`, the number that has its bits, and 2 to the power of so many sixteenths."""
    form = format_of(x)
    shifted = fma(x, factor, form.shifter)
    steps = bits(shifted)
    whole = from_bits(bits(of_sixteen(POWERS_LESS_STEPS.of(x), steps)) + (steps << (form.fraction_bits - 4)))
    return shifted - form.shifter, shifted, whole


@Part
def numbers_of_exponential(x: Value) -> tuple[Value, ...]:
    """Return the `Sixteenths` of a number."""
    number, shifted, whole = in_steps(x, STEPS_OF_E.of(x)[0])
    step, step_low = LN2_STEP.of(x)
    return shifted, whole, fma(number, -step, x), fma(number, -step_low, of_sixteen(POWERS_LOW.of(x), bits(shifted)))


def tail(r: Value, rest: Value) -> Value:
    """Return `exp(r + rest) - 1 - r`."""
    return fma(r * r, polynomial(EXP_SQUARE, r), fma(rest, r, rest))


def change_of(r: Value) -> Value:
    """Return `exp(r) - 1`, right to the last place of `1 + r`: a shorter polynomial suffices than for small numbers alone."""
    return fma(r * r, polynomial(EXP_TAIL, r), r)


def accurate_change_of(r: Value) -> Value:
    """Return the same where an exponential is a pair."""
    return fma(r * r, polynomial(EXP_SQUARE, r), r)


def exponential_pair(high: Value, low: Value | None = None) -> tuple[Value, Pair]:
    """Return `k` and `y` with `exp(high + low) = 2**k * y`, where the pair `y` is right to `2**-60` (`2**-29`)."""
    parts = Sixteenths(*numbers_of_exponential(high))
    power, r, rest = parts.near_one(), parts.r, parts.rest if low is None else low + parts.rest
    product = power * r
    total, error = fast_two_sum(power, product)
    return parts.doublings(), fast_two_sum(total, error + fma(power, tail(r, rest), fma(power, r, -product)))


@Part
def numbers_of_expm1(x: Value) -> tuple[Value, ...]:
    """Return the `Sixteenths` of a number, and the `tail` of what is left of it."""
    parts = Sixteenths(*numbers_of_exponential(x))
    return *parts, tail(parts.r, parts.rest)


def less_one_pair(parts: Sixteenths, added: Value) -> Pair:
    """Return `whole * (1 + r + added) - 1` as two numbers, for a `whole` from a half to `2**53` (`2**24`), which is exact less 1."""
    before = parts.whole - 1.0
    high = fma(parts.whole, parts.r, before)
    return high, fma(parts.whole, added, fma(parts.whole, parts.r, before - high))


def expm1_pair(x: Value) -> Pair:
    """Return `exp(x) - 1` as a pair, for a positive number within `EXPM1_RANGE`."""
    *numbers, added = numbers_of_expm1(x)
    return fast_two_sum(*less_one_pair(Sixteenths(*numbers), added))


def exponential(high: Value, low: Value | None = None) -> Value:
    """Return `exp(high + low)` for all numbers, rounded once where `low` is right."""
    parts = Sixteenths(*numbers_of_exponential(high))
    change = change_of(parts.r + (parts.rest if low is None else low + parts.rest))
    return times_whole(high, parts, change, EXP_RANGE)


def normal_exponential(high: Value, low: Value) -> Value:
    """Return the same for numbers within the first limit of `EXP_RANGE`."""
    _, whole, r, rest = numbers_of_exponential(high)
    return fma(whole, change_of(r + (low + rest)), whole)


def times_whole(x: Value, parts: Sixteenths, change: Value, limits: Constant) -> Value:
    """Return `whole * (1 + change)` as an exponential of `x`."""
    usual = fma(parts.whole, change, parts.whole)
    return where_any(~(magnitude(x) < limits.of(x)[0]), lambda: parts.far_out(x, change, limits), usual)


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
    number, shifted, whole = in_steps(a, 16.0)
    parts = Sixteenths(shifted, whole, fma(number, -0.0625, a), of_sixteen(POWERS_LOW.of(a), bits(shifted)))
    return times_whole(a, parts, fma(parts.r, polynomial(EXP2_LINEAR, parts.r), parts.rest), EXP2_RANGE)


@exp2.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return (g * math.log(2.0)) * y


@gate(ufuncs=[np.expm1], examples=[((0.0,), 0.0, (1.0,)), *ends((-1.0, 0.0), (INFINITY, INFINITY))])
def expm1(a: Value) -> Value:
    """`exp(a) - 1`, accurate near 0.

    Gradient: `g * exp(a)`.
    """
    *numbers, added = numbers_of_expm1(a)
    parts, whole = Sixteenths(*numbers), numbers[1]
    high, low = less_one_pair(parts, added)
    lost = whole - ((whole - 1.0) + 1.0)
    value = high + (low + lost)

    def elsewhere() -> Value:
        far, most = whole + fma(whole, parts.r + added, -1.0), EXPM1_FAR.of(a)[0]
        return where(a > most, exp(a), where(a < -most, -1.0, far))

    return where_any(~(magnitude(a) < EXPM1_RANGE.of(a)[0]), elsewhere, from_bits(bits(value) | sign_of(a)))


@gate(public=False, examples=[((0.0,), 1.0, (1.0,)), *ends((0.0, 0.0), (INFINITY, INFINITY))])
def exp_beside_expm1(a: Value) -> Value:
    """`exp(a)`, made of what `expm1` is made of, where that is there; alone `exp` is faster."""
    *numbers, added = numbers_of_expm1(a)
    parts = Sixteenths(*numbers)
    return times_whole(a, parts, parts.r + added, EXP_RANGE)


@exp_beside_expm1.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * y


@expm1.backward
def _(g: Value, y: Value, a: Value) -> Value:
    """`y + 1` loses bits near -1; choosing by lane took 1.7 ns instead of 1.3, as some lane of most vectors is there.

    With `exp(a)`, which shares less, value and gradient take 1.16 ns instead of 0.95.
    """
    return g * exp_beside_expm1(a)
