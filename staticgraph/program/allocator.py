"""Register allocation, with the rows of a tile, or of native code's scratch memory, for registers."""

from collections import defaultdict


class RowAllocator:
    """Gives out consecutive rows and takes them back; the last returned are the first reused, as they are still in the cache.

    One `within` another takes rows from that and keeps them for itself.
    """

    def __init__(self, within: "RowAllocator | None" = None) -> None:
        self.count = 0
        self.free: dict[int, list[int]] = defaultdict(list)
        self.within = within

    def take(self, size: int) -> int:
        """Return the first of `size` rows that nobody uses."""
        free = self.free[size]
        if free:
            return free.pop()
        return self.fresh(size)

    def fresh(self, size: int) -> int:
        """Return the first of `size` rows that nobody has used, nor will unless they are given back here."""
        if self.within is not None:
            return self.within.fresh(size)
        self.count += size
        return self.count - size

    def give_back(self, row: int, size: int) -> None:
        """Take back rows."""
        self.free[size].append(row)
