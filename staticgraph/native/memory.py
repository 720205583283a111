"""Whether there is memory for the compiler, which ends the process where it gets none."""

from pathlib import Path

try:
    import resource
except ImportError:  # the platform has no such limits
    resource = None  # type: ignore[assignment]

COMPILE_BYTES, ELEMENT_BYTES, LOAD_BYTES = 256 << 20, 20 << 10, 64 << 20
"""Address space that compiling takes at most, for any program and for each of its element operations, and that loading takes: LLVM with its
thread's heap reserves 100 to 200 MB for small programs, and 1.5 GB for one of 100,000 operations."""


class NoMemoryError(Exception):
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
