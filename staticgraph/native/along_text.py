"""A function that runs row after row, with vectors along each row, as LLVM text.

Nothing is asked for ahead: rows are read and written one after another, which the processor foresees by itself. Rosenbrock-100, out of the
cache, takes 59 ns a row, and 62 to 73 where lines of results are asked for, or of both.
"""

from collections.abc import Collection

from ..program.program import Program
from ..records.compiled import ELEMENTS, UNIFORMS
from .along import NARROW, PACKED
from .frame import GRADIENTS, INPUTS, SEEDS, VALUES, entry
from .gathering import Lane
from .marks import marked_base
from .operations import Store
from .packed_text import PackedBody, PackedText
from .packs import Packed
from .parts import Step
from .schedule import Schedule
from .whole import NAMES


def emit_along(program: Program, noted: Packed, schedule: Schedule, streams: Collection[int], name: str) -> str:
    """Return the module of the function, whose symbol is `name`; `streams` are the entries of the frame of results that may stream."""
    body = _Body(program, noted, schedule, _Text(name, program, streams))
    for step in schedule.parts[0].steps:
        body.write(step)
    return body.text.module()


class _Text(PackedText):
    """The text of a loop over rows."""

    def __init__(self, name: str, program: Program, streams: Collection[int]) -> None:
        super().__init__(name, program.dtype)
        self.streams = streams
        self.block, self.turns = "loop", "%rows"
        self.head.append(f"%rows = mul i64 %vectors, {program.width}")
        inputs, outputs = ([each.size for each in leaves] for leaves in (program.inputs, program.outputs))
        self.arrays = {
            f"{NAMES[kind]}{number}": (entry(program, kind, number), size * self.itemsize)
            for kind, sizes in ((INPUTS, inputs), (GRADIENTS, inputs), (VALUES, outputs), (SEEDS, outputs))
            for number, size in enumerate(sizes)
        }
        self.arrays |= {PACKED: (UNIFORMS, 0), NARROW: (ELEMENTS, 0)}

    def place(self, base: str, number: int) -> str:
        """Return the address of an element of the row of an array, or of a uniform one."""
        name = self.fresh()
        self.lines.append(f"{name} = getelementptr {self.element}, ptr {self._row(base)[0]}, i64 {number}")
        return name

    def _row(self, base: str) -> tuple[str, str]:
        """Return the address of the row of an array, and what tells whether its lines are stored past the caches."""
        entry, step = self.arrays[base]
        return marked_base(self, entry, step) if entry in self.streams else (self.base(entry, step), "")

    def put_lanes(self, first: Lane, count: int, base: str, number: int) -> None:
        """Store so many lanes of a vector from one on; a whole line perhaps past the caches."""
        place, past = self._row(base)
        if past and count == self.width and number % self.width == 0:
            self.store_either(past, [(str(first.vector), number * self.itemsize, count)], place)
        else:
            super().put_lanes(first, count, base, number)


class _Body(PackedBody):
    """The body of the loop. Results lie nowhere where arguments do, so they are written as soon as they are there."""

    def write(self, step: Step) -> None:
        """Write a step out."""
        if isinstance(step, Store):
            self.put(f"{NAMES[step.array]}{step.number}", step)
        else:
            super().write(step)
