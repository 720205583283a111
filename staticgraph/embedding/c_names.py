"""Names in C: those of the user's leaves, where C and what is written around them allow it."""

import re
from collections.abc import Sequence

from ..native.batch import Array

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OURS = re.compile(r".*_|t_\d+|o\d+|r\d+|(rule|table|unused)_.*|(to|from)_bits|representation")
_TAKEN = frozenset("""
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true
    false nullptr class new delete this template namespace public private protected virtual operator try catch throw using
    friend mutable explicit export typename and or not xor fma fmaf fabs fabsf sqrt sqrtf INFINITY NAN NULL main errno rows
    int32_t int64_t uint8_t uint32_t uint64_t size_t
""".split())  # noqa: SIM905 - so many words read better without quotes
"""Words of C and C++, and what the source uses of the standard library."""


def c_names(arrays: Sequence[Array]) -> list[str]:
    """Return a name for each array: its own if it is free, otherwise one that tells it."""
    names: list[str] = []
    for number, array in enumerate(arrays):
        name = array.name if _PLAIN.fullmatch(array.name) and not _OURS.fullmatch(array.name) else f"leaf{number}"
        while name in _TAKEN or name in names:
            name += "2"
        names.append(name)
    return names
