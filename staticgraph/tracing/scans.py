"""Loops that the user writes as such, `sg.scan` and `sg.fori`: a step is the user's code too, and is followed."""

from collections.abc import Callable
from typing import Any

from ..nodes.scanning import fori, scan
from .errors import UntraceableError
from .lookups import FOLLOWING, call
from .operations import mapped, plain, wrapped
from .state import current


def _followed(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step on arrays of the trace as one on nodes."""
    if not callable(step):
        return step

    def follow(*given: Any) -> Any:
        trace = current()
        before = len(trace.guards), len(trace.endless)
        returned = mapped(plain, call(step, *mapped(wrapped, given)))
        if (len(trace.guards), len(trace.endless)) != before:
            raise UntraceableError("a step of a loop raises for some values, or has a loop that depends on them; return a mark instead")
        return returned

    return follow


def _scan(step: Any, carry: Any, xs: Any = None, length: Any = None) -> Any:
    return mapped(wrapped, scan(_followed(step), *mapped(plain, (carry, xs, length))))


def _fori(start: Any, stop: Any, body: Any, carry: Any) -> Any:
    return mapped(wrapped, fori(start, stop, _followed(body), mapped(plain, carry)))


FOLLOWING[scan], FOLLOWING[fori] = _scan, _fori
