"""Kernels that repeat a region of instructions: the steps of a loop, forward, and backward from the carries that they began with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from ..records.instruction import INSTRUCTION

# isort: off
from ..records.loop import (
    AFTER, AFTER_GRADIENT, ARRAY, BLOCK, CARRY, CARRY_GRADIENT, CHECKPOINTS, COUNT, FIRST, GRADIENT, HELD, INITIAL, INSTRUCTIONS, INTO,
    KEEPS, KEPT, LAPS, LAST, LOOPS, NONE, OUTERS, OUTER_WORDS, PARTS, RESULT, RESULTS, ROW, ROWS, SIZE, SLICES, SLICE_WORDS, SPACING,
    STEP, STEPS, STEP_BACK, SUM, SUM_INTO, SUM_ROWS, TARGET, TURNED, UPSTREAM,
)  # fmt: skip
# isort: on
from ..records.table import FORWARD_STEP, GUARDED_STEP, KERNEL_ARGUMENTS, STEP_COUNT, WORD_BYTES
from .code import Code
from .counter import emit_ticks
from .decode import Decoder, integer
from .types import INT

KERNEL = ir.FunctionType(ir.VoidType(), [INT] * KERNEL_ARGUMENTS).as_pointer()
LAP_WORDS = 2
"""Ticks of an instruction, forward and backward; those of the regions stand behind a pair for what brings rows in and out."""


class Part:
    """The words of a slice, of a result or of an outer operand."""

    def __init__(self, repeating: "Repeating", address: Any) -> None:
        self.repeating, self.address = repeating, address

    def word(self, number: int) -> Any:
        """Read one of them."""
        return self.repeating.read(self.address, integer(number))


class Repeating:
    """The loop that an instruction repeats, as code that reads its words."""

    def __init__(self, code: Code, machine: Decoder) -> None:
        self.code, self.builder, self.machine = code, code.builder, machine
        self.context = self.read(machine.table, integer(-1))
        self.words = self.read(self.context, self.builder.add(integer(LOOPS), machine.field("table")))

    def read(self, address: Any, index: Any) -> Any:
        """Read a word of a table."""
        builder = self.builder
        place = builder.add(address, builder.mul(index, integer(WORD_BYTES)))
        return builder.load(builder.inttoptr(place, INT.as_pointer()))

    def word(self, number: int) -> Any:
        """Read a word of the loop."""
        return self.read(self.words, integer(number))

    def exists(self, row: Any) -> Any:
        """Return whether there is a row."""
        return self.builder.icmp_signed("!=", row, integer(NONE))

    @contextmanager
    def parts(self, kind: int) -> Iterator[Part]:
        """Loop over the slices, the results or the outer operands."""
        builder, first = self.builder, integer(PARTS)
        for before, size in ((SLICES, SLICE_WORDS), (RESULTS, SLICE_WORDS))[: kind - SLICES]:
            first = builder.add(first, builder.mul(self.word(before), integer(size)))
        own = OUTER_WORDS if kind == OUTERS else SLICE_WORDS
        with cgutils.for_range(builder, self.word(kind), intp=INT) as loop:
            number = builder.add(first, builder.mul(loop.index, integer(own)))
            yield Part(self, builder.add(self.words, builder.mul(number, integer(WORD_BYTES))))

    @contextmanager
    def _vectors(self, rows: Any) -> Iterator[tuple[Any, Any]]:
        both = (cgutils.for_range(self.builder, count, intp=INT) for count in (rows, self.machine.vectors))
        with next(both) as row, next(both) as vector:
            yield row.index, vector.index

    def copy(self, target: Any, source: Any, rows: Any) -> None:
        """Copy rows, from the uniform tile where their number says so."""
        to, taken = (self.machine.place(row, self.machine.uniforms) for row in (target, source))
        with self._vectors(rows) as where:
            self.code.store(taken.load(*where), to.address(*where))

    def clear(self, target: Any, rows: Any) -> None:
        """Let sums begin."""
        to = self.machine.place(target, self.machine.uniforms)
        with self._vectors(rows) as where:
            self.code.store(-0.0, to.address(*where))

    def add(self, target: Any, source: Any, rows: Any) -> None:
        """Add rows to others, or, vector after vector, to accumulators."""
        to, taken = self.machine.place(target, self.machine.accumulators), self.machine.place(source, self.machine.uniforms)
        with self._vectors(rows) as where:
            self.code.store(to.load(*where) + taken.load(*where), to.address(*where))

    @property
    def arguments(self) -> list[Any]:
        """What kernels are given behind the instruction's address."""
        machine = self.machine
        return [machine.tile, machine.uniforms, machine.accumulators, machine.lanes, machine.table]

    def run_compiled(self, which: int, number: Any) -> Any:
        """Run the compiled step of that number if there is one; return whether there is."""
        address = self.word(which)
        there = self.builder.icmp_signed("!=", address, integer(0))
        with self.builder.if_then(there):
            builder, spacing = self.builder, self.word(SPACING)
            within = builder.select(builder.icmp_signed("==", spacing, integer(1)), number, builder.srem(number, spacing))
            kept = self.along(self.word(KEPT), within, self.word(KEEPS))
            self.builder.call(self.builder.inttoptr(address, KERNEL), [kept, *self.arguments])
        return there

    def run(self, step: int) -> None:
        """Run the region forward, or backward in reverse order."""
        builder = self.builder
        first, last = self.word(FIRST), self.word(LAST)
        with cgutils.for_range(builder, builder.sub(last, first), intp=INT) as loop:
            number = builder.add(first, loop.index)
            if step != FORWARD_STEP:
                number = builder.sub(builder.sub(last, integer(1)), loop.index)
            place = builder.add(builder.mul(number, integer(STEP_COUNT)), integer(step))
            kernel = self.read(self.read(self.context, integer(STEPS)), place)
            with builder.if_then(builder.icmp_signed("!=", kernel, integer(0))), self._timed(number, step):
                at = builder.mul(number, integer(INSTRUCTION.itemsize))
                instruction = builder.add(self.read(self.context, integer(INSTRUCTIONS)), at)
                builder.call(builder.inttoptr(kernel, KERNEL), [instruction, *self.arguments])

    @contextmanager
    def _timed(self, number: Any, step: int) -> Iterator[None]:
        """Add the ticks that an instruction takes to its counter, if there are counters."""
        builder, laps = self.builder, self.read(self.context, integer(LAPS))
        before = cgutils.alloca_once_value(builder, integer(0))
        counts = builder.icmp_signed("!=", laps, integer(0))
        with builder.if_then(counts, likely=False):
            builder.store(emit_ticks(builder), before)
        yield
        with builder.if_then(counts, likely=False):
            place = builder.add(builder.mul(number, integer(LAP_WORDS)), integer(LAP_WORDS + (step != FORWARD_STEP)))
            counter = builder.inttoptr(builder.add(laps, builder.mul(place, integer(WORD_BYTES))), INT.as_pointer())
            taken = builder.sub(emit_ticks(builder), builder.load(before))
            builder.store(builder.add(builder.load(counter), taken), counter)

    def turned(self, number: Any) -> Any:
        """Return which slice a step of that number takes."""
        builder = self.builder
        backwards = builder.sub(builder.sub(self.word(COUNT), integer(1)), number)
        return builder.select(builder.icmp_signed("!=", self.word(TURNED), integer(0)), backwards, number)

    def along(self, first: Any, number: Any, rows: Any) -> Any:
        """Return the first row of a slice; of the uniform tile these count down."""
        moved = self.builder.mul(number, rows)
        return self.builder.select(
            self.builder.icmp_signed("<", first, integer(0)), self.builder.sub(first, moved), self.builder.add(first, moved)
        )

    def bring(self, number: Any) -> Any:
        """Bring the slices of a step in; return which one it takes."""
        taken = self.turned(number)
        with self.parts(SLICES) as part:
            rows = part.word(ROWS)
            self.copy(part.word(ROW), self.along(part.word(ARRAY), taken, rows), rows)
        return taken

    def step(self, number: Any) -> Any:
        """Take a step forward from the carry; return which slice it takes."""
        taken = self.bring(number)
        with self.builder.if_then(self.builder.not_(self.run_compiled(STEP, number))):
            self.run(FORWARD_STEP)
        return taken


def forward(code: Code, machine: Decoder) -> None:
    """Emit the steps, one after another."""
    loop, builder = Repeating(code, machine), code.builder
    size, spacing = loop.word(SIZE), loop.word(SPACING)
    loop.copy(loop.word(CARRY), loop.word(INITIAL), size)
    with cgutils.for_range(builder, loop.word(COUNT), intp=INT) as counted:
        checkpoints, number = loop.word(CHECKPOINTS), counted.index
        begins = builder.icmp_signed("==", builder.srem(number, spacing), integer(0))
        with builder.if_then(builder.and_(loop.exists(checkpoints), begins)):
            loop.copy(loop.along(checkpoints, builder.sdiv(number, spacing), size), loop.word(CARRY), size)
        taken = loop.step(number)
        with loop.parts(RESULTS) as part:
            rows = part.word(ROWS)
            loop.copy(loop.along(part.word(ARRAY), taken, rows), part.word(ROW), rows)
        loop.copy(loop.word(CARRY), loop.word(AFTER), size)
    loop.copy(loop.word(RESULT), loop.word(CARRY), size)


def backward(code: Code, machine: Decoder) -> None:
    """Emit the steps back from the last one, each taken anew from the carry that it began with."""
    loop, builder = Repeating(code, machine), code.builder
    size, count, held = loop.word(SIZE), loop.word(COUNT), loop.word(HELD)
    carried, arrives = loop.exists(loop.word(CARRY_GRADIENT)), loop.exists(loop.word(AFTER_GRADIENT))
    with builder.if_then(arrives):
        loop.copy(held, loop.word(UPSTREAM), size)
    with loop.parts(OUTERS) as part:
        loop.clear(part.word(SUM), part.word(SUM_ROWS))
    with cgutils.for_range(builder, count, intp=INT) as counted:
        number = builder.sub(builder.sub(count, integer(1)), counted.index)
        loop.copy(loop.word(CARRY), _carry(loop, number), size)
        taken = loop.bring(number)
        with builder.if_then(builder.icmp_signed("==", loop.word(STEP_BACK), integer(0))):
            loop.run(FORWARD_STEP)
        with loop.parts(RESULTS) as part, builder.if_then(loop.exists(part.word(GRADIENT))):
            loop.copy(part.word(GRADIENT), loop.along(part.word(INTO), taken, part.word(ROWS)), part.word(ROWS))
        with builder.if_then(arrives):
            loop.copy(loop.word(AFTER_GRADIENT), held, size)
        with builder.if_then(builder.not_(loop.run_compiled(STEP_BACK, number))):
            loop.run(GUARDED_STEP)
        with builder.if_then(carried):
            loop.copy(held, loop.word(CARRY_GRADIENT), size)
        with loop.parts(SLICES) as part, builder.if_then(loop.exists(part.word(INTO))):
            loop.add(loop.along(part.word(INTO), taken, part.word(ROWS)), part.word(GRADIENT), part.word(ROWS))
    with builder.if_then(loop.exists(loop.word(TARGET))):
        loop.add(loop.word(TARGET), held, size)
    with loop.parts(OUTERS) as part:
        loop.add(part.word(SUM_INTO), part.word(SUM), part.word(SUM_ROWS))


def _carry(loop: Repeating, number: Any) -> Any:
    """Return the row of the carry that a step began with; those between two checkpoints are found again when the first is asked for."""
    builder, size, spacing, block = loop.builder, loop.word(SIZE), loop.word(SPACING), loop.word(BLOCK)
    one, within, levels = integer(1), builder.srem(number, loop.word(SPACING)), loop.exists(block)
    last = builder.or_(
        builder.icmp_signed("==", within, builder.sub(spacing, one)), builder.icmp_signed("==", number, builder.sub(loop.word(COUNT), one))
    )
    kept = loop.along(loop.word(CHECKPOINTS), builder.sdiv(number, spacing), size)
    with builder.if_then(builder.and_(levels, last)):
        loop.copy(loop.word(CARRY), kept, size)
        with cgutils.for_range(builder, builder.add(within, one), intp=INT) as between:
            loop.copy(loop.along(block, between.index, size), loop.word(CARRY), size)
            loop.step(builder.add(builder.sub(number, within), between.index))  # the last one too: compiled, it keeps what backward needs
            loop.copy(loop.word(CARRY), loop.word(AFTER), size)
    return builder.select(levels, loop.along(block, within, size), kept)
