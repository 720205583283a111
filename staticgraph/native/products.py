"""Products of matrices in a program: which rows they read and write, and in which steps."""

from collections import Counter
from typing import NamedTuple

from ..gates import CONTRACTION, GATES, Gate
from ..instruction import FIRST, LENGTHS, PACKED
from ..lanes.contraction import Matrix, arrange
from ..program import Program

SMALL = 256
"""Products of fewer terms are written out: their operands stay in registers. Larger ones run the kernel, which reads them from the tile."""


class Block(NamedTuple):
    """Consecutive rows: `~row` of the uniform tile or an element of its packed part, or `~slot` of the accumulators."""

    row: int
    size: int
    packed: bool = False


class Product(NamedTuple):
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


def plan_products(program: Program) -> dict[int, dict[int, Product]]:
    """Return for each instruction that multiplies matrices its products: forward (`-1`), and for each operand that is served."""
    gates: list[Gate | None] = [None, *GATES.values()]
    found: dict[int, dict[int, Product]] = {}
    body = range(program.prologue, len(program))
    positions = [position for position in body if _is_product(gates[program.instructions["opcode"][position]])]
    names = program.instructions.dtype.names or ()
    rows = {position: {name: int(program.instructions[name][position]) for name in names} for position in positions}
    writers = Counter(fields[name] for fields in rows.values() for name in ("to_a", "to_b") if fields[name] < 0)
    for position, fields in rows.items():
        gate = gates[fields["opcode"]]
        assert gate is not None
        found[position] = _products(gate, fields, {slot for slot, count in writers.items() if count > 1})
    return found


def _is_product(gate: Gate | None) -> bool:
    return gate is not None and gate.kind == CONTRACTION


def _products(gate: Gate, fields: dict[str, int], shared_slots: set[int]) -> dict[int, Product]:
    i, k, j = (fields[name] for name in LENGTHS)
    packed = bool(fields["flags"] & PACKED)
    a, b = (Block(row, size, packed and row < 0) for row, size in ((fields["a"], i * k), (fields["b"], k * j)))
    out, upstream = Block(fields["out"], i * j), Block(fields["gradient"], i * j)
    formula, *_ = gate.forward(Matrix(a), Matrix(b))
    varies = fields["a"] >= 0
    products = {-1: _product(formula, (i, k, j), out, *((b, a) if varies else (a, b)), swapped=varies, first=True, alone=True)}
    rules = gate.contributions(Matrix(upstream, upstream=True), None, Matrix(a), Matrix(b))
    for number, size in enumerate((a.size, b.size)):
        if fields["backward"] >> number & 1:
            formula, x, y = rules[number]
            p, q = (y.rows, x.rows) if x.upstream else (x.rows, y.rows)
            row = fields["to_" + "ab"[number]]
            first, alone = bool(fields["flags"] & FIRST[number]), row not in shared_slots
            products[number] = _product(formula, (i, k, j), Block(row, size), p, q, swapped=x.upstream, first=first, alone=alone)
    return products


def _product(
    formula: str, lengths: tuple[int, int, int], target: Block, p: Block, q: Block, *, swapped: bool, first: bool, alone: bool
) -> Product:
    found = arrange(formula, swapped)
    length = dict(zip("ikj", lengths, strict=True))

    def steps(indices: str, first: str, second: str) -> tuple[int, int]:
        last = length[indices[-1]]
        return (1 if first == indices[-1] else last), (1 if second == indices[-1] else last)

    run = length[found.blocked], length[found.shared], length[found.inner]
    return Product(
        target, p, q, first, run, steps(found.out, found.blocked, found.shared), steps(found.p, found.blocked, found.inner),
        steps(found.q, found.shared, found.inner), alone and run[0] * run[1] * run[2] <= SMALL,
    )  # fmt: skip
