"""Gradient rows while a backward pass is planned: where they are, and which have been written."""

from dataclasses import dataclass, field

from .node import Node
from .rows import Rows


@dataclass
class Buffer:
    """The gradient of one stored node.

    `constant` is its value where that is the same number in every element whatever the data; None where it may be anything,
    zero included.
    """

    row: int
    written: bytearray
    constant: float | None = None
    writes: int = 0


@dataclass
class Gradients:
    """The gradient buffers of a section, and the clearing that the next instruction needs first."""

    rows: Rows
    buffers: dict[int, Buffer] = field(default_factory=dict)
    clears: list[tuple[int, int]] = field(default_factory=list)

    def buffer(self, node: Node) -> Buffer:
        """Return the buffer of a stored node, made when first asked for."""
        found = self.buffers.get(id(node))
        if found is None:
            found = self.buffers[id(node)] = Buffer(self.rows.take(node.size), bytearray(node.size))
        return found

    def write(self, node: Node, start: int, size: int, constant: float | None, accumulate: bool) -> tuple[int, bool]:
        """Note a contribution to elements of a node; return its first row, and whether it may store instead of add.

        With `accumulate` it adds in any case (several rows go to one). Rows that it cannot store are cleared before.
        """
        buffer = self.buffer(node)
        count = buffer.written.count(1, start, start + size)
        first = count == 0 and not accumulate
        whole = first and size == len(buffer.written)
        buffer.constant = constant if whole and not buffer.writes else None
        buffer.writes += 1
        if not first and count < size:
            self.clear(buffer, start, size)
        buffer.written[start : start + size] = b"\x01" * size
        return buffer.row + start, first

    def clear(self, buffer: Buffer, start: int, size: int) -> None:
        """Clear the rows among these that have not been written."""
        position, end = start, start + size
        while (begin := buffer.written.find(0, position, end)) >= 0:
            position = buffer.written.find(1, begin, end)
            position = end if position < 0 else position
            self.clears.append((buffer.row + begin, position - begin))
            buffer.constant = None

    def complete(self, node: Node) -> Buffer:
        """Return the buffer of a node whose gradient is about to be read, all of it."""
        buffer = self.buffers[id(node)]
        if 0 in buffer.written:
            self.clear(buffer, 0, len(buffer.written))
            buffer.written[:] = b"\x01" * len(buffer.written)
        return buffer

    def release(self, node: Node) -> None:
        """Give the rows back."""
        buffer = self.buffers.pop(id(node))
        self.rows.give_back(buffer.row, len(buffer.written))
