"""Names in C: those of the user's leaves, where C and what is written around them allow it."""

import re
from collections.abc import Sequence

from ..native.batch import Array

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OURS = re.compile(r".*_|t_\d+|table_.*|(to|from)_bits|representation")
"""What the source calls its own: of its functions and arrays, names that end in an underscore."""
_MACRO = re.compile(r"[A-Z][A-Z0-9_]+|I|L_tmpnam|linux|unix|complex|imaginary|std(in|out|err)|assert|errno")
"""Names that a header of C may have replaced before the compiler reads ours: `NAN`, `M_PI` and all that are written so."""
_TAKEN = frozenset("""
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true
    false nullptr class new delete this template namespace public private protected virtual operator try catch throw using
    friend mutable explicit export typename and or not xor bitand bitor compl and_eq or_eq not_eq xor_eq constexpr consteval
    constinit decltype noexcept static_assert thread_local alignas alignof concept requires wchar_t char8_t char16_t char32_t
    const_cast static_cast dynamic_cast reinterpret_cast typeid co_await co_return co_yield
    fma fmaf fabs fabsf sqrt sqrtf main rows int32_t int64_t uint8_t uint32_t uint64_t size_t
""".split())  # noqa: SIM905 - so many words read better without quotes
"""Words of C and C++, and what the source uses of the standard library."""


def c_names(arrays: Sequence[Array]) -> list[str]:
    """Return a name for each array: its own if it is free, otherwise one that tells it."""
    names: list[str] = []
    for number, array in enumerate(arrays):
        name = array.name if _PLAIN.fullmatch(array.name) and not _OURS.fullmatch(array.name) else f"leaf{number}"
        name = f"leaf_{name}" if _MACRO.fullmatch(name) else name
        while name in _TAKEN or name in names:
            name += "2"
        names.append(name)
    return names
