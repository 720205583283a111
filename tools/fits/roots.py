"""The cube root."""

from mpmath import cbrt, mpf, nint

from ..entries import Entry, Fit, Table, rounded

SHORT = {"float64": 26, "float32": 13}
"""Bits behind the point of cube roots in the table."""
SHORT_OF_TWO = {"float64": 26, "float32": 9}
"""The same of those of 2, so that a product of both is exact."""
TRIED = {"float64": 200, "float32": 3}
"""Short numbers to both sides of a root of which one has a cube whose inverse is nearly a number of the format."""
MIDDLES = tuple(mpf(33 + 2 * piece) / 32 for piece in range(16))
"""Of sixteen parts of the octave from 1 on."""


def _root(middle: mpf, kind: str) -> mpf:
    """Return a short number near the cube root of a number."""
    scale = mpf(2) ** SHORT[kind]
    tried = [(nint(cbrt(middle) * scale) + step) / scale for step in range(-TRIED[kind], TRIED[kind] + 1)]
    return min(tried, key=lambda root: abs(rounded(1 / root**3, kind) * root**3 - 1))


def _roots(kind: str) -> list[mpf]:
    return [_root(middle, kind) for middle in MIDDLES]


def _factors(kind: str) -> list[mpf]:
    return [1 / root**3 for root in _roots(kind)]


def _roots_of_two(kind: str) -> list[mpf]:
    """Return the cube roots of 1, of 2, and at last of a half, cut."""
    scale = mpf(2) ** SHORT_OF_TWO[kind]
    return [mpf(1), nint(cbrt(mpf(2)) * scale) / scale, *[mpf(1)] * 13, nint(cbrt(mpf(0.5)) * scale) / scale]


def _lacking(kind: str) -> list[mpf]:
    exact = [mpf(1), cbrt(mpf(2)), *[mpf(1)] * 13, cbrt(mpf(0.5))]
    return [root / short - 1 for root, short in zip(exact, _roots_of_two(kind), strict=True)]


ENTRIES: tuple[Entry, ...] = (
    Table("CUBE_ROOTS", _roots, 1, "Short cube roots of numbers in the middles of sixteen parts of an octave."),
    Table("INVERSE_CUBES", _factors, 1, "The inverses of their cubes."),
    Table("ROOTS_OF_TWO", _roots_of_two, 1, "Cube roots of 2 to the power of 0, of 1 and, in the last place, of -1, cut."),
    Table("ROOTS_OF_TWO_LOW", _lacking, 1, "What they lack, in relation to them."),
    Fit(
        "CUBE_ROOT_SLOPE", lambda r: (cbrt(1 + r) - 1) / r, ("-0.0306", "0.0306"), (7, 3), "`(cbrt(1 + r) - 1) / r`.",
        weight=lambda r: abs(r),
    ),
)  # fmt: skip
