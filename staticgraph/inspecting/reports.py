"""What is found inside a function: reports that print, with an entry for each gate."""

from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from ..kinds.kind import Array

SHOWN_ROWS, SHOWN_NUMBERS = 6, 4
Entry = TypeVar("Entry", "NotFinite", "Kink", "Step")


class NotFinite(NamedTuple):
    """Rows in which NaN or infinity first appears at one place.

    Attributes
    ----------
    rows : array of int
    gate : str
        The gate, or the leaf that is not finite itself.
    line : str
        The user's `file:line`.
    direction : "forward" or "backward"
    operands : tuple of array
        The gate's operands in the first of the rows.
    value : array
        What it makes of them; backward what its operands receive, a tuple.
    upstream : array or None
        Backward, the upstream gradient.
    """

    rows: Array
    gate: str
    line: str
    direction: str
    operands: tuple[Array, ...]
    value: Any
    upstream: Array | None

    def __str__(self) -> str:
        given = f" of {', '.join(map(short, self.operands))}" if self.operands else ""
        if self.upstream is None:
            made = f"gives {short(self.value)}"
        else:
            sent = f" and sends down {', '.join(map(short, self.value))}" if self.value else ""
            made = f"receives {short(self.upstream)} from above{sent}"
        return f"{self.line or 'unknown line'}: {self.direction}: {self.gate}{given} {made}: {_rows(self.rows)}"


class Kink(NamedTuple):
    """Rows in which a gate sits on a kink.

    Attributes
    ----------
    rows : array of int
    gate : str
    line : str
        The user's `file:line`.
    """

    rows: Array
    gate: str
    line: str

    def __str__(self) -> str:
        return f"{self.line or 'unknown line'}: {self.gate}: {_rows(self.rows)}"


class Step(NamedTuple):
    """What a gate does in one row.

    Attributes
    ----------
    rows : array of int
        That row.
    name, formula : str
        The value's name, and what it is computed from, as in the listing.
    gate : str
    value : array
    local : tuple of array
        The derivative of the value in each operand, of an elementwise gate; empty for others and for booleans.
    upstream : array or None
        The gradient that arrives; None for booleans, which receive none, and in functions with gradients of the user's own.
    line : str
        The user's `file:line`.
    """

    rows: Array
    name: str
    formula: str
    gate: str
    value: Array
    local: tuple[Array, ...]
    upstream: Array | None
    line: str


class Report(tuple[Entry, ...], Generic[Entry]):
    """Entries, in the order of the graph; it prints, and its `len` is how many there are."""

    __slots__ = ()
    nothing = "nothing found"

    def __str__(self) -> str:
        return "\n".join(map(str, self)) if self else self.nothing

    def __repr__(self) -> str:
        return str(self)


class NotFiniteReport(Report[NotFinite]):
    """Where NaN or infinity first appears."""

    __slots__ = ()
    nothing = "all outputs and gradients are finite"


class KinkReport(Report[Kink]):
    """Which gates sit on a kink, in which rows."""

    __slots__ = ()
    nothing = "no gate sits on a kink"


class Explanation(Report[Step]):
    """What each gate does in one row."""

    __slots__ = ()

    def __str__(self) -> str:
        table = [("", "", "value", "local derivatives", "upstream gradient", "line")]
        for each in self:
            local, upstream = ", ".join(map(short, each.local)), "" if each.upstream is None else short(each.upstream)
            table.append((each.name, f"= {each.formula}" if each.formula else "", short(each.value), local, upstream, each.line))
        widths = [max(len(line[column]) for line in table) for column in range(6)]
        return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in table)


def short(value: Array) -> str:
    """Return a value as text: a number, or the first ones and the shape."""
    array = np.asarray(value)
    numbers = [str(bool(each)) if array.dtype == bool else f"{each:.6g}" for each in array.ravel()[:SHOWN_NUMBERS]]
    if not array.shape:
        return numbers[0]
    long = array.size > SHOWN_NUMBERS
    return f"[{' '.join(numbers)}{' ...' if long else ''}]{array.shape if long or array.ndim > 1 else ''}"


def _rows(rows: Array) -> str:
    shown = ", ".join(map(str, rows[:SHOWN_ROWS].tolist()))
    return f"{len(rows)} row(s): {shown}{', ...' if len(rows) > SHOWN_ROWS else ''}"
