"""Elements along the axis of a reduction: what a rule computes of them, and the loops that fold them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..gates.order import BLOCK, PARTIALS, ROUNDS, Carried, Step, in_order
from ..gates.sums import two_sum_after, two_sum_of_pairs
from .code import Code
from .tree import Tree
from .types import INT
from .value import Lanes, Mask, primitive

SHORT = 4
"""Axes of up to so many elements, as most are, are written out: loops take 5 ns longer, a fifth of the time of a sum of three. Not where a
gate is called for each element: called in more places, `exp` is no longer inlined (`logsumexp` of three takes 1.28 times as long).
`bench.choices` measures sums."""


class Along:
    """The elements along a reduction's axis: what a rule computes of them is emitted anew in every loop over the axis.

    `calls` tells whether it calls another gate.
    """

    def __init__(self, axis: "Axis", element: Callable[[Any], Any], calls: bool = False) -> None:
        self.axis = axis
        self.element = element
        self.calls = calls

    def _map(self, function: Callable[..., Any], *arguments: Any) -> "Along":
        def element(position: Any) -> Any:
            return function(*(each.element(position) if isinstance(each, Along) else each for each in arguments))

        return Along(self.axis, element, any(isinstance(each, Along) and each.calls for each in arguments))

    def __sub__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a - b, self, other)

    def __mul__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a * b, self, other)

    def __rmul__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a * b, other, self)

    def __truediv__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a / b, self, other)

    def __eq__(self, other: Any) -> Any:
        return self._map(lambda a, b: a == b, self, other)

    __hash__: Any = None

    def __gate__(self, gate: Any, operands: tuple[Any, ...]) -> "Along":
        made = self._map(gate, *operands)
        made.calls = True
        return made

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if name in ("total", "total_pair", "largest", "smallest"):
            return getattr(self.axis, name)(self)
        return self._map(lambda *values: primitive(self.axis.code, name, values), *arguments)


class Axis:
    """A loop over the axis of a reduction, whose elements have places: multiples of a step, such as the bytes between two of them."""

    def __init__(self, code: Code, length: Any, step: Any = None) -> None:
        self.code = code
        self.length = length
        self.step = step

    def fold(self, x: Along, neutral: tuple[float, ...], step: Step, join: Step) -> list[Lanes]:
        """Emit what puts elements together in the order that `primitives.total` states.

        `step` adds an element to the parts of a result, `join` another result, and `neutral` changes nothing.
        """
        return _Loops(self.code, self.step, neutral, step, join).fold(self.length, x)

    def total(self, x: Along) -> Lanes:
        """Sum; -0.0 is where an IEEE sum starts from, since it alone changes nothing."""
        return self.fold(x, (-0.0,), _add, _add)[0]

    def total_pair(self, x: Along) -> tuple[Lanes, Lanes]:
        """Sum, and the errors of that sum."""
        high, low = self.fold(x, (-0.0, 0.0), two_sum_after, two_sum_of_pairs)
        return high, low

    def largest(self, x: Along) -> Lanes:
        """Maximum, NaN if any element is."""
        return self._best(x, -np.inf, lambda value, best: value > best)

    def smallest(self, x: Along) -> Lanes:
        """Minimum, NaN if any element is."""
        return self._best(x, np.inf, lambda value, best: value < best)

    def _best(self, x: Along, neutral: float, better: Callable[[Lanes, Lanes], Mask]) -> Lanes:
        def choose(best: Lanes, value: Lanes) -> tuple[Lanes]:
            return (self.code.where(better(value, best) | (value != value), value, best),)

        return self.fold(x, (neutral,), choose, choose)[0]


def _add(a: Any, b: Any) -> tuple[Any]:
    return (a + b,)


class _Loops:
    """The loops of one fold: over blocks, over the rounds of a block, and of a round all partial results side by side in registers.

    One result alone would wait for its own latency: the largest of 100 elements took 1.2 times as long so.
    """

    def __init__(self, code: Code, apart: Any, neutral: tuple[float, ...], step: Step, join: Step) -> None:
        self.code, self.builder, self.neutral, self.step, self.join = code, code.builder, neutral, step, join
        self.partials = [[cgutils.alloca_once(code.builder, code.vector) for _ in neutral] for _ in range(PARTIALS)]
        self.offsets = [code.builder.mul(apart, _number(which)) for which in range(PARTIALS)]
        self.bytes_of_round = code.builder.mul(apart, _number(PARTIALS))

    def fold(self, length: Any, x: Along) -> list[Lanes]:
        """Emit all ways: short axes written out, others as loops."""
        builder = self.builder
        usual, done = builder.append_basic_block("usual"), builder.append_basic_block("done")
        switch = builder.switch(length, usual)
        for short in range(1, 1 if x.calls else SHORT + 1):
            switch.add_case(_number(short), block := builder.append_basic_block("short"))
            builder.position_at_end(block)
            self._put(0, in_order(self.offsets[:short], partial(self._begun, x), partial(self._added, x), self.join))
            builder.branch(done)
        builder.position_at_end(usual)
        self._blocks(length, x)
        builder.branch(done)
        builder.position_at_end(done)
        return self._loaded(0)

    def _begun(self, x: Along, place: Any) -> Carried:
        return x.element(place), *self.neutral[1:]

    def _added(self, x: Along, *carried: Any) -> Carried:
        return self.step(*carried[:-1], x.element(carried[-1]))

    def _blocks(self, length: Any, x: Along) -> None:
        """Emit the loop over blocks; only an axis longer than one takes the way over memory."""
        builder, held, tree = self.builder, self.partials[0], Tree(self.code, len(self.neutral))
        bytes_of_block = builder.mul(self.bytes_of_round, _number(ROUNDS))

        def join(a: list[Lanes], b: list[Lanes]) -> Carried:
            return self.join(*a, *b)

        blocks = builder.udiv(builder.add(length, _number(BLOCK - 1)), _number(BLOCK))
        several = builder.icmp_signed(">", blocks, _number(1))
        with cgutils.for_range(builder, blocks, intp=INT) as block:
            left = builder.sub(length, builder.mul(block.index, _number(BLOCK)))
            here = builder.select(builder.icmp_signed("<", left, _number(BLOCK)), left, _number(BLOCK))
            self._block(builder.mul(block.index, bytes_of_block), here, x)
            with builder.if_then(several, likely=False):
                tree.push(block.index, held, join)
        with builder.if_then(several, likely=False):
            tree.finish(blocks, held, join)

    def _block(self, first: Any, length: Any, x: Along) -> None:
        """Emit a block: with whole rounds, or of fewer elements than one round has."""
        builder = self.builder
        with builder.if_else(builder.icmp_signed(">=", length, _number(PARTIALS))) as (rounds, fewer):
            with rounds:
                self._rounds(first, length, x)
                for joins in self._halves():
                    for join in joins:
                        join()
            with fewer:
                self._while_less(length, 0, [partial(self._begin, x, first, which) for which in range(PARTIALS - 1)])
                for joins in self._halves():
                    self._while_less(length, len(joins), joins)

    def _rounds(self, first: Any, length: Any, x: Along) -> None:
        """Emit whole rounds, the first apart, and what is left after them."""
        builder = self.builder
        for which in range(PARTIALS):
            self._begin(x, first, which)
        rounds = builder.udiv(length, _number(PARTIALS))
        with cgutils.for_range(builder, rounds, _number(1), INT) as loop:
            start = builder.add(first, builder.mul(loop.index, self.bytes_of_round))
            for which in range(PARTIALS):
                self._add(x, start, which)
        start = builder.add(first, builder.mul(rounds, self.bytes_of_round))
        left = builder.sub(length, builder.mul(rounds, _number(PARTIALS)))
        self._while_less(left, 0, [partial(self._add, x, start, which) for which in range(PARTIALS - 1)])

    def _halves(self) -> list[list[Callable[[], None]]]:
        """Return what emits the joining of the partial results by halves: for each time the joins side by side."""
        halves = [PARTIALS >> times for times in range(1, PARTIALS.bit_length())]
        return [[partial(self._join, which, which + half) for which in range(half)] for half in halves]

    def _while_less(self, limit: Any, first: int, emits: Sequence[Callable[[], None]]) -> None:
        """Emit one thing after another, as long as their numbers are less than the limit."""
        builder = self.builder
        done = builder.append_basic_block("done")
        for number, emit in enumerate(emits, first):
            another = builder.append_basic_block("another")
            builder.cbranch(builder.icmp_signed("<", _number(number), limit), another, done)
            builder.position_at_end(another)
            emit()
        builder.branch(done)
        builder.position_at_end(done)

    def _begin(self, x: Along, start: Any, which: int) -> None:
        self._put(which, self._begun(x, self.builder.add(start, self.offsets[which])))

    def _add(self, x: Along, start: Any, which: int) -> None:
        self._put(which, self._added(x, *self._loaded(which), self.builder.add(start, self.offsets[which])))

    def _join(self, which: int, other: int) -> None:
        self._put(which, self.join(*self._loaded(which), *self._loaded(other)))

    def _put(self, which: int, values: Carried) -> None:
        for place, value in zip(self.partials[which], values, strict=True):
            self.builder.store(self.code.lift(value), place)

    def _loaded(self, which: int) -> list[Lanes]:
        return [Lanes(self.code, self.builder.load(place)) for place in self.partials[which]]


def _number(value: int) -> Any:
    return ir.Constant(INT, value)
