"""Sums over rows of parts of a batch, in the dyadic tree over blocks: open to the sums of the other parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..lanes.ieee import ieee
from ..machine.blocks import BLOCK_ROWS
from ..records.table import Array

Place = tuple[int, int]
"""A node of the tree: its level, and its number there. Node `(level, j)` has the `2**level` blocks from number `j * 2**level` on."""


@dataclass(frozen=True)
class Tree:
    """What is known of the tree over a batch's blocks: the highest nodes that are whole, none of which lies below another.

    A contiguous part of `n` blocks has at most `2 log2(n)` of them. Adding is commutative to the bit, so the order in which parts are
    joined changes nothing.

    Attributes
    ----------
    nodes : mapping of (int, int) to numpy.ndarray
        The sums of nodes, one number for each accumulator of a program.
    """

    nodes: Mapping[Place, Array] = field(default_factory=dict)

    def joined(self, other: "Tree") -> "Tree":
        """Return what both know: neighbours below one node become that node."""
        found = dict(self.nodes)
        with ieee():
            for (level, number), total in other.nodes.items():
                while (neighbour := found.pop((level, number ^ 1), None)) is not None:
                    level, number, total = level + 1, number // 2, total + neighbour
                found[level, number] = total
        return Tree(found)

    def total(self) -> Array | None:
        """Return the sum, each node without a neighbour going up alone; None if there is no row."""
        found = dict(self.nodes)
        with ieee():
            while len(found) > 1:
                level, number = min(found)
                total, neighbour = found.pop((level, number)), found.pop((level, number ^ 1), None)
                found[level + 1, number // 2] = total if neighbour is None else total + neighbour
        return next(iter(found.values()), None)


def nodes(first: int, last: int, most: int) -> Iterator[tuple[int, int, Place]]:
    """Yield the rows and the places of the highest nodes, of at most so many rows, that rows from `first` to `last` consist of.

    `first` is a multiple of `BLOCK_ROWS`; if `last` is none, the last block is what is there of it.
    """
    while first < last:
        number, level = first // BLOCK_ROWS, 0
        while number % 2 == 0 and first + (BLOCK_ROWS << level + 1) <= last and BLOCK_ROWS << level + 1 <= most:
            number, level = number // 2, level + 1
        stop = min(first + (BLOCK_ROWS << level), last)
        yield first, stop, (level, number)
        first = stop
