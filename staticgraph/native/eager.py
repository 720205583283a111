"""An order of operations in which values wait as briefly as they can: what ends the life of a value follows at once.

`schedule.ordered` walks from each result to all that it needs: what several results need then waits from the first of them to the last. In
a sum over a row with its gradient, that is the whole row. Here an operation comes as soon as all its operands are there, if it is the last
to read one of them; the others when the walk asks for them. Results that need least are walked to first. Rosenbrock-100 with vectors along
its rows then spills 8 vectors of a row instead of 37.
"""

from collections import Counter, defaultdict
from collections.abc import Container

from .operations import Load, Operation, Operations, Sink
from .parts import Step, operands


def eagerly(noted: Operations) -> list[Step]:
    """Return what the sinks need, and the sinks, in order."""
    return _Eager(noted).steps


class _Eager:
    """The order that is being made; steps are numbers, of operations and behind them of sinks."""

    def __init__(self, noted: Operations) -> None:
        self.every: list[Operation | Sink] = [*noted.operations, *noted.sinks]
        read = [[each for each in operands(step) if isinstance(each, int) and each >= 0] for step in self.every]
        self.needs = [list(dict.fromkeys(noted.makers[value] for value in values)) for values in read]
        self.sinks = range(len(noted.operations), len(self.every))
        self.live = self._reached()
        self.readers: dict[int, list[int]] = defaultdict(list)
        for number in self.live:
            for maker in self.needs[number]:
                self.readers[maker].append(number)
        self.left = Counter({maker: len(found) for maker, found in self.readers.items()})
        self.missing = {number: len(self.needs[number]) for number in self.live}
        self.done: set[int] = set()
        self.steps: list[Step] = []
        for sink in self._by_needs():
            for number in self._missing(sink, self.done):
                self._add(number)

    def _missing(self, last: int, done: Container[int]) -> list[int]:
        """Return a step and all that it needs and that is not done, what is needed first."""
        found: dict[int, None] = {}
        waiting = [last]
        while waiting:
            number = waiting[-1]
            missing = [maker for maker in reversed(self.needs[number]) if maker not in done and maker not in found]
            if number not in found and missing:
                waiting += missing
            else:
                found[waiting.pop()] = None
        return list(found)

    def _reached(self) -> list[int]:
        """Return all that the sinks need, and the sinks, what is needed first."""
        found: dict[int, None] = {}
        for sink in self.sinks:
            found.update(dict.fromkeys(self._missing(sink, found)))
        return list(found)

    def _by_needs(self) -> list[int]:
        """Return the sinks, those that need fewest operations first; sets of operations are the bits of numbers."""
        above: dict[int, int] = {}
        for number in self.live:
            above[number] = 1 << number
            for maker in self.needs[number]:
                above[number] |= above[maker]
        return sorted(self.sinks, key=lambda sink: above[sink].bit_count())

    def _add(self, number: int) -> None:
        """Add a step, and each that now ends the life of a value."""
        ready = [number]
        while ready:
            number = ready.pop()
            if number in self.done:
                continue
            self.done.add(number)
            self.steps.append(self.every[number])
            touched = list(self.readers[number])
            for reader in touched:
                self.missing[reader] -= 1
            for maker in self.needs[number]:
                self.left[maker] -= 1
                touched += [reader for reader in self.readers[maker] if self.left[maker] == 1]
            ready += [reader for reader in dict.fromkeys(reversed(touched)) if self._ends_a_life(reader)]

    def _ends_a_life(self, number: int) -> bool:
        """Whether a step may follow, and is the last to read a value that is not in memory anyway."""
        if number in self.done or self.missing[number]:
            return False
        return any(self.left[maker] == 1 and not self._is_read(maker) for maker in self.needs[number])

    def _is_read(self, number: int) -> bool:
        step = self.every[number]
        return isinstance(step, Operation) and isinstance(step.what, Load)
