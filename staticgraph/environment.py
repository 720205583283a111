"""Python code in the floating-point environment of IEEE 754, whatever the caller has set (see `lanes.environment`)."""

from collections.abc import Iterator
from contextlib import contextmanager

from .interpreter import MACHINE
from .lanes.environment import IEEE_HERE, get_environment, set_environment
from .lanes.jit import jitted_once
from .sources import digest


@jitted_once(digest("environment", *MACHINE), "access to the floating-point environment", 1)
def exchange(value: int) -> int:
    """Set the control register of floating-point arithmetic, and return what it held."""
    before: int = get_environment()
    set_environment(value)
    return before


@contextmanager
def ieee() -> Iterator[None]:
    """Compute to nearest, with subnormal numbers, without traps."""
    before = exchange(IEEE_HERE)
    try:
        yield
    finally:
        exchange(before)
