"""Packed operations of one row as LLVM text: numbers, and vectors of values of the row side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from ..program.program import Program
from .constants import Constants
from .frame import VALUES
from .gathering import Column, Lane, Number, Source
from .operations import Hold, Keep, Load, Multiplication, Operation, Rereading, Start, Store
from .packs import Packed, SideBySide, column
from .parts import Step
from .schedule import Schedule
from .text import FunctionText
from .vectors import Vectors
from .whole import NAMES, SCRATCH, SUMMED, UNIFORM


class PackedText(FunctionText):
    """A function of one lane that is being written."""

    def __init__(self, name: str, dtype: np.dtype[Any]) -> None:
        super().__init__(name, dtype)
        self.vector, self.block = self.element, "entry"

    def place(self, base: str, number: int) -> str:
        """Return the address of an element of an array."""
        name = self.fresh()
        self.lines.append(f"{name} = getelementptr {self.element}, ptr %{base}, i64 {number}")
        return name

    def get(self, base: str, number: int) -> str:
        """Load an element of an array."""
        place, name = self.place(base, number), self.fresh()
        self.lines.append(f"{name} = load {self.element}, ptr {place}, align {self.itemsize}")
        return name

    def put(self, value: str, base: str, number: int) -> None:
        """Store an element of an array."""
        self.lines.append(f"store {self.element} {value}, ptr {self.place(base, number)}, align {self.itemsize}")

    def put_boolean(self, value: str, base: str, number: int) -> None:
        """Store a truth value as a byte."""
        place, holds, byte = (self.fresh() for _ in range(3))
        self.lines += [
            f"{place} = getelementptr i8, ptr %{base}, i64 {number}", f"{holds} = fcmp une {self.element} {value}, {'0x0000000000000000'}",
            f"{byte} = zext i1 {holds} to i8", f"store i8 {byte}, ptr {place}, align 1",
        ]  # fmt: skip

    def extract(self, lane: Lane) -> str:
        """Take a lane out of a vector."""
        name = self.fresh()
        self.lines.append(f"{name} = extractelement <{lane.width} x {self.element}> {lane.vector}, i64 {lane.lane}")
        return name

    def put_lanes(self, first: Lane, count: int, base: str, number: int) -> None:
        """Store so many lanes of a vector from one on."""
        name, whole = str(first.vector), f"<{first.width} x {self.element}>"
        if count < first.width:
            chosen, name = ", ".join(f"i32 {first.lane + lane}" for lane in range(count)), self.fresh()
            self.lines.append(f"{name} = shufflevector {whole} {first.vector}, {whole} poison, <{count} x i32> <{chosen}>")
        self.lines.append(f"store <{count} x {self.element}> {name}, ptr {self.place(base, number)}, align {self.itemsize}")

    def function(self, parameters: list[str]) -> str:
        """Return the function, with its constants."""
        given, constants = ", ".join(f"ptr %{name}" for name in parameters), Constants(f"{self.name}.constants", self.element)
        head = f'define internal void @"{self.name}"({given}) {{\nentry:'
        lines = constants.pooled(self.lines)
        return "\n".join([*constants.table(), head, *self.head, *constants.address(), *lines, "ret void", "}", ""])


class PackedBody:
    """A part of a function: where the values are that it has made or read."""

    def __init__(self, program: Program, noted: Packed, schedule: Schedule, text: PackedText) -> None:
        self.program, self.noted, self.schedule, self.text = program, noted, schedule, text
        self.loads: set[Operation] = set()
        self.names: dict[Source, str] = {}
        self.sources: dict[int, Source] = {}
        self.vectors: dict[int, Vectors] = {}
        self.stores: list[Store] = []

    def source(self, value: Operand) -> Source:
        """Return where a value is."""
        if isinstance(value, str):
            return Number(value)
        if value < 0:
            return self.noted.uniform_place(value)
        if value in self.sources:
            return self.sources[value]
        maker = self.noted.operations[self.noted.makers[value]]
        if maker in self.loads:
            return column(maker, value)
        return Column(SCRATCH, self.schedule.places.of[value], self.schedule.places.rows)

    def read(self, value: Operand) -> str:
        """Return the name of a value as a number."""
        return self.number(self.source(value))

    def number(self, source: Source) -> str:
        """Return the name of what a source holds, as a number; what waits in memory is loaded."""
        if isinstance(source, Number) and isinstance(source.value, str):
            return source.value
        if source not in self.names:
            if isinstance(source, Column):
                self.names[source] = self.text.get(source.base, source.number)
            else:
                assert isinstance(source, Lane)
                self.names[source] = self.text.extract(source)
        return self.names[source]

    def _made(self, value: int, name: str) -> None:
        self.sources[value] = Number(value)
        self.names[Number(value)] = name

    def vector(self, values: Sequence[Operand], width: int) -> str:
        """Return the name of a vector that begins with values."""
        if width not in self.vectors:
            self.vectors[width] = Vectors(self.text, width, self.number)
        return self.vectors[width].gather(list(map(self.source, values)))

    def write(self, step: Step) -> None:
        """Write a step out; stores wait for the end."""
        if isinstance(step, Keep):
            self.text.put(self.read(step.value), SUMMED, step.slot * self.program.width)
        elif isinstance(step, Hold):
            self.text.put(self.read(step.value), UNIFORM, step.place)
        elif isinstance(step, Store):
            self.stores.append(step)
            for value in step.values:
                if isinstance(self.source(value), Column):
                    self.read(value)
        elif isinstance(step, Operation):
            self._operation(step)

    def _operation(self, step: Operation) -> None:
        what, values = step.what, range(step.first, step.first + step.count)
        if isinstance(what, Load):
            self.loads.add(step)
        elif isinstance(what, Start):
            self._made(step.first, self.text.get(SUMMED, what.slot * self.program.width))
        else:
            assert not isinstance(what, Multiplication | Rereading)
            self._apply(step, what)
        for value in values:
            if value in self.schedule.places.of:
                self.text.put(self.read(value), SCRATCH, self.schedule.places.of[value])

    def _apply(self, step: Operation, rule: Rule) -> None:
        """Apply a rule to numbers, or to vectors of them."""
        template = self.schedule.template(rule)
        write = self.text.call if rule in self.schedule.called else self.text.apply
        if not isinstance(rule, SideBySide):
            for number, name in enumerate(write(template, list(map(self.read, step.operands)))):
                self._made(step.first + number, name)
            return
        count = step.count // len(template.made)
        operands = [step.operands[first : first + count] for first in range(0, len(step.operands), count)]
        for number, name in enumerate(write(template, [self.vector(each, rule.lanes) for each in operands])):
            first = step.first + number * count
            self.sources.update({first + lane: Lane(name, rule.lanes, lane) for lane in range(count)})

    def finish(self) -> None:
        """Write the results, now that all has been read."""
        for store in self.stores:
            base = f"{NAMES[store.array]}{store.number}"
            if store.array == VALUES and self.program.outputs[store.number].boolean:
                for place, value in enumerate(store.values):
                    self.text.put_boolean(self.read(value), base, store.first + place)
            else:
                self.put(base, store)

    def put(self, base: str, store: Store) -> None:
        """Write values, those that lie side by side in a vector together."""
        place, sources = 0, list(map(self.source, store.values))
        while place < len(sources):
            count = _together(sources[place:])
            if count == 1:
                self.text.put(self.number(sources[place]), base, store.first + place)
            else:
                lane = sources[place]
                assert isinstance(lane, Lane)
                self.text.put_lanes(lane, count, base, store.first + place)
            place += count


def _together(sources: Sequence[Source]) -> int:
    """Return how many of the first values are lanes of one vector, in order: a power of two that divides the first one's number."""
    first, count = sources[0], 1
    if isinstance(first, Lane):
        run = next((n for n, each in enumerate(sources) if each != first._replace(lane=first.lane + n)), len(sources))
        while 2 * count <= run and first.lane % (2 * count) == 0:
            count *= 2
    return count
