"""The matrix product: which sums of products it is, forward and backward."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from ..gates import Gate
from ..gates.order import CHUNK
from ..records.instruction import LENGTHS, Instruction
from .code import Code
from .decode import Decoder, Rows, Target, integer
from .sums_of_products import Product, Steps, Variant, kernel, numbers_of


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


def forward_case(gate: Gate, instruction: Instruction) -> tuple[bool, Variant]:
    """Return whether the second operand is the blocked one, and what the kernel is made for; an operand that varies is shared."""
    formula, *operands = gate.forward(Matrix("a"), Matrix("b"))
    swapped = instruction.a >= 0
    p = operands[swapped].rows
    return swapped, Variant(stopping(gate, instruction), False, _is_long(formula, swapped, instruction), getattr(instruction, p) < 0)


def stopping(gate: Gate, instruction: Instruction) -> str:
    """Return which of `p` and `q` have zeros that stop."""
    names = "qp" if instruction.a >= 0 else "pq"
    return "".join(sorted(names[number] for number in gate.zeros_stop))


def backward_cases(gate: Gate, instruction: Instruction, guarded: bool) -> tuple[Variant | None, ...]:
    """Return for each operand what the kernel of its gradient is made for, None where there is none to be had."""
    rules = gate.contributions(Matrix("gradient", upstream=True), None, Matrix("a"), Matrix("b"))

    def case(number: int) -> Variant | None:
        formula, swapped, p, _ = _upstream_shared(rules[number])
        if not instruction.serves(number):
            return None
        over_lanes, is_long = instruction.targets[number] < 0, _is_long(formula, swapped, instruction)
        return Variant("q" if guarded else "", over_lanes, is_long, getattr(instruction, p.rows) < 0 and not over_lanes)

    return tuple(map(case, range(gate.arity)))


def _is_long(formula: str, swapped: bool, instruction: Instruction) -> bool:
    """Whether the index that is summed over runs through more than one chunk."""
    return instruction.lengths["ikj".index(arrange(formula, swapped).inner)] > CHUNK


def _upstream_shared(rule: tuple[str, Matrix, Matrix]) -> tuple[str, bool, Matrix, Matrix]:
    """Return the formula of a gradient, whether its operands are exchanged, and these: the upstream gradient is shared."""
    formula, x, y = rule
    return (formula, True, y, x) if x.upstream else (formula, False, x, y)


def _call(machine: Decoder, product: Product, variant: Variant) -> None:
    """Call the kernel of a product: a function of its own, as its registers are."""
    made = kernel(machine.builder.module, machine.code.dtype, variant)
    machine.builder.call(made, [*numbers_of(product), machine.vectors])


def contraction_forward(gate: Gate, code: Code, machine: Decoder, swapped: bool, variant: Variant) -> None:
    """Emit the gate's sum of products."""
    target = machine.target_at(machine.value("out"), ir.Constant(ir.IntType(1), 1))
    formula, *operands = gate.forward(Matrix(machine.matrix("a")), Matrix(machine.matrix("b")))
    p, q = operands[swapped].rows, operands[not swapped].rows
    _call(machine, _product(machine, target, formula, p, q, swapped), variant)


def contraction_backward(gate: Gate, code: Code, machine: Decoder, variants: Sequence[Variant | None]) -> None:
    """Emit the gradients of the operands that need one; that of a uniform operand is summed over the lanes too."""
    upstream = Matrix(machine.value("gradient"), upstream=True)
    rules = gate.contributions(upstream, None, Matrix(machine.matrix("a")), Matrix(machine.matrix("b")))
    for number, variant in enumerate(variants):
        if variant is not None:
            formula, swapped, p, q = _upstream_shared(rules[number])
            _call(machine, _product(machine, machine.target(number, strip=False), formula, p.rows, q.rows, swapped), variant)
