"""Functions of one lane as LLVM text: stages of a program, given the addresses of a row's arrays.

A function calls nothing but parts of itself, so that what links it can inline it. One that is not cut reads all that it reads before it
writes: results may lie where arguments do.
"""

from typing import Any, NamedTuple

import numpy as np

from ..kinds.writing import Operand
from ..program.program import Program
from .frame import GRADIENTS, INPUTS, PARAMETERS, SEEDS, SUMS, TOTALS, VALUES
from .operations import Hold, Keep, Load, Multiplication, Operation, Rereading, Start, Store
from .schedule import Schedule, Step, plan
from .templates import Template
from .text import FunctionText
from .whole import ALL, BODY, Whole

UNIFORM, SUMMED, SCRATCH = "uniform", "summed", "scratch"
"""Parameters beside the arrays: uniform values that wait in memory, one number each; the row's own lane of the accumulators, which are a
vector apart; and what waits between the parts of a function that is cut."""
NAMES = {INPUTS: "input", SEEDS: "seed", VALUES: "value", GRADIENTS: "gradient", PARAMETERS: "parameter", SUMS: "sum", TOTALS: "totals"}
WRITTEN = (VALUES, GRADIENTS, SUMS)


class Alone(NamedTuple):
    """A function of one lane.

    Attributes
    ----------
    name : str
    functions : str
        Its text, with its parts.
    definitions : dict of str
        What a module must have beside them, once.
    arrays : tuple of (int, int)
        The kinds and numbers of the arrays whose addresses it takes, in this order; then it takes `others`.
    others : tuple of str
        Which of `UNIFORM` and `SUMMED` it takes.
    """

    name: str
    functions: str
    definitions: dict[str, str]
    arrays: tuple[tuple[int, int], ...]
    others: tuple[str, ...]


class _Text(FunctionText):
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

    def function(self, parameters: list[str]) -> str:
        """Return the function."""
        given = ", ".join(f"ptr %{name}" for name in parameters)
        head = f'define internal void @"{self.name}"({given}) {{\nentry:'
        return "\n".join([head, *self.head, *self.lines, "ret void", "}", ""])


class _Part:
    """A part of a function: the names of the values that it has made or read."""

    def __init__(self, program: Program, schedule: Schedule, text: _Text, number: int) -> None:
        self.program, self.schedule, self.text, self.number = program, schedule, text, number
        self.names: dict[Operand, str] = {}
        self.columns: dict[Operand, tuple[str, int]] = {}
        self.stores: list[Store] = []

    def read(self, value: Operand) -> str:
        """Return the name of a value; what waits in memory is loaded."""
        if isinstance(value, str):
            return value
        if value not in self.names:
            if value < 0:
                self.names[value] = self.text.get(UNIFORM, ~value)
            elif value in self.columns:
                self.names[value] = self.text.get(*self.columns[value])
            else:
                self.names[value] = self.text.get(SCRATCH, self.schedule.places.of[value])
        return self.names[value]

    def write(self, step: Step) -> None:
        """Write a step out; stores wait for the end."""
        if isinstance(step, Keep):
            self.text.put(self.read(step.value), SUMMED, step.slot * self.program.width)
        elif isinstance(step, Hold):
            self.text.put(self.read(step.value), UNIFORM, step.place)
        elif isinstance(step, Store):
            self.stores.append(step)
            list(map(self.read, step.values))
        elif isinstance(step, Operation):
            self._operation(step)

    def _operation(self, step: Operation) -> None:
        what, values = step.what, range(step.first, step.first + step.count)
        if isinstance(what, Load):
            self.columns.update({value: (f"{NAMES[what.array]}{what.number}", what.first + place) for place, value in enumerate(values)})
        elif isinstance(what, Start):
            self.names[step.first] = self.text.get(SUMMED, what.slot * self.program.width)
        else:
            assert not isinstance(what, Multiplication | Rereading)
            write = self.text.call if what in self.schedule.called else self.text.apply
            self.names.update(zip(values, write(self.schedule.template(what), list(map(self.read, step.operands))), strict=True))
        for value in values:
            if value in self.schedule.places.of:
                self.text.put(self.read(value), SCRATCH, self.schedule.places.of[value])

    def finish(self) -> None:
        """Write the results, now that all has been read."""
        for store in self.stores:
            base = f"{NAMES[store.array]}{store.number}"
            boolean = store.array == VALUES and self.program.outputs[store.number].boolean
            for place, value in enumerate(store.values):
                (self.text.put_boolean if boolean else self.text.put)(self.read(value), base, store.first + place)


def alone(program: Program, seeded: bool, stages: int, name: str) -> Alone:
    """Return the function of some stages of a program.

    Raises
    ------
    TooLargeError
        If the program has too many element operations.
    """
    whole = Whole(program, seeded, stages)
    schedule = plan(whole)
    arrays = arrays_of(schedule)
    others = others_of(stages)
    parameters = [f"{NAMES[array]}{number}" for array, number in arrays] + list(others)
    several = len(schedule.parts) > 1
    definitions: dict[str, str] = {}
    rules: dict[Template, str] = {}
    functions = []
    for number, part in enumerate(schedule.parts):
        text = _Text(f"{name}.{number}" if several else name, program.dtype)
        text.definitions, text.rules, text.rule_prefix = definitions, rules, f"{name}.rule"
        body = _Part(program, schedule, text, number)
        for step in part.steps:
            body.write(step)
        for value, row in schedule.places.copies.get(number, ()):
            text.put(body.read(value), SCRATCH, row)
        body.finish()
        functions.append(text.function([*parameters, SCRATCH] if several else parameters))
    if several:
        functions.append(_calling(program, name, parameters, len(functions), schedule.places.rows))
    return Alone(name, "\n".join(functions), definitions, arrays, others)


def arrays_of(schedule: Schedule) -> tuple[tuple[int, int], ...]:
    """Return the arrays that are read and written, in the order of their kinds and numbers."""
    steps = [step for part in schedule.parts for step in part.steps]
    read = {(each.what.array, each.what.number) for each in steps if isinstance(each, Operation) and isinstance(each.what, Load)}
    written = {(each.array, each.number) for each in steps if isinstance(each, Store)}
    return tuple(sorted(read | written))


def others_of(stages: int) -> tuple[str, ...]:
    """Return what the function of some stages takes beside arrays."""
    return {ALL: (), BODY: (UNIFORM, SUMMED)}.get(stages, (UNIFORM,))


def _calling(program: Program, name: str, parameters: list[str], count: int, rows: int) -> str:
    """Return the function that calls the parts of one that is cut."""
    text = _Text(name, program.dtype)
    text.head.append(f"%{SCRATCH} = alloca [{max(1, rows)} x {text.element}], align {text.itemsize}")
    given = ", ".join(f"ptr %{each}" for each in [*parameters, SCRATCH])
    text.lines += [f"call void @\"{name}.{number}\"({given})" for number in range(count)]
    return text.function(parameters)
