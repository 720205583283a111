"""Layout gates move elements and compute nothing: a table says where each element comes from."""

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba.core import cgutils

from ..gates import LAYOUT, Gate
from ..gates.analysis import Contribution
from ..gates.linear import gather
from ..lanes.code import Code
from ..lanes.decode import Decoder, integer
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.rules import ADDED
from ..lanes.types import INT
from ..nodes.node import Node
from ..records.instruction import ACCUMULATE, MODE, SKIP, SOURCE, STORE, TARGET, Instruction
from .kind import Array, Kind, Lengths, kind
from .writing import Writer

TABLE_ENTRY_BYTES = 12


@kind
class Layout(Kind):
    """Moves elements, computes nothing."""

    name = LAYOUT
    tabled = True

    def operands(self, gate: Gate) -> int:
        """Return none: the table names them."""
        return 0

    def contributions(self, gate: Gate) -> tuple[Contribution | None, ...]:
        """Return one for all operands together, which reads nothing."""
        return (Contribution(frozenset(), True),)

    def constant_contributions(self, gate: Gate, upstream: float, operands: tuple[float | None, ...]) -> tuple[float | None, ...]:
        """Return the upstream gradient."""
        return (upstream,)

    def serving(self, gate: Gate, needs: int) -> int:
        """Return one bit for all operands together."""
        return 1 if needs else 0

    def serves(self, needs: int, number: int) -> bool:
        """Whether any operand is served: then entries of the table tell which elements are."""
        return needs != 0

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Pick the elements."""
        elements = np.concatenate([np.ravel(operand) for operand in operands])
        return np.array(np.asarray(elements[element_index(node)], dtype).reshape(node.shape))

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Add the gradients of all its copies to each element."""
        elements = np.zeros(sum(operand.size for operand in operands), g.dtype)
        with np.errstate(all="ignore"):
            np.add.at(elements, element_index(node), g.ravel())
        ends = np.cumsum([operand.size for operand in operands])[:-1]
        return [part.reshape(operand.shape) for part, operand in zip(np.split(elements, ends), operands, strict=True)]

    def numbers(self, node: Node) -> Array:
        """Return where a view begins, and the table of a gather."""
        return np.frombuffer(node.static, np.int64) if node.gate is gather else np.array([node.static])

    def static(self, gate: Gate, numbers: Array) -> Any:
        """Return where a view begins, and the table of a gather."""
        if gate is gather:
            return numbers.tobytes()
        if numbers.size != 1:
            raise ValueError(f"{gate.name}: {numbers.size} integers beside the operands, expected one, where it begins")
        return int(numbers[0])

    def check(self, node: Node) -> None:
        """Raise `ValueError` unless there is an element of the operands for each of the result's."""
        most = sum(operand.size for operand in node.operands)
        if not node.operands or (node.gate is not gather and len(node.operands) > 1):
            raise ValueError(f"{len(node.operands)} operands, expected {'at least one' if node.gate is gather else 'one'}")
        if node.gate is gather:
            table = element_index(node)
            fits = table.size == node.size and (not table.size or (table.min() >= 0 and table.max() < most))
        else:
            fits = 0 <= node.static <= most - node.size
        if not fits:
            raise ValueError(f"picks other elements than those of its operands, of which there are {most}, or not {node.size} of them")

    def lengths(self, node: Node) -> Lengths:
        """Return those of a run of entries."""
        return node.size, 1, 1

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return what copies rows."""
        return of_instruction("forward.layout", _forward)

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return what adds gradients to where the rows came from."""
        return of_instruction("backward.layout", _backward)

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Let the rows stand for what they are copies of."""
        sources = writer.entries(instruction)[:, SOURCE].tolist()
        writer.rows[instruction.out : instruction.out + instruction.rows] = [writer.operand(row) for row in sources]

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Add each row's gradient to the row it came from."""
        for row, entry in enumerate(writer.entries(instruction).tolist()):
            if entry[MODE] != SKIP:
                target, value = entry[TARGET], writer.rows[instruction.gradient + row]
                if not writer.is_first(target, entry[MODE] != ACCUMULATE):
                    (value,) = writer.apply(ADDED, [writer.sofar(target), value])
                writer.set(target, value)


def element_index(node: Node) -> Array:
    """Return which element of the operands, counted through all of them, each element of a layout node is."""
    if node.gate is gather:
        return np.frombuffer(node.static, np.int64)
    return np.arange(node.static, node.static + node.size)


@contextmanager
def _entries(code: Code, machine: Decoder) -> Any:
    """Loop over the rows of a layout instruction; yield the row and a function that reads its table entry."""
    builder = code.builder
    start = builder.add(machine.table, builder.mul(machine.field("table"), integer(TABLE_ENTRY_BYTES)))
    with cgutils.for_range(builder, machine.field("rows"), intp=INT) as row:
        entry = builder.add(start, builder.mul(row.index, integer(TABLE_ENTRY_BYTES)))
        yield row.index, lambda column: machine.word(builder.add(entry, integer(4 * column)))


def _forward(code: Code, machine: Decoder) -> None:
    """Emit the copying of the rows that the table names."""
    out = machine.value("out")
    with _entries(code, machine) as (row, column):
        source = machine.place(column(SOURCE), machine.uniforms)
        with cgutils.for_range(code.builder, machine.vectors, intp=INT) as vector:
            code.store(source.load(integer(0), vector.index), out.address(row, vector.index))


def _backward(code: Code, machine: Decoder) -> None:
    """Emit the adding of each row's gradient to the row it came from."""
    builder = code.builder
    upstream = machine.value("gradient")
    with _entries(code, machine) as (row, column):
        mode = column(MODE)
        with builder.if_then(builder.icmp_signed("!=", mode, integer(SKIP))):
            rows = machine.place(column(TARGET), machine.accumulators)
            target = machine.target_at(rows, builder.icmp_signed("==", mode, integer(STORE)))
            with cgutils.for_range(builder, machine.vectors, intp=INT) as vector:
                target.add(upstream.load(row, vector.index), None, integer(0), vector.index)
