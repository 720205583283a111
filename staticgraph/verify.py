"""Proof that a program may run: the machine trusts verified programs only.

Every field of every instruction is checked to be in range, or 0 where the opcode does not use it. Then the program is followed,
forward and backward, by which value stands in which row: nothing is read before it was written, backward reads what forward read,
and a gradient is complete before it is passed on.
"""

from typing import Any, NoReturn

import numpy as np

from .gates import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate
from .gates.analysis import VALUE, contributions
from .program import ACCUMULATE, CLEAR, FIRST, FLAT, GUARD, MODE, SKIP, SOURCE, STORE, STRIDE, TARGET, Program

BY_OPCODE: dict[int, Gate] = {gate.opcode + 1: gate for gate in GATES.values()}
NOTHING = -1
"""The tag of a row that holds nothing."""


def fail(position: int, problem: str) -> NoReturn:
    """Raise the error of an invalid program."""
    raise ValueError(f"invalid program: instruction {position}: {problem}; a program is made by compile and never changed")


def verify(program: Program) -> None:
    """Check a program; `ValueError` naming the instruction and its field if it is not valid."""
    instructions = program.instructions
    if not 0 <= program.prologue <= len(instructions):
        raise ValueError(f"invalid program: a prologue of {program.prologue} instructions in a program of {len(instructions)}")
    uniform = _Section(program, None)
    uniform.hold(0, len(program.constants), -2)
    for leaf in program.parameters:
        uniform.hold(leaf.row, leaf.size, -2)
    body = _Section(program, uniform)
    for leaf in program.inputs:
        body.hold(leaf.row, leaf.size, -2)
    records = [tuple(map(int, record)) for record in instructions.tolist()]
    for position in range(program.prologue):
        uniform.forward(position, records[position])
    for position in range(program.prologue, len(records)):
        body.forward(position, records[position])
    for output in program.outputs:
        body.read(len(records), "out", output.row, output.size)
        if output.gradient is not None:
            body.seed(output.gradient, output.size)
    for position in range(len(records) - 1, program.prologue - 1, -1):
        body.backward(position, records[position])
    for shared in program.shared:
        uniform.seed(shared.gradient, shared.size)
        if not 0 <= shared.slot <= program.slots - shared.size:
            raise ValueError(f"invalid program: accumulators {shared.slot} to {shared.slot + shared.size} of {program.slots}")
    for position in range(program.prologue - 1, -1, -1):
        uniform.backward(position, records[position])
    for section, leaves in ((body, program.inputs), (uniform, program.parameters)):
        for leaf in leaves:
            if leaf.gradient is not None:
                section.need_gradient(len(records), leaf.gradient, leaf.size)


class _Section:
    """What stands in each row while a program is followed: the number of the instruction that wrote it."""

    def __init__(self, program: Program, uniform: "_Section | None") -> None:
        self.program = program
        self.uniform = uniform
        self.rows = program.uniforms if uniform is None else program.rows
        self.holds = [NOTHING] * self.rows
        self.gradient = bytearray(self.rows)
        self.seen: dict[int, list[list[int]]] = {}

    def hold(self, row: int, size: int, tag: int) -> None:
        if not 0 <= row <= self.rows - size:
            raise ValueError(f"invalid program: rows {row} to {row + size} of {self.rows}")
        self.holds[row : row + size] = [tag] * size

    def seed(self, row: int, size: int) -> None:
        self.hold(row, size, NOTHING)
        self.gradient[row : row + size] = b"\x01" * size

    def read(self, position: int, name: str, row: int, size: int) -> list[int]:
        section = self
        if row < 0:
            if self.uniform is None:
                fail(position, f"field {name!r} = {row} names a uniform row, which only the body has")
            section, row = self.uniform, ~row
        if row > section.rows - size:
            fail(position, f"field {name!r}: rows {row} to {row + size} of {section.rows}")
        tags = section.holds[row : row + size]
        if NOTHING in tags:
            fail(position, f"field {name!r}: a row from {row} to {row + size} is read before it is written")
        return tags

    def need_gradient(self, position: int, row: int, size: int) -> None:
        if not 0 <= row <= self.rows - size:
            fail(position, f"field 'gradient': rows {row} to {row + size} of {self.rows}")
        if self.gradient.count(1, row, row + size) != size:
            fail(position, f"field 'gradient': rows {row} to {row + size} are not complete")

    def forward(self, position: int, record: tuple[int, ...]) -> None:
        """Check an instruction's fields and follow it forward."""
        opcode, needs, rows, length, columns, out, *rest = record
        operands, gradient, targets, (flags, table, reserved) = rest[:3], rest[3], rest[4:7], rest[7:]
        if reserved:
            fail(position, f"field 'reserved' = {reserved}, not 0")
        if rows < 0 or length < 0 or columns < 0:
            fail(position, f"fields 'rows', 'length', 'columns' = {rows}, {length}, {columns}: negative")
        if opcode == CLEAR:
            if needs != 1 or length != 1 or columns != 1 or any((out, *operands, *targets, flags, table)) or not rows:
                fail(position, "a clear has fields 'backward' = 1, 'rows' and 'gradient' only")
            if not 0 <= gradient <= self.rows - rows:
                fail(position, f"field 'gradient': rows {gradient} to {gradient + rows} of {self.rows}")
            return
        gate = BY_OPCODE.get(opcode)
        if gate is None:
            fail(position, f"field 'opcode' = {opcode} is no gate's")
        self._check_backward_fields(position, gate, needs, gradient, targets, flags)
        self._check_unused(position, gate, record)
        sizes, size = _sizes(gate, record)
        if gate.kind == LAYOUT:
            self._table_forward(position, table, rows)
        else:
            self.seen[position] = [self.read(position, "abc"[k], operands[k], sizes[k]) for k in range(gate.arity)]
        if gate.kind == ELEMENTWISE and bool(flags & FLAT) != _is_flat(gate, record):
            fail(position, f"field 'flags' = {flags}: the flag FLAT does not fit the operands")
        if not 0 <= out <= self.rows - size:
            fail(position, f"field 'out': rows {out} to {out + size} of {self.rows}")
        self.holds[out : out + size] = [position] * size

    @staticmethod
    def _check_backward_fields(position: int, gate: Gate, needs: int, gradient: int, targets: list[int], flags: int) -> None:
        receives = contributions(gate)
        possible = sum(1 << number for number, each in enumerate(receives) if each is not None)
        if needs < 0 or needs & ~possible:
            fail(position, f"field 'backward' = {needs}: operands of {gate.name} that receive a gradient are {possible:#b}")
        served = 0 if gate.kind == LAYOUT else needs
        for number, target in enumerate(targets):
            if target and not served >> number & 1:
                fail(position, f"field 'to_{'abc'[number]}' = {target}, not 0, though the operand receives no gradient")
        if gradient and not needs:
            fail(position, f"field 'gradient' = {gradient}, not 0, though nothing flows back")
        allowed = sum(FIRST[number] for number in range(3) if served >> number & 1) | (GUARD if served else 0)
        if gate.kind == ELEMENTWISE:
            allowed |= sum(STRIDE[: gate.arity]) | FLAT
        if flags & ~allowed:
            fail(position, f"field 'flags' = {flags}: only {allowed} apply")

    @staticmethod
    def _check_unused(position: int, gate: Gate, record: tuple[int, ...]) -> None:
        _, _, _, length, columns, _, *rest = record
        operands, table = rest[:3], rest[8]
        arity = 0 if gate.kind == LAYOUT else gate.arity
        if any(operands[arity:]):
            fail(position, f"fields of operands beyond {arity} are {operands[arity:]}, not 0")
        if gate.kind in (ELEMENTWISE, LAYOUT) and (length, columns) != (1, 1):
            fail(position, f"fields 'length', 'columns' = {length}, {columns}, not 1, 1")
        if gate.kind != LAYOUT and table:
            fail(position, f"field 'table' = {table}, not 0")

    def _table_forward(self, position: int, table: int, rows: int) -> None:
        if not 0 <= table <= len(self.program.table) - rows:
            fail(position, f"field 'table': entries {table} to {table + rows} of {len(self.program.table)}")
        for entry in self.program.table[table : table + rows].tolist():
            self.read(position, "table", entry[SOURCE], 1)

    def backward(self, position: int, record: tuple[int, ...]) -> None:
        """Follow an instruction backward."""
        opcode, needs, rows, _, _, out, *rest = record
        operands, gradient, targets, (flags, table, _) = rest[:3], rest[3], rest[4:7], rest[7:]
        if not needs:
            return
        if opcode == CLEAR:
            self.seed(gradient, rows)
            return
        gate = BY_OPCODE[opcode]
        sizes, size = _sizes(gate, record)
        self.need_gradient(position, gradient, size)
        if gate.kind == LAYOUT:
            for entry in self.program.table[table : table + rows].tolist():
                if entry[MODE] not in (SKIP, ACCUMULATE, STORE):
                    fail(position, f"field 'table': mode {entry[MODE]}")
                if entry[MODE] != SKIP:
                    self._write_gradient(position, "table", entry[TARGET], 1, entry[MODE] == STORE)
        else:
            self._read_backward(position, gate, needs, out, size, list(zip(operands, sizes, strict=False)))
            for number in (each for each in range(gate.arity) if needs >> each & 1):
                self._write_gradient(position, "to_" + "abc"[number], targets[number], sizes[number], bool(flags & FIRST[number]))
        self.gradient[gradient : gradient + size] = bytes(size)

    def _read_backward(self, position: int, gate: Gate, needs: int, out: int, size: int, operands: list[tuple[int, int]]) -> None:
        for number, contribution in enumerate(contributions(gate)):
            if contribution is None or not needs >> number & 1:
                continue
            for read in contribution.reads:
                if read == VALUE and self.holds[out : out + size] != [position] * size:
                    fail(position, "field 'out': backward reads the value, but its rows hold another by then")
                if isinstance(read, int) and self.read(position, "abc"[read], *operands[read]) != self.seen[position][read]:
                    fail(position, f"field {'abc'[read]!r}: backward reads the operand, but its rows hold another by then")

    def _write_gradient(self, position: int, name: str, target: int, size: int, first: bool) -> None:
        if target < 0:
            if self.uniform is None or ~target > self.program.slots - size or first:
                fail(position, f"field {name!r} = {target}: accumulators {~target} to {~target + size} of {self.program.slots}, added to only")
            return
        if target > self.rows - size:
            fail(position, f"field {name!r}: rows {target} to {target + size} of {self.rows}")
        if not first and self.gradient.count(1, target, target + size) != size:
            fail(position, f"field {name!r}: rows {target} to {target + size} are added to before they are written")
        self.seed(target, size)


def _sizes(gate: Gate, record: tuple[int, ...]) -> tuple[list[int], int]:
    """Return how many rows each operand and the result have."""
    _, _, rows, length, columns, *_ = record
    if gate.kind == REDUCTION:
        return [rows * length * columns], rows * columns
    if gate.kind == CONTRACTION:
        return [rows * length, length * columns], rows * columns
    return [rows if record[13] & STRIDE[number] else min(rows, 1) for number in range(min(gate.arity, 3))], rows


def _is_flat(gate: Gate, record: tuple[int, ...]) -> bool:
    moves = [bool(record[13] & STRIDE[number]) for number in range(gate.arity)]
    return record[2] == 1 or all(moving != (operand < 0) for moving, operand in zip(moves, record[6:], strict=False))


def checked(array: Any) -> np.ndarray[Any, Any]:
    """Return the array, read-only: programs are shared between threads."""
    array.flags.writeable = False
    return np.asarray(array)
