"""Pairwise summation while blocks are computed, as emitted code: as in a binary counter, on each level one result waits for its neighbour.

What is joined need not be sums: maxima, and pairs of a sum and its error, take the same way.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from .code import Code
from .types import INT
from .value import Lanes

LEVELS = 28
"""Lengths fit into 31 bits, and a block has at least 16 elements."""
Join = Callable[[list[Lanes], list[Lanes]], Sequence[Any]]
"""What takes the parts of two results, and returns the parts of both together."""


class Tree:
    """Results of so many vectors that wait, in memory on the stack of the function that is emitted."""

    def __init__(self, code: Code, parts: int) -> None:
        self.code = code
        self.memory = cgutils.alloca_once(code.builder, ir.ArrayType(code.vector, LEVELS * parts))

    def push(self, number: Any, held: Sequence[Any], join: Join) -> None:
        """Take the result of the block of this number, which is held in some places: it is joined with those that wait for it."""
        builder = self.code.builder
        level = builder.cttz(builder.not_(number), ir.Constant(ir.IntType(1), 0))
        with cgutils.for_range(builder, level, intp=INT) as loop:
            self._join(loop.index, held, join)
        for place, waiting in zip(held, self._places(level, len(held)), strict=True):
            builder.store(builder.load(place), waiting)

    def finish(self, blocks: Any, held: Sequence[Any], join: Join) -> None:
        """Join all that waits after so many blocks; the places hold the last result that was pushed, joined as far as it was."""
        builder, never = self.code.builder, ir.Constant(ir.IntType(1), 0)
        lowest = builder.cttz(blocks, never)
        levels = builder.sub(ir.Constant(INT, 64), builder.ctlz(blocks, never))
        with cgutils.for_range(builder, levels, builder.add(lowest, ir.Constant(INT, 1)), INT) as loop:
            bit = builder.and_(builder.lshr(blocks, loop.index), ir.Constant(INT, 1))
            with builder.if_then(builder.icmp_signed("!=", bit, ir.Constant(INT, 0))):
                self._join(loop.index, held, join)

    def _join(self, level: Any, held: Sequence[Any], join: Join) -> None:
        code = self.code
        waiting, new = ([Lanes(code, code.builder.load(each)) for each in places] for places in (self._places(level, len(held)), held))
        for place, value in zip(held, join(waiting, new), strict=True):
            code.builder.store(code.lift(value), place)

    def _places(self, level: Any, parts: int) -> list[Any]:
        builder = self.code.builder
        first = builder.mul(level, ir.Constant(INT, parts))
        places = [builder.add(first, ir.Constant(INT, part)) for part in range(parts)]
        return [builder.gep(self.memory, [ir.Constant(INT, 0), place]) for place in places]
