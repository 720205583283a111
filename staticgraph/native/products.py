"""Products of matrices in a program: which rows they read and write, and in which steps."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from ..gates import BY_OPCODE, CONTRACTION, Gate, of_kind
from ..instruction import FIRST, PACKED, Instruction, records
from ..lanes.contraction import Matrix, arrange
from ..program.program import Program

SMALL = 256
"""Products of fewer terms are written out: their operands stay in registers. Larger ones run the kernel, which reads them from the
tile: written out to 1,024 terms, a network takes 1.4 times as long (`bench.choices`)."""


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


def plan_products(program: Program) -> dict[int, dict[int, PlannedProduct]]:
    """Return for each instruction that multiplies matrices its products: forward (`-1`), and for each operand that is served."""
    multiplies = np.array(of_kind(CONTRACTION))[program.instructions["opcode"]]
    multiplies[: program.prologue] = False
    positions = np.flatnonzero(multiplies)
    instructions = records(program.instructions[positions])
    writers = Counter(slot for each in instructions for slot in (each.to_a, each.to_b) if slot < 0)
    shared_slots = {slot for slot, count in writers.items() if count > 1}
    return {
        position: _products(gate, each, shared_slots)
        for position, each in zip(positions.tolist(), instructions, strict=True)
        if (gate := BY_OPCODE[each.opcode]) is not None
    }


def _products(gate: Gate, instruction: Instruction, shared_slots: set[int]) -> dict[int, PlannedProduct]:
    i, k, j = instruction.lengths
    packed = bool(instruction.flags & PACKED)
    a, b = (Block(row, size, packed and row < 0) for row, size in ((instruction.a, i * k), (instruction.b, k * j)))
    out, upstream = Block(instruction.out, i * j), Block(instruction.gradient, i * j)
    formula, *_ = gate.forward(Matrix(a), Matrix(b))
    varies = a.row >= 0
    products = {-1: _product(formula, (i, k, j), out, *((b, a) if varies else (a, b)), swapped=varies, first=True, alone=True)}
    rules = gate.contributions(Matrix(upstream, upstream=True), None, Matrix(a), Matrix(b))
    for number, size in enumerate((a.size, b.size)):
        if instruction.serves(number):
            formula, x, y = rules[number]
            p, q = (y.rows, x.rows) if x.upstream else (x.rows, y.rows)
            row = instruction.targets[number]
            first, alone = bool(instruction.flags & FIRST[number]), row not in shared_slots
            products[number] = _product(formula, (i, k, j), Block(row, size), p, q, swapped=x.upstream, first=first, alone=alone)
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
    return PlannedProduct(
        target, p, q, first, run, steps(found.out, found.blocked, found.shared), steps(found.p, found.blocked, found.inner),
        steps(found.q, found.shared, found.inner), alone and run[0] * run[1] * run[2] <= SMALL,
    )  # fmt: skip
