"""A group of instructions over long strips as compiled code: one loop over the elements of the strip, and over the vectors of a tile.

A kernel that runs in the place of those of the group's instructions, with the same arguments.
"""

from ..gates import BY_OPCODE
from ..kinds import of
from ..program.program import Program
from ..records.instruction import STRIDE, VECTOR_BYTES, Instruction, records
from .steps import ARGUMENTS, MANY_ROWS, MOST_BESIDE, Left, Rows, StepElements, StepText, written
from .strips import Group
from .unrolled import Unrolled

Place = tuple[int, bool]
"""A row of either tile, and whether the elements of the strip have one each, from there on."""


class StripElements(StepElements):
    """The operations of a group for one element of the strip; rows are numbers of places.

    Attributes
    ----------
    places : dict of Place to int
    """

    def __init__(self, program: Program, group: Group) -> None:
        Unrolled.__init__(self, program)
        self.seeded, self.width = True, program.width  # zeros are guarded: rows beyond the whole vectors have zero gradients
        self.rows, self.sums, self.sums_of_steps, self.entering = Rows(self._read), {}, set(), []
        self.places: dict[Place, int] = {}
        self.code = [self._one(each) for each in records(program.instructions[list(group.members)])]
        for instruction in reversed(self.code) if group.backward else self.code:
            (self._back if group.backward else self._forward)(instruction)
        rows = [self._place(each.first, each.moves) for each in group.left]
        self.left = Left(rows, [self.rows[row] for row in rows])
        self.join()

    def _one(self, instruction: Instruction) -> Instruction:
        """Return an instruction for one element."""
        gate = BY_OPCODE[instruction.opcode]
        made = instruction._replace(rows=1, out=self._place(instruction.out, True), gradient=self._place(instruction.gradient, True))
        for number in range(0 if gate is None else of(gate).operands(gate)):
            moves = bool(instruction.flags & STRIDE[number])
            names = "abc"[number], "to_" + "abc"[number]
            made = made._replace(**{name: self._place(getattr(instruction, name), moves) for name in names})
        return made

    def _place(self, row: int, moves: bool) -> int:
        """Return the number of a place; one value for all rows and elements stands where it stood."""
        return self.places.setdefault((row, moves), len(self.places)) if row >= 0 or moves else row

    @property
    def flat(self) -> bool:
        """Whether the strip is one run of vectors wherever it is read or written."""
        used = {*self.rows_read(self.steps(self.left)), *self.left.rows}
        return all(row >= 0 and moves for (row, moves), number in self.places.items() if number in used)


class StripText(StepText):
    """The text of the loops around a group's operations.

    Parameters
    ----------
    name : str
        Its symbol.
    noted : StripElements
    length : int
        Elements of the strip.
    beside : int
        Vectors side by side.
    """

    def __init__(self, name: str, noted: StripElements, length: int, beside: int) -> None:
        super().__init__(name, noted.dtype, beside)
        self.places = {number: place for place, number in noted.places.items()}
        self.flat, self.length = noted.flat, length

    def row(self, row: int, number: int) -> str:
        """Return the address of the vector of a place."""
        (first, moves), name = self.places[row], self.fresh()
        if first < 0:
            self.lines.append(f"{name} = getelementptr i8, ptr %uniforms_here, i64 {~first * VECTOR_BYTES}")
            return name
        self.lines += [f"{name}.o = mul i64 %pitch, {first}"]
        self.lines += [f"{name} = getelementptr i8, ptr %{'there' if moves and not self.flat else 'here'}{number}, i64 {name}.o"]
        return name

    def module(self) -> str:
        """Return the module of the function; behind the last vector stands that one again."""
        heres = [
            line for number in range(self.beside)
            for line in (f"%next{number} = add i64 %vector, {number}", f"%within{number} = icmp slt i64 %next{number}, %vectors",
                         f"%at{number} = select i1 %within{number}, i64 %next{number}, i64 %last",
                         f"%along{number} = mul i64 %at{number}, {VECTOR_BYTES}",
                         f"%here{number} = getelementptr i8, ptr %first, i64 %along{number}",
                         f"%there{number} = getelementptr i8, ptr %here{number}, i64 %along")
        ]  # fmt: skip
        lines = [
            *self.definitions.values(), f"define void @{self.name}({ARGUMENTS}) {{", "entry:",
            f"%of_row = udiv i64 %lanes, {self.width}", f"%vectors = mul i64 %of_row, {self.length if self.flat else 1}",
            "%last = sub i64 %vectors, 1", f"%pitch = mul i64 %lanes, {self.itemsize}",
            "%uniform = inttoptr i64 %uniforms to ptr", "%first = inttoptr i64 %tile to ptr", *self.head, "br label %outer", "outer:",
            "%element = phi i64 [ 0, %entry ], [ %after, %inner ]", "%along = mul i64 %element, %pitch",
            f"%moved = mul i64 %element, {VECTOR_BYTES}", "%uniforms_here = getelementptr i8, ptr %uniform, i64 %moved", "br label %loop",
            "loop:", f"%vector = phi i64 [ 0, %outer ], [ %next, %{self.block} ]", *heres, *self.lines,
            f"%next = add i64 %vector, {self.beside}", "%more = icmp slt i64 %next, %vectors", "br i1 %more, label %loop, label %inner",
            "inner:", "%after = add i64 %element, 1", f"%again = icmp slt i64 %after, {1 if self.flat else self.length}",
            "br i1 %again, label %outer, label %done", "done:", "ret void", "}", "",
        ]  # fmt: skip
        return "\n".join(lines)


def group_text(program: Program, group: Group, name: str) -> str:
    """Return the module of the kernel of a group."""
    noted = StripElements(program, group)
    steps = noted.steps(noted.left)
    rows = len(noted.rows_read(steps)) + len(noted.left.rows)
    length = int(program.instructions["rows"][group.members[0]])
    text = StripText(name, noted, length, MOST_BESIDE if rows <= MANY_ROWS else 1)
    return written(text, noted, steps, noted.left, (), ())
