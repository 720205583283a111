"""A step of a loop as compiled code: its region in SSA form, between the rows of a tile that it finds and those that it leaves.

Kernels that repeat a region call it in the place of the region's kernels, with the same arguments. What stands between instructions stays
in registers; from one step to the next rows of the tile hold what goes on, so that vectors of rows do not wait for each other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..gates import BY_OPCODE
from ..kinds import of
from ..kinds.contraction import write_out
from ..kinds.products import PlannedProduct
from ..kinds.writing import Operand
from ..lanes.decode import FRAME
from ..lanes.rules import Rule
from ..program.program import Program
from ..records.instruction import VECTOR_BYTES, records
from ..records.loop import NONE, LoopRecord
from .elements import Elements
from .operations import Operation, Operations, Store
from .schedule import heavy, ordered, weigh
from .text import FunctionText

MOST_WEIGHT = 12_000
"""LLVM instructions of the longest step that is compiled, in one function: it takes some 3 s."""

class Row(NamedTuple):
    """Reading a row of the tile."""

    row: int


class Rows:
    """What stands in the rows of the tile: what nothing has set is read there."""

    def __init__(self, read: Any) -> None:
        self.values: dict[int, Operand] = {}
        self.read = read

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self[row] for row in range(key.start, key.stop)]
        if key not in self.values:
            self.values[key] = self.read(key)
        return self.values[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        rows = range(key.start, key.stop) if isinstance(key, slice) else [key]
        self.values.update(zip(rows, value if isinstance(key, slice) else [value], strict=True))


class StepElements(Elements):
    """The operations of one step of a loop, forward, or forward and then backward.

    Attributes
    ----------
    left : list of int
        The rows in which the values of the one sink stand afterwards.
    """

    def __init__(self, program: Program, loop: LoopRecord, backward: bool) -> None:
        Operations.__init__(self, program.dtype)
        self.program, self.seeded, self.width = program, True, program.width
        self.rows: Any = Rows(self._read)
        self.sums, self.code = {}, records(program.instructions[loop.first : loop.last])
        self.left: list[int] = []
        for instruction in self.code:
            self._forward(instruction)
        if not backward:
            self._leave([(loop.after, loop.size), *((each.row, each.size) for each in loop.results)])
        else:
            self._step_back(loop)
        self.join()

    def _step_back(self, loop: LoopRecord) -> None:
        entering = [(loop.after_gradient, loop.size), *((each.gradient, each.size) for each in loop.results)]
        sums = [(each.gradient, each.size) for each in loop.outers]
        for row in (row for first, size in [*entering, *sums] if first != NONE for row in range(first, first + size)):
            self.rows[row] = self._read(row)
        for instruction in reversed(self.code):
            if instruction.backward or BY_OPCODE[instruction.opcode] is None:
                self._backward(instruction)
        self._leave([(loop.carry_gradient, loop.size), *((each.gradient, each.size) for each in loop.slices), *sums])

    def _read(self, row: int) -> Operand:
        return self.make(Row(row), (), 1)[0]

    def _leave(self, blocks: Sequence[tuple[int, int]]) -> None:
        self.left = [row for first, size in blocks if first != NONE for row in range(first, first + size)]
        self.sinks = [Store(0, 0, 0, 0, tuple(self.rows[row] for row in self.left))]

    def multiply(self, product: PlannedProduct, stopping: str) -> None:
        """Write a product of matrices out, however large."""
        write_out(self, product, stopping)

    def apply_last(self, rule: Rule, carried: Sequence[Operand], elements: Sequence[Operand]) -> Operand:
        """Apply a rule of one result that may look at `elements` in a rare branch alone."""
        return self.apply(rule, [*carried, *elements])[0]


class StepText(FunctionText):
    """The text of a step, which has a kernel's arguments."""

    parameters = ", ".join(f"i64 %{name}" for name in FRAME)

    def __init__(self, name: str, dtype: np.dtype[Any]) -> None:
        super().__init__(name, dtype)
        self.head = [f"%vectors = udiv i64 %lanes, {self.width}", f"%pitch = mul i64 %vectors, {VECTOR_BYTES}"]
        self.head += ["%uniform = inttoptr i64 %uniforms to ptr", "%first = inttoptr i64 %tile to ptr"]
        self.head_of_loop = [f"%along = mul i64 %vector, {VECTOR_BYTES}", "%here = getelementptr i8, ptr %first, i64 %along"]

    def row(self, row: int) -> str:
        """Return the address of the vector of a row of the tile."""
        name = self.fresh()
        self.lines += [f"{name}.o = mul i64 %pitch, {row}", f"{name} = getelementptr i8, ptr %here, i64 {name}.o"]
        return name


def step_text(program: Program, loop: LoopRecord, backward: bool, name: str) -> str | None:
    """Return the module of a step; None if it is too long."""
    noted = StepElements(program, loop, backward)
    steps = list(ordered(noted))
    called, text, names = heavy(steps), StepText(name, program.dtype), dict[Operand, str]()
    if sum(weigh(step, called) for step in steps) > MOST_WEIGHT:
        return None

    def read(value: Operand) -> str:
        if isinstance(value, str):
            return value
        if value not in names:
            names[value] = text.load("%uniform", ~value * VECTOR_BYTES, aligned=True)
        return names[value]

    reading = [step for step in steps if isinstance(step, Operation) and isinstance(step.what, Row)]
    for step in [*reading, *(step for step in steps if step not in reading)]:  # rows may be those that are left in the end
        if isinstance(step, Store):
            for row, value in zip(noted.left, map(read, step.values), strict=True):
                text.store(value, text.row(row), 0, aligned=True)
        elif isinstance(step, Operation) and isinstance(step.what, Row):
            names[step.first] = text.load(text.row(step.what.row), 0, aligned=True)
        else:
            assert isinstance(step, Operation)
            write = text.call if step.what in called else text.apply
            made = write(noted.template(step.what), list(map(read, step.operands)))  # type: ignore[arg-type]
            names.update(zip(range(step.first, step.first + step.count), made, strict=True))
    return text.module()


def compiles(program: Program, loop: LoopRecord) -> bool:
    """Whether a loop has no loops within: then its step is compiled."""
    gates = [BY_OPCODE[opcode] for opcode in program.instructions["opcode"][loop.first : loop.last].tolist()]
    return not any(gate is not None and of(gate).repeats for gate in gates)
