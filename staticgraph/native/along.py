"""Whether rows run one after another, with vectors along each row, and the operations of a row.

Otherwise the lanes of a vector are rows of the batch: rows are transposed before they are read, and results before they are written, and of
a long row most waits on the stack. Where nearly all operations of a row are equal ones on its elements, these lie side by side as they are:
Rosenbrock-100 takes 59 ns a row instead of 136. The bits are the same, as rules are elementwise, and a sum along an axis has 8 partial
results side by side (see `gates.order`).
"""

from collections.abc import Sequence

import numpy as np

from ..kinds import KINDS, opcodes_with
from ..kinds.writing import Operand
from ..lanes.rules import Rule
from ..program.program import Program
from .adding import by_target
from .eager import eagerly
from .elements import Elements
from .frame import Build
from .gathering import Column
from .one_row import OneRow
from .packs import Packed, Packs
from .parts import Part, weigh
from .places import Placing
from .schedule import LONG, MOST_ALONE, Schedule, ordered
from .size import counts_by_kind
from .text import MOST_IN_PLACE

PACKED, NARROW = "packed", "narrow"
"""What the two parts of the uniform tile are called that have one element a row (see `records.compiled`)."""
MOST_APART = 2
"""LLVM instructions of a backward rule that is applied for each of its targets by itself."""
MOSTLY = 0.8
"""The part of all element operations, but for moves, that must be in strips longer than a vector, or in sums along axes: others are hardly
ever side by side. The Hessian of Lennard-Jones, whose strips are short, takes 2.4 us a row alone, and 0.94 as a lane."""
LESS = 2.2
"""How many times as many LLVM instructions a row may take alone as its part of a vector of rows, which takes to and from the stack besides.
Of programs that have 1.5 to 2.1 times as many (Rosenbrock's, total variation, a polynomial) all take less time alone, 0.43 to 0.93 of
it; of those that have 2.4 and more (a convolution, diffusion, a maximum) all take more, 1.1 to 2 times as much."""


class AlongRow(OneRow):
    """The operations of a row of a program's body; what is uniform stands in the uniform tile."""

    def _write(self) -> None:
        self._body()
        self.join()

    def _windows(self, array: int, number: int, size: int) -> list[tuple[int, int]]:
        return [(first, min(first + self.width, size)) for first in range(0, size, self.width)]

    def apply(self, rule: Rule, operands: Sequence[Operand], after: Operand | None = None) -> list[Operand]:
        """Apply a rule; a short one for each of its targets by itself, as these may be lanes of vectors that begin elsewhere."""
        several = by_target(rule, operands)
        if several is None or any(self.template(each).weight > MOST_APART for each, _ in several):
            return super().apply(rule, operands)
        return [super(AlongRow, self).apply(each, given)[0] for each, given in several]

    def uniform_place(self, value: int) -> Column:
        """Return where a uniform value stands."""
        packed = ~value - self.program.uniforms
        return Column(PACKED, packed, self.program.elements) if packed >= 0 else Column(NARROW, ~value, self.program.uniforms)


def along(program: Program, build: Build, elements: Elements) -> tuple[Packed, Schedule] | None:
    """Return a row's operations and the one function that they are, unless `elements`, on vectors of rows, take less time."""
    if program.slots or build.columns or not _is_alike(program):
        return None
    noted = AlongRow(program, build.seeded)
    if any(each.weight >= LONG for each in noted.operations if isinstance(each.what, Rule)):
        return None
    packs = Packs(noted)
    weight = packs.weight()
    if weight > min(MOST_ALONE, LESS * _weight(elements)):
        return None
    packed = Packed(noted, packs)
    parts = [Part(eagerly(packed))]
    return packed, Schedule(parts, (), Placing(parts).places(1), False, packed.template)


def _is_alike(program: Program) -> bool:
    """Whether a program reads long rows, and nearly all of its element operations may lie side by side."""
    if max((leaf.size for leaf in program.inputs), default=0) <= MOST_IN_PLACE * program.width:
        return False
    counts = {KINDS[name]: count for name, count in counts_by_kind(program).items() if not KINDS[name].tabled}
    body = program.instructions[program.prologue : program.main]
    long = opcodes_with("strided")[body["opcode"]] & (body["rows"] > program.width)
    strips = (body["rows"][long].astype(np.int64) * (1 + (body["backward"][long] != 0))).sum()
    alike = strips + sum(count for kind, count in counts.items() if kind.by_partials)
    return bool(alike >= MOSTLY * sum(counts.values()))


def _weight(elements: Elements) -> float:
    """Return about how many LLVM instructions a row takes as one lane of vectors."""
    return sum(weigh(step, ()) for step in ordered(elements)) / elements.width
