"""The program's body in SSA form, one operation an element: strips unrolled, row reuse undone.

Walking the instruction array, forward and then backward, a table of rows tells which value each row holds; moving elements (layout,
views, copies) only changes that table. What is left is a graph of operations; those that no sink reads are dead code, and never emitted.
"""

from collections.abc import Callable
from typing import Any

from ..gates import BY_OPCODE, CONTRACTION, ELEMENTWISE, LAYOUT, Gate
from ..gates.analysis import vanishes
from ..gates.order import CHUNK, in_order, joined
from ..instruction import ACCUMULATE, FIRST, GUARD, MODE, SKIP, SOURCE, STRIDE, TARGET, Instruction, records
from ..program.program import Program
from . import folds, templates
from .frame import GRADIENTS, INPUTS, SEEDS, VALUES
from .operations import Keep, Load, Multiplication, Operand, Operations, Rereading, Start, Store, windows
from .products import PlannedProduct, plan_products
from .size import check_size


class Elements(Operations):
    """The operations of a program's body.

    Parameters
    ----------
    program : Program
    seeded : bool
        Whether upstream gradients come from outside; otherwise they are 1.

    Raises
    ------
    TooLargeError
        If the program has more element operations than `size.MOST_ELEMENTS`.
    """

    def __init__(self, program: Program, seeded: bool) -> None:
        check_size(program)
        super().__init__(program.dtype)
        self.program, self.seeded, self.width = program, seeded, program.width
        self.rows: list[Operand] = [""] * program.rows
        self.sums: dict[int, Operand] = {}
        self.code = records(program.instructions)
        self.products = plan_products(program)
        for number, leaf in enumerate(program.inputs):
            self._load(INPUTS, number, leaf.row, leaf.size)
        for position in range(program.prologue, len(program)):
            self._forward(position)
        for number, output in enumerate(program.outputs):
            self._store(VALUES, number, output.row, output.size)
        if program.instructions["backward"][program.prologue :].any() or any(leaf.gradient is not None for leaf in program.inputs):
            self._walk_back()

    def _walk_back(self) -> None:
        for number, output in enumerate(self.program.outputs):
            if output.gradient is not None:
                self._seed(number, output.gradient, output.size)
        for position in range(len(self.program) - 1, self.program.prologue - 1, -1):
            if self.code[position].backward:
                self._backward(position)
        for number, leaf in enumerate(self.program.inputs):
            if leaf.gradient is not None:
                self._store(GRADIENTS, number, leaf.gradient, leaf.size)

    def _load(self, array: int, number: int, row: int, size: int) -> None:
        done = 0
        for first, last in windows(size, self.width):
            self.rows[row + done : row + last] = self.make(Load(array, number, size, first, last), (), last - first)[done - first :]
            done = last

    def _store(self, array: int, number: int, row: int, size: int) -> None:
        template = templates.cleaned(self.dtype, array == GRADIENTS)
        values = [self.apply(template, [value])[0] for value in self.rows[row : row + size]]
        for first, last in windows(size, self.width):
            self.sinks.append(Store(array, number, size, first, tuple(values[first:last])))

    def _seed(self, number: int, row: int, size: int) -> None:
        if self.seeded:
            self._load(SEEDS, number, row, size)
        else:
            self.rows[row : row + size] = [self.literal(1.0)] * size

    def _operand(self, row: int) -> Operand:
        """Return what stands in a row of either tile."""
        if row >= 0:
            return self.rows[row]
        number, constants = ~row - self.program.packed_rows, self.program.constants
        return self.literal(constants[number]) if number < len(constants) else row

    def _element(self, element: int) -> Operand:
        """Return what stands in an element of the packed part."""
        packed = self.program.packed
        return self.literal(packed[element]) if element < len(packed) else ~(self.program.uniforms + element)

    def _block(self, row: int, size: int, packed: bool) -> list[Operand]:
        """Return what stands in consecutive rows."""
        if packed:
            return [self._element(~row + place) for place in range(size)]
        return [self._operand(row + place if row >= 0 else row - place) for place in range(size)]

    def _sofar(self, row: int) -> Operand:
        """Return the sum so far of a gradient row, or of an accumulator."""
        if row >= 0:
            return self.rows[row]
        if ~row not in self.sums:
            (self.sums[~row],) = self.make(Start(~row), (), 1)
        return self.sums[~row]

    def _set(self, row: int, value: Operand) -> None:
        if row >= 0:
            self.rows[row] = value
        else:
            self.sums[~row] = value

    def _is_first(self, row: int, first: bool) -> bool:
        """Whether nothing has been added yet: the instruction stores, or the row was cleared."""
        return first or (row >= 0 and self.rows[row] == self.literal(-0.0))

    def _forward(self, position: int) -> None:
        instruction = self.code[position]
        gate, rows, out = BY_OPCODE[instruction.opcode], instruction.rows, instruction.out
        if gate is None:
            return
        if gate.kind == ELEMENTWISE:
            template = templates.forward(gate, self.dtype)
            operands = self._strided(gate, instruction)
            for row in range(rows):
                (self.rows[out + row],) = self.apply(template, [read(row) for read in operands])
        elif gate.kind == LAYOUT:
            entries = self._entries(position)
            self.rows[out : out + rows] = [self._operand(int(entry[SOURCE])) for entry in entries]
        elif gate.kind == CONTRACTION:
            self._multiply(self.products[position][-1], gate.zeros_stop and instruction.a >= 0)
        else:
            for result, elements in _groups(*instruction.lengths):
                self.rows[out + result] = self._reduce(gate, [self.rows[instruction.a + each] for each in elements])

    def _strided(self, gate: Gate, instruction: Instruction) -> list[Callable[[int], Operand]]:
        """Return for each operand what tells its value for a row of the strip."""

        def reader(first: int, moves: bool) -> Callable[[int], Operand]:
            if not moves:
                fixed = self._operand(first)
                return lambda row: fixed
            return (lambda row: self.rows[first + row]) if first >= 0 else (lambda row: self._operand(first - row))

        return [reader(first, bool(instruction.flags & STRIDE[number])) for number, first in enumerate(instruction.operands[: gate.arity])]

    def _entries(self, position: int) -> Any:
        instruction = self.code[position]
        return self.program.table[instruction.table : instruction.table + instruction.rows]

    def _reduce(self, gate: Gate, elements: list[Operand]) -> Operand:
        """Write out a reduction; its steps run in the order of the elements, so that few of these wait in registers at a time."""
        fold = folds.fold(gate, self.dtype)
        last: Operand | None = None

        def first(element: Operand) -> tuple[Operand, ...]:
            return tuple(self.apply(fold.first, [element]))

        def step(*operands: Operand) -> tuple[Operand, ...]:
            nonlocal last
            made = self.apply(fold.step, operands, after=last)
            last = made[0]
            return tuple(made)

        def join(*both: Operand) -> tuple[Operand, ...]:
            return tuple(self.apply(fold.join, both))

        carried = in_order(elements, first, step, join)
        finish = folds.finish(gate, self.dtype, len(elements))
        columns = [self._column(element) for element in elements] if folds.looks_rarely(finish, fold.parts) else [None]
        if all(columns):
            return self.make(Rereading(finish, tuple(filter(None, columns))), carried, 1)[0]
        return self.apply(finish, [*carried, *elements])[0]

    def _column(self, value: Operand) -> tuple[Load, int] | None:
        """Return where a value was read, None if it was made otherwise."""
        maker = self.operations[self.makers[value]] if isinstance(value, int) and value >= 0 else None
        return (maker.what, value - maker.first) if maker is not None and isinstance(maker.what, Load) and isinstance(value, int) else None

    def _backward(self, position: int) -> None:
        instruction = self.code[position]
        gate, gradient, flags = BY_OPCODE[instruction.opcode], instruction.gradient, instruction.flags
        if gate is None:
            self.rows[gradient : gradient + instruction.rows] = [self.literal(-0.0)] * instruction.rows
            return
        guarded = bool(flags & GUARD or self.seeded) and gate.kind != LAYOUT and not vanishes(gate, instruction.backward)
        before = set(self.sums)
        if gate.kind == ELEMENTWISE:
            self._elementwise_backward(gate, instruction, guarded)
        elif gate.kind == LAYOUT:
            self._layout_backward(position, gradient)
        elif gate.kind == CONTRACTION:
            for number, product in self.products[position].items():
                if number >= 0:
                    self._multiply(product, guarded)
        else:
            for result, elements in _groups(*instruction.lengths):
                rows_of = [(instruction.a + each, instruction.to_a + each) for each in elements]
                g, y = self.rows[gradient + result], self.rows[instruction.out + result]
                self._reduce_backward(gate, g, y, rows_of, guarded, bool(flags & FIRST[0]))
        self.sinks += [Keep(slot, value) for slot, value in self.sums.items() if slot not in before]

    def _elementwise_backward(self, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        operands, flags = self._strided(gate, instruction), instruction.flags
        served = [number for number in range(gate.arity) if instruction.serves(number)]
        for row in range(instruction.rows):
            places = []
            for number in served:
                first, step = instruction.targets[number], row if flags & STRIDE[number] else 0
                places.append(first + step if first >= 0 else first - step)
            sums: list[int] = []
            given: list[Operand] = []
            for order, (number, place) in enumerate(zip(served, places, strict=True)):
                earlier = [each for each in range(order) if places[each] == place]
                if earlier:
                    sums.append(earlier[-1])
                elif self._is_first(place, bool(flags & FIRST[number])):
                    sums.append(templates.FIRST)
                else:
                    sums.append(templates.GIVEN)
                    given.append(self._sofar(place))
            template = templates.backward(gate, self.dtype, instruction.backward, guarded, tuple(sums))
            inputs = [self.rows[instruction.gradient + row], self.rows[instruction.out + row], *(read(row) for read in operands), *given]
            for place, value in zip(places, self.apply(template, inputs), strict=True):
                self._set(place, value)

    def _layout_backward(self, position: int, gradient: int) -> None:
        add = templates.added(self.dtype)
        for row, entry in enumerate(self._entries(position).tolist()):
            if entry[MODE] != SKIP:
                target, value = entry[TARGET], self.rows[gradient + row]
                if not self._is_first(target, entry[MODE] != ACCUMULATE):
                    (value,) = self.apply(add, [self._sofar(target), value])
                self._set(target, value)

    def _reduce_backward(self, gate: Gate, g: Operand, y: Operand, rows_of: list[tuple[int, int]], guarded: bool, stores: bool) -> None:
        firsts = [self._is_first(target, stores) for _, target in rows_of]
        if folds.reduction_of_one(gate, self.dtype, guarded, True) is not None:
            for (row, target), first in zip(rows_of, firsts, strict=True):
                template = folds.reduction_of_one(gate, self.dtype, guarded, first)
                assert template is not None
                sofar = [] if first else [self.rows[target]]
                (self.rows[target],) = self.apply(template, [g, y, self.rows[row], *sofar])
            return
        template = folds.reduction_backward(gate, self.dtype, len(rows_of), guarded, all(firsts))
        sofar = [] if all(firsts) else [self.rows[target] for _, target in rows_of]
        made = self.apply(template, [g, y, *(self.rows[row] for row, _ in rows_of), *sofar])
        for (_, target), value in zip(rows_of, made, strict=True):
            self.rows[target] = value

    def _multiply(self, product: PlannedProduct, guarded: bool = False) -> None:
        """Add a product of matrices: term by term if it is small, otherwise as one operation."""
        if product.written_out:
            self._write_out(product, self._block(*product.p), self._block(*product.q), guarded)
            return
        operands = [value for block in (product.p, product.q) if block.row >= 0 for value in self._block(*block)]
        target, size, _ = product.target
        given = target >= 0 and not product.first
        sofar = self.rows[target : target + size] if given else []
        made = self.make(Multiplication(product, guarded, given), [*operands, *sofar], size if target >= 0 else 0)
        self.sinks.append(self.operations[-1])
        if target >= 0:
            self.rows[target : target + size] = made

    def _write_out(self, product: PlannedProduct, p: list[Operand], q: list[Operand], guarded: bool) -> None:
        blocked, shared, inner = product.lengths
        for i in range(blocked):
            for j in range(shared):
                place = i * product.target_steps[0] + j * product.target_steps[1]
                row = product.target.row + place if product.target.row >= 0 else product.target.row - place
                terms = [
                    (p[i * product.p_steps[0] + k * product.p_steps[1]], q[j * product.q_steps[0] + k * product.q_steps[1]])
                    for k in range(inner)
                ]
                sofar = None if self._is_first(row, product.first) else self._sofar(row)
                chunks = [self._chain(terms[k : k + CHUNK], None if k else sofar, guarded) for k in range(0, inner, CHUNK)]
                (value,) = joined([(chunk,) for chunk in chunks], lambda *both: tuple(self.apply(templates.added(self.dtype), both)))
                self._set(row, value)

    def _chain(self, terms: list[tuple[Operand, Operand]], sofar: Operand | None, guarded: bool) -> Operand:
        """Add products one after another to the sum so far, None where there is none."""
        for term in terms:
            given = [] if sofar is None else [sofar]
            (sofar,) = self.apply(templates.product(self.dtype, guarded, sofar is None), [*term, *given])
        assert sofar is not None
        return sofar


def _groups(before: int, length: int, after: int) -> list[tuple[int, range]]:
    """Return for each result of a reduction its place, and those of its elements."""
    return [
        (group * after + column, range(group * length * after + column, (group + 1) * length * after + column, after))
        for group in range(before)
        for column in range(after)
    ]
