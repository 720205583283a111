"""How long values live: when each is read for the last time, forward or backward."""

from collections.abc import Iterable, Sequence

from .flow import OWN, Flow, reads
from .storage import Storage


class Liveness:
    """The times at which the values stored in a section's rows are read for the last time.

    The instruction at position `p` of `n` runs forward at time `p` and backward at time `2 n - p`; time `n` lies between.
    """

    def __init__(self, storage: Storage, flow: Flow, section: Sequence[int], leaves: Iterable[int], kept: Iterable[int]) -> None:
        self.middle = middle = len(section)
        last = dict.fromkeys(leaves, 0)
        root, operands = storage.root, storage.operands
        for position, number in enumerate(section):
            last[number] = position
            for operand in operands[number]:
                if root[operand] in last:
                    last[root[operand]] = position
        for number in kept:
            if number in last:
                last[number] = middle
        for position in range(middle - 1, -1, -1):
            number = section[position]
            needs, gate = flow.active[number], storage.nodes[number].gate
            if needs and gate is not None:
                for read in reads(gate, needs):
                    stored = number if read == OWN else root[operands[number][read]]
                    if stored in last:
                        last[stored] = 2 * middle - position
        self._ending: dict[int, list[int]] = {}
        for number, time in last.items():
            self._ending.setdefault(time, []).append(number)

    def ending(self, time: int) -> Sequence[int]:
        """Return the nodes whose values nothing reads after this time."""
        return self._ending.get(time, ())
