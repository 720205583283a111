"""The matrix product: which sums of products it is, forward and backward."""

from typing import Any, NamedTuple

from llvmlite import ir

from ..gates import Gate
from ..gates.order import CHUNK
from ..instruction import LENGTHS
from .decode import Decoder, Rows, Target, integer
from .sums_of_products import Product, Steps, Variant, kernel, numbers_of
from .value import Code


class Matrix:
    """An operand of a rule of sums of products: its rows, and whether it is the upstream gradient."""

    def __init__(self, rows: Any, upstream: bool = False) -> None:
        self.rows = rows
        self.upstream = upstream

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        return arguments


class Arrangement(NamedTuple):
    """Which indices the operands and the result have, and which of them is blocked, which shared, and which summed over."""

    p: str
    q: str
    out: str
    blocked: str
    shared: str
    inner: str


def arrange(formula: str, swapped: bool) -> Arrangement:
    """Read the formula of a sum of products; `swapped` if `q` is its first operand."""
    operands, out = formula.split("->")
    p, q = operands.split(",")[:: -1 if swapped else 1]
    (inner,) = set(p) - set(out)
    (blocked,) = set(p) & set(out)
    (shared,) = set(q) & set(out)
    return Arrangement(p, q, out, blocked, shared, inner)


def _product(machine: Decoder, target: Target, formula: str, p: Rows, q: Rows, swapped: bool) -> Product:
    """Find the rows and lengths of a sum of products."""
    found = arrange(formula, swapped)
    lengths = {index: machine.field(name) for index, name in zip("ikj", LENGTHS, strict=True)}

    def steps(rows: Rows, indices: str, first: str, second: str) -> Steps:
        def step(index: str) -> Any:
            return integer(1) if index == indices[-1] else lengths[indices[-1]]

        return Steps(rows, step(first), step(second))

    return Product(
        target, steps(target.rows, found.out, found.blocked, found.shared), steps(p, found.p, found.blocked, found.inner),
        steps(q, found.q, found.shared, found.inner), lengths[found.blocked], lengths[found.shared], lengths[found.inner],
    )  # fmt: skip


def emit(machine: Decoder, product: Product, guarded: bool, over_lanes: bool) -> None:
    """Call the kernel of a product.

    There is one function for each variant, which every gate calls: emitted in each gate's place they were a third of the code. Chunks
    are an own one because their loops, beside the plain ones, made short products a third slower.
    """
    numbers, builder, dtype = [*numbers_of(product), machine.vectors], machine.builder, machine.code.dtype

    def call(chunked: bool, uniform: bool) -> None:
        builder.call(kernel(builder.module, dtype, Variant(guarded, over_lanes, chunked, uniform)), numbers)

    with builder.if_else(builder.icmp_signed("<=", product.inner, integer(CHUNK))) as (short, long):
        for branch, chunked in ((short, False), (long, True)):
            with branch:
                if over_lanes:
                    call(chunked, uniform=False)
                    continue
                with builder.if_else(builder.icmp_signed("==", product.p.rows.lane_step, integer(0))) as (uniform, varying):
                    with uniform:
                        call(chunked, uniform=True)
                    with varying:
                        call(chunked, uniform=False)


def contraction_forward(gate: Gate, code: Code, machine: Decoder) -> None:
    """Emit the gate's sum of products; an operand that varies is shared, so that a uniform one is blocked."""
    target = machine.target_at(machine.value("out"), ir.Constant(ir.IntType(1), 1))
    formula, a, b = gate.forward(Matrix(machine.matrix("a")), Matrix(machine.matrix("b")))
    a_varies = code.builder.icmp_signed(">=", machine.field("a"), integer(0))
    with code.builder.if_else(a_varies) as (share_a, share_b):
        with share_a:
            emit(machine, _product(machine, target, formula, b.rows, a.rows, swapped=True), guarded=False, over_lanes=False)
        with share_b:
            emit(machine, _product(machine, target, formula, a.rows, b.rows, swapped=False), guarded=False, over_lanes=False)


def contraction_backward(gate: Gate, code: Code, machine: Decoder, needs: int, guarded: bool) -> None:
    """Emit the gradients of the operands that need one; that of a uniform operand is summed over the lanes too."""
    upstream = Matrix(machine.value("gradient"), upstream=True)
    rules = gate.contributions(upstream, None, Matrix(machine.matrix("a")), Matrix(machine.matrix("b")))
    for number in (each for each in range(gate.arity) if needs >> each & 1):
        formula, x, y = rules[number]
        p, q, swapped = (y, x, True) if x.upstream else (x, y, False)
        product = _product(machine, machine.target(number, strip=False), formula, p.rows, q.rows, swapped)
        uniform = code.builder.icmp_signed("<", machine.field("to_" + "abc"[number]), integer(0))
        with code.builder.if_else(uniform) as (summed, by_lane):
            with summed:
                emit(machine, product, guarded, over_lanes=True)
            with by_lane:
                emit(machine, product, guarded, over_lanes=False)
