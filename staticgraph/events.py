"""What stands in each row of a tile as a program runs: a list of events, sorted by row and time and then checked all at once."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

NOTHING, HELD, GRADIENT = -1, -2, -3
"""What a row may hold beside the value of an instruction (its number): nothing, a leaf, a gradient."""
UNCHANGED = -9
NEED_VALUE, NEED_GRADIENT, NEED_THIS, NEED_SAME = range(1, 5)


def ramp(first: Array, sizes: Array) -> Array:
    """Return `first, first + 1, ...` for each, as many as its size, one after another."""
    ends = np.cumsum(sizes)
    rows: Array = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + sizes, sizes)
    return rows


def block(first: int, size: int, limit: int) -> Array:
    """Return consecutive rows; `ValueError` if they are not among `limit` rows."""
    if not 0 <= first <= first + size <= limit:
        raise ValueError(f"invalid program: rows {first} to {first + size} of {limit}; a program is made by compile and never changed")
    return np.arange(first, first + size)


class Events:
    """The events of the rows of one tile."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: list[tuple[Array, ...]] = []
        self.labels: list[str] = []
        self.count = 0
        self.write(np.arange(rows), -2, NOTHING)

    def _add(self, rows: Array, times: Any, state: Any, need: int, expected: Any, owner: Any, label: str, order: Any = 0) -> Array:
        """Add events; return their numbers."""
        if np.any((rows < 0) | (rows >= self.rows)):
            raise ValueError(f"invalid program: {label}: rows outside the tile of {self.rows}")
        columns = (rows, times, order, state, need, expected, owner, len(self.labels))
        self.columns.append(tuple(np.broadcast_to(np.asarray(column, np.int64), rows.shape) for column in columns))
        self.labels.append(label)
        self.count += len(rows)
        return np.arange(self.count - len(rows), self.count)

    def block(self, first: int, size: int) -> Array:
        """Return consecutive rows of this tile; `ValueError` if it has no such rows."""
        return block(first, size, self.rows)

    def write(self, rows: Array, times: Any, state: Any, order: Any = 0) -> None:
        """Rows hold something new."""
        self._add(rows, times, state, 0, 0, 0, "rows", order)

    def need_value(self, rows: Array, times: Any, owner: Any, label: str) -> Array:
        """Rows must hold values; return the events' numbers."""
        return self._add(rows, times, UNCHANGED, NEED_VALUE, 0, owner, label)

    def need_gradient(self, rows: Array, times: Any, owner: Any, label: str, order: Any = 0) -> None:
        """Rows must hold gradients."""
        self._add(rows, times, UNCHANGED, NEED_GRADIENT, 0, owner, label, order)

    def expect(self, rows: Array, times: Any, owner: Any, label: str) -> None:
        """Rows must hold the value of the instruction that reads them."""
        self._add(rows, times, UNCHANGED, NEED_THIS, owner, owner, label)

    def same(self, seen: Array, rows: Array, times: Any, owner: Any, label: str) -> None:
        """Rows must hold what they held at earlier events."""
        self._add(rows, times, UNCHANGED, NEED_SAME, seen, owner, label)

    def check(self) -> None:
        """Raise `ValueError` for the first event that does not find what it needs."""
        rows, times, order, state, need, expected, owner, label = (np.concatenate(column) for column in zip(*self.columns, strict=True))
        sequence = np.lexsort((order, times, rows))
        changes = state[sequence] != UNCHANGED
        latest = np.maximum.accumulate(np.where(changes, np.arange(len(sequence)), 0))
        found = np.empty(len(rows), np.int64)
        found[sequence] = state[sequence][latest]
        value = (found >= 0) | (found == HELD)
        good = np.select(
            [need == NEED_VALUE, need == NEED_GRADIENT, need == NEED_THIS, need == NEED_SAME],
            [value, found == GRADIENT, found == expected, found == found[np.where(need == NEED_SAME, expected, 0)]],
            True,
        )
        if not np.all(good):
            bad = int(np.argmin(good))
            what = {NEED_VALUE: "a value", NEED_GRADIENT: "a gradient"}.get(int(need[bad]), "what forward left there")
            raise ValueError(
                f"invalid program: instruction {owner[bad]}: field {self.labels[label[bad]]!r}: row {rows[bad]} does not hold {what}; "
                "a program is made by compile and never changed"
            )
