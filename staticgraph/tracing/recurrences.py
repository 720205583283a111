"""Arrays that a loop reads and fills at places that move with its steps: `x[k] = f(x[k - 1])`.

Where a step reads what an earlier one has written, and always so many steps earlier, the value waits in registers of the loop's carry;
what no step has written is sliced.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..nodes.node import Node
from .cells import Cells, are_places, bits_of
from .errors import UnrepeatableError
from .state import Memory

Addresses = np.ndarray[Any, Any]
MOST_EARLIER = 64
"""Steps that a value waits, at most: each is an element of the carry."""


def addresses_of(cells: Cells) -> Addresses:
    """Return where in memory cells stand."""
    found: Addresses = np.full(cells.shape, cells.__array_interface__["data"][0], np.int64)
    for axis, (length, stride) in enumerate(zip(cells.shape, cells.strides, strict=True)):
        found += (np.arange(length) * stride).reshape((-1,) + (1,) * (cells.ndim - axis - 1))
    return found


class Read(NamedTuple):
    """A step reads: what stands for it, where each step reads, and how many writes to the array come before in a step."""

    leaf: Node
    addresses: Addresses
    before: int


class Write(NamedTuple):
    """A step writes: the array's cells, the index of each step, where that is, and what is written."""

    target: Cells
    keys: list[Any]
    addresses: Addresses
    value: Node


class Filled:
    """An array that steps fill.

    Attributes
    ----------
    reads, writes : list
    """

    def __init__(self, memory: Memory, before: Cells) -> None:
        self.memory, self.reads, self.writes = memory, list[Read](), list[Write]()
        assert memory.cells is not None
        places = addresses_of(memory.cells).ravel()
        self.order = np.argsort(places)
        self.places = places[self.order]
        self.bits = bits_of(before).ravel()[self.order]

    def initial(self, addresses: Addresses) -> Cells:
        """Return the cells that stood at addresses before the loop."""
        return self.bits[np.searchsorted(self.places, addresses)].view(np.float64)

    def sources(self, read: Read) -> list["Source"]:
        """Return where each element of what a step reads comes from."""
        steps = len(read.addresses)
        columns = read.addresses.reshape(steps, -1)
        made = _last_writers(columns, read.before, [each.addresses.reshape(steps, -1) for each in self.writes])
        return [self._source(columns[:, number], made[:, number]) for number in range(columns.shape[1])]

    def _source(self, addresses: Addresses, made: Addresses) -> "Source":
        steps = np.arange(len(addresses))
        written = made[:, 0] >= 0
        if not written.any():
            return Source(-1, 0, 0, self.initial(addresses))
        first = int(np.argmax(written))
        earlier, ends = steps - made[:, 0], made[-1]
        same = written[first:].all() and (earlier[first:] == earlier[first]).all() and (made[first:, 1:] == ends[1:]).all()
        if not same or earlier[first] > MOST_EARLIER or first not in (0, earlier[first]) or (first == 0 and earlier[first] != 0):
            raise UnrepeatableError("steps read what other steps wrote, not always as many steps before")
        return Source(int(ends[1]), int(ends[2]), int(earlier[first]), self.initial(addresses[:first]))


class Source(NamedTuple):
    """Where an element that steps read comes from.

    Attributes
    ----------
    write, element : int
        Which write of an earlier step, or of the same, and which of its elements; -1 if it stood there before the loop.
    earlier : int
        How many steps before.
    initial : cells
        What the first steps read, or all.
    """

    write: int
    element: int
    earlier: int
    initial: Cells


def _last_writers(columns: Addresses, before: int, writes: Sequence[Addresses]) -> Addresses:
    """Return for each step and element read the step, the write and the element that wrote it last; -1 where nothing has."""
    made = np.full((*columns.shape, 3), -1)
    last: dict[int, tuple[int, int, int]] = {}
    wanted = [column.tolist() for column in columns]
    written = [each.tolist() for each in writes]
    for step, places in enumerate(wanted):
        for number, values in enumerate(written[:before]):
            last.update((place, (step, number, element)) for element, place in enumerate(values[step]))
        for element, place in enumerate(places):
            made[step, element] = last.get(place, (-1, -1, -1))
        for number, values in enumerate(written[before:], before):
            last.update((place, (step, number, element)) for element, place in enumerate(values[step]))
    return made


def are_symbolic(cells: Cells) -> bool:
    """Whether all cells are places in nodes."""
    return bool(are_places(bits_of(cells)).all())
