"""Liveness of values: when each is read for the last time, forward or backward. Its rows are free from then on."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from .flow import OWN, Flow, reads
from .numbered import Numbered


class Liveness:
    """The times at which the values stored in a section's rows are read for the last time.

    The instruction at position `p` of `n` runs forward at time `p` and backward at time `2 n - p`; time `n` lies between.
    """

    def __init__(self, numbered: Numbered, flow: Flow, section: Sequence[int], leaves: Sequence[int], kept: Any) -> None:
        self.middle = middle = len(section)
        stored = np.array([*leaves, *section], np.int64)
        last = np.full(len(numbered.nodes), -1)
        last[stored[: len(leaves)]] = 0
        last[stored[len(leaves) :]] = np.arange(middle)
        operands, counts = numbered.operands_of(section)
        np.maximum.at(last, numbered.roots[operands], np.repeat(np.arange(middle), counts))
        last[kept] = middle
        read: defaultdict[tuple[Gate, int], list[int]] = defaultdict(list)
        for position, number in enumerate(section):
            needs, gate = flow.active[number], numbered.nodes[number].gate
            if needs and number in numbered.loops:  # all but what the first step takes, of which a checkpoint is kept
                again = numbered.roots[list(numbered.operands[number][1:])]
                last[again] = np.maximum(last[again], 2 * middle - position)
            elif needs and gate is not None:
                read[gate, needs].append(position)
        for (gate, needs), positions in read.items():
            for each in reads(gate, needs):
                values = [section[position] if each == OWN else numbered.operands[section[position]][each] for position in positions]
                np.maximum.at(last, numbered.roots[values], 2 * middle - np.array(positions))
        order = np.argsort(last[stored], kind="stable")
        self._ended: list[int] = stored[order].tolist()
        self._bounds: list[int] = np.searchsorted(last[stored[order]], np.arange(2 * middle + 2)).tolist()

    def ending(self, time: int) -> Sequence[int]:
        """Return the nodes whose values nothing reads after this time."""
        return self._ended[self._bounds[time] : self._bounds[time + 1]]
