"""Functions of one lane as LLVM text: stages of a program, given the addresses of a row's arrays.

A function calls nothing but parts of itself, so that what links it can inline it. One that is not cut reads all that it reads before it
writes: results may lie where arguments do.
"""

from typing import NamedTuple

from ..program.program import Program
from .frame import GRADIENTS, SUMS, VALUES
from .operations import Load, Operation, Store
from .packed_text import PackedBody, PackedText
from .packs import Packed
from .schedule import Schedule, plan
from .templates import Template
from .whole import ALL, BODY, NAMES, SCRATCH, SUMMED, UNIFORM, Whole

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
    cut : bool
        Whether it is cut, so that some of a row is read when some of its results have been written.
    """

    name: str
    functions: str
    definitions: dict[str, str]
    arrays: tuple[tuple[int, int], ...]
    others: tuple[str, ...]
    cut: bool


def alone(program: Program, seeded: bool, stages: int, name: str) -> Alone:
    """Return the function of some stages of a program.

    Raises
    ------
    TooLargeError
        If the program has too many element operations.
    """
    noted = Packed(Whole(program, seeded, stages))
    schedule = plan(noted)
    arrays = arrays_of(schedule)
    others = others_of(stages)
    parameters = [f"{NAMES[array]}{number}" for array, number in arrays] + list(others)
    several = len(schedule.parts) > 1
    definitions: dict[str, str] = {}
    rules: dict[Template, str] = {}
    functions = []
    for number, part in enumerate(schedule.parts):
        text = PackedText(f"{name}.{number}" if several else name, program.dtype)
        text.definitions, text.rules, text.rule_prefix = definitions, rules, f"{name}.rule"
        body = PackedBody(program, noted, schedule, text)
        for step in part.steps:
            body.write(step)
        for value, row in schedule.places.copies.get(number, ()):
            text.put(body.read(value), SCRATCH, row)
        body.finish()
        functions.append(text.function([*parameters, SCRATCH] if several else parameters))
    if several:
        functions.append(_calling(program, name, parameters, len(functions), schedule.places.rows))
    return Alone(name, "\n".join(functions), definitions, arrays, others, several)


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
    text = PackedText(name, program.dtype)
    text.head.append(f"%{SCRATCH} = alloca [{max(1, rows)} x {text.element}], align {text.itemsize}")
    given = ", ".join(f"ptr %{each}" for each in [*parameters, SCRATCH])
    text.lines += [f"call void @\"{name}.{number}\"({given})" for number in range(count)]
    return text.function(parameters)
