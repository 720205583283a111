"""Sums over the rows of a batch, emitted in the order that `machine.blocks` states, for code without a machine beside it."""

from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from ..lanes.decode import integer as number
from ..lanes.types import INT
from ..machine.blocks import BLOCK_ROWS, RUN_ROWS

BIT = ir.IntType(1)


class Sums:
    """The loops over blocks, runs and rows, with the sums that end with each.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    element : llvmlite.ir.Type
    slots, width : int
        Accumulators, and lanes of each.
    rows : llvmlite.ir.Value
        Rows of the batch.
    row : callable
        Emits what runs a row, given its number and the address of its lane of the first accumulator.
    """

    def __init__(self, builder: Any, element: Any, slots: int, width: int, rows: Any, row: Callable[[Any, Any], None]) -> None:
        self.builder, self.element, self.slots, self.width, self.rows, self.row = builder, element, slots, width, rows, row
        self.vectors = slots * width
        self.run, self.block, self.node = (self._memory(number(count)) for count in (self.vectors, self.vectors, slots))
        self.blocks = builder.udiv(builder.add(rows, number(BLOCK_ROWS - 1)), number(BLOCK_ROWS))
        levels = builder.sub(number(64), builder.ctlz(builder.or_(self.blocks, number(1)), ir.Constant(BIT, 0)))
        self.stack = self._memory(builder.mul(builder.add(levels, number(1)), number(self.slots)))

    def total(self) -> Any:
        """Write all loops; return where the sums of all rows are."""
        builder = self.builder
        self._begin(self.node, self.slots)
        with cgutils.for_range(builder, self.blocks, intp=INT) as loop:
            first = builder.mul(loop.index, number(BLOCK_ROWS))
            self._block(first, self._least(builder.add(first, number(BLOCK_ROWS)), self.rows))
            self._fold()
            self._carry(loop.index)
        self._collect()
        return self.node

    def _memory(self, count: Any) -> Any:
        return self.builder.alloca(self.element, count)

    def _least(self, a: Any, b: Any) -> Any:
        return self.builder.select(self.builder.icmp_signed("<", a, b), a, b)

    @contextmanager
    def _while(self, start: Any, holds: Callable[[Any], Any]) -> Any:
        """Loop as long as a condition holds of a number; yield it, and where the next one is to be stored."""
        builder = self.builder
        with builder.goto_entry_block():
            held = builder.alloca(INT)
        builder.store(start, held)
        test, inside, done = (builder.append_basic_block(name) for name in ("test", "inside", "done"))
        builder.branch(test)
        builder.position_at_end(test)
        found = builder.load(held)
        builder.cbranch(holds(found), inside, done)
        builder.position_at_end(inside)
        yield found, held
        builder.branch(test)
        builder.position_at_end(done)

    def _block(self, first: Any, last: Any) -> None:
        """Write the runs of a block; a run ends too where the rows beyond the whole vectors begin."""
        builder = self.builder
        whole = builder.mul(builder.udiv(self.rows, number(self.width)), number(self.width))
        self._begin(self.block, self.vectors)
        with self._while(first, lambda start: builder.icmp_signed("<", start, last)) as (start, held):
            stop = self._least(builder.add(start, number(RUN_ROWS)), last)
            stop = builder.select(builder.icmp_signed("<", start, whole), self._least(stop, whole), stop)
            self._begin(self.run, self.vectors)
            with cgutils.for_range(builder, builder.sub(stop, start), intp=INT) as loop:
                row = builder.add(start, loop.index)
                lane = builder.gep(self.run, [builder.and_(row, number(self.width - 1))])
                self.row(row, lane)
            self._add(self.block, self.block, self.run, self.vectors)
            builder.store(stop, held)

    def _fold(self) -> None:
        """Add the lanes of each sum, halves to halves."""
        builder = self.builder
        with cgutils.for_range(builder, number(self.slots), intp=INT) as loop:
            first = builder.gep(self.block, [builder.mul(loop.index, number(self.width))])
            lanes = [builder.load(builder.gep(first, [number(lane)])) for lane in range(self.width)]
            while len(lanes) > 1:
                half = len(lanes) // 2
                lanes = [builder.fadd(lanes[lane], lanes[lane + half]) for lane in range(half)]
            builder.store(lanes[0], builder.gep(self.node, [loop.index]))

    def _carry(self, block: Any) -> None:
        """Let the sums of a block join what waits, as adding 1 to a binary number."""
        builder = self.builder
        with builder.goto_entry_block():
            place = builder.alloca(self.stack.type)
        builder.store(self.stack, place)
        with self._while(block, lambda left: builder.trunc(left, BIT)) as (left, held):
            waiting = builder.load(place)
            self._add(self.node, waiting, self.node, self.slots)
            builder.store(builder.gep(waiting, [number(self.slots)]), place)
            builder.store(builder.lshr(left, number(1)), held)
        self._copy(builder.load(place), self.node, self.slots)

    def _collect(self) -> None:
        """Join what waits, from the lowest level up."""
        builder = self.builder
        with builder.goto_entry_block():
            place, begun = builder.alloca(self.stack.type), builder.alloca(BIT)
        builder.store(self.stack, place)
        builder.store(ir.Constant(BIT, 0), begun)
        with self._while(self.blocks, lambda left: builder.icmp_signed("!=", left, number(0))) as (left, held):
            waiting = builder.load(place)
            with builder.if_then(builder.trunc(left, BIT)):
                with builder.if_else(builder.load(begun)) as (more, first):
                    with more:
                        self._add(self.node, waiting, self.node, self.slots)
                    with first:
                        self._copy(self.node, waiting, self.slots)
                builder.store(ir.Constant(BIT, 1), begun)
            builder.store(builder.gep(waiting, [number(self.slots)]), place)
            builder.store(builder.lshr(left, number(1)), held)

    def _each(self, count: int, make: Any) -> None:
        with cgutils.for_range(self.builder, number(count), intp=INT) as loop:
            make(partial(self.builder.gep, indices=[loop.index]))

    def _begin(self, target: Any, count: int) -> None:
        self._each(count, lambda at: self.builder.store(ir.Constant(self.element, -0.0), at(target)))

    def _copy(self, target: Any, source: Any, count: int) -> None:
        self._each(count, lambda at: self.builder.store(self.builder.load(at(source)), at(target)))

    def _add(self, target: Any, a: Any, b: Any, count: int) -> None:
        def add(at: Any) -> None:
            self.builder.store(self.builder.fadd(self.builder.load(at(a)), self.builder.load(at(b))), at(target))

        self._each(count, add)
