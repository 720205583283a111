"""Loops of rewritten code that may end on a condition on values."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np

from .control import symbolic
from .errors import LoopError
from .exploring import condition_of
from .masks import Positions
from .state import Condition, Guard, current

_numpy: Any = np


class Range:
    """`range(start, stop)` whose end depends on leaves."""

    def __init__(self, start: Any, stop: Any, step: Any) -> None:
        self.start, self.stop, self.step = start, stop, step

    def __iter__(self) -> Iterator[Any]:
        number = self.start
        while bool(number < self.stop):
            yield number
            number = number + self.step


class Loop:
    """A loop that may end on a condition on values: it goes on, for rows that have not ended, up to `iterations`.

    Attributes
    ----------
    value : object
        What a `for` assigns in this turn.
    spent : bool
        Whether this is the turn after the last: a `while` asks its condition in it, for rows that end there, and no more.
    """

    __slots__ = ("_count", "_limit", "_line", "_values", "spent", "value")
    trying = tried = False
    """Whether this turn, or the last, stands for all that follow; see `Repetition`."""

    def __init__(self, line: str, items: Any = None) -> None:
        self._line = line
        self._count = 0
        self._values = items if isinstance(items, Range) else None if items is None else iter(items)
        bounded = items is not None and hasattr(items, "__len__") and not isinstance(items, Positions)
        self._limit = None if bounded else current().limits.iterations
        self.value: Any = None
        self.spent = False

    def ends(self, ended: Any) -> Any:
        """Return whether the loop has ended before its next turn: True, False, or the rows for which it has."""
        if isinstance(self._values, Range):
            number = self._values.start + self._values.step * self._count
            self.value = number
            over = _numpy.logical_not(number < self._values.stop)
            ended = over if ended is False else _numpy.logical_or(ended, over)
        if not symbolic(ended):
            if ended:
                return True
        elif self._limit is not None and self._count >= self._limit:
            if self.spent or self._values is not None:
                _goes_on(ended, self._line)
                return True
            self.spent = True
        self._count += 1
        if self._values is not None and not isinstance(self._values, Range):
            try:
                self.value = next(self._values)
            except StopIteration:
                return True
        return ended

    def __enter__(self) -> None:
        """Begin a turn."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> bool | None:
        """End it."""
        return None


def loop(line: str, items: Any = None) -> Loop:
    """Begin a loop."""
    return Loop(line, items)


def over(ended: Any) -> bool:
    """Whether a loop has ended for all rows."""
    return not symbolic(ended) and bool(ended)


def _goes_on(ended: Any, line: str) -> None:
    """Remember the rows for which a loop would go on."""
    trace = current()
    node, meant = condition_of(ended)
    count = trace.limits.iterations
    what = f"the loop at {line} goes on after iterations={count}"
    conditions = (*trace.context, Condition(node, not meant))
    if trace.limits.truncate:
        trace.endless.append(Guard(conditions, RuntimeWarning(f"{what}; truncate=True keeps the values of the last"), line))
        return
    error = LoopError(f"{what} for some rows; allow more, or truncate=True to keep the values of the last for them")
    trace.guards.append(Guard(conditions, error, line))
