"""The loops of elementwise gates, reductions and layout, forward and backward, around the gates' own rules."""

from contextlib import contextmanager
from typing import Any

from numba.core import cgutils

from ..gates import Gate
from ..gates.analysis import is_elementary
from ..instruction import BY_VECTOR, FLAT, MODE, SKIP, SOURCE, STORE, TARGET
from .along import Along, Axis
from .decode import Decoder, Rows, integer
from .types import INT
from .value import Code

TABLE_ENTRY_BYTES = 12


@contextmanager
def strip(code: Code, machine: Decoder, turn: Any = None) -> Any:
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


def elementwise_forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the loop of an elementwise gate."""
    if is_elementary(gate):
        machine = machine.in_pairs()
        code = machine.code
    operands = [machine.operand(number) for number in range(gate.arity)]
    out = machine.value("out")
    with strip(code, machine) as place:
        out.store(gate.forward(*(operand.load(*place) for operand in operands)), *place)


def elementwise_backward(gate: Gate, code: Code, machine: Decoder, needs: int, guarded: bool) -> None:
    """Emit the loop of an elementwise gate's backward rule for a set of operands.

    One vector at a time: the gradient of a uniform operand is one sum for all vectors. The loops are exchanged by their counts and
    steps, so that one body serves both orders.
    """
    turn = machine.flag(BY_VECTOR)
    operands = [machine.operand(number).turned(turn) for number in range(gate.arity)]
    upstream, own = machine.value("gradient").turned(turn), machine.value("out").turned(turn)
    targets = {number: machine.target(number, strip=True).turned(turn) for number in range(gate.arity) if needs >> number & 1}
    with strip(code, machine, turn) as place:
        g = upstream.load(*place)
        contributions = gate.contributions(g, own.load(*place), *(operand.load(*place) for operand in operands))
        guard = g != 0.0 if guarded else None
        for number, target in targets.items():
            target.add(contributions[number], guard, *place)


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


def reduction_forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the loops of a reduction."""
    x, out = machine.value("a"), machine.value("out")
    axis = _axis(code, machine, x)
    with groups(code, machine) as (result, first, vector):
        code.store(gate.forward(_elements(code, axis, x.address(first, vector))), out.address(result, vector))


def reduction_backward(gate: Gate, code: Code, machine: Decoder, guarded: bool) -> None:
    """Emit the loops of a reduction's backward rule."""
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


@contextmanager
def table_rows(code: Code, machine: Decoder) -> Any:
    """Loop over the rows of a layout instruction; yield the row and a function that reads its table entry."""
    builder = code.builder
    start = builder.add(machine.table, builder.mul(machine.field("table"), integer(TABLE_ENTRY_BYTES)))
    with cgutils.for_range(builder, machine.field("rows"), intp=INT) as row:
        entry = builder.add(start, builder.mul(row.index, integer(TABLE_ENTRY_BYTES)))
        yield row.index, lambda column: machine.word(builder.add(entry, integer(4 * column)))


def layout_forward(code: Code, machine: Decoder) -> None:
    """Emit the copying of the rows that the table names."""
    out = machine.value("out")
    with table_rows(code, machine) as (row, column):
        source = machine.place(column(SOURCE), machine.uniforms)
        with cgutils.for_range(code.builder, machine.vectors, intp=INT) as vector:
            code.store(source.load(integer(0), vector.index), out.address(row, vector.index))


def layout_backward(code: Code, machine: Decoder) -> None:
    """Emit the adding of each row's gradient to the row it came from."""
    builder = code.builder
    upstream = machine.value("gradient")
    with table_rows(code, machine) as (row, column):
        mode = column(MODE)
        with builder.if_then(builder.icmp_signed("!=", mode, integer(SKIP))):
            rows = machine.place(column(TARGET), machine.accumulators)
            target = machine.target_at(rows, builder.icmp_signed("==", mode, integer(STORE)))
            with cgutils.for_range(builder, machine.vectors, intp=INT) as vector:
                target.add(upstream.load(row, vector.index), None, integer(0), vector.index)


def clear(code: Code, machine: Decoder) -> None:
    """Emit the storing of -0.0 into gradient rows, so that every later write can add."""
    rows = machine.value("gradient")
    count = code.builder.mul(machine.field("rows"), machine.vectors)
    with cgutils.for_range(code.builder, count, intp=INT) as vector:
        code.store(-0.0, rows.address(integer(0), vector.index))

