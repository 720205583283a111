"""Gradient rows and accumulators while a backward pass is planned: where they are, and which have been written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..program.allocator import RowAllocator
from .numbered import Numbered

Array = np.ndarray[Any, Any]


class Buffer:
    """The gradient of one stored node.

    `constant`: the number that every element is known to be; None if unknown.
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

    def __init__(self, numbered: Numbered, rows: RowAllocator) -> None:
        self.sizes = numbered.sizes
        self.rows = rows
        self.buffers: dict[int, Buffer] = {}
        self.clears: list[tuple[int, int]] = []

    def write(self, node: int, start: int, size: int, constant: float | None, accumulate: bool) -> tuple[int, bool]:
        """Note a contribution to elements of a stored node; return its first row, and whether it may store instead of add.

        With `accumulate` the write always adds (several rows share a target); rows not written so far are cleared before a write that adds.
        """
        buffer = self.buffers.get(node)
        if buffer is None:
            buffer = self._begun(node)
            if size == buffer.size and not accumulate:  # nearly always
                buffer.written = bytearray(b"\x01") * size
                buffer.constant, buffer.writes = constant, 1
                return buffer.row, True
        count = buffer.written.count(1, start, start + size)
        first = count == 0 and not accumulate
        buffer.constant = constant if first and size == buffer.size and not buffer.writes else None
        buffer.writes += 1
        if count < size:
            if not first:
                self._clear(buffer, start, size)
            buffer.written[start : start + size] = b"\x01" * size
        return buffer.row + start, first

    def scatter(self, node: int, elements: Array) -> tuple[Array | int, Array | bool]:
        """Note contributions to elements of a stored node, in any order; return their rows, and for each whether it stores."""
        if len(elements) == 1:
            return self.write(node, int(elements[0]), 1, None, accumulate=False)
        buffer = self.buffers.get(node) or self._begun(node)
        written = np.frombuffer(buffer.written, np.uint8)
        stores = np.zeros(len(elements), bool)
        stores[np.unique(elements, return_index=True)[1]] = True
        stores &= written[elements] == 0
        written[elements] = 1
        buffer.constant = None
        buffer.writes += len(elements)
        return buffer.row + elements, stores

    def _begun(self, node: int) -> Buffer:
        """Return a buffer for a stored node's gradient, none of it written."""
        buffer = self.buffers[node] = Buffer(self.rows.take(self.sizes[node]), self.sizes[node])
        return buffer

    def hold(self, node: int, row: int) -> int:
        """Let a stored node's gradient be summed in these rows, which hold a sum before the section's backward pass begins; return them."""
        buffer = self.buffers[node] = Buffer(row, self.sizes[node])
        buffer.written[:] = b"\x01" * buffer.size
        return row

    def enter(self, node: int, start: int, size: int) -> int:
        """Note that elements of a stored node hold sums before the section's backward pass begins; return their first row."""
        buffer = self.buffers.get(node) or self._begun(node)
        buffer.written[start : start + size] = b"\x01" * size
        buffer.writes += 1
        return buffer.row + start

    def _clear(self, buffer: Buffer, start: int, size: int) -> None:
        """Clear the rows among these that have not been written."""
        position, end = start, start + size
        while (begin := buffer.written.find(0, position, end)) >= 0:
            position = buffer.written.find(1, begin, end)
            position = end if position < 0 else position
            self.clears.append((buffer.row + begin, position - begin))
            buffer.constant = None

    def complete(self, node: int) -> Buffer:
        """Return the buffer of a stored node whose gradient is about to be read, all of it; zeros where nothing was written.

        Nothing at all was where an operand of no elements, or elements that are not picked, lie on the gradient's way.
        """
        buffer = self.buffers.get(node) or self._begun(node)
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


@dataclass(frozen=True)
class Site:
    """Consecutive accumulators for elements of a stored uniform node."""

    slot: int
    root: int
    start: int
    size: int


class Accumulators:
    """The accumulators of what the body adds to uniform values.

    Every place that adds has its own, so that each sum is over the rows of the batch alone, and does not depend on when the other
    places add. Only matrix products share theirs: a recurrent network of a hundred steps would otherwise need a hundred matrices
    of them.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes
        self.sites: list[Site] = []
        self.count = 0
        self.products: dict[int, int] = {}

    def fresh(self, root: int, start: int, size: int) -> int:
        """Return the first of new accumulators for elements of a node."""
        slot = self.count
        self.sites.append(Site(slot, root, start, size))
        self.count += size
        return slot

    def scatter(self, roots: Array, elements: Array) -> Array:
        """Return new accumulators for elements of some nodes, one for each; consecutive elements share a site."""
        slots = np.arange(self.count, self.count + len(roots))
        begins = np.flatnonzero((np.diff(roots, prepend=-1) != 0) | (np.diff(elements, prepend=-1) != 1))
        for begin, end in zip(begins.tolist(), np.append(begins, len(roots))[1:].tolist(), strict=True):
            self.fresh(int(roots[begin]), int(elements[begin]), end - begin)
        return slots

    def of_products(self, root: int) -> int:
        """Return the first of the accumulators that all matrix products of a node share."""
        if root not in self.products:
            self.products[root] = self.fresh(root, 0, self.sizes[root])
        return self.products[root]
