"""Calls like the one before: those that are made again and again on arrays of one layout skip all checks in Python."""

from collections.abc import Sequence
from typing import Any

from ..records.table import Array
from ..running.call import Call
from ..running.executor import Executor
from ..running.repetition import Repetition
from .destinations import Destination, made

MOST_MISSED = 20
"""Calls that were not what those before had promised are counted up to here: each doubles how many must be alike to promise again."""


class Repeats:
    """The calls of one plan that have the same results, into new arrays or the caller's.

    Parameters
    ----------
    executor : Executor
    pick : callable
        Picks the form's arrays from arguments and results.
    arguments : int
        How many there are.
    destinations : sequence of Destination
        The results.
    """

    def __init__(self, executor: Executor, pick: Any, arguments: int, destinations: Sequence[Destination]) -> None:
        self.executor, self.pick, self.arguments, self.destinations = executor, pick, arguments, destinations
        self.kept: list[Repetition] = []
        self.last: Any = None
        self.alike = self.missed = 0

    def run(self, arguments: Sequence[Any], results: Sequence[Any] | None) -> Sequence[Array] | None:
        """Make the last calls again; return the results, or None, with nothing computed, if this one is not alike."""
        if not self.kept or len(arguments) != self.arguments:
            return None
        if results is not None and (not isinstance(results, (tuple, list)) or len(results) != len(self.destinations)):
            return None
        again = self.kept.pop()
        arrays = made(self.destinations, again.rows) if results is None else results
        if self.executor.repeat(again, self.pick((*arguments, *arrays))):
            self.kept.append(again)
            self.missed = 0
            return arrays
        self.missed = min(self.missed + 1, MOST_MISSED)
        return None

    def note(self, call: Call) -> None:
        """Prepare for further calls if this one was like those before."""
        key = call.key, call.rows
        self.alike, self.last = self.alike + 1 if key == self.last else 0, key
        if self.alike >= 1 << self.missed and not self.kept:
            self.alike = 0
            again = self.executor.repetition(call)
            if again is not None:
                self.kept.append(again)
