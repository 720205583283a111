"""Activity analysis, or where the gradient flows: which nodes receive one, which operands pass it on, and which values that reads."""

from collections.abc import Iterable, Sequence
from functools import cache

from ..gates import Gate
from ..gates.analysis import VALUE
from ..kinds import contributions, of, serving
from .numbered import Numbered

OWN = -1
"""In `reads`: the gate's own value."""


@cache
def reads(gate: Gate, needs: int) -> tuple[int, ...]:
    """Return the operands, or `OWN`, whose values the backward rule reads to serve these operands."""
    found: set[int] = set()
    for number, each in enumerate(contributions(gate)):
        if each is not None and needs >> number & 1:
            found.update(read for read in each.reads if isinstance(read, int))
            found.update([OWN] if VALUE in each.reads else [])
    return tuple(sorted(found))


class Flow:
    """The gradient's way from the outputs to the wanted leaves, by the numbers of the nodes.

    Attributes
    ----------
    receives : bytearray
        For each node whether it receives a gradient.
    active : list of int
        For each gate the operands that its backward rule serves, one bit each; 0 where backward passes by.
    """

    def __init__(self, numbered: Numbered, outputs: Sequence[int], wanted: Iterable[int]) -> None:
        count = len(numbered.nodes)
        reaches = bytearray(count)
        for number in wanted:
            reaches[number] = 1
        self.active = [0] * count
        self.receives = bytearray(count)
        if any(reaches):
            self._climb(numbered, reaches)
            self._descend(numbered, reaches, outputs)

    def _climb(self, numbered: Numbered, reaches: bytearray) -> None:
        """Find the operands that the wanted leaves reach."""
        for number, operands in enumerate(numbered.operands):
            needs = 0
            for bit, operand in enumerate(operands):
                if reaches[operand]:
                    needs |= 1 << bit
            if needs:
                node = numbered.nodes[number]
                gate = node.gate
                if gate is None or node.boolean:
                    continue
                needs = serving(gate, needs)
                if needs:
                    self.active[number] = needs
                    reaches[number] = 1

    def _descend(self, numbered: Numbered, reaches: bytearray, outputs: Sequence[int]) -> None:
        """Keep what lies on a way from an output."""
        receives = self.receives
        for number in outputs:
            receives[number] = reaches[number]
        for number in range(len(receives) - 1, -1, -1):
            needs = self.active[number]
            if not receives[number]:
                self.active[number] = 0
            elif needs:
                gate = numbered.nodes[number].gate
                assert gate is not None
                serves = of(gate).serves
                for bit, operand in enumerate(numbered.operands[number]):
                    if reaches[operand] and serves(needs, bit):
                        receives[operand] = 1
