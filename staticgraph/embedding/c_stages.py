"""Stages of a program as C functions: a statement an operation, with the names of the user's leaves."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..kinds.writing import Operand
from ..native.alone import WRITTEN, arrays_of, others_of
from ..native.frame import VALUES
from ..native.operations import Hold, Keep, Load, Multiplication, Operation, Rereading, Start, Store
from ..native.packs import Packed, SideBySide
from ..native.parts import Step
from ..native.schedule import LONG, Schedule, plan
from ..native.templates import ONE, Template, template
from ..native.whole import SCRATCH, SUMMED, UNIFORM, Whole
from ..program.program import Program
from .c_rules import Types, expression, literal, rule_function, tables

Place = tuple[int, int]


class Stage(NamedTuple):
    """A stage's function: its name, what it takes, its text, and what a file must have before it, once."""

    name: str
    arrays: tuple[Place, ...]
    others: tuple[str, ...]
    text: str


class Rules:
    """The functions of rules and the constant tables of a file, each written once."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.names: dict[Template, str] = {}
        self.texts: list[str] = []
        self.tables: dict[str, str] = {}

    def name(self, template: Template, rule: object) -> str:
        """Return the name of a rule's function."""
        if template not in self.names:
            rule = getattr(rule, "rule", rule)
            subject = getattr(rule, "gate", None) or getattr(rule, "part", None)
            words = [type(rule).__name__.lower(), *([subject.name.replace(".", "_")] if subject else []), str(len(self.names)), ""]
            self.names[template] = "_".join(words)
            self.tables.update(tables(template, self.types))
            self.texts.append(rule_function(self.names[template], template, self.types))
        return self.names[template]


class _Part:
    """A part of a stage that is being written."""

    def __init__(self, program: Program, schedule: Schedule, rules: Rules, arrays: dict[Place, str]) -> None:
        self.program, self.schedule, self.rules, self.arrays = program, schedule, rules, arrays
        self.types = rules.types
        self.names: dict[Operand, str] = {}
        self.elements: dict[Operand, tuple[str, int, int]] = {}
        self.lines: list[str] = []
        self.stores: list[Store] = []

    def read(self, value: Operand) -> str:
        """Return a value in C."""
        if isinstance(value, str):
            found = literal(self.types, value)
            assert found is not None
            return found
        if value not in self.names:
            where = f"{UNIFORM}_[{~value}]" if value < 0 else f"{SCRATCH}_[{self.schedule.places.of[value]}]"
            self.names[value] = where
        return self.names[value]

    def write(self, step: Step) -> None:
        """Write a step out; stores wait for the end, so that all reads come first."""
        if isinstance(step, Keep):
            self.lines.append(f"{SUMMED}_[{step.slot * self.program.width}] = {self.read(step.value)};")
        elif isinstance(step, Hold):
            self.lines.append(f"{UNIFORM}_[{step.place}] = {self.read(step.value)};")
        elif isinstance(step, Store):
            self.stores.append(step)
        elif isinstance(step, Operation):
            self._operation(step)

    def _operation(self, step: Operation) -> None:
        what, values = step.what, range(step.first, step.first + step.count)
        if isinstance(what, Load):
            for number, value in enumerate(values):
                self._lies(value, self.arrays[what.array, what.number], what.first + number, what.size)
        elif isinstance(what, Start):
            self._let(step.first, f"{SUMMED}_[{what.slot * self.program.width}]")
        else:
            assert not isinstance(what, Multiplication | Rereading)
            if isinstance(what, SideBySide):
                self._side_by_side(what, step)
            else:
                self._apply(self.schedule.template(what), what, step)
        for value in values:
            if value in self.schedule.places.of:
                self.lines.append(f"{SCRATCH}_[{self.schedule.places.of[value]}] = {self.read(value)};")

    def _lies(self, value: int, array: str, number: int, size: int) -> None:
        self.names[value], self.elements[value] = f"{array}[{number}]", (array, number, size)

    def _side_by_side(self, what: SideBySide, step: Operation) -> None:
        """Write equal operations as a loop, which compilers make vectors of."""
        found = template(what.rule, self.program.dtype, ONE)
        count = step.count // len(found.made)
        lanes = count if found.weight >= LONG else what.lanes
        groups = [step.operands[first : first + count] for first in range(0, len(step.operands), count)]
        operands = [self._gathered(each, lanes, f"t_{step.first}_{number}_") for number, each in enumerate(groups)]
        made = [f"t_{step.first + first}_" for first in range(0, step.count, count)]
        for number, array in enumerate(made):
            for lane in range(count):
                self._lies(step.first + number * count + lane, array, lane, lanes)
        if len(made) == 1:
            text = expression(found, self.types, operands) or f"{self.rules.name(found, what.rule)}({', '.join(operands)})"
            statement = f"{made[0]}[k_] = {text};"
        else:
            statement = f"{self.rules.name(found, what.rule)}({', '.join([*operands, *(f'&{each}[k_]' for each in made)])});"
        self.lines.append(f"{self.types.number} {', '.join(f'{each}[{lanes}]' for each in made)};")
        self.lines.append(f"for (int k_ = 0; k_ < {lanes}; k_++) {statement}")

    def _gathered(self, values: Sequence[Operand], lanes: int, name: str) -> str:
        """Return lane `k_` of values: of what is equal in all, of consecutive elements of an array, or of an array that is made."""
        if all(value == values[0] for value in values):
            return self.read(values[0])
        array, first, size = self.elements.get(values[0], ("", 0, 0))
        if first + lanes <= size and all(self.elements.get(v) == (array, first + n, size) for n, v in enumerate(values)):
            return f"{array}[k_]" if first == 0 else f"{array}[k_ + {first}]"
        texts = [self.read(value) for value in values]
        texts += texts[-1:] * (lanes - len(texts))
        self.lines.append(f"const {self.types.number} {name}[{lanes}] = {{{', '.join(texts)}}};")
        return f"{name}[k_]"

    def _let(self, value: int, text: str) -> None:
        self.names[value] = f"t_{value}"
        self.lines.append(f"const {self.types.number} t_{value} = {text};")

    def _apply(self, template: Template, rule: object, step: Operation) -> None:
        operands = list(map(self.read, step.operands))
        short = expression(template, self.types, operands)
        if short is not None:
            self._let(step.first, short)
            return
        name = self.rules.name(template, rule)
        if step.count == 1:
            self._let(step.first, f"{name}({', '.join(operands)})")
            return
        made = [f"t_{value}" for value in range(step.first, step.first + step.count)]
        self.names.update(zip(range(step.first, step.first + step.count), made, strict=True))
        self.lines.append(f"{self.types.number} {', '.join(made)};")
        self.lines.append(f"{name}({', '.join([*operands, *(f'&{each}' for each in made)])});")

    def finish(self) -> None:
        """Write the results: values that are reads of arrays are read before any is written."""
        results = []
        for store in self.stores:
            boolean = store.array == VALUES and self.program.outputs[store.number].boolean
            for place, value in enumerate(store.values):
                text = self.read(value)
                if isinstance(value, int) and "[" in text and not text.startswith("t_"):
                    self._let(value, text)
                    text = self.read(value)
                target = f"{self.arrays[store.array, store.number]}[{store.first + place}]"
                results.append(f"{target} = {text} != 0;" if boolean else f"{target} = {text};")
        self.lines += results


def stage(program: Program, stages: int, name: str, rules: Rules, arrays: dict[Place, str]) -> Stage:
    """Return the function of a stage; `arrays` has the names of the arguments and results by their place in the program."""
    schedule = plan(Packed(Whole(program, False, stages)))
    taken, others = arrays_of(schedule), others_of(stages)
    parameters = [_parameter(program, rules.types, place, arrays[place]) for place in taken]
    parameters += [f"{rules.types.number} *{other}_" for other in others]
    several = len(schedule.parts) > 1
    texts = []
    for number, part in enumerate(schedule.parts):
        body = _Part(program, schedule, rules, arrays)
        for step in part.steps:
            body.write(step)
        for value, row in schedule.places.copies.get(number, ()):
            body.lines.append(f"{SCRATCH}_[{row}] = {body.read(value)};")
        body.finish()
        given = [*parameters, f"{rules.types.number} *{SCRATCH}_"] if several else parameters
        texts.append(_function(f"{name}{number}_" if several else name, given, body.lines))
    if several:
        passed = ", ".join([*(arrays[place] for place in taken), *(f"{other}_" for other in others), f"{SCRATCH}_"])
        lines = [f"{rules.types.number} {SCRATCH}_[{max(1, schedule.places.rows)}];"]
        texts.append(_function(name, parameters, [*lines, *(f"{name}{number}_({passed});" for number in range(len(texts)))]))
    return Stage(name, taken, others, "\n".join(texts))


def _parameter(program: Program, types: Types, place: Place, name: str) -> str:
    array, number = place
    if array == VALUES and program.outputs[number].boolean:
        return f"uint8_t *{name}"
    return f"{'' if array in WRITTEN else 'const '}{types.number} *{name}"


def _function(name: str, parameters: list[str], lines: list[str]) -> str:
    used = set(re.findall(r"\w+", "\n".join(lines)))
    unused = [f"(void){word};" for word in (parameter.split("*")[1] for parameter in parameters) if word not in used]
    body = "\n".join(f"    {line}" for line in [*unused, *lines])
    return f"static void {name}({', '.join(parameters) or 'void'}) {{\n{body}\n}}\n"
