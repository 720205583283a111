"""The program's body in SSA form, one operation an element: strips unrolled, row reuse undone.

Walking the instruction array, forward and then backward, a table of rows tells which value each row holds; moving elements (layout,
views, copies) only changes that table. What is left is a graph of operations; those that no sink reads are dead code, and never emitted.
How an instruction is written out is its kind's business.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from ..gates import BY_OPCODE
from ..kinds import of, vanishes
from ..kinds.products import PlannedProduct
from ..kinds.writing import Operand
from ..lanes.rules import Cleaned, Rule
from ..program.program import Program
from ..records.instruction import GUARD, Instruction, records
from .adding import MOST_WEIGHT, apart
from .by_rows import by_rows
from .clusters import clustered
from .frame import GRADIENTS, INPUTS, SEEDS, SUMS, VALUES, entry
from .operations import MOVED, Keep, Load, Multiplication, Rereading, Start, Store, windows
from .size import check_size
from .templates import looks_rarely
from .text import MOST_IN_PLACE
from .unrolled import Unrolled


class Elements(Unrolled):
    """The operations of a program's body (a `kinds.writing.Writer`).

    Parameters
    ----------
    program : Program
    seeded : bool
        Whether upstream gradients come from outside; otherwise they are 1.
    columns : set of int
        The entries of the frame whose arrays are in columns: these are moved one by one, each when it is needed.

    Raises
    ------
    TooLargeError
        If the program has more element operations than `size.MOST_ELEMENTS`.
    """

    adds_in_blocks = True

    def __init__(self, program: Program, seeded: bool, columns: Collection[int] = ()) -> None:
        check_size(program)
        super().__init__(program)
        self.seeded, self.width, self.columns = seeded, program.width, columns
        self.rows: list[Operand] = [""] * program.rows
        self.sums: dict[int, Operand] = {}
        self.starts: set[Operand] = set()
        self.backward_from = 0
        self.code = records(program.instructions)
        self.writers = Counter(slot for each in self.code[program.prologue : program.main] for slot in each.targets if slot < 0)
        self._write()

    def _write(self) -> None:
        self._body()
        self.join()
        self.sinks = clustered(self.operations, self.sinks, self.backward_from)
        self.sinks = by_rows(self, self.width, MOST_IN_PLACE * self.width)

    def _body(self) -> None:
        """Write the body out, forward and backward."""
        program = self.program
        for number, leaf in enumerate(program.inputs):
            self._load(INPUTS, number, leaf.row, leaf.size)
        for instruction in self.code[program.prologue : program.main]:
            self._forward(instruction)
        for number, output in enumerate(program.outputs):
            self._store(VALUES, number, output.row, output.size)
        active = program.instructions["backward"][program.prologue : program.main]
        if active.any() or any(leaf.gradient is not None for leaf in program.inputs):
            self._walk_back()

    def _walk_back(self) -> None:
        self.backward_from = len(self.operations)
        for number, output in enumerate(self.program.outputs):
            if output.gradient is not None:
                self._seed(number, output.gradient, output.size)
        for instruction in reversed(self.code[self.program.prologue : self.program.main]):
            self._back(instruction)
        for number, leaf in enumerate(self.program.inputs):
            if leaf.gradient is not None:
                self._store(GRADIENTS, number, leaf.gradient, leaf.size)

    def _load(self, array: int, number: int, row: int, size: int) -> None:
        done = 0
        for first, last in self._windows(array, number, size):
            made = self.make(Load(array, number, size, first, last), (), last - first, MOVED * (last - first))
            self.rows[row + done : row + last] = made[done - first :]
            done = last

    def _store(self, array: int, number: int, row: int, size: int) -> None:
        cleaned = Cleaned(gradient=array in (GRADIENTS, SUMS))
        values = [self.apply(cleaned, [value])[0] for value in self.rows[row : row + size]]
        for first, last in self._windows(array, number, size):
            self.sinks.append(Store(array, number, size, first, tuple(values[first:last])))

    def _windows(self, array: int, number: int, size: int) -> list[tuple[int, int]]:
        """Return the runs of an array's columns that are moved at once."""
        return windows(size, 1 if self.columns and entry(self.program, array, number) in self.columns else self.width)

    def _seed(self, number: int, row: int, size: int) -> None:
        if self.seeded:
            self._load(SEEDS, number, row, size)
        else:
            self.rows[row : row + size] = [self.literal(1.0)] * size

    def _forward(self, instruction: Instruction) -> None:
        gate = BY_OPCODE[instruction.opcode]
        if gate is not None:
            of(gate).write_forward(self, gate, instruction)

    def _guards(self, instruction: Instruction) -> bool:
        """Whether an upstream gradient may be zero."""
        return bool(instruction.flags & GUARD or self.seeded)

    def _back(self, instruction: Instruction) -> None:
        if instruction.backward:
            self._backward(instruction)

    def _backward(self, instruction: Instruction) -> None:
        gate, gradient = BY_OPCODE[instruction.opcode], instruction.gradient
        if gate is None:
            self.rows[gradient : gradient + instruction.rows] = [self.literal(-0.0)] * instruction.rows
            return
        guarded = self._guards(instruction) and not vanishes(gate, instruction.backward)
        before = set(self.sums)
        of(gate).write_backward(self, gate, instruction, guarded)
        self._keep([Keep(slot, value) for slot, value in self.sums.items() if slot not in before])

    def _keep(self, sums: list[Keep]) -> None:
        self.sinks += sums

    def apply(self, rule: Rule, operands: Sequence[Operand], after: Operand | None = None) -> list[Operand]:
        """Apply a rule; one that adds to accumulators and to other gradients is applied for each by itself."""
        several = apart(rule, operands, self.starts) if self.adds_in_blocks else None
        if several is None or any(self.template(each).weight > MOST_WEIGHT for each, _ in several):
            return super().apply(rule, operands, after)
        return [self.apply(each, given, after)[0] for each, given in several]

    def operand(self, row: int) -> Operand:
        """Return what stands in a row of either tile."""
        if row >= 0:
            return self.rows[row]
        number, constants = ~row - self.program.packed_rows, self.program.constants
        return self.literal(constants[number]) if number < len(constants) else row

    def _element(self, element: int) -> Operand:
        """Return what stands in an element of the packed part."""
        packed = self.program.packed
        return self.literal(packed[element]) if element < len(packed) else ~(self.program.uniforms + element)

    def block(self, row: int, size: int, packed: bool) -> list[Operand]:
        """Return what stands in consecutive rows of either tile, or in elements of its packed part."""
        if packed:
            return [self._element(~row + place) for place in range(size)]
        return [self.operand(row + place if row >= 0 else row - place) for place in range(size)]

    def sofar(self, row: int) -> Operand:
        """Return the sum so far of a gradient row, or of an accumulator."""
        if row >= 0:
            return self.rows[row]
        if ~row not in self.sums:
            (self.sums[~row],) = self.make(Start(~row), (), 1)
            self.starts.add(self.sums[~row])
        return self.sums[~row]

    def set(self, row: int, value: Operand) -> None:
        """Set what stands in a gradient row, or an accumulator."""
        if row >= 0:
            self.rows[row] = value
        else:
            self.sums[~row] = value

    def is_first(self, row: int, first: bool) -> bool:
        """Whether nothing has been added to a gradient yet: the instruction stores, or the row was cleared."""
        return first or (row >= 0 and self.rows[row] == self.literal(-0.0))

    def adds_alone(self, slot: int) -> bool:
        """Whether one instruction alone adds to an accumulator (`~slot`)."""
        return self.writers[slot] == 1

    def entries(self, instruction: Instruction) -> Any:
        """Return an instruction's part of the program's table."""
        return self.program.table[instruction.table : instruction.table + instruction.rows]

    def apply_last(self, rule: Rule, carried: Sequence[Operand], elements: Sequence[Operand]) -> Operand:
        """Apply a rule of one result that may look at `elements` in a rare branch alone: these need not be held until then."""
        columns = [self._column(element) for element in elements]
        if all(columns) and looks_rarely(rule, len(carried), self.dtype):
            weight = self.template(rule).weight + MOVED * len(columns)
            return self.make(Rereading(rule, tuple(filter(None, columns))), carried, 1, weight)[0]
        return self.apply(rule, [*carried, *elements])[0]

    def _column(self, value: Operand) -> tuple[Load, int] | None:
        """Return where a value was read, None if it was made otherwise."""
        maker = self.operations[self.makers[value]] if isinstance(value, int) and value >= 0 else None
        return (maker.what, value - maker.first) if maker is not None and isinstance(maker.what, Load) and isinstance(value, int) else None

    def multiply(self, product: PlannedProduct, stopping: str) -> None:
        """Let the kernel compute a product of matrices."""
        operands = [value for block in (product.p, product.q) if block.row >= 0 for value in self.block(*block)]
        target, size, _ = product.target
        given = target >= 0 and not product.first
        sofar = self.rows[target : target + size] if given else []
        made = self.make(Multiplication(product, stopping, given), [*operands, *sofar], size if target >= 0 else 0)
        self.sinks.append(self.operations[-1])
        if target >= 0:
            self.rows[target : target + size] = made
