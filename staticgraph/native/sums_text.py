"""The text of functions that add what waits to accumulators, a tile of them at a time in registers, over all vectors of a pass."""

from collections.abc import Callable, Sequence
from itertools import groupby

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from ..records.compiled import ACCUMULATORS
from ..records.instruction import VECTOR_BYTES
from .adding import Adding
from .templates import Template
from .text import PARAMETERS, FunctionText

TILE = 24
"""Accumulators that are held in registers at a time; the others have what is added. A mixture takes 1.02 times as long with 20, 1.01 with
26 (`bench.choices`)."""
Begin = Callable[[str], tuple[FunctionText, Callable[[Operand], str]]]
"""What begins a text of a name, and returns it with what tells the names of values there."""


def sums_text(name: str, begin: Begin, sums: Sequence[Adding], template: Callable[[Rule], Template]) -> str:
    """Return the module of a function that adds to some accumulators."""
    definitions: dict[str, str] = {}
    functions, calls = [], []
    for number, tile in enumerate(tiles(sums)):
        text, read = begin(f"{name}_{number}")
        for each in _by_last_term(tile):
            _add(text, read, each, template)
        functions.append(text.loop())
        definitions.update(text.definitions)
        calls.append(f"call void @{name}_{number}(ptr %frame, i64 %vectors)")
    whole = [f"define void @{name}({PARAMETERS}) {{", *calls, "ret void", "}", ""]
    return "\n".join([*definitions.values(), *functions, *whole])


def tiles(sums: Sequence[Adding]) -> list[list[Adding]]:
    """Return accumulators in tiles; those to which the same upstream gradient is added stay together, so that one tile makes it."""
    found: list[list[Adding]] = [[]]
    for _, group in groupby(sums, key=lambda each: each.terms[0]):
        together = list(group)
        if len(found[-1]) + len(together) > TILE:
            found += [together[first : first + TILE] for first in range(0, len(together), TILE)]
        else:
            found[-1] += together
    return [tile for tile in found if tile]


def _by_last_term(tile: Sequence[Adding]) -> list[Adding]:
    """Return accumulators in the order in which what their upstream gradients are multiplied by is read: one at a time is in a register."""
    places: dict[Operand, int] = {}
    for each in tile:
        places.setdefault(each.terms[-1], len(places))
    return sorted(tile, key=lambda each: places[each.terms[-1]])


def _add(text: FunctionText, read: Callable[[Operand], str], adding: Adding, template: Callable[[Rule], Template]) -> None:
    """Write what adds to one accumulator for a vector of rows, and what reads and writes it around the loop."""
    names: dict[Operand, str] = {adding.start: text.carry(text.base(ACCUMULATORS), adding.slot * VECTOR_BYTES)}
    for each in adding.operations:
        assert isinstance(each.what, Rule)
        (made,) = text.apply(template(each.what), [names[value] if value in names else read(value) for value in each.operands])
        names = {each.first: made}
    text.carried[-1] = text.carried[-1]._replace(after=made)
