"""The text of functions that add what waits to accumulators, a tile of them at a time in registers, over all vectors of a pass."""

from collections.abc import Callable, Sequence

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from ..records.compiled import ACCUMULATORS
from ..records.instruction import VECTOR_BYTES
from .adding import Adding
from .templates import Template
from .text import PARAMETERS, FunctionText

TILE = 20
"""Accumulators that are held in registers at a time; the others have what is added. A mixture takes 360 ns a row with 16, 378 with 12
and 340 with 20 or 24 (`bench.choices`)."""
Begin = Callable[[str], tuple[FunctionText, Callable[[Operand], str]]]
"""What begins a text of a name, and returns it with what tells the names of values there."""


def sums_text(name: str, begin: Begin, sums: Sequence[Adding], template: Callable[[Rule], Template]) -> str:
    """Return the module of a function that adds to some accumulators."""
    definitions: dict[str, str] = {}
    functions, calls = [], []
    for number, first in enumerate(range(0, len(sums), TILE)):
        text, read = begin(f"{name}_{number}")
        for each in sums[first : first + TILE]:
            _add(text, read, each, template)
        functions.append(text.loop())
        definitions.update(text.definitions)
        calls.append(f"call void @{name}_{number}(ptr %frame, i64 %vectors)")
    whole = [f"define void @{name}({PARAMETERS}) {{", *calls, "ret void", "}", ""]
    return "\n".join([*definitions.values(), *functions, *whole])


def _add(text: FunctionText, read: Callable[[Operand], str], adding: Adding, template: Callable[[Rule], Template]) -> None:
    """Write what adds to one accumulator for a vector of rows, and what reads and writes it around the loop."""
    names: dict[Operand, str] = {adding.start: text.carry(text.base(ACCUMULATORS), adding.slot * VECTOR_BYTES)}
    for each in adding.operations:
        assert isinstance(each.what, Rule)
        (made,) = text.apply(template(each.what), [names[value] if value in names else read(value) for value in each.operands])
        names = {each.first: made}
    text.carried[-1] = text.carried[-1]._replace(after=made)
