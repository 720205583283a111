"""The trigonometric functions and their inverses, of the square of their argument where they are odd or even."""

from itertools import pairwise
from typing import Any

from mpmath import asin, atan, chop, cos, floor, mp, mpf, pi, sin, sqrt, tan

from ..entries import Entry, Fit, Number, Table, rounded
from ..pieces import ADDED, ENDS, FIRST, pieces

HALF_STEP_SQUARED = "0.00966"
"""A little more than the square of half a step of `pi / 16`: an angle may be rounded to the step that is not quite the nearest."""

GROUPS = {"float64": (32, 32), "float32": (8, 15)}
"""How many exponents share a row of the table of 2 / pi, and how many rows there are."""


def _after_linear(function: Any) -> tuple[Any, Any]:
    """Return `p` of `function(x) = x + x**3 * p(x**2)`, and what its error counts in relation to the function."""
    return (lambda z: (function(sqrt(z)) / sqrt(z) - 1) / z), (lambda z: z * sqrt(z) / function(sqrt(z)))


def _odd(name: str, function: Any, end: str, degrees: tuple[int, int], note: str) -> Fit:
    rest, weight = _after_linear(function)
    return Fit(name, rest, ("0", end), degrees, note, weight=weight)


def _quarter_turns(kind: str) -> list[Any]:
    """Return `2**e * 2 / pi` without its multiples of 4, for the exponent of each row."""
    step, rows = GROUPS[kind]
    with mp.workdps(450):
        values = [mpf(2) ** (step * (row - 1) + 1) / pi for row in range(rows)]
        return [value - 4 * floor(value / 4 + mpf("0.5")) for value in values]


def _lacking(value: Any, kind: str) -> Any:
    return value - mpf(rounded(value, kind))


def _centres(kind: str) -> list[Any]:
    """Return the middles of the pieces of `gates/pieces.py`, by their places; of the first one its beginning."""
    middles = [mpf(low + high) / 2 - mpf(ADDED) for low, high in pairwise(ENDS)]
    return [*middles[-FIRST:], mpf(0), *middles[1:-FIRST]] if kind == "float64" else []


def _steps(name: str, function: Any) -> tuple[Table, Table]:
    """Return the tables of a function at every step of a half turn."""

    def values(kind: str) -> list[Any]:
        return [chop(function(pi * step / 16)) for step in range(16)]

    def lacking(kind: str) -> list[Any]:
        return [_lacking(value, kind) for value in values(kind)]

    what = "sine" if function is sin else "cosine"
    return Table(name, values, 1, f"The {what} of every sixteenth of a half turn."), Table(f"{name}_LOW", lacking, 1, "What they lack.")


ENTRIES: tuple[Entry, ...] = (
    Number("HALF_PI", lambda: pi / 2, 3, "A quarter turn, cut in three."),
    Number("QUARTER_TURNS", lambda: 2 / pi, 1, "How many quarter turns a radian is."),
    Table(
        "QUARTER_TURNS_OF_POWERS", _quarter_turns, 4,
        "`2**e * 2 / pi` modulo 4 for every 32nd or, in float32, every 8th exponent `e`, each cut in four.",
    ),
    *_steps("SINES", sin), *_steps("COSINES", cos),
    _odd("SIN", sin, HALF_STEP_SQUARED, (3, 1), "`sin(r) = r + r**3 * p(r**2)` within half a step."),
    Fit(
        "COS", lambda z: (cos(sqrt(z)) - 1) / z, ("0", HALF_STEP_SQUARED), (3, 1), "`cos(r) = 1 + r**2 * p(r**2)` within half a step.",
        weight=lambda z: z,
    ),
    _odd("TAN", tan, HALF_STEP_SQUARED, (4, 1), "`tan(r) = r + r**3 * p(r**2)` within half a step."),
    _odd("ARCSIN", asin, "0.25", (11, 4), "`arcsin(s) = s + s**3 * p(s**2)` up to a half."),
    Number("EIGHTH_TURN", lambda: pi / 4, 2, "An eighth of a turn, cut in two."),
    Number("THREE_EIGHTHS_TURN", lambda: 3 * pi / 4, 2, "Three eighths of a turn, cut in two."),
    _odd("ARCTAN", atan, "0.25", (11, 5), "`arctan(u) = u + u**3 * p(u**2)` up to a half."),
    pieces("ARCTAN_PIECES", atan, "arctan"),
    Table("ARCTAN_CENTRES", _centres, 1, "The middles of the pieces in float64, short numbers."),
    Table("ARCTANS", lambda kind: [atan(each) for each in _centres(kind)], 1, "`arctan` of them."),
    Table("ARCTANS_LOW", lambda kind: [_lacking(atan(each), kind) for each in _centres(kind)], 1, "What they lack."),
    _odd("ARCTAN_NARROW", atan, "0.01563", (5, None), "`arctan(u) = u + u**3 * p(u**2)` up to an eighth."),
)  # fmt: skip
