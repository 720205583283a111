"""Equal operations of one row side by side: independent ones with one rule become one on a vector, where that takes fewer instructions.

A rule is elementwise, so the bits are those of one operation after another. Operations that are as far from the inputs do not depend on
each other; of those with the same rule, as many consecutive ones as a vector has lanes are a *pack*. Whether that pays is decided pack by
pack: it takes one operation instead of several, but its operands have to be brought together, and what others read is taken apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from .gathering import Column, Lane, Number, Source, most_lanes, recipe
from .one_row import OneRow
from .operations import NO_RULES, Hold, Keep, Load, Operation, Operations, Sink, Store
from .parts import operands
from .schedule import LONG
from .shifts import Begins
from .templates import Template, template
from .whole import NAMES

ROUNDS = 4
"""How often all packs are asked whether they pay: each answer depends on its neighbours'."""
WIDE = 1.25
"""What an instruction on a vector costs, in instructions on numbers."""


@dataclass(frozen=True)
class SideBySide(Rule):
    """A rule on so many lanes of one row."""

    rule: Rule
    lanes: int


@dataclass(eq=False)
class Pack:
    """Operations side by side, by their numbers; lanes beyond them repeat the last one."""

    members: tuple[int, ...]
    kept: bool = True

    @property
    def width(self) -> int:
        """The lanes: a power of two."""
        return 1 << (len(self.members) - 1).bit_length()

    @property
    def padded(self) -> tuple[int, ...]:
        """The member in each lane."""
        return self.members + self.members[-1:] * (self.width - len(self.members))


class Packs:
    """The packs of a program's operations.

    Parameters
    ----------
    noted : Operations
        With `begins`, the numbers of the operations with which instructions begin.
    """

    def __init__(self, noted: OneRow) -> None:
        self.noted, self.operations = noted, noted.operations
        self.live = live(noted)
        self.of: dict[int, Pack] = {}
        self.packs = [Pack(members) for members in self._groups()]
        for pack in self.packs:
            self.of.update(dict.fromkeys(pack.members, pack))
        self.places = {pack: {member: lane for lane, member in enumerate(pack.members)} for pack in self.packs}
        self._note_readers()
        for _ in range(ROUNDS):
            changed = [self._decide(pack) for pack in reversed(self.packs) if pack.kept]
            if not any(changed):
                break
        self.packs = [pack for pack in self.packs if pack.kept]
        self.of = {member: pack for member, pack in self.of.items() if pack.kept}

    def _groups(self) -> Iterator[tuple[int, ...]]:
        """Yield the operations that may be side by side: those of one instruction first, then what is left of several."""
        depths, groups = self._depths(), defaultdict(list)
        instruction, ends = 0, [*self.noted.begins[1:], len(self.operations)]
        for number in self.live:
            operation = self.operations[number]
            while number >= ends[instruction]:
                instruction += 1
            if not isinstance(operation.what, NO_RULES):
                groups[operation.what, depths[number]].append((instruction, number))
        most, begins = most_lanes(self.noted.dtype), Begins(self.operations, self.noted.makers)
        together = []
        for group in groups.values():
            runs: dict[int, list[int]] = defaultdict(list)
            for instruction, number in group:
                runs[instruction].append(number)
            together.append(list(runs.values()))
        shifts = begins.of([run for runs in together for run in runs if len(run) >= 2 * most], most)
        for runs_of_group in together:
            left: list[int] = []
            for run in runs_of_group:
                first = -shifts.get(run[0], 0) % most
                whole = first + (len(run) - first) // most * most
                yield from (tuple(run[start : start + most]) for start in range(first, whole, most))
                if first:
                    yield from (ends for ends in (tuple(run[:first]), tuple(run[whole:])) if len(ends) > 1)
                else:
                    left += run[whole:]
            yield from (tuple(left[first : first + most]) for first in range(0, len(left), most) if len(left) - first > 1)

    def _depths(self) -> list[int]:
        """Return after how many instructions each operation is done at the earliest; long ones almost together wait.

        Of two operations with one rule the second can only need the first if it is done by the rule's length later.
        """
        long = defaultdict(list)
        for number in self.live:
            if self.operations[number].weight >= LONG and not isinstance(self.operations[number].what, NO_RULES):
                long[self.operations[number].what].append(number)
        depths, waits = self._done({}), dict[int, int]()
        for _ in range(ROUNDS):
            before, waits = waits, {}
            for group in long.values():
                order = sorted(group, key=depths.__getitem__)
                while order:
                    limit = depths[order[0]] + self.operations[order[0]].weight
                    together = [number for number in order if depths[number] < limit]
                    waits.update(dict.fromkeys(together, depths[together[-1]]))
                    del order[: len(together)]
            if waits == before:
                break
            depths = self._done(waits)
        return depths

    def _done(self, waits: dict[int, int]) -> list[int]:
        """Return after how many instructions each operation is done, none before it is said to be."""
        depths: list[int] = []
        for number, operation in enumerate(self.operations):
            before = [depths[self.noted.makers[value]] for value in needs(operation)]
            depths.append(max(operation.weight + max(before, default=0), waits.get(number, 0)))
        return depths

    def _note_readers(self) -> None:
        """Note what reads the values of each operation: packs by the operand, and others."""
        self.readers: dict[int, set[tuple[Pack, int]]] = defaultdict(set)
        self.others: dict[int, list[int]] = defaultdict(list)
        for number in self.live:
            for place, value in enumerate(self.operations[number].operands):
                if isinstance(value, int) and value >= 0:
                    if number in self.of:
                        self.readers[self.noted.makers[value]].add((self.of[number], place))
                    self.others[value].append(number)
        self.stored = {sink.value for sink in self.noted.sinks if isinstance(sink, Keep | Hold)}

    def source(self, value: Operand) -> Source:
        """Return where a value is."""
        if isinstance(value, str):
            return Number(value)
        if value < 0:
            return self.noted.uniform_place(value)
        maker = self.noted.makers[value]
        operation = self.operations[maker]
        if isinstance(operation.what, Load):
            return column(operation, value)
        pack = self.of.get(maker)
        if pack is None or not pack.kept:
            return Number(value)
        return Lane((pack, value - operation.first), pack.width, self.places[pack][maker])

    def weight(self) -> float:
        """Return about how many LLVM instructions all operations take, with what brings operands together."""
        alone = sum(self.operations[number].weight for number in self.live if number not in self.of and not self._reads(number))
        return alone + sum(self._together(pack) for pack in self.packs)

    def _reads(self, number: int) -> bool:
        return isinstance(self.operations[number].what, Load)

    def _together(self, pack: Pack) -> float:
        first = self.operations[pack.members[0]]
        return WIDE * first.weight + sum(self._gathering(pack, place) for place in range(len(first.operands)))

    def operand(self, pack: Pack, place: int) -> list[Operand]:
        """Return the values of an operand of a pack."""
        return [self.operations[member].operands[place] for member in pack.padded]

    def _gathering(self, pack: Pack, place: int) -> float:
        return recipe([self.source(value) for value in self.operand(pack, place)], len(pack.members)).cost

    def _decide(self, pack: Pack) -> bool:
        """Keep a pack only if it pays; return whether it does not."""
        first = self.operations[pack.members[0]]
        readers = {each for member in pack.members for each in self.readers[member] if each[0].kept}
        together = self._together(pack)
        together += sum(self._gathering(*reader) for reader in readers) + self._taken_apart(pack.members)
        pack.kept = False
        apart = len(pack.members) * first.weight + sum(self._gathering(*reader) for reader in readers)
        lanes = {value for member in pack.members for value in self.operations[member].operands if isinstance(self.source(value), Lane)}
        apart += len(lanes)
        pack.kept = together < apart
        return not pack.kept

    def _taken_apart(self, members: Sequence[int]) -> float:
        """Return how many values of a pack are read as numbers."""
        found = 0
        for member in members:
            operation = self.operations[member]
            for value in range(operation.first, operation.first + operation.count):
                readers = (self.of.get(number) for number in self.others[value])
                found += value in self.stored or any(reader is None or not reader.kept for reader in readers)
        return found


class Packed(Operations):
    """Operations some of which are side by side: the values of a pack's first result in every lane, then those of the second, and so on.

    Parameters
    ----------
    noted : OneRow
        The same one by one.
    packs : Packs, optional
        Which are side by side.
    """

    def __init__(self, noted: OneRow, packs: Packs | None = None) -> None:
        super().__init__(noted.dtype)
        self.noted, packs = noted, packs or Packs(noted)
        self.renamed: dict[int, int] = {}
        done: set[Pack] = set()
        for number in packs.live:
            pack = packs.of.get(number)
            if pack is None:
                self._alone(noted.operations[number])
            elif pack not in done:
                done.add(pack)
                self._together(packs, pack)
        self.sinks = [self._sink(sink) for sink in noted.sinks]
        for operation in self.operations:
            operation.operands = [self._value(value) for value in operation.operands]
            operation.after = None if operation.after is None else self._value(operation.after)

    def template(self, rule: Rule) -> Template:
        """Return a rule's template for its lanes."""
        return template(rule.rule, self.dtype, rule.lanes) if isinstance(rule, SideBySide) else self.noted.template(rule)

    def uniform_place(self, value: int) -> Column:
        """Return where a uniform value stands in memory."""
        return self.noted.uniform_place(value)

    def _alone(self, each: Operation) -> None:
        weight = each.count if isinstance(each.what, Load) else each.weight
        made = self.make(each.what, each.operands, each.count, weight, each.after)
        self.renamed.update({each.first + place: value for place, value in enumerate(made)})

    def _together(self, packs: Packs, pack: Pack) -> None:
        members = [packs.operations[member] for member in pack.members]
        first, count = members[0], len(members)
        given = [each.operands[place] for place in range(len(first.operands)) for each in members]
        assert isinstance(first.what, Rule)
        made = self.make(SideBySide(first.what, pack.width), given, first.count * count, first.weight)
        for place in range(first.count):
            self.renamed.update({each.first + place: made[place * count + lane] for lane, each in enumerate(members)})

    def _value(self, value: Operand) -> Operand:
        return self.renamed[value] if isinstance(value, int) and value >= 0 else value

    def _sink(self, sink: Sink) -> Sink:
        if isinstance(sink, Store):
            return sink._replace(values=tuple(map(self._value, sink.values)))
        assert isinstance(sink, Keep | Hold)
        return sink._replace(value=self._value(sink.value))


def column(load: Operation, value: int) -> Column:
    """Return where a value stands that is read from an array."""
    assert isinstance(load.what, Load)
    return Column(f"{NAMES[load.what.array]}{load.what.number}", load.what.first + value - load.first, load.what.size)


def live(noted: OneRow) -> list[int]:
    """Return the numbers of the operations that lead to a sink, in order."""
    found: set[int] = set()
    waiting = [noted.makers[value] for sink in noted.sinks for value in operands(sink) if isinstance(value, int) and value >= 0]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [noted.makers[value] for value in needs(noted.operations[number])]
    return sorted(found)


def needs(operation: Operation) -> list[int]:
    """Return the values that an operation needs to have been made."""
    before = [*operation.operands, operation.after]
    return [value for value in before if isinstance(value, int) and value >= 0]
