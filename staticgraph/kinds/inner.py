"""Sums of products along one axis: a chain of `fma` for each result, beyond 32 terms eight that take turns (see `gates.order`)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numba.core import cgutils

from ..gates import Gate
from ..gates.inner import INNER
from ..gates.order import CHUNK, PARTIALS, chains, joined
from ..lanes.code import Code
from ..lanes.decode import Decoder, accumulated, integer
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.rules import ADDED, Backward, Product
from ..lanes.sums_of_products import in_groups
from ..lanes.tree import Tree
from ..lanes.types import INT
from ..lanes.value import Lanes
from ..nodes.node import Node
from ..records.instruction import FIRST, Instruction
from .elementwise import starts
from .kind import Array, Kind, Lengths, guards, kind
from .reduction import groups, groups_of
from .writing import Operand, Writer

BESIDE = 4
"""Vectors whose sums are made side by side, since one alone waits for the latency of its own `fma`."""


@kind
class Inner(Kind):
    """Sums the products of two arrays along one axis, or the squares of one. Arrays are `(before, length, after)`."""

    name = INNER
    by_partials = True
    empty = True

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Run the rule on the arrays."""
        assert node.gate is not None
        with np.errstate(all="ignore"):
            made = node.gate.forward(*(np.reshape(operand, node.static) for operand in operands))
            return np.array(np.asarray(made, dtype).reshape(node.shape))

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Run the backward rule on the arrays."""
        assert node.gate is not None
        before, _, after = node.static
        g, y = g.reshape(before, 1, after), y.reshape(before, 1, after)
        with np.errstate(all="ignore"):
            contributions = node.gate.contributions(g, y, *(np.reshape(operand, node.static) for operand in operands))
            return [np.where(g == 0, 0, each).reshape(operand.shape) for each, operand in zip(contributions, operands, strict=True)]

    def operand_sizes(self, lengths: Lengths) -> Sequence[Any]:
        """Return the sizes of the arrays."""
        rows, length, columns = lengths
        return [rows * length * columns] * 2

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return the loops that add products up."""
        return of_instruction(f"forward.{gate.name}", partial(_forward, gate))

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return the loops around the backward rule."""
        needs, really = instruction.backward, guards(gate, instruction.backward, guarded)
        return of_instruction(f"backward.{gate.name}.{needs}.{really:d}", partial(_backward, gate, needs=needs, guarded=really))

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Write the chains out."""
        for result, elements in groups_of(*instruction.lengths):
            terms = [tuple(_operand(writer, first, each) for first in _factors(gate, *instruction.operands[:2])) for each in elements]
            (writer.rows[instruction.out + result],) = joined(_chains(writer, terms), lambda *both: tuple(writer.apply(ADDED, both)))

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Apply the backward rule to each pair of elements."""
        served = [number for number in range(gate.arity) if instruction.serves(number)]
        stores = [bool(instruction.flags & FIRST[number]) for number in served]
        for result, elements in groups_of(*instruction.lengths):
            g, y = writer.rows[instruction.gradient + result], writer.rows[instruction.out + result]
            for each in elements:
                places = [_place(instruction.targets[number], each) for number in served]
                sums, given = starts(writer, places, stores)
                pair = [_operand(writer, first, each) for first in instruction.operands[: gate.arity]]
                made = writer.apply(Backward(gate, instruction.backward, guarded, tuple(sums)), [g, y, *pair, *given])
                for place, value in zip(places, made, strict=True):
                    writer.set(place, value)


def _factors(gate: Gate, a: Any, b: Any) -> tuple[Any, Any]:
    """Return what is multiplied: two operands, or one with itself."""
    return (a, b) if gate.arity == 2 else (a, a)


def _place(first: int, element: int) -> int:
    """Return the row of an element, in either tile."""
    return first + element if first >= 0 else first - element


def _operand(writer: Writer, first: int, element: int) -> Operand:
    return writer.operand(_place(first, element))


def _chains(writer: Writer, terms: Sequence[tuple[Operand, ...]]) -> list[tuple[Operand, ...]]:
    """Add products to chains in turns; those of several in the order of the terms, so that few of these wait in registers at a time."""
    count, last = chains(len(terms)), None
    made: list[tuple[Operand, ...]] = [()] * count
    for number, term in enumerate(terms):
        chain = number % count
        made[chain] = tuple(writer.apply(Product("", number < count), [*term, *made[chain]], last))
        last = made[chain][0] if count > 1 else None
    return made


def _forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the loops over results, for some vectors side by side over chunks, and over the terms of a chunk."""
    builder, out = code.builder, machine.value("out")
    sums, tree = [cgutils.alloca_once(builder, code.vector) for _ in range(BESIDE)], Tree(code, BESIDE)
    operands = [machine.value(name) for name in "ab"[: gate.arity]]
    before, length, after = (machine.field(name) for name in ("rows", "length", "columns"))
    with cgutils.for_range(builder, before, intp=INT) as group, cgutils.for_range(builder, after, intp=INT) as column:
        first = builder.add(builder.mul(group.index, builder.mul(length, after)), column.index)
        result = builder.add(builder.mul(group.index, after), column.index)

        def beside(vectors: list[Any]) -> None:
            held = sums[: len(vectors)]

            def add_products(term: Any) -> None:
                row = builder.add(first, builder.mul(term, after))
                for vector, place in zip(vectors, held, strict=True):
                    loaded = [rows.load(row, vector) for rows in operands]
                    a, b = _factors(gate, loaded[0], loaded[-1])
                    builder.store(accumulated(code, Lanes(code, builder.load(place)), a * b, None).value, place)

            _terms(code, length, held, tree, add_products)
            for vector, place in zip(vectors, held, strict=True):
                out.store(Lanes(code, builder.load(place)), result, vector)

        in_groups(builder, machine.vectors, BESIDE, beside)


def _terms(code: Code, length: Any, held: list[Any], tree: Tree, add_products: Any) -> None:
    """Emit the loops over chains and their terms; only a sum of several chains takes the way over memory."""
    builder = code.builder
    several = builder.icmp_signed(">", length, integer(CHUNK))
    count = builder.select(several, integer(PARTIALS), integer(1))
    with cgutils.for_range(builder, count, intp=INT) as chain:
        for place in held:
            builder.store(code.splat(-0.0), place)
        terms = builder.udiv(builder.add(builder.sub(length, chain.index), builder.sub(count, integer(1))), count)
        with cgutils.for_range(builder, terms, intp=INT) as term:
            add_products(builder.add(chain.index, builder.mul(term.index, count)))
        with builder.if_then(several, likely=False):
            tree.push(chain.index, held, _added)
    with builder.if_then(several, likely=False):
        tree.finish(count, held, _added)


def _added(waiting: list[Lanes], new: list[Lanes]) -> list[Lanes]:
    return [a + b for a, b in zip(waiting, new, strict=True)]


def _backward(gate: Gate, code: Code, machine: Decoder, needs: int, guarded: bool) -> None:
    """Emit the loops around the backward rule for a set of operands."""
    builder, own, upstream, after = code.builder, machine.value("out"), machine.value("gradient"), machine.field("columns")
    operands = [machine.value(name) for name in "ab"[: gate.arity]]
    targets = {number: machine.target(number, strip=False) for number in range(gate.arity) if needs >> number & 1}
    with groups(code, machine) as (result, first, vector):
        g = upstream.load(result, vector)
        guard = g != 0.0 if guarded else None
        with cgutils.for_range(builder, machine.field("length"), intp=INT) as loop:
            row = builder.add(first, builder.mul(loop.index, after))
            contributions = gate.contributions(g, own.load(result, vector), *(rows.load(row, vector) for rows in operands))
            for number, target in targets.items():
                target.add(contributions[number], guard, row, vector)
