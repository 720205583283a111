"""The inverse hyperbolic tangent in fifteen pieces, in which `1 - x` is less than a half octave apart."""

from mpmath import atanh, mpf, nint, sqrt, tanh

from ..entries import Entry, Fit, Table, rounded

FIRST = 13
"""The place of the first piece, up to a quarter: the last three bits of an exponent and the first one of a fraction say which it is."""


def _end(piece: int) -> mpf:
    """Return where a piece ends."""
    return 1 - (mpf(2) if piece % 2 else mpf(3)) / 2 ** (2 + piece // 2)


def _centre(piece: int) -> mpf:
    """Return a short number near the middle of a piece, as the function has it; that of the first one is its beginning."""
    if piece < 1:
        return mpf(0)
    middle = tanh((atanh(_end(piece - 1)) + atanh(_end(piece))) / 2)
    return nint(middle * 2**12) / 2**12


def _centres(kind: str) -> list[mpf]:
    return [_centre((FIRST - place) % 16 % 15) for place in range(16)]


def _values(kind: str) -> list[mpf]:
    return [atanh(each) for each in _centres(kind)]


def _lacking(kind: str) -> list[mpf]:
    return [value - mpf(rounded(value, kind)) for value in _values(kind)]


def after_linear(z: mpf) -> mpf:
    """`(arctanh(u) - u) / u**3` for the square `z` of `u`."""
    u = sqrt(z)
    return (atanh(u) / u - 1) / z


ENTRIES: tuple[Entry, ...] = (
    Table("ARCTANH_CENTRES", _centres, 1, "Short numbers near the middles of the pieces, and 0 in the first one."),
    Table("ARCTANHS", _values, 1, "`arctanh` of them."),
    Table("ARCTANHS_LOW", _lacking, 1, "What they lack."),
    Fit(
        "ARCTANH", after_linear, ("0", "0.0626"), (7, 3), "`arctanh(u) = u + u**3 * p(u**2)` up to a quarter.",
        weight=lambda z: z * sqrt(z) / atanh(sqrt(z)),
    ),
)  # fmt: skip
