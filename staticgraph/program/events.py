"""Data flow through the rows of a tile, as events of blocks of rows, sorted by row and time and checked all at once."""

from typing import Any

import numpy as np

from .runs import ramp

Array = np.ndarray[Any, Any]

NOTHING, HELD, GRADIENT = -1, -2, -3
"""What a row may hold beside the value of an instruction (its number): nothing, a leaf, a gradient."""
UNCHANGED = -9
NO_NEED, NEED_VALUE, NEED_GRADIENT, NEED_THIS, NEED_SAME = range(5)
_NEEDED = {NEED_VALUE: "a value", NEED_GRADIENT: "a gradient", NEED_THIS: "the value of its instruction", NEED_SAME: "what forward read"}


class Events:
    """The events of the rows of one tile.

    An event is of a block of consecutive rows. Rows that every event treats alike are checked as one, so that the check takes time by
    the number of events, however large the leaves are. At one time and row, events count in the order in which they were added.
    No event may be of a row before `least`.
    """

    def __init__(self, rows: int, least: int = 0) -> None:
        self.rows, self.least = rows, least
        self.parts: list[Array] = []
        self.labels: list[tuple[int, Any]] = []
        self.count = 0
        self.add("rows", np.full(1, least), rows - least, -2, NOTHING)

    def add(
        self, label: Any, first: Array, sizes: Any, times: Any, state: Any, need: Any = NO_NEED, owner: Any = 0, expected: Any = 0
    ) -> Array:  # fmt: skip
        """Add events of blocks of rows; return their numbers.

        Parameters
        ----------
        label : str or array of str
            The field that an error names, with the instruction `owner`.
        first, sizes : array
            The blocks; `ValueError` if they are not rows of the tile.
        times : array or int
        state : array or int
            What the rows hold afterwards, or `UNCHANGED`.
        need : array or int
            What the rows must hold: nothing in particular, a value, a gradient, the value of the instruction `expected`, or what they held
            at the event of number `expected`, of the same block.
        """
        if np.any((first < self.least) | (first > self.rows) | (sizes < 0) | (sizes > self.rows - first)):
            raise ValueError(f"invalid program: {np.ravel(label)[0]}: rows outside the tile of {self.rows}")
        columns = np.empty((7, len(first)), np.int64)
        for number, column in enumerate((first, sizes, times, state, need, owner, expected)):
            columns[number] = column
        self.parts.append(columns)
        self.labels.append((self.count, label))
        self.count += len(first)
        return np.arange(self.count - len(first), self.count)

    def _label(self, event: int) -> str:
        """Return the field of an event."""
        before, label = [each for each in self.labels if each[0] <= event][-1]
        return str(label if isinstance(label, str) else label[event - before])

    def check(self) -> None:
        """Raise `ValueError` for the first event that does not find what it needs."""
        first, sizes, times, state, need, owner, expected = np.concatenate(self.parts, axis=1)
        marks = np.zeros(self.rows + 1, bool)  # where a part begins: rows that every event treats alike
        marks[first] = marks[first + sizes] = True
        part_of = np.cumsum(marks, dtype=np.int32) - 1
        begin = part_of[first].astype(np.int64)
        counts = part_of[first + sizes] - begin
        event, parts = np.repeat(np.arange(len(first)), counts), ramp(begin, counts)
        sequence = np.argsort(parts * (times.max() + 3) + times[event], kind="stable")
        ordered = state[event][sequence]
        latest = np.maximum.accumulate(np.where(ordered != UNCHANGED, np.arange(len(sequence)), 0))
        found = np.empty(len(sequence), np.int64)
        found[sequence] = ordered[latest]
        bad = _unmet(found, need, expected, event, parts, begin, np.cumsum(counts) - counts)
        if len(bad):
            which, row = int(event[bad[0]]), np.flatnonzero(marks)[parts[bad[0]]]
            needed = _NEEDED[int(need[which])]
            raise ValueError(
                f"invalid program: instruction {owner[which]}: field {self._label(which)!r}: row {row} does not hold {needed}; "
                "a program is made by compile and never changed"
            )


def _unmet(found: Array, need: Array, expected: Array, event: Array, parts: Array, begin: Array, offset: Array) -> Array:
    """Return the places where an event of a part does not find what it needs, the first one first."""
    wanted = need[event]
    bad = (wanted == NEED_VALUE) & (found < 0) & (found != HELD)
    bad |= (wanted == NEED_GRADIENT) & (found != GRADIENT)
    bad |= (wanted == NEED_THIS) & (found != expected[event])
    again = np.flatnonzero(wanted == NEED_SAME)
    earlier = expected[event[again]]
    bad[again] = found[again] != found[offset[earlier] + parts[again] - begin[earlier]]
    places: Array = np.flatnonzero(bad)
    return places
