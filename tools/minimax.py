"""Minimax polynomials with coefficients that a machine number holds, by the exchange algorithm of Remez.

The algorithm is the one of J.-M. Muller, "Elementary Functions: Algorithms and Implementation", chapter 3: on a reference of one
point more than there are coefficients, solve for the polynomial whose weighted error alternates between `level` and `-level`; take
the alternating extremes of that error as the next reference; stop when none exceeds the level. The extremes are sought on a dense
grid, so that the function is evaluated once for each of its points.

Rounding all coefficients of the minimax polynomial at once loses most of its accuracy (N. Brisebarre and S. Chevillard, "Efficient
polynomial L-infinity approximations", ARITH 2007). Here they are rounded one at a time, from the lowest order up, and those that are
still free are fitted anew: they absorb what the rounding of the lower ones has done.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mpmath import mp, mpf

DIGITS = 80
POINTS_PER_EXTREME = 40
CHECKED_POINTS = 4000
STEPS = 60
CONVERGED = mpf("1e-6")
# An error as small as this is not the polynomial's but that of the digits: the function is such a polynomial itself.
NOISE = mpf("1e-60")
PRECISIONS = {"float64": 53, "float32": 24}

Scalar = Callable[[Any], Any]


def fit(
    function: Scalar, interval: tuple[Any, Any], degree: int, *, weight: Scalar | None = None, rounding: str | None = None,
    fixed: Sequence[float] = (), terms: Iterable[int] | None = None,
) -> list[Any]:  # fmt: skip
    """Return the polynomial that minimises the largest `|(p(x) - function(x)) * weight(x)|` over an interval.

    Parameters
    ----------
    function : callable
        Takes and returns mpmath numbers, at the precision of 80 digits that is set here. It is not called at 0 nor at the end points,
        but close to them.
    interval : (low, high)
        Numbers, or strings such as `"0.1"` for what no machine number is.
    degree : int
        The degree of the polynomial in `x`.
    weight : callable, optional
        By default `1 / |function(x)|`, which makes the error relative.
    rounding : {"float64", "float32"}, optional
        The format in which every coefficient must be representable.
    fixed : sequence of float, optional
        The coefficients of `x**0`, `x**1`, ... that are given and not fitted.
    terms : iterable of int, optional
        The exponents that the polynomial has, all by default: `range(1, 14, 2)` for an odd one. An interval with 0 inside needs all of
        them from the first fitted one on, as an odd polynomial on both sides of 0 is determined by one of them.

    Returns
    -------
    list
        `degree + 1` coefficients, the constant one first: floats if `rounding` is given, otherwise mpmath's numbers.
    """
    with mp.workdps(DIGITS):
        low, high = (mpf(bound) for bound in interval)
        free = [term for term in (range(degree + 1) if terms is None else sorted(terms)) if len(fixed) <= term <= degree]
        if low < 0 < high and free and free != list(range(free[0], degree + 1)):
            raise ValueError("an interval with 0 inside needs all terms: fit on one side of 0")
        coefficients = [mpf(value) for value in fixed] + [mpf(0)] * (degree + 1 - len(fixed))
        grid = _Grid(function, weight, low, high, POINTS_PER_EXTREME * (len(free) + 1))
        if rounding is None:
            return _with(coefficients, free, grid.exchange(coefficients, free)) if free else coefficients
        for position, term in enumerate(free):
            fitted = grid.exchange(coefficients, free[position:])
            coefficients[term] = _rounded(fitted[0], PRECISIONS[rounding])
        return [float(coefficient) for coefficient in coefficients]


def error(coefficients: Sequence[Any], function: Scalar, interval: tuple[Any, Any], weight: Scalar | None = None) -> Any:
    """Return the largest weighted error of a polynomial on a dense set of points, the ends of the interval among them.

    An end point or 0 where the function or its weight is undefined is left out.
    """
    with mp.workdps(DIGITS):
        low, high = (mpf(bound) for bound in interval)
        grid = _Grid(function, weight, low, high, CHECKED_POINTS, ends=True)
        return max(abs(each) for each in grid.errors(list(map(mpf, coefficients))))


class _Grid:
    """Points that are dense towards the ends of an interval, with the values and weights of a function there."""

    def __init__(self, function: Scalar, weight: Scalar | None, low: Any, high: Any, count: int, ends: bool = False) -> None:
        middle, radius = (low + high) / 2, (high - low) / 2
        # An even number of them, so that none is in the middle, where a symmetric function has its removable singularity.
        points = [middle - radius * mp.cos(mp.pi * (2 * k + 1) / (4 * (count // 2))) for k in range(2 * (count // 2))]
        self.samples = []
        for point in [low, *points, high] if ends else points:
            sample = _sample(function, weight, point)
            if sample is not None:
                self.samples.append((point, *sample))

    def errors(self, coefficients: Sequence[Any]) -> list[Any]:
        """Return the weighted errors of a polynomial at the points."""
        highest_first = coefficients[::-1]
        errors = []
        for point, value, weight in self.samples:
            total = mpf(0)
            for coefficient in highest_first:
                total = total * point + coefficient
            errors.append((total - value) * weight)
        return errors

    def exchange(self, coefficients: Sequence[Any], free: Sequence[int]) -> list[Any]:
        """Return the coefficients of the free terms that, with the other ones as they are, make the largest error least."""
        given = self.errors(_with(coefficients, free, [0] * len(free)))
        # Where the lowest free power is odd, the fit at the left of 0 changes the error's sign: there the alternation is reversed.
        signs = [-1 if point < 0 and free[0] % 2 else 1 for point, *_ in self.samples]
        reference = _first_reference(len(self.samples), len(free) + 1)
        for _ in range(STEPS):
            solution, level = self._solve(given, signs, free, reference)
            errors = self.errors(_with(coefficients, free, solution))
            if max(map(abs, errors)) <= max(abs(level) * (1 + CONVERGED), NOISE):
                break
            reference = _alternation([each * sign for each, sign in zip(errors, signs, strict=True)], len(free) + 1)
        return solution

    def _solve(self, given: list[Any], signs: list[int], free: Sequence[int], reference: list[int]) -> tuple[list[Any], Any]:
        """Return the free coefficients whose errors alternate on the reference, and the level that they reach there."""
        scale = max(abs(self.samples[0][0]), abs(self.samples[-1][0]))
        rows = []
        for number, index in enumerate(reference):
            point, _, weight = self.samples[index]
            rows.append([weight * (point / scale) ** term for term in free] + [mpf(signs[index] * (-1) ** number)])
        solved = mp.lu_solve(mp.matrix(rows), mp.matrix([-given[index] for index in reference]))
        return [solved[number] / scale**term for number, term in enumerate(free)], solved[len(free)]


def _sample(function: Scalar, weight: Scalar | None, point: Any) -> tuple[Any, Any] | None:
    """Return the function's value and weight, or None where they are undefined."""
    if point == 0 and weight is None:
        return None
    try:
        value = mpf(function(point))
        factor = 1 / abs(value) if weight is None else abs(mpf(weight(point)))
    except (ZeroDivisionError, ValueError):
        return None
    return (value, factor) if mp.isfinite(value) and mp.isfinite(factor) else None


def _first_reference(points: int, size: int) -> list[int]:
    """Return indices at even distances, which is where a Chebyshev polynomial on these points has its extremes.

    They are off the middle, since an odd function on symmetric points may have the level zero, from which no exchange follows.
    """
    return [int((number + 0.6) * points / (size + 0.1)) for number in range(size)]


def _alternation(errors: list[Any], size: int) -> list[int]:
    """Return the indices of so many extremes of alternating sign, the largest among them."""
    extremes: list[int] = []
    for index, each in enumerate(errors):
        if extremes and (each > 0) == (errors[extremes[-1]] > 0):
            if abs(each) > abs(errors[extremes[-1]]):
                extremes[-1] = index
        else:
            extremes.append(index)
    if len(extremes) < size:
        raise ArithmeticError(f"the error has {len(extremes)} extremes of {size}: the function is too rough")
    while len(extremes) > size:
        sizes = [abs(errors[index]) for index in extremes]
        least = sizes.index(min(sizes))
        if least in (0, len(extremes) - 1):
            del extremes[least]
        elif len(extremes) == size + 1:
            del extremes[0 if sizes[0] < sizes[-1] else -1]
        else:
            # Without the least one its neighbours have the same sign: the larger of them stays.
            first = least if sizes[least + 1] < sizes[least - 1] else least - 1
            del extremes[first : first + 2]
    return extremes


def _with(coefficients: Sequence[Any], free: Sequence[int], values: Sequence[Any]) -> list[Any]:
    """Return the coefficients with values in place of the free ones."""
    replaced = list(coefficients)
    for term, value in zip(free, values, strict=True):
        replaced[term] = value
    return replaced


def _rounded(value: Any, precision: int) -> Any:
    """Return the nearest number of so many bits."""
    with mp.workprec(precision):
        return +value
