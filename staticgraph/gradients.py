"""Gradient rows while a backward pass is planned: where they are, and which have been written."""

from .rows import Rows
from .storage import Storage


class Buffer:
    """The gradient of one stored node.

    `constant` is its value where that is the same number in every element whatever the data; None where it may be anything,
    zero included.
    """

    __slots__ = ("constant", "row", "size", "writes", "written")

    def __init__(self, row: int, size: int) -> None:
        self.row = row
        self.size = size
        self.written = bytearray(size)
        self.constant: float | None = None
        self.writes = 0


class Gradients:
    """The gradient buffers of a section, and the clearing that the next instruction needs first."""

    def __init__(self, storage: Storage, rows: Rows) -> None:
        self.sizes = storage.sizes
        self.rows = rows
        self.buffers: dict[int, Buffer] = {}
        self.clears: list[tuple[int, int]] = []

    def write(self, node: int, start: int, size: int, constant: float | None, accumulate: bool) -> tuple[int, bool]:
        """Note a contribution to elements of a stored node; return its first row, and whether it may store instead of add.

        With `accumulate` it adds in any case (several rows go to one). Rows that it cannot store are cleared before.
        """
        buffer = self.buffers.get(node)
        if buffer is None:
            buffer = self.buffers[node] = Buffer(self.rows.take(self.sizes[node]), self.sizes[node])
        count = buffer.written.count(1, start, start + size)
        first = count == 0 and not accumulate
        buffer.constant = constant if first and size == buffer.size and not buffer.writes else None
        buffer.writes += 1
        if count < size:
            if not first:
                self._clear(buffer, start, size)
            buffer.written[start : start + size] = b"\x01" * size
        return buffer.row + start, first

    def _clear(self, buffer: Buffer, start: int, size: int) -> None:
        """Clear the rows among these that have not been written."""
        position, end = start, start + size
        while (begin := buffer.written.find(0, position, end)) >= 0:
            position = buffer.written.find(1, begin, end)
            position = end if position < 0 else position
            self.clears.append((buffer.row + begin, position - begin))
            buffer.constant = None

    def complete(self, node: int) -> Buffer:
        """Return the buffer of a stored node whose gradient is about to be read, all of it."""
        buffer = self.buffers[node]
        if 0 in buffer.written:
            self._clear(buffer, 0, buffer.size)
            buffer.written[:] = b"\x01" * buffer.size
        return buffer

    def release(self, node: int) -> None:
        """Give the rows back."""
        buffer = self.buffers.pop(node)
        self.rows.give_back(buffer.row, buffer.size)

    def taken_clears(self) -> list[tuple[int, int]]:
        """Return what must be cleared now."""
        clears, self.clears = self.clears, []
        return clears
