"""Reductions: gates along one axis. A rule sees its operand as an array `(before, length, after)` and reduces the middle axis."""

from collections.abc import Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numba.core import cgutils

from ..gates import REDUCTION, Gate
from ..gates.order import in_order
from ..lanes.along import Along, Axis
from ..lanes.code import Code
from ..lanes.decode import Decoder, Rows
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.types import INT
from ..nodes.node import Node
from ..records.instruction import FIRST, Instruction
from .elementwise import summed
from .folds import BackwardAlong, BackwardOfOne, Begun, Finished, Joined, Stepped, folds_again, looks_at_one
from .kind import Array, Kind, Lengths, guards, kind
from .writing import Operand, Writer


@kind
class Reduction(Kind):
    """Puts the elements along one axis together."""

    name = REDUCTION
    by_partials = True
    empty = True

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Run the rule on the array."""
        assert node.gate is not None
        with np.errstate(all="ignore"):
            return np.array(np.asarray(node.gate.forward(np.reshape(operands[0], node.static)), dtype).reshape(node.shape))

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Run the backward rule on the array."""
        assert node.gate is not None
        before, _, after = node.static
        x, g, y = np.reshape(operands[0], node.static), g.reshape(before, 1, after), y.reshape(before, 1, after)
        with np.errstate(all="ignore"):
            (contribution,) = node.gate.contributions(g, y, x)
            return [summed(np.where(g == 0, 0, contribution), x.shape).reshape(operands[0].shape)]

    def operand_sizes(self, lengths: Lengths) -> Sequence[Any]:
        """Return the size of the array."""
        rows, length, columns = lengths
        return [rows * length * columns]

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return the loops around the forward rule."""
        return of_instruction(f"forward.{gate.name}", partial(_forward, gate))

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return the loops around the backward rule."""
        needs, really = instruction.backward, guards(gate, instruction.backward, guarded)
        return of_instruction(f"backward.{gate.name}.{needs}.{really:d}", partial(_backward, gate, guarded=really))

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Write the reduction of each group of elements out."""
        for result, elements in groups_of(*instruction.lengths):
            writer.rows[instruction.out + result] = _reduced(writer, gate, [writer.rows[instruction.a + each] for each in elements])

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Write the backward rule of each group of elements out."""
        stores = bool(instruction.flags & FIRST[0])
        for result, elements in groups_of(*instruction.lengths):
            g, y = writer.rows[instruction.gradient + result], writer.rows[instruction.out + result]
            values = [writer.rows[instruction.a + each] for each in elements]
            _write_backward(writer, gate, g, y, values, [instruction.to_a + each for each in elements], guarded, stores)


def groups_of(before: int, length: int, after: int) -> list[tuple[int, range]]:
    """Return for each result of a reduction its place, and those of its elements."""
    return [
        (group * after + column, range(group * length * after + column, (group + 1) * length * after + column, after))
        for group in range(before)
        for column in range(after)
    ]


def _reduced(writer: Writer, gate: Gate, elements: list[Operand]) -> Operand:
    """Write out a reduction."""
    return writer.apply_last(Finished(gate, len(elements)), _folded(writer, gate, elements), elements)


def _folded(writer: Writer, gate: Gate, elements: list[Operand]) -> Sequence[Operand]:
    """Write out a reduction's first fold, once; its steps run in the order of the elements, so that few of these wait in registers."""
    key = gate, tuple(elements)
    if key not in writer.folds:
        writer.folds[key] = _fold(writer, gate, elements)
    return writer.folds[key]


def _fold(writer: Writer, gate: Gate, elements: list[Operand]) -> Sequence[Operand]:
    last: Operand | None = None

    def step(*operands: Operand) -> tuple[Operand, ...]:
        nonlocal last
        made = writer.apply(Stepped(gate), operands, after=last)
        last = made[0]
        return tuple(made)

    def begin(element: Operand) -> tuple[Operand, ...]:
        return tuple(writer.apply(Begun(gate), [element]))

    def join(*both: Operand) -> tuple[Operand, ...]:
        return tuple(writer.apply(Joined(gate), both))

    return in_order(elements, begin, step, join)


def _write_backward(
    writer: Writer, gate: Gate, g: Operand, y: Operand, values: list[Operand], targets: list[int], guarded: bool, stores: bool
) -> None:  # fmt: skip
    """Write out the backward rule of one group: element by element, unless it needs all of them together."""
    firsts = [writer.is_first(target, stores) for target in targets]
    if looks_at_one(gate):
        for value, target, first in zip(values, targets, firsts, strict=True):
            sofar = [] if first else [writer.rows[target]]
            (writer.rows[target],) = writer.apply(BackwardOfOne(gate, guarded, first), [g, y, value, *sofar])
        return
    sofar = [] if all(firsts) else [writer.rows[target] for target in targets]
    folded = _folded(writer, gate, values) if folds_again(gate) else []
    made = writer.apply(BackwardAlong(gate, len(values), guarded, all(firsts)), [g, y, *folded, *values, *sofar])
    for target, value in zip(targets, made, strict=True):
        writer.rows[target] = value


@contextmanager
def groups(code: Code, machine: Decoder) -> Any:
    """Loop over the results of a reduction and the vectors of a row; yield the result's row, its first element's row, and the vector."""
    builder = code.builder
    before, length, after = (machine.field(name) for name in ("rows", "length", "columns"))
    with (
        cgutils.for_range(builder, before, intp=INT) as group,
        cgutils.for_range(builder, after, intp=INT) as column,
        cgutils.for_range(builder, machine.vectors, intp=INT) as vector,
    ):
        first = builder.add(builder.mul(group.index, builder.mul(length, after)), column.index)
        yield builder.add(builder.mul(group.index, after), column.index), first, vector.index


def _axis(code: Code, machine: Decoder, x: Rows) -> Axis:
    """Return the axis of a reduction; the step is the bytes from one element of `x` to the next."""
    return Axis(code, machine.field("length"), code.builder.mul(machine.field("columns"), x.row_step))


def _elements(code: Code, axis: Axis, first: Any) -> Along:
    """Return the elements from an address on."""
    return Along(axis, lambda place: code.load(code.builder.add(first, place)))


def _forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the loops around the forward rule."""
    x, out = machine.value("a"), machine.value("out")
    axis = _axis(code, machine, x)
    with groups(code, machine) as (result, first, vector):
        code.store(gate.forward(_elements(code, axis, x.address(first, vector))), out.address(result, vector))


def _backward(gate: Gate, code: Code, machine: Decoder, guarded: bool) -> None:
    """Emit the loops around the backward rule."""
    builder, x, own, upstream = code.builder, machine.value("a"), machine.value("out"), machine.value("gradient")
    target, after = machine.target(0, strip=False), machine.field("columns")
    axis = _axis(code, machine, x)
    with groups(code, machine) as (result, first, vector):
        g = upstream.load(result, vector)
        (contribution,) = gate.contributions(g, own.load(result, vector), _elements(code, axis, x.address(first, vector)))
        guard = g != 0.0 if guarded else None
        with cgutils.for_range(builder, axis.length, intp=INT) as loop:
            each = contribution.element(builder.mul(loop.index, axis.step)) if isinstance(contribution, Along) else contribution
            target.add(each, guard, builder.add(first, builder.mul(loop.index, after)), vector)
