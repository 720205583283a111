"""Register allocation, with the rows of a tile, or of native code's scratch memory, for registers."""

from collections import defaultdict


class RowAllocator:
    """Gives out consecutive rows and takes them back; the last returned are the first reused, as they are still in the cache.

    Those before `count` are somebody else's.
    """

    def __init__(self, count: int = 0) -> None:
        self.count = count
        self.free: dict[int, list[int]] = defaultdict(list)

    def take(self, size: int) -> int:
        """Return the first of `size` rows that nobody uses."""
        free = self.free[size]
        return free.pop() if free else self.fresh(size)

    def fresh(self, size: int) -> int:
        """Return the first of `size` rows that nobody has used."""
        self.count += size
        return self.count - size

    def give_back(self, row: int, size: int) -> None:
        """Take back rows."""
        self.free[size].append(row)
