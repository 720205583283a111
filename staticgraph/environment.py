"""Python code in the floating-point environment of IEEE 754, whatever the caller has set (see `lanes.environment`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .lanes.environment import IEEE_HERE, get_environment, set_environment
from .lanes.jit import jitted_once


def exchange(value: int) -> int:
    """Set the control register of floating-point arithmetic, and return what it held."""
    before: int = get_environment()
    set_environment(value)
    return before


_exchange: Any = jitted_once(exchange)


@contextmanager
def ieee() -> Iterator[None]:
    """Compute to nearest, with subnormal numbers, without traps."""
    before = _exchange(IEEE_HERE)
    try:
        yield
    finally:
        _exchange(before)
