"""In which lane of a vector a run of equal operations begins: where most of what it reads, and of what reads it, stands already.

A difference of neighbours, `x[1:] - x[:-1]`, adds what it sends back one element further on. Were its vectors to begin with its first
element, all that has been added there before would be moved by one lane, and back again for what is added next.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from .operations import NO_RULES, Operation

PASSES = 2
"""First a run looks at what it reads, then also at what reads it."""


class Begins:
    """Finds the lanes.

    Parameters
    ----------
    operations : sequence of Operation
    makers : sequence of int
        For each value the operation that makes it.
    """

    def __init__(self, operations: Sequence[Operation], makers: Sequence[int]) -> None:
        self.operations, self.makers = operations, makers

    def of(self, runs: Sequence[Sequence[int]], most: int) -> dict[int, int]:
        """Return the lane in which each run begins, by its first member."""
        order = sorted(runs, key=lambda run: run[0])
        lanes = {member: place % most for run in order for place, member in enumerate(run)}
        neighbours = self._neighbours(lanes)
        found = {run[0]: 0 for run in order}
        for number in range(PASSES):
            for run in order:
                votes = Counter(
                    (lanes[each] - place) % most
                    for place, member in enumerate(run) for each in neighbours[member] if number or each < member
                )  # fmt: skip
                if votes:
                    found[run[0]] = max(votes, key=lambda lane: (votes[lane], lane == found[run[0]], -lane))
                lanes.update({member: (place + found[run[0]]) % most for place, member in enumerate(run)})
        return found

    def _neighbours(self, members: dict[int, int]) -> dict[int, list[int]]:
        """Return for each member those that make what it reads, and those that read what it makes."""
        found: dict[int, list[int]] = defaultdict(list)
        for member in members:
            for maker in self._makers(member):
                if maker in members:
                    found[member].append(maker)
                    found[maker].append(member)
        return found

    def _makers(self, member: int) -> Iterator[int]:
        for value in self.operations[member].operands:
            if isinstance(value, int) and value >= 0 and not isinstance(self.operations[self.makers[value]].what, NO_RULES):
                yield self.makers[value]
