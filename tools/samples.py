"""Where the accuracy of a function is measured: over its whole domain, and densely where it is hard."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .hard_cases import HARD_CASES, HARD_PAIRS, WORST_SINGLE

Array = np.ndarray[Any, np.dtype[Any]]
Generator = np.random.Generator
PAIRS = ("arctan2", "hypot", "power")
ELEMENTS = {"logsumexp": 3, "softmax": 4}
WIDE = 5000.0
LN2, LN10, HALF_PI = math.log(2.0), math.log(10.0), math.pi / 2
LOGARITHM_CENTRES = (1.0, math.sqrt(0.5), math.sqrt(2.0), 0.75, 1.5)


@dataclass(frozen=True)
class Domain:
    """Where one argument of a function is drawn.

    Attributes
    ----------
    low, high : float
        Beyond them the result is a constant, overflows or is undefined.
    tame : tuple of float
        An interval that shows the function's shape; gradients are measured there alone.
    centres : tuple of float
        Points to come near to: zeros and ends that need care, and where implementations change from one formula to another.
    period : float
        If not 0, all multiples of it are centres.
    """

    low: float
    high: float
    tame: tuple[float, float]
    centres: tuple[float, ...] = ()
    period: float = 0.0


def domain(name: str, dtype: Any) -> Domain:
    """Return the domain of a function of one argument; the limits of exponentials depend on the dtype."""
    limits = np.finfo(dtype)
    smallest, largest = float(limits.smallest_subnormal), float(limits.max)
    over, under, normal = math.log(largest), math.log(smallest), math.log(float(limits.tiny))
    last = -math.log(float(limits.eps))
    halves = tuple(number / 2 for number in range(-12, 13))
    tail = math.sqrt(-under)
    exponential = (*(half * LN2 for half in halves), over, under, normal)
    match name:
        case "exp":
            return Domain(under - 1, over + 0.5, (-20, 20), exponential)
        case "exp2":
            return Domain(under / LN2 - 2, over / LN2 + 0.5, (-20, 20), (*halves, under / LN2, under / LN2 - 1, normal / LN2, over / LN2))
        case "expm1":
            return Domain(-last - 3, over + 0.5, (-2, 2), (*exponential, -last - 0.7, last + 0.7))
        case "log" | "log2" | "log10":
            return Domain(smallest, largest, (0.1, 4), LOGARITHM_CENTRES)
        case "log1p":
            return Domain(-1 + float(limits.epsneg), largest, (-0.9, 3), (-1.0, *(each - 1 for each in LOGARITHM_CENTRES[1:])))
        case "sin" | "cos" | "tan":
            return Domain(-largest, largest, (-10, 10), period=HALF_PI / 2)
        case "arcsin" | "arccos" | "arctanh":
            return Domain(-1, 1, (-0.99, 0.99), (-1.0, -0.5, 0.5, 1.0, math.sqrt(0.5)))
        case "arctan":
            return Domain(-largest, largest, (-4, 4), (0.4375, math.sqrt(2) - 1, 0.6875, 1.0, 1.1875, math.sqrt(2) + 1, 2.4375))
        case "sinh" | "cosh":
            return Domain(-over - 1.5, over + 1.5, (-4, 4), (*exponential, over + LN2, -over - LN2, -0.9, 0.9))
        case "tanh":
            return Domain(-last, last, (-4, 4), (0.55, 0.625, 1.0, 18.3, last / 2, *exponential[:-3]))
        case "arcsinh":
            return Domain(-largest, largest, (-4, 4), (1.0, 0.5, 2.0))
        case "arccosh":
            return Domain(1, largest, (1.1, 4), (1.0, 1.25, 1.5, 2.0))
        case "cbrt":
            return Domain(-largest, largest, (0.1, 4), (1.0, 2.0, 4.0))
        case "sigmoid":
            return Domain(under - 1, -under, (-20, 20), (*exponential, last, -last))
        case "softplus":
            places = tuple(math.log((place + 0.5) / 15.4) for place in range(15))
            return Domain(under - 1, -under, (-20, 20), (*exponential, last, -last, *places))
        case "erf":
            return Domain(-tail, tail, (-4, 4), (*halves, 0.84375, 1.25, 1 / 0.35))
        case "erfc":
            return Domain(-last / 5, tail + 0.5, (-4, 6), (*halves, 0.84375, 1.25, 1 / 0.35, tail, math.sqrt(-normal)))
        case "ndtr":
            return Domain(-tail * math.sqrt(2) - 0.5, last / 4, (-6, 6), (*halves, -tail * math.sqrt(2), -math.sqrt(-2 * normal)))
        case "log_ndtr":
            centres = (*halves, -math.sqrt(-2 * normal), -37.0, -13.0)
            return Domain(-math.sqrt(2) * math.sqrt(largest), tail * math.sqrt(2) + 0.5, (-30, 6), centres)
        case "lgamma":
            centres = (*halves, 8.0, -2.4570247, -2.7476826)
            return Domain(-1 / float(limits.eps), largest / over, (-6.5, 30), centres)
        case "digamma":
            return Domain(-1 / float(limits.eps), largest, (-6.5, 30), (*halves, 10.0, 1.4616321, -0.5040830))
        case "exp10":
            return Domain(under / LN10 - 1, over / LN10 + 0.2, (-8, 8), (*halves, over / LN10, normal / LN10))
        case "cosm1":
            return Domain(-largest, largest, (-3, 3), period=HALF_PI)
        case "exprel":
            return Domain(-largest, over + 10, (-4, 4), (-1.0, 1.0, over, last))
        case "sinc":
            return Domain(-1 / float(limits.eps), 1 / float(limits.eps), (-3, 3), halves)
        case "erfcx":
            return Domain(-tail, largest, (-3, 9), (*halves, 10.0))
        case "erfinv":
            return Domain(-1 + float(limits.epsneg), 1 - float(limits.epsneg), (-0.95, 0.95), (-1.0, -0.53, 0.53, 1.0))
        case "erfcinv":
            return Domain(smallest, 2 - float(limits.eps), (0.05, 1.95), (0.47, 0.5, 1.0, 1.53, 2.0))
        case "ndtri":
            return Domain(smallest, 1 - float(limits.epsneg), (0.05, 0.95), (0.235, 0.25, 0.5, 0.765, 1.0))
        case "gamma":
            most = 171.6 if dtype is np.float64 else 35.0
            return Domain(-most, most, (-4.5, 10), (*halves, 3.5))
        case "logit":
            return Domain(smallest, 1 - float(limits.epsneg), (0.05, 0.95), (0.25, 0.5, 0.75, 1.0))
        case "log_expit":
            return Domain(under - 1, -under, (-20, 20), exponential)
        case "entr":
            return Domain(smallest, math.sqrt(largest), (0.5, 4), (1.0,))
        case "i0" | "i1":
            return Domain(-over, over, (-12, 12), (-8.0, 8.0))
        case "i0e" | "i1e":
            return Domain(-1e6, 1e6, (-7, 7), (-8.0, 8.0))
    raise ValueError(f"{name} is no function of one argument")


def draw(name: str, dtype: Any, count: int, generator: Generator) -> list[Array]:
    """Return the arguments of so many samples, with the known hard cases after them."""
    with np.errstate(all="ignore"):
        if name in ELEMENTS:
            return [column.astype(dtype) for column in _elements(ELEMENTS[name], count, generator)]
        if name in PAIRS:
            columns = _powers(dtype, count, generator) if name == "power" else _pairs(dtype, count, generator)
            hard = np.array(HARD_PAIRS[name]).T
            return [_finite(np.concatenate([column, more]), dtype) for column, more in zip(columns, hard, strict=True)]
        where = domain(name, dtype)
        # Half of the samples near an end of the domain are outside.
        points = _single(where, dtype, 2 * count, generator)
        points = generator.permutation(points[(points >= where.low) & (points <= where.high)])[:count]
        points = np.concatenate([points, _hard(where, f"{HARD_CASES.get(name, '')} {WORST_SINGLE.get(name, '')}", dtype)])
        if name in ("lgamma", "digamma", "gamma"):
            points = points[(points > 0) | (points != np.rint(points))]
        return [points]


def draw_tame(name: str, dtype: Any, count: int, generator: Generator) -> list[Array]:
    """Return arguments at which the gradient is finite and of moderate size."""
    if name in ELEMENTS:
        return list(generator.normal(0, 2, (ELEMENTS[name], count)).astype(dtype))
    if name in PAIRS:
        low = 0.2 if name == "power" else -3.0
        return [generator.uniform(low, 3, count).astype(dtype), generator.uniform(-3, 3, count).astype(dtype)]
    points = generator.uniform(*domain(name, dtype).tame, count).astype(dtype)
    return [points[(points > 0) | (points != np.rint(points))]]


def _finite(values: Array, dtype: Any) -> Array:
    """Return the values in the dtype, those beyond it limited; zeros are positive, as mpmath has no others."""
    limits = np.finfo(dtype)
    return np.clip(values, limits.min, limits.max).astype(dtype) + dtype(0)


def _magnitudes(least: float, most: float, count: int, generator: Generator) -> Array:
    """Return numbers whose logarithm is uniform."""
    return np.exp2(generator.uniform(math.log2(least), math.log2(most), count))


def _signs(where: Domain, count: int, generator: Generator) -> Array:
    if where.low >= 0:
        return np.ones(count)
    return generator.choice([-1.0, 1.0], count)


def _single(where: Domain, dtype: Any, count: int, generator: Generator) -> Array:
    """Return samples of one argument: of all magnitudes, of middle ones, uniform, near centres and near powers of two."""
    limits = np.finfo(dtype)
    most, smallest, eps = max(abs(where.low), where.high), float(limits.smallest_subnormal), float(limits.eps)
    size = count // 5
    whole = _magnitudes(smallest, most, size, generator) * _signs(where, size, generator)
    middle = _magnitudes(eps / 8, min(most, 8 / eps), size, generator) * _signs(where, size, generator)
    # The logarithmic samples hardly reach the ends of a domain such as the exponential's.
    ends = (where.low, where.high) if where.high - where.low < WIDE else where.tame
    uniform = np.concatenate([generator.uniform(*where.tame, size // 2), generator.uniform(*ends, size - size // 2)])
    power = np.exp2(generator.integers(math.floor(math.log2(smallest)), math.floor(math.log2(most)) + 1, size)).astype(dtype)
    power = np.nextafter(power, generator.choice([0, 1, np.inf], size) * power) * _signs(where, size, generator)
    return np.concatenate([whole, middle, uniform, power, _near(where, dtype, count - 4 * size, generator)]).astype(dtype)


def _near(where: Domain, dtype: Any, count: int, generator: Generator) -> Array:
    """Return samples at distances of all magnitudes from a domain's centres."""
    eps = float(np.finfo(dtype).eps)
    if where.period:
        centres = np.rint(_magnitudes(0.6, 1 / eps, count, generator)) * where.period * _signs(where, count, generator)
    else:
        centres = generator.choice(where.centres, count)
    apart = _magnitudes(eps / 4, 0.5, count, generator) * generator.choice([-1.0, 1.0], count)
    return centres + apart * np.maximum(np.abs(centres), 0.25)


def _hard(where: Domain, cases: str, dtype: Any) -> Array:
    """Return known hard cases, centres and ends of the domain, of both signs, with the numbers next to them, just outside it too."""
    limits = np.finfo(dtype)
    known = [float.fromhex(each) for each in cases.split()]
    ends = [where.low, where.high, float(limits.tiny), float(limits.smallest_subnormal), float(limits.eps), 1.0]
    points = _finite(np.array([*known, *where.centres, *ends]), dtype)
    low, high, up, down = dtype(where.low), dtype(where.high), dtype(np.inf), dtype(-np.inf)
    points = np.concatenate([points, -points, [np.nextafter(low, down), np.nextafter(high, up)]]).astype(dtype)
    points = np.unique(np.concatenate([points, np.nextafter(points, up), np.nextafter(points, down)]))
    first, last = (np.nextafter(np.nextafter(end, side), side) for end, side in ((low, down), (high, up)))
    return points[(points >= first) & (points <= last) & np.isfinite(points)]


def _pairs(dtype: Any, count: int, generator: Generator) -> list[Array]:
    """Return pairs of magnitudes that are independent, comparable, or apart by less than the precision."""
    limits = np.finfo(dtype)
    smallest, largest = float(limits.smallest_subnormal), float(limits.max)
    first = _magnitudes(smallest, largest, count, generator)
    apart = generator.choice([1.0, 4.0, float(limits.nmant)], count)
    second = first * np.exp2(apart * generator.uniform(-1, 1, count))
    independent = generator.random(count) < 0.3
    second = np.where(independent, _magnitudes(smallest, largest, count, generator), second)
    return [_finite(each * generator.choice([-1.0, 1.0], count), dtype) for each in (first, second)]


def _powers(dtype: Any, count: int, generator: Generator) -> list[Array]:
    """Return bases and exponents whose powers cover all finite results."""
    limits = np.finfo(dtype)
    smallest, largest, eps = float(limits.smallest_subnormal), float(limits.max), float(limits.eps)
    bases = [
        _magnitudes(smallest, largest, count, generator), generator.uniform(0.1, 4, count), np.rint(generator.uniform(1, 30, count)),
        1 + generator.choice([-1.0, 1.0], count) * _magnitudes(eps, 0.5, count, generator),
    ]  # fmt: skip
    base = _finite(np.choose(generator.integers(0, len(bases), count), bases), dtype).astype(float)
    result = generator.uniform(math.log(smallest), math.log(largest), count)
    result = np.where(generator.random(count) < 0.3, result * _magnitudes(eps, 1, count, generator), result)
    # A base of one leaves the exponent free.
    exponent = np.where(base == 1, result, result / np.where(base == 1, 1.0, np.log(base)))
    kind = generator.random(count)
    exponent = np.where(kind < 0.3, np.rint(exponent), np.where(kind < 0.4, np.rint(2 * exponent) / 2, exponent))
    exponent = _finite(exponent, dtype)
    negative = (exponent == np.rint(exponent)) & (generator.random(count) < 0.5)
    return [np.where(negative, -base, base).astype(dtype), exponent]


def _elements(elements: int, count: int, generator: Generator) -> list[Array]:
    """Return rows of elements, spread by an eighth to some tens, around zero and away from it."""
    spread, middle = _magnitudes(0.125, 32, count, generator), generator.normal(0, 1, count) * _magnitudes(0.125, 256, count, generator)
    return list(generator.normal(0, 1, (elements, count)) * spread + middle * generator.integers(0, 2, count))
