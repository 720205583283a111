"""One instruction: its fields and flags, as the compiled machine knows them."""

from typing import Any, NamedTuple

import numpy as np

VECTOR_BYTES = 64
"""One AVX-512 register: 8 lanes of float64, 16 of float32. Narrower machines split it, with the same results."""

CLEAR = 0
"""The opcode that starts gradient rows backward, and does nothing forward. The gates' own opcodes count from 1."""

INSTRUCTION = np.dtype(
    [
        ("opcode", np.int32), ("backward", np.int32),
        ("rows", np.int32), ("length", np.int32), ("columns", np.int32),
        ("out", np.int32), ("a", np.int32), ("b", np.int32), ("c", np.int32),
        ("gradient", np.int32), ("to_a", np.int32), ("to_b", np.int32), ("to_c", np.int32),
        ("flags", np.int32), ("table", np.int32), ("reserved", np.int32),
    ]
)  # fmt: skip
"""One instruction, 64 bytes: one cache line.

opcode
    `CLEAR`, or a gate's.
backward
    The set of operands that receive a gradient, one bit each; 0 if backward passes by.
rows, length, columns
    Elementwise: rows of the strip, 1, 1. Reduction: elements before, along and after the axis. Matrix product: rows, inner
    length, columns. Layout: rows, 1, 1. Clear: gradient rows, 1, 1.
out, a, b, c
    First row of the result and of each operand. `~row` is a row of the uniform tile; with `PACKED` it is an element of its packed part.
gradient, to_a, to_b, to_c
    First row of the upstream gradient and of the gradients of the operands. `~slot` is a slot of the accumulators.
flags
    See `STRIDE`, `FIRST`, `FLAT`, `GUARD`, `BY_VECTOR`, `PACKED`.
table
    Layout: where its part of the program's table starts.
"""



class Instruction(NamedTuple):
    """The same as a record of numbers."""

    opcode: int
    backward: int
    rows: int
    length: int
    columns: int
    out: int
    a: int
    b: int
    c: int
    gradient: int
    to_a: int
    to_b: int
    to_c: int
    flags: int
    table: int
    reserved: int

    @property
    def operands(self) -> tuple[int, int, int]:
        """The first rows of the operands."""
        return self.a, self.b, self.c

    @property
    def targets(self) -> tuple[int, int, int]:
        """The first rows of their gradients."""
        return self.to_a, self.to_b, self.to_c

    @property
    def lengths(self) -> tuple[int, int, int]:
        """The fields of `LENGTHS`."""
        return self.rows, self.length, self.columns

    def serves(self, number: int) -> bool:
        """Whether an operand receives a gradient."""
        return bool(self.backward >> number & 1)


def records(instructions: Any) -> list[Instruction]:
    """Return an instruction array as records."""
    return list(map(Instruction._make, instructions.tolist()))


LENGTHS = ("rows", "length", "columns")
"""The fields that tell how far the indices `i`, `k` and `j` of a product of matrices run."""
FIELD_OFFSETS = {name: place[1] for name, place in (INSTRUCTION.fields or {}).items()}
"""Where each field starts in an instruction, in bytes."""

STRIDE = (1, 2, 4)
"""Operand `k` advances one row for each row of the strip; otherwise it is one row, broadcast."""
FIRST = (8, 16, 32)
"""The write into the gradient of operand `k` is the first: it stores."""
FLAT = 64
"""All rows of the strip are one run of lanes for every operand: one loop."""
GUARD = 128
"""The upstream gradient may be zero, and the rule would not make it a zero contribution by itself."""
BY_VECTOR = 256
"""Backward loops over vectors outside, over rows inside. Set when all rows of a strip add into one accumulator: native code runs one vector
at a time, and only this order rounds alike. `FLAT` then applies forward only."""
PACKED = 512
"""The uniform operand of a product is packed: one element after another, where otherwise each fills a vector. 700 by 700 of them take 4 MB
so, not 31, and products read an eighth of the memory."""

SOURCE, TARGET, MODE = range(3)
"""Columns of the layout table: the row to read, the gradient row to add to, and how."""
SKIP, ACCUMULATE, STORE = range(3)
