"""Elementwise gates: a value for each element; operands are repeated along a strip or advance with it."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numba.core import cgutils

from ..gates import ELEMENTWISE, Gate
from ..gates.analysis import is_elementary
from ..lanes.code import Code
from ..lanes.decode import Decoder, integer
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.rules import FIRST as STORES
from ..lanes.rules import GIVEN, Backward, Forward
from ..lanes.types import INT
from ..nodes.node import Node
from ..nodes.shapes import broadcast
from ..records.instruction import BY_VECTOR, FIRST, FLAT, STRIDE, Instruction
from .kind import Array, Kind, Lengths, guards, kind
from .writing import Operand, Writer, strided


@kind
class Elementwise(Kind):
    """A value per element."""

    name = ELEMENTWISE
    strided = True

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Run the rule on the arrays, which broadcast."""
        assert node.gate is not None
        with np.errstate(all="ignore"):
            return np.array(np.broadcast_to(np.asarray(node.gate.forward(*operands), dtype), node.shape))

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Run the backward rule, and sum what repeated operands receive."""
        assert node.gate is not None
        with np.errstate(all="ignore"):
            return [
                np.zeros(operand.shape, g.dtype) if each is None else summed(np.where(g == 0, 0, each), operand.shape)
                for each, operand in zip(node.gate.contributions(g, y, *operands), operands, strict=True)
            ]

    def numbers(self, node: Node) -> Array:
        """Return none."""
        return np.empty(0, np.int64)

    def static(self, gate: Gate, numbers: Array) -> Any:
        """Return nothing."""
        if numbers.size:
            raise ValueError(f"{gate.name}: {numbers.size} integers beside the operands, expected none")
        return None

    def check(self, node: Node) -> None:
        """Raise `ValueError` unless the shape is what the operands broadcast to."""
        assert node.gate is not None
        if len(node.operands) != node.gate.arity:
            raise ValueError(f"{len(node.operands)} operands, expected {node.gate.arity}")
        shapes = [operand.shape for operand in node.operands]
        if any(shape != node.shape for shape in shapes) and broadcast(node.gate.name, shapes) != node.shape:
            raise ValueError(f"shape {node.shape}, expected {broadcast(node.gate.name, shapes)}")

    def lengths(self, node: Node) -> Lengths:
        """Return a strip's."""
        return node.size, 1, 1

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return the loop around the forward rule."""
        return of_instruction(f"forward.{gate.name}", partial(_forward, gate))

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return the loop around the backward rule."""
        needs, really = instruction.backward, guards(gate, instruction.backward, guarded)
        return of_instruction(f"backward.{gate.name}.{needs}.{really:d}", partial(_backward, gate, needs=needs, guarded=really))

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Apply the forward rule to each row of the strip."""
        rule, operands = Forward(gate), _readers(writer, gate, instruction)
        for row in range(instruction.rows):
            (writer.rows[instruction.out + row],) = writer.apply(rule, [read(row) for read in operands])

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Apply the backward rule to each row of the strip."""
        operands = _readers(writer, gate, instruction)
        served = [number for number in range(gate.arity) if instruction.serves(number)]
        for row in range(instruction.rows):
            places = []
            for number in served:
                first, step = instruction.targets[number], row if instruction.flags & STRIDE[number] else 0
                places.append(first + step if first >= 0 else first - step)
            stores = [bool(instruction.flags & FIRST[number]) for number in served]
            sums, given = starts(writer, places, stores)
            rule = Backward(gate, instruction.backward, guarded, tuple(sums))
            g, y = writer.rows[instruction.gradient + row], writer.rows[instruction.out + row]
            made = writer.apply(rule, [g, y, *(read(row) for read in operands), *given])
            for place, value in zip(places, made, strict=True):
                writer.set(place, value)


def summed(contribution: Array, shape: tuple[int, ...]) -> Array:
    """Return a contribution summed over the axes along which its operand was broadcast."""
    contribution = np.broadcast_to(contribution, np.broadcast_shapes(contribution.shape, shape))
    contribution = contribution.sum(axis=tuple(range(contribution.ndim - len(shape))))
    repeated = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return np.asarray(contribution.sum(axis=repeated, keepdims=True))


def _readers(writer: Writer, gate: Gate, instruction: Instruction) -> list[Callable[[int], Operand]]:
    """Return for each operand what tells its value for a row of the strip."""
    firsts = instruction.operands[: gate.arity]
    return [strided(writer, first, bool(instruction.flags & STRIDE[number])) for number, first in enumerate(firsts)]


def starts(writer: Writer, places: Sequence[int], stores: Sequence[bool]) -> tuple[list[int], list[Operand]]:
    """Return how the sum of each target starts, and the sums so far of those that are given."""
    sums: list[int] = []
    given: list[Operand] = []
    for order, place in enumerate(places):
        earlier = [each for each in range(order) if places[each] == place]
        if earlier:
            sums.append(earlier[-1])
        elif writer.is_first(place, stores[order]):
            sums.append(STORES)
        else:
            sums.append(GIVEN)
            given.append(writer.sofar(place))
    return sums, given


@contextmanager
def _strip(code: Code, machine: Decoder, turn: Any = None) -> Any:
    """Loop over the rows of a strip and the vectors of a row, perhaps two at a time; a flat strip is one long row.

    Of two at a time the last two may be one: both halves are then loaded before both store the same. Where `turn` says so, the loops
    are over the vectors and, within, over the rows.
    """
    builder = code.builder
    rows, flat = machine.field("rows"), machine.flag(FLAT)
    outer = builder.select(flat, integer(1), rows)
    inner = builder.select(flat, builder.mul(rows, machine.vectors), machine.vectors)
    if turn is not None:
        outer, inner = builder.select(turn, machine.vectors, outer), builder.select(turn, rows, inner)
    if code.vectors == 1:
        with cgutils.for_range(builder, outer, intp=INT) as row, cgutils.for_range(builder, inner, intp=INT) as vector:
            yield row.index, vector.index
        return
    pairs, last = builder.udiv(builder.add(inner, integer(1)), integer(2)), builder.sub(inner, integer(1))
    with cgutils.for_range(builder, outer, intp=INT) as row, cgutils.for_range(builder, pairs, intp=INT) as pair:
        first = builder.mul(pair.index, integer(2))
        after = builder.add(first, integer(1))
        yield row.index, (first, builder.select(builder.icmp_signed("<", after, inner), after, last))


def _forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the loop around the forward rule."""
    if is_elementary(gate):
        machine = machine.in_pairs()
        code = machine.code
    operands = [machine.operand(number) for number in range(gate.arity)]
    out = machine.value("out")
    with _strip(code, machine) as place:
        out.store(gate.forward(*(operand.load(*place) for operand in operands)), *place)


def _backward(gate: Gate, code: Code, machine: Decoder, needs: int, guarded: bool) -> None:
    """Emit the loop around the backward rule for a set of operands.

    One vector at a time: the gradient of a uniform operand is one sum for all vectors. The loops are exchanged by their counts and
    steps, so that one body serves both orders.
    """
    turn = machine.flag(BY_VECTOR)
    operands = [machine.operand(number).turned(turn) for number in range(gate.arity)]
    upstream, own = machine.value("gradient").turned(turn), machine.value("out").turned(turn)
    targets = {number: machine.target(number, strip=True).turned(turn) for number in range(gate.arity) if needs >> number & 1}
    with _strip(code, machine, turn) as place:
        g = upstream.load(*place)
        contributions = gate.contributions(g, own.load(*place), *(operand.load(*place) for operand in operands))
        guard = g != 0.0 if guarded else None
        for number, target in targets.items():
            target.add(contributions[number], guard, *place)
