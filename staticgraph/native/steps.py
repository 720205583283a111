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
from .operations import NO_RULES, Operation, Store
from .schedule import ordered
from .text import FunctionText
from .unrolled import Unrolled

MOST_WEIGHT = 12_000
"""LLVM instructions of the longest step that is compiled, in one function: it takes some 3 s."""

MOST_BESIDE, MANY_ROWS = 2, 24
"""Vectors of rows side by side, as one alone waits for its own results, in steps that find and leave few rows: a recurrent network of 16
units takes twice as long with two."""
ARGUMENTS = ", ".join(f"i64 %{name}" for name in FRAME)


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


class Left(NamedTuple):
    """What a step leaves: rows, and the values that stand there."""

    rows: list[int]
    values: list[Operand]


class StepElements(Elements):
    """The operations of one step of a loop.

    Attributes
    ----------
    forward, backward : Left
        What it leaves forward and backward; nothing backward where no gradient is asked for.
    entering : list of Operand
        The gradients that it finds.
    sums_of_steps : set of int
        The rows where the steps add gradients up.
    """

    adds_in_blocks = False

    def __init__(self, program: Program, loop: LoopRecord) -> None:
        Unrolled.__init__(self, program)
        self.seeded, self.width = True, program.width
        self.rows: Any = Rows(self._read)
        self.sums_of_steps = {row for each in loop.outers for row in range(each.gradient, each.gradient + each.size)}
        self.sums, self.code = {}, records(program.instructions[loop.first : loop.last])
        for instruction in self.code:
            self._forward(instruction)
        self.forward = self._left([(loop.after, loop.size), *((each.row, each.size) for each in loop.results)])
        self.backward, self.entering = Left([], []), list[Operand]()
        if loop.checkpoints != NONE:
            self._step_back(loop)
        self.join()

    def _step_back(self, loop: LoopRecord) -> None:
        entering = [(loop.after_gradient, loop.size), *((each.gradient, each.size) for each in loop.results)]
        sums = [(each.gradient, each.size) for each in loop.outers]
        for row in (row for first, size in [*entering, *sums] if first != NONE for row in range(first, first + size)):
            self.rows[row] = self._read(row)
            self.entering.append(self.rows[row])
        for instruction in reversed(self.code):
            self._back(instruction)
        self.backward = self._left([(loop.carry_gradient, loop.size), *((each.gradient, each.size) for each in loop.slices), *sums])

    def rows_read(self, steps: Sequence[Operation]) -> list[int]:
        """Return the rows of the tile that operations read."""
        found: list[Any] = [step.what for step in steps]
        return [what.row for what in found if isinstance(what, Row)]

    def steps(self, left: Left, more: Sequence[Operand] = ()) -> list[Operation]:
        """Return the operations that make what is left, and further values."""
        self.sinks = [Store(0, 0, 0, 0, (*left.values, *more))]
        return [step for step in ordered(self) if isinstance(step, Operation)]

    def following(self) -> set[Operand]:
        """Return the values that follow from the gradients that a step finds."""
        found = set(self.entering)
        for operation in self.operations:
            if not found.isdisjoint(operation.operands):
                found.update(range(operation.first, operation.first + operation.count))
        return found

    def _read(self, row: int) -> Operand:
        return self.make(Row(row), (), 1)[0]

    def _left(self, blocks: Sequence[tuple[int, int]]) -> Left:
        rows = [row for first, size in blocks if first != NONE for row in range(first, first + size)]
        return Left(rows, [self.rows[row] for row in rows])

    def multiply(self, product: PlannedProduct, stopping: str) -> None:
        """Write a product of matrices out, however large."""
        write_out(self, product, stopping)

    def apply_last(self, rule: Rule, carried: Sequence[Operand], elements: Sequence[Operand]) -> Operand:
        """Apply a rule of one result that may look at `elements` in a rare branch alone."""
        return self.apply(rule, [*carried, *elements])[0]


class StepText(FunctionText):
    """The text of a step for some vectors of rows side by side, whose operations alternate."""

    def __init__(self, name: str, dtype: np.dtype[Any], beside: int) -> None:
        super().__init__(name, dtype)
        self.beside = beside
        self.names: list[dict[Operand, str]] = [{} for _ in range(beside)]
        self.uniform: dict[Operand, str] = {}

    def row(self, row: int, number: int) -> str:
        """Return the address of the vector of a row of the tile."""
        name = self.fresh()
        self.lines += [f"{name}.o = mul i64 %pitch, {row}", f"{name} = getelementptr i8, ptr %here{number}, i64 {name}.o"]
        return name

    def kept(self, place: int, number: int) -> str:
        """Return the address of the vector of a row for what a step keeps."""
        name = self.fresh()
        self.lines += [f"{name}.r = add i64 %instruction, {place}", f"{name}.o = mul i64 %pitch, {name}.r"]
        self.lines += [f"{name} = getelementptr i8, ptr %here{number}, i64 {name}.o"]
        return name

    def read(self, value: Operand, number: int) -> str:
        """Return the name of a value; a row of the uniform tile is loaded for each operation that reads it, as there may be many."""
        if isinstance(value, str):
            return value
        if value < 0 and value not in self.uniform:
            self.uniform[value] = self.load("%uniform", ~value * VECTOR_BYTES, aligned=True)
        return self.uniform[value] if value < 0 else self.names[number][value]

    def made(self, step: Operation, write: Any, noted: StepElements, number: int) -> None:
        """Write an operation out."""
        if isinstance(step.what, Row):
            results = [self.load(self.row(step.what.row, number), 0, aligned=True)]
        else:
            assert not isinstance(step.what, NO_RULES)
            results = write(noted.template(step.what), [self.read(operand, number) for operand in step.operands])
        self.names[number].update(zip(range(step.first, step.first + step.count), results, strict=True))

    def module(self) -> str:
        """Return the module of the function. Behind the last vector stands that one again: what is left there is the same twice."""
        heres = [
            line for number in range(self.beside)
            for line in (f"%next{number} = add i64 %vector, {number}", f"%there{number} = icmp slt i64 %next{number}, %vectors",
                         f"%at{number} = select i1 %there{number}, i64 %next{number}, i64 %last",
                         f"%along{number} = mul i64 %at{number}, {VECTOR_BYTES}",
                         f"%here{number} = getelementptr i8, ptr %first, i64 %along{number}")
        ]  # fmt: skip
        lines = [
            *self.definitions.values(), f"define void @{self.name}({ARGUMENTS}) {{", "entry:",
            f"%vectors = udiv i64 %lanes, {self.width}", "%last = sub i64 %vectors, 1", f"%pitch = mul i64 %lanes, {self.itemsize}",
            "%uniform = inttoptr i64 %uniforms to ptr", "%first = inttoptr i64 %tile to ptr", *self.head, "br label %loop", "loop:",
            f"%vector = phi i64 [ 0, %entry ], [ %next, %{self.block} ]", *heres, *self.lines,
            f"%next = add i64 %vector, {self.beside}", "%more = icmp slt i64 %next, %vectors", "br i1 %more, label %loop, label %done",
            "done:", "ret void", "}", "",
        ]  # fmt: skip
        return "\n".join(lines)


class StepTexts(NamedTuple):
    """The modules of a step, by their symbols; backward there is none where no gradient is asked for."""

    forward: str
    backward: str | None


def step_texts(program: Program, loop: LoopRecord, forward: str, backward: str) -> StepTexts | None:
    """Return the modules of a step with these symbols; None if it is too long.

    Backward needs values that the gradients meet, such as slopes: forward keeps them where there is room, otherwise they are made again.
    Kept, the pendulum takes 0.8 of the time.
    """
    noted = StepElements(program, loop)
    following = noted.following()
    everything = noted.steps(noted.backward)
    linear = [step for step in everything if step.first in following]
    met = dict.fromkeys(each for step in linear for each in step.operands if each not in following)
    met |= dict.fromkeys(each for each in noted.backward.values if each not in following)
    found = [each for each in met if isinstance(each, int) and each >= 0 and not isinstance(noted.operations[noted.makers[each]].what, Row)]
    kept = found if loop.keeps >= len(found) else []
    steps = noted.steps(noted.forward, kept)
    if sum(step.weight for step in steps) > MOST_WEIGHT or sum(step.weight for step in everything) > MOST_WEIGHT:
        return None
    made = written(StepText(forward, program.dtype, _beside(steps, noted.forward)), noted, steps, noted.forward, kept, ())
    if loop.checkpoints == NONE:
        return StepTexts(made, None)
    back = [step for step in everything if step in linear or isinstance(step.what, Row)] if kept else everything
    text = StepText(backward, program.dtype, _beside(back, noted.backward))
    return StepTexts(made, written(text, noted, back, noted.backward, (), kept))


def _beside(steps: Sequence[Operation], left: Left) -> int:
    """Return how many vectors of rows are written side by side."""
    return MOST_BESIDE if sum(isinstance(step.what, Row) for step in steps) + len(left.rows) <= MANY_ROWS else 1


def written(
    text: StepText, noted: StepElements, steps: Sequence[Operation], left: Left, keeping: Sequence[Operand], kept: Sequence[Operand]
) -> str:  # fmt: skip
    """Return the module of a function that keeps values, or finds kept ones, and leaves others.

    What it finds is read before anything is left, as that may be the same rows. Sums have rows of their own: they are read and left one by
    one, as there may be many.
    """
    summed = {value: row for row, value in zip(left.rows, left.values, strict=True) if row in noted.sums_of_steps}
    for number in range(text.beside):
        for place, value in enumerate(kept):
            text.names[number][value] = text.load(text.kept(place, number), 0, aligned=True)
    reading = [step for step in steps if isinstance(step.what, Row) and step.what.row not in noted.sums_of_steps]
    first = set(map(id, reading))
    for step in [*reading, *(step for step in steps if id(step) not in first)]:
        text.uniform.clear()
        for number in range(text.beside):
            text.made(step, text.apply, noted, number)
        for value in range(step.first, step.first + step.count):
            for number in range(text.beside if value in summed else 0):
                text.store(text.read(value, number), text.row(summed[value], number), 0, aligned=True)
    text.uniform.clear()
    for number in range(text.beside):
        for place, value in enumerate(keeping):
            text.store(text.read(value, number), text.kept(place, number), 0, aligned=True)
        for row, value in zip(left.rows, left.values, strict=True):
            if value not in summed or summed[value] != row:
                text.store(text.read(value, number), text.row(row, number), 0, aligned=True)
    return text.module()


def compiles(program: Program, loop: LoopRecord) -> bool:
    """Whether a loop has no loops within: then its step is compiled."""
    gates = [BY_OPCODE[opcode] for opcode in program.instructions["opcode"][loop.first : loop.last].tolist()]
    return not any(gate is not None and of(gate).repeats for gate in gates)
