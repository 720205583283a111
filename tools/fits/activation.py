"""The numbers of `softplus`."""

from mpmath import log, log1p, mpf, nint

from ..entries import Entry, Fit, Number, Table

PLACES = mpf("15.4")
"""How many parts the numbers from 0 to 1 are cut in, those around multiples of its inverse: 0 to 15, the last one a little short."""
REACH = "0.0327"
"""A little more than half of its inverse."""
FACTOR_BITS = 10
LEAST_BIT = {"float64": 41, "float32": 16}
"""Multiples of this power of a half have differences from sums with numbers up to 2048 (128) that are exact."""


def _inverses(kind: str) -> list[mpf]:
    return [nint(2**FACTOR_BITS / (1 + place / PLACES)) / 2**FACTOR_BITS for place in range(16)]


def _logs(kind: str) -> list[mpf]:
    scale = mpf(2) ** LEAST_BIT[kind]
    return [nint(-log(inverse) * scale) / scale for inverse in _inverses(kind)]


def _logs_low(kind: str) -> list[mpf]:
    return [-log(inverse) - high for inverse, high in zip(_inverses(kind), _logs(kind), strict=True)]


ENTRIES: tuple[Entry, ...] = (
    Number("PLACES", lambda: PLACES, 1, "How many parts the numbers from 0 to 1 are cut in."),
    Table("INVERSES", _inverses, 1, "Short numbers near the inverses of 1 and their middles."),
    Table("LOGS_FROM_ONE", _logs, 1, "The logarithms of the inverses of those, cut short."),
    Table("LOGS_FROM_ONE_LOW", _logs_low, 1, "What they lack."),
    Fit(
        "LOG1P_SQUARE", lambda r: (log1p(r) - r) / r**2, (f"-{REACH}", REACH), (7, 3),
        "`(log(1 + r) - r) / r**2`, the error weighted by `r**2 / log(1 + r)`.", weight=lambda r: abs(r**2 / log1p(r)),
    ),
)  # fmt: skip
