"""How large the last-level cache is: of what a call reads and writes beyond that, the next one finds nothing there."""

from functools import cache
from pathlib import Path

UNKNOWN = 1 << 25
"""Bytes, where nothing tells."""
_UNITS = {"K": 1 << 10, "M": 1 << 20}


@cache
def last_level_bytes() -> int:
    """Return the size of the last-level cache; not what the C library says, which is the sum over a socket's caches on AMD's processors."""
    return described(Path("/sys/devices/system/cpu/cpu0/cache")) or UNKNOWN


def described(folder: Path) -> int:
    """Return the largest size of the caches that Linux describes in a processor's folder, 0 if there are none."""
    sizes = [0]
    for file in folder.glob("index*/size"):
        try:
            text = file.read_text().strip()
            sizes.append(int(text[:-1]) * _UNITS[text[-1]])
        except (OSError, ValueError, LookupError):
            continue
    return max(sizes)
