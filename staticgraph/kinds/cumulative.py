"""Cumulative gates: along one axis each result follows from the one before and the elements there, by a rule of one step.

Backward goes from the end to the beginning: to the upstream gradient of a result is added what the next step passes back, so that `n`
elements take `n` steps. What nodes do with NumPy's cumulative functions stands here too.
"""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numba.core import cgutils

from ..gates import Gate, analysis
from ..gates.analysis import VALUE, Contribution
from ..gates.cumulative import CUMULATIVE
from ..gates.cumulative import cummax as cummax_gate
from ..gates.cumulative import cummin as cummin_gate
from ..gates.cumulative import cumprod as cumprod_gate
from ..gates.cumulative import cumsum as cumsum_gate
from ..gates.cumulative import logcumsumexp as logcumsumexp_gate
from ..lanes.code import Code
from ..lanes.decode import Decoder, accumulated, integer
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.rules import ADDED, GIVEN, Backward, Forward
from ..lanes.types import INT
from ..lanes.value import Lanes
from ..nodes.declaring import numpy_function
from ..nodes.node import OPERATION, Node, as_node, is_boolean
from ..nodes.numpy_functions import implements
from ..nodes.options import check_dtype, without_out
from ..nodes.shapes import around, as_axes
from ..records.instruction import FIRST, Instruction
from .elementwise import starts
from .kind import Array, Kind, Lengths, guards, kind
from .reduction import groups_of
from .writing import Operand, Writer

SOFAR = 0
"""The operand of a rule that is the result before."""


@kind
class Cumulative(Kind):
    """Accumulates the elements along one axis. All operands have the result's size."""

    name = CUMULATIVE

    def operands(self, gate: Gate) -> int:
        """Return the operands of the rule but for the result so far."""
        return gate.arity - 1

    def contributions(self, gate: Gate) -> tuple[Contribution | None, ...]:
        """Return for each operand what its contribution reads, and what passing the gradient back to the step before reads."""
        passed, *received = analysis.contributions(gate)
        if passed is None:
            raise TypeError(f"gate {gate.name!r}: a cumulative gate passes the gradient back to the result so far")
        return tuple(
            None if each is None else Contribution(_of_node(passed.reads | each.reads), passed.vanishes and each.vanishes)
            for each in received
        )

    def constant_contributions(self, gate: Gate, upstream: float, operands: tuple[float | None, ...]) -> tuple[float | None, ...]:
        """Return that none is constant, as later steps pass more on."""
        return (None,) * len(operands)

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Take the steps one after another."""
        assert node.gate is not None
        along = [np.reshape(operand, node.static) for operand in operands]
        made = np.array(along[-1], dtype)
        with np.errstate(all="ignore"):
            for step in range(1, made.shape[1]):
                made[:, step] = node.gate.forward(made[:, step - 1], *(each[:, step] for each in along))
        return made.reshape(node.shape)

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Take the steps back."""
        assert node.gate is not None
        along = [np.reshape(operand, node.static) for operand in operands]
        g, y = np.array(g).reshape(node.static), y.reshape(node.static)
        received = [np.zeros_like(each) for each in along]
        with np.errstate(all="ignore"):
            for step in range(y.shape[1] - 1, 0, -1):
                upstream = g[:, step]
                passed, *contributions = node.gate.contributions(upstream, y[:, step], y[:, step - 1], *(each[:, step] for each in along))
                g[:, step - 1] += np.where(upstream == 0, 0, passed)
                for each, contribution in zip(received, contributions, strict=True):
                    each[:, step] = np.where(upstream == 0, 0, contribution)
            received[-1][:, :1] = g[:, :1]
        return [each.reshape(operand.shape) for each, operand in zip(received, operands, strict=True)]

    def result_size(self, lengths: Lengths) -> Any:
        """Return the size of the array."""
        rows, length, columns = lengths
        return rows * length * columns

    def operand_sizes(self, lengths: Lengths) -> Sequence[Any]:
        """Return the same for each operand."""
        return [self.result_size(lengths)] * 3

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return the loops that take the steps."""
        return of_instruction(f"forward.{gate.name}", partial(_forward, gate))

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return the loops that take the steps back."""
        needs, really = instruction.backward, guards(gate, instruction.backward, guarded)
        return of_instruction(f"backward.{gate.name}.{needs}.{really:d}", partial(_backward, gate, needs=needs, guarded=really))

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Write the steps out."""
        firsts = instruction.operands[: self.operands(gate)]
        for _, elements in groups_of(*instruction.lengths):
            value = writer.operand(_place(firsts[-1], elements[0]))
            for number, element in enumerate(elements):
                if number:
                    (value,) = writer.apply(Forward(gate), [value, *(writer.operand(_place(first, element)) for first in firsts)])
                writer.rows[instruction.out + element] = value

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Write the steps back out."""
        for _, elements in groups_of(*instruction.lengths):
            g = writer.rows[instruction.gradient + elements[-1]]
            for before, element in zip(elements[-2::-1], elements[:0:-1], strict=True):
                g = _stepped_back(writer, gate, instruction, g, before, element, guarded)
            _begun_back(writer, gate, instruction, g, elements[0])


def _of_node(reads: frozenset[str | int]) -> frozenset[str | int]:
    """Return what a node's contribution reads, given what the rule's reads: the result so far is a part of the node's own value."""
    return frozenset(VALUE if each == SOFAR else each - 1 if isinstance(each, int) else each for each in reads)


def _place(first: int, element: int) -> int:
    """Return the row of an element, in either tile."""
    return first + element if first >= 0 else first - element


def _stepped_back(
    writer: Writer, gate: Gate, instruction: Instruction, g: Operand, before: int, element: int, guarded: bool
) -> Operand:  # fmt: skip
    """Write one step back out; return the upstream gradient of the result before."""
    served = [number for number in range(gate.arity - 1) if instruction.serves(number)]
    places = [_place(instruction.targets[number], element) for number in served]
    sums, given = starts(writer, places, [bool(instruction.flags & FIRST[number]) for number in served])
    sums = [each + 1 if each >= 0 else each for each in sums]  # the first sum is the upstream gradient of the result before
    rule = Backward(gate, instruction.backward << 1 | 1, guarded, (GIVEN, *sums))
    values = [writer.rows[instruction.out + each] for each in (element, before)]
    operands = [writer.operand(_place(first, element)) for first in instruction.operands[: gate.arity - 1]]
    passed, *received = writer.apply(rule, [g, *values, *operands, writer.rows[instruction.gradient + before], *given])
    for place, value in zip(places, received, strict=True):
        writer.set(place, value)
    return passed


def _begun_back(writer: Writer, gate: Gate, instruction: Instruction, g: Operand, element: int) -> None:
    """Write out what the first element of each operand receives: the last one everything, the others nothing."""
    for number in range(gate.arity - 1):
        if instruction.serves(number):
            place, first = _place(instruction.targets[number], element), bool(instruction.flags & FIRST[number])
            last = number == gate.arity - 2
            if writer.is_first(place, first):
                writer.set(place, g if last else writer.literal(-0.0))
            elif last:
                (value,) = writer.apply(ADDED, [writer.sofar(place), g])
                writer.set(place, value)


@contextmanager
def _groups(code: Code, machine: Decoder) -> Any:
    """Loop over the groups of elements; yield what tells the row of an element, by its place in the group."""
    builder = code.builder
    before, length, after = (machine.field(name) for name in ("rows", "length", "columns"))
    with cgutils.for_range(builder, before, intp=INT) as group, cgutils.for_range(builder, after, intp=INT) as column:
        first = builder.add(builder.mul(group.index, builder.mul(length, after)), column.index)
        yield lambda place: builder.add(first, builder.mul(place, after))


def _forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the steps: each for all vectors of a row, as those of one vector wait for each other."""
    builder, out = code.builder, machine.value("out")
    operands = [machine.value("abc"[number]) for number in range(gate.arity - 1)]
    with _groups(code, machine) as row:
        first = row(integer(0))
        with cgutils.for_range(builder, machine.vectors, intp=INT) as vector:
            out.store(operands[-1].load(first, vector.index), first, vector.index)
        with cgutils.for_range(builder, machine.field("length"), integer(1), INT) as step:
            here, before = row(step.index), row(builder.sub(step.index, integer(1)))
            with cgutils.for_range(builder, machine.vectors, intp=INT) as vector:
                values = [operand.load(here, vector.index) for operand in operands]
                out.store(gate.forward(out.load(before, vector.index), *values), here, vector.index)


def _backward(gate: Gate, code: Code, machine: Decoder, needs: int, guarded: bool) -> None:
    """Emit the steps back, vector by vector: what is passed back waits in a register."""
    builder, own, upstream = code.builder, machine.value("out"), machine.value("gradient")
    numbers = range(gate.arity - 1)
    operands = [machine.value("abc"[number]) for number in numbers]
    targets = {number: machine.target(number, strip=False) for number in numbers if needs >> number & 1}
    held, last = cgutils.alloca_once(builder, code.vector), builder.sub(machine.field("length"), integer(1))
    with _groups(code, machine) as row, cgutils.for_range(builder, machine.vectors, intp=INT) as loop:
        vector = loop.index
        builder.store(upstream.load(row(last), vector).value, held)
        with cgutils.for_range(builder, last, intp=INT) as steps:
            place = builder.sub(last, steps.index)
            here, before = row(place), row(builder.sub(place, integer(1)))
            g = Lanes(code, builder.load(held))
            values = (own.load(here, vector), own.load(before, vector), *(operand.load(here, vector) for operand in operands))
            passed, *contributions = gate.contributions(g, *values)
            guard = g != 0.0 if guarded else None
            builder.store(accumulated(code, upstream.load(before, vector), passed, guard).value, held)
            for number, target in targets.items():
                target.add(contributions[number], guard, here, vector)
        first, g = row(integer(0)), Lanes(code, builder.load(held))
        for number, target in targets.items():
            target.add(g if number == numbers[-1] else -0.0, None, first, vector)


def _accumulate(gate: Gate, x: Any, axis: Any) -> Node:
    """Return the node of a cumulative gate along an axis; of all elements in order for None, as in NumPy."""
    node = as_node(x)
    if axis is None:
        node, axis = node.reshape(-1), 0
    if not hasattr(axis, "__index__"):
        raise TypeError(f"{gate.name}: the axis is an int or None, got {axis!r}")
    (place,) = as_axes(gate.name, axis, node.ndim)
    if not node.size:
        return node
    return Node(OPERATION, node.shape, gate=gate, operands=(node,), static=around(node.shape, (place,)), boolean=is_boolean(gate, (node,)))


def _counted(x: Any) -> Any:
    """Return truth values as the numbers 0 and 1."""
    node = as_node(x)
    return node * 1.0 if node.boolean else node


def _of_array(ufunc: Any) -> Callable[..., Any]:
    """Return what accumulates an array along an axis; all its elements in order for None."""

    def accumulate(x: Any, axis: Any = None) -> Any:
        return ufunc.accumulate(np.ravel(x) if axis is None else x, axis=0 if axis is None else axis)

    return accumulate


@numpy_function(np.cumsum)
def cumsum(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Node:
    """Sums of the elements up to each, as `numpy.cumsum`."""
    check_dtype("cumsum", dtype)
    without_out("cumsum", out)
    return _accumulate(cumsum_gate, _counted(x), axis)


@numpy_function(np.cumprod)
def cumprod(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Node:
    """Products of the elements up to each, as `numpy.cumprod`."""
    check_dtype("cumprod", dtype)
    without_out("cumprod", out)
    return _accumulate(cumprod_gate, _counted(x), axis)


@numpy_function(_of_array(np.maximum))
def cummax(x: Any, axis: Any = None) -> Node:
    """Largest element up to each, as `numpy.maximum.accumulate` (along all elements for None); a tie is shared, and a NaN stays."""
    return _accumulate(cummax_gate, x, axis)


@numpy_function(_of_array(np.minimum))
def cummin(x: Any, axis: Any = None) -> Node:
    """Smallest element up to each, as `numpy.minimum.accumulate` (along all elements for None); a tie is shared, and a NaN stays."""
    return _accumulate(cummin_gate, x, axis)


@numpy_function(_of_array(np.logaddexp))
def logcumsumexp(x: Any, axis: Any = None) -> Node:
    """`log(cumsum(exp(x)))` without overflow, as `numpy.logaddexp.accumulate` (along all elements for None)."""
    return _accumulate(logcumsumexp_gate, _counted(x), axis)


ACCUMULATED = {np.add: cumsum, np.multiply: cumprod, np.maximum: cummax, np.minimum: cummin, np.logaddexp: logcumsumexp}
for _ufunc, _function in ACCUMULATED.items():
    implements((_ufunc, "accumulate"))(partial(_function, axis=0))
