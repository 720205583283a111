"""Scales from values to positions, linear and logarithmic, and their ticks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MANTISSAS = ((1, 2, 3, 5, 7), (1, 2, 5), (1,))  # The steps within a power of ten, the finest first.
NARROW = 3.0
UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """An axis.

    Attributes
    ----------
    low, high : float
        The values at its ends.
    start, end : float
        The positions of its ends.
    logarithmic : bool
    whole : bool
        Whether only whole numbers are marked.
    room : float
        How much of the axis a mark needs.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = True
    whole: bool = False
    room: float = 32

    def __call__(self, value: float) -> float:
        """Find the position of a value."""
        low, high, at = (math.log(each) if self.logarithmic else each for each in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (at - low) / (high - low)

    def ticks(self) -> list[float]:
        """Find the values to mark."""
        most = max(int(abs(self.end - self.start) / self.room), 2)
        marks = (log_ticks if self.logarithmic else linear_ticks)(self.low, self.high, most)
        return [mark for mark in marks if mark == int(mark)] if self.whole else marks


def log_limits(values: Iterable[float], margin: float = 1.2, least: float = 2.0) -> tuple[float, float]:
    """Find limits that leave a margin around positive values and span at least a factor."""
    known = list(values)
    low, high = min(known) / margin, max(known) * margin
    missing = max(1.0, math.sqrt(least / (high / low)))
    return low / missing, high * missing


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Mark powers of ten, and as many steps between them as may be; a narrow range is marked as a linear one is."""
    if high / low < NARROW:
        return linear_ticks(low, high, most)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    candidates = ([float(f"{mantissa}e{power}") for power in powers for mantissa in mantissas] for mantissas in MANTISSAS)
    marks = _chosen([[mark for mark in each if low <= mark <= high] for each in candidates], most)
    return marks[:: math.ceil(len(marks) / most)]


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """Mark multiples of 1, 2 or 5 times a power of ten, as many as may be."""
    power = math.floor(math.log10((high - low) / most))
    steps = (float(f"{factor}e{power + higher}") for higher in range(2) for factor in (1, 2, 5))
    return _chosen([_multiples(step, low, high) for step in steps], most)


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def _chosen(candidates: Sequence[list[float]], most: int) -> list[float]:
    """Choose the finest marks that are not too many, or the fewest: but two, since one mark makes no scale."""
    enough = [marks for marks in candidates if len(marks) >= 2]
    return next((marks for marks in enough if len(marks) <= most), enough[-1])


def label(value: float) -> str:
    """Write a tick's value: in full where that is short, as a power of ten where not."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return f"{value:,.7g}"
    mantissa, power = f"{value:e}".split("e")
    raised = "10" + str(int(power)).translate(RAISED)
    return raised if float(mantissa) == 1 else f"{float(mantissa):g}·{raised}"


def digits(value: float) -> str:
    """Write a number in four digits, or in as many as are before its point."""
    return f"{value:,.0f}" if value >= 9999.5 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """Write a time in three digits, with its unit."""
    unit, size = next((each for each in UNITS if seconds >= each[1] * 0.9995), UNITS[-1])
    scaled = seconds / size
    return f"{scaled:,.0f} {unit}" if scaled >= 999.5 else f"{scaled:.3g} {unit}"
