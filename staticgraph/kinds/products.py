"""Products of matrices in a program: which rows they read and write, and in which steps."""

from collections.abc import Callable
from typing import NamedTuple

from ..gates import Gate
from ..lanes.contraction import Matrix, arrange
from ..records.instruction import FIRST, PACKED, Instruction

SMALL = 256
"""Products of so few terms are written out: their operands stay in registers. Larger ones run the kernel, which reads them from the
tile: written out to 1,024 terms, a network takes 1.4 times as long (`bench.choices`)."""

SMALL_VARYING = 384
"""The same where both operands differ from row to row, and are stored for the kernel: 7 x 7 by 7 x 7 takes 52 ns a row written out and 93
by the kernel, `J.T @ J` of 20 x 4 80 and 131; 8 x 8 with functions before and after it takes 520 and 300."""


class Block(NamedTuple):
    """Consecutive rows: `~row` of the uniform tile or an element of its packed part, or `~slot` of the accumulators."""

    row: int
    size: int
    packed: bool = False


class PlannedProduct(NamedTuple):
    """`target[blocked, shared] += sum over inner of p[blocked, inner] * q[shared, inner]`, with the rows that an index step advances."""

    target: Block
    p: Block
    q: Block
    first: bool
    lengths: tuple[int, int, int]
    target_steps: tuple[int, int]
    p_steps: tuple[int, int]
    q_steps: tuple[int, int]
    written_out: bool


def _operands(instruction: Instruction) -> tuple[Block, Block]:
    i, k, j = instruction.lengths
    packed = bool(instruction.flags & PACKED)
    a, b = (Block(row, size, packed and row < 0) for row, size in ((instruction.a, i * k), (instruction.b, k * j)))
    return a, b


def forward_product(gate: Gate, instruction: Instruction) -> PlannedProduct:
    """Return the product of an instruction; an operand that varies is shared."""
    i, _, j = instruction.lengths
    a, b = _operands(instruction)
    formula, *_ = gate.forward(Matrix(a), Matrix(b))
    varies, out = a.row >= 0, Block(instruction.out, i * j)
    return _product(formula, instruction.lengths, out, *((b, a) if varies else (a, b)), swapped=varies, first=True, alone=True)


def backward_products(gate: Gate, instruction: Instruction, adds_alone: Callable[[int], bool]) -> list[PlannedProduct]:
    """Return the products that make the gradients of the operands that are served.

    `adds_alone` tells of an accumulator whether one instruction alone adds to it; otherwise it is added to by the kernel, tile by tile.
    """
    i, _, j = instruction.lengths
    a, b = _operands(instruction)
    upstream = Matrix(Block(instruction.gradient, i * j), upstream=True)
    products = []
    for number, (formula, x, y) in enumerate(gate.contributions(upstream, None, Matrix(a), Matrix(b))):
        if instruction.serves(number):
            p, q = (y.rows, x.rows) if x.upstream else (x.rows, y.rows)
            target = Block(instruction.targets[number], (a, b)[number].size)
            first, alone = bool(instruction.flags & FIRST[number]), target.row >= 0 or adds_alone(target.row)
            products.append(_product(formula, instruction.lengths, target, p, q, swapped=x.upstream, first=first, alone=alone))
    return products


def _product(
    formula: str, lengths: tuple[int, int, int], target: Block, p: Block, q: Block, *, swapped: bool, first: bool, alone: bool
) -> PlannedProduct:
    found = arrange(formula, swapped)
    length = dict(zip("ikj", lengths, strict=True))

    def steps(indices: str, first: str, second: str) -> tuple[int, int]:
        last = length[indices[-1]]
        return (1 if first == indices[-1] else last), (1 if second == indices[-1] else last)

    run = length[found.blocked], length[found.shared], length[found.inner]
    terms, within = run[0] * run[1] * run[2], target.row >= 0
    most = SMALL_VARYING if within and p.row >= 0 and q.row >= 0 else SMALL
    # An outer product adds nothing up, so that no kernel helps: that one's result waited in memory to be transposed.
    written_out = alone and (terms <= most or (within and run[2] == 1))
    return PlannedProduct(
        target, p, q, first, run, steps(found.out, found.blocked, found.shared), steps(found.p, found.blocked, found.inner),
        steps(found.q, found.shared, found.inner), written_out,
    )  # fmt: skip
