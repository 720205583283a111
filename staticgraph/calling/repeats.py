"""Calls like the one before: those that are made again and again on arrays of one layout skip all checks in Python."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..nodes.node import Node
from ..records.table import Array
from ..running.call import Call
from ..running.executor import Executor
from ..running.one_row import NUMBERS
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
    leaves : sequence of Node
        The arguments.
    destinations : sequence of Destination
        The results.
    """

    def __init__(self, executor: Executor, pick: Any, leaves: Sequence[Node], destinations: Sequence[Destination]) -> None:
        self.executor, self.pick, self.arguments, self.destinations = executor, pick, len(leaves), destinations
        self.numbers = [place for place, leaf in enumerate(leaves) if not leaf.shape] if executor.dtype == np.float64 else []
        self.kept: list[tuple[Repetition, list[Array]]] = []
        self.last: Any = None
        self.alike = self.missed = 0

    def run(self, arguments: Sequence[Any], results: Sequence[Any] | None) -> Sequence[Array] | None:
        """Make the last calls again; return the results, or None, with nothing computed, if this one is not alike."""
        if not self.kept or len(arguments) != self.arguments:
            return None
        if results is not None and (not isinstance(results, (tuple, list)) or len(results) != len(self.destinations)):
            return None
        try:
            kept = self.kept.pop()
        except IndexError:  # another thread has taken it meanwhile
            return None
        again, own = kept
        arrays = made(self.destinations, again.rows) if results is None else results
        objects = [*arguments, *arrays]
        for place, array in zip(self.numbers, own, strict=True):
            if type(objects[place]) in NUMBERS:  # it goes into memory of this call's own
                array[()] = objects[place]
                objects[place] = array
        if self.executor.repeat(again, self.pick(objects)):
            self.kept.append(kept)
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
                self.kept.append((again, [np.zeros(()) for _ in self.numbers]))
