"""Instruction decoding, as code that kernels begin with: from an instruction's fields to addresses and strides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from ..records.instruction import FIELD_OFFSETS, FIRST, PACKED, STRIDE, VECTOR_BYTES
from .code import Code
from .types import INT
from .value import Lanes

INT32 = ir.IntType(32)
FRAME = ("instruction", "tile", "uniforms", "accumulators", "lanes", "table")
"""What every kernel is given: addresses, and the number of lanes in this tile."""


def integer(value: int) -> Any:
    """Return a 64-bit constant."""
    return ir.Constant(INT, value)


VECTOR = integer(VECTOR_BYTES)
"""The bytes of a vector, which is a row of a uniform tile."""


def _places(first: int, count: int) -> Any:
    """Return the numbers of so many lanes, for a shuffle."""
    return ir.Constant(ir.VectorType(ir.IntType(32), count), list(range(first, first + count)))


@dataclass
class Rows:
    """Consecutive rows of lanes: the address of the first vector, the step between rows and the step between vectors."""

    code: Code
    base: Any
    row_step: Any
    lane_step: Any

    def address(self, row: Any, vector: Any) -> Any:
        """Return the address of one vector of one row."""
        builder = self.code.builder
        within = builder.mul(vector, self.lane_step)
        return builder.add(self.base, builder.add(builder.mul(row, self.row_step), within))

    def turned(self, turn: Any) -> "Rows":
        """Return the same with the two steps exchanged, for loops that are exchanged where `turn` says so."""
        select = self.code.builder.select
        return Rows(self.code, self.base, select(turn, self.lane_step, self.row_step), select(turn, self.row_step, self.lane_step))

    def load(self, row: Any, vector: Any) -> Lanes:
        """Load one vector of one row, or two of them as lanes of twice the width."""
        if not isinstance(vector, tuple):
            return self.code.load(self.address(row, vector))
        one = self.code.one_vector()
        first, second = (one.load(self.address(row, each)).value for each in vector)
        return Lanes(self.code, self.code.builder.shuffle_vector(first, second, _places(0, self.code.width)))

    def store(self, x: Any, row: Any, vector: Any) -> None:
        """Store one vector of one row, or two of them."""
        if not isinstance(vector, tuple):
            self.code.store(x, self.address(row, vector))
            return
        one, value = self.code.one_vector(), self.code.lift(x)
        for number, each in enumerate(vector):
            half = self.code.builder.shuffle_vector(value, value, _places(number * one.width, one.width))
            one.store(Lanes(one, half), self.address(row, each))


@dataclass
class Target:
    """Rows to add a gradient into: where the sum so far is read (-0.0 for the first write), and where the new sum goes."""

    source: Rows
    rows: Rows

    def turned(self, turn: Any) -> "Target":
        """Return the same for loops that are exchanged where `turn` says so."""
        return Target(self.source.turned(turn), self.rows.turned(turn))

    def add(self, contribution: Any, guard: Any, row: Any, vector: Any) -> None:
        """Add a contribution: the one place where gradients accumulate."""
        code = self.rows.code
        sofar = self.source.load(row, vector)
        code.store(accumulated(code, sofar, contribution, guard), self.rows.address(row, vector))


def accumulated(code: Code, sofar: Lanes, contribution: Any, guard: Any, choose: Callable[..., Any] | None = None) -> Lanes:
    """Return the sum: a product is added by `fma`, and lanes that the guard masks out are left alone, by `where` or else by `choose`."""
    factors = getattr(contribution, "factors", None)
    total: Lanes = code.fma(factors[0], factors[1], sofar) if factors else sofar + contribution
    return (choose or code.where)(guard, total, sofar) if guard is not None else total


class Decoder:
    """The fields of the instruction that a kernel runs, and the places they name."""

    def __init__(self, code: Code, frame: Any) -> None:
        self.code = code
        self.builder = code.builder
        self.frame = frame
        for name, value in zip(FRAME, frame, strict=True):
            setattr(self, name, value)
        self.vectors = self.builder.udiv(self.lanes, integer(code.width // code.vectors))
        self.pitch = self.builder.mul(self.vectors, integer(VECTOR_BYTES))
        self.flags = self.field("flags")

    instruction: Any
    tile: Any
    uniforms: Any
    accumulators: Any
    lanes: Any
    table: Any

    def in_pairs(self) -> "Decoder":
        """Return the same for kernels that compute two vectors side by side.

        One vector alone waits for the latency of its own results; so elementary functions take as little as 0.8 of the time (`arcsinh`
        1.2 ns instead of 1.5). Compiling all of them takes 0.7 s more.
        """
        return Decoder(Code(self.builder, self.code.dtype, 2), self.frame)

    def word(self, address: Any) -> Any:
        """Load a 32-bit integer."""
        return self.builder.sext(self.builder.load(self.builder.inttoptr(address, INT32.as_pointer())), INT)

    def field(self, name: str) -> Any:
        """Load a field of the instruction."""
        return self.word(self.builder.add(self.instruction, integer(FIELD_OFFSETS[name])))

    def flag(self, bit: int) -> Any:
        """Return whether a flag is set."""
        return self.builder.icmp_signed("!=", self.builder.and_(self.flags, integer(bit)), integer(0))

    def place(self, row: Any, uniform_base: Any, uniform_step: Any = VECTOR) -> Rows:
        """Return the rows from `row` on: of the tile, or for `~row` of a uniform tile, where a row takes `uniform_step` bytes."""
        builder = self.builder
        uniform = builder.icmp_signed("<", row, integer(0))
        position = builder.select(uniform, builder.not_(row), row)
        row_step = builder.select(uniform, uniform_step, self.pitch)
        base = builder.add(builder.select(uniform, uniform_base, self.tile), builder.mul(position, row_step))
        return Rows(self.code, base, row_step, builder.select(uniform, integer(0), integer(VECTOR_BYTES)))

    def value(self, name: str) -> Rows:
        """Return the rows of a value."""
        return self.place(self.field(name), self.uniforms)

    def matrix(self, name: str) -> Rows:
        """Return the rows of a product's operand, which may be packed."""
        packed = self.builder.select(self.flag(PACKED), integer(self.code.dtype.itemsize), VECTOR)
        return self.place(self.field(name), self.uniforms, packed)

    def operand(self, number: int) -> Rows:
        """Return the rows of an operand of a strip, which may be one row for all."""
        return self.strided(self.value("abc"[number]), number)

    def strided(self, rows: Rows, number: int) -> Rows:
        """Return rows that stand still where the operand is broadcast."""
        step = self.builder.select(self.flag(STRIDE[number]), rows.row_step, integer(0))
        return Rows(self.code, rows.base, step, rows.lane_step)

    def target(self, number: int, strip: bool) -> Target:
        """Return where the gradient of an operand is added."""
        rows = self.place(self.field("to_" + "abc"[number]), self.accumulators)
        if strip:
            rows = self.strided(rows, number)
        return self.target_at(rows, self.flag(FIRST[number]))

    def target_at(self, rows: Rows, first: Any) -> Target:
        """Return where a gradient is added; the first time nothing has been stored there, and -0.0 is read instead."""
        builder, zero = self.builder, integer(0)
        source = Rows(
            self.code,
            builder.select(first, self.minus_zero(), rows.base),
            builder.select(first, zero, rows.row_step),
            builder.select(first, zero, rows.lane_step),
        )
        return Target(source, rows)

    def minus_zero(self) -> Any:
        """Return the address of lanes of -0.0, the number that changes no sum."""
        module = self.builder.module
        code = self.code.one_vector()
        name = f"staticgraph.minus_zero.{code.dtype}"
        if name not in module.globals:
            made = ir.GlobalVariable(module, code.vector, name)
            made.linkage, made.global_constant, made.align = "internal", True, VECTOR_BYTES
            made.initializer = code.splat(-0.0)
        return self.builder.ptrtoint(module.globals[name], INT)
