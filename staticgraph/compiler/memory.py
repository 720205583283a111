"""Whether there is memory for the compiler, which ends the process where it gets none."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

resource: Any = import_module("resource") if find_spec("resource") else None
"""Python's module of limits, None where the platform has none."""

KERNELS_BYTES = 16 << 20
"""Address space that must be left for compiling or loading kernels: with 8 MB it succeeded, with 4 LLVM ended the process."""
COMPILE_BYTES, ELEMENT_BYTES, LOAD_BYTES = 64 << 20, 2 << 10, 32 << 20
"""Address space that must be left for compiling, for any program and for each of its element operations, and for loading. LLVM took 2 MB
for 260 operations, 4 MB for 10,000 and 20 MB for 52,000; to its thread the C library gives memory in pieces of up to 64 MB."""


class NoMemoryError(MemoryError):
    """The limits of this process leave the compiler too little memory."""


def check_memory(needed: int, process: Path = Path("/proc/self")) -> None:
    """Raise `NoMemoryError` if a limit of this process leaves less than so many bytes."""
    if resource is None:
        return
    try:
        pages = (process / "statm").read_text().split()
    except OSError:
        return
    for name, what, used in (("RLIMIT_AS", "ulimit -v", pages[0]), ("RLIMIT_DATA", "ulimit -d", pages[5])):
        limit = resource.getrlimit(getattr(resource, name))[0]
        left = limit - int(used) * resource.getpagesize()
        if limit != resource.RLIM_INFINITY and left < needed:
            raise NoMemoryError(
                f"the limit of {limit >> 20} MB ({what}) leaves {max(left, 0) >> 20} MB, and the compiler may need {needed >> 20} MB; "
                "raise the limit"
            )
