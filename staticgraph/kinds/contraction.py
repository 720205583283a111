"""Contractions: products of matrices, which are sums of products forward and backward."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..gates import CONTRACTION, Gate
from ..gates.order import CHUNK, joined
from ..lanes.contraction import backward_cases, contraction_backward, contraction_forward, forward_case, stopping
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.rules import ADDED, Product
from ..nodes.node import Node
from ..records.instruction import Instruction
from .kind import Array, Kind, Lengths, guards, kind
from .products import SMALL, PlannedProduct, backward_products, forward_product
from .writing import Operand, Writer


@kind
class Contraction(Kind):
    """A sum of products. A rule sees its operands as two matrices."""

    name = CONTRACTION
    packs = shares = varied = True

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Multiply the matrices."""
        assert node.gate is not None
        with np.errstate(all="ignore"):
            return np.array(np.asarray(node.gate.forward(*_matrices(node, operands)), dtype).reshape(node.shape))

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Multiply the upstream gradient with each operand, term by term since zeros of it stop."""
        rows, _, columns = node.static
        a, b = _matrices(node, operands)
        upstream = g.reshape(rows, 1, columns)
        with np.errstate(all="ignore"):
            terms = np.where(upstream == 0, 0, upstream * b[None, :, :]), np.where(upstream == 0, 0, upstream * a[:, :, None])
            received = terms[0].sum(axis=2), terms[1].sum(axis=0)
        return [each.reshape(operand.shape) for each, operand in zip(received, operands, strict=True)]

    def operand_sizes(self, lengths: Lengths) -> Sequence[Any]:
        """Return the sizes of the matrices."""
        rows, length, columns = lengths
        return [rows * length, length * columns]

    def count(self, lengths: Lengths) -> Any:
        """Return the number of its terms, or about that of its rows where a kernel computes it."""
        rows, length, columns = lengths
        return np.minimum(rows * columns + np.minimum(rows, columns) * length + SMALL, rows * length * columns)

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return the loops that add products up."""
        swapped, variant = forward_case(gate, instruction)
        name = f"forward.{gate.name}.{swapped:d}{variant.name}"
        return of_instruction(name, partial(contraction_forward, gate, swapped=swapped, variant=variant))

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return the loops that add the products of each gradient up."""
        needs, really = instruction.backward, guards(gate, instruction.backward, guarded)
        variants = backward_cases(gate, instruction, really)
        cases = ("none" if each is None else each.name for each in variants)
        name = ".".join([f"backward.{gate.name}.{needs}.{really:d}", *cases])
        return of_instruction(name, partial(contraction_backward, gate, variants=variants))

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Write the product out."""
        _write(writer, forward_product(gate, instruction), stopping(gate, instruction))

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Write the products of the gradients out."""
        for product in backward_products(gate, instruction, writer.adds_alone):
            _write(writer, product, "q" if guarded else "")


def _matrices(node: Node, operands: Sequence[Array]) -> tuple[Array, Array]:
    rows, inner, columns = node.static
    return np.reshape(operands[0], (rows, inner)), np.reshape(operands[1], (inner, columns))


def _write(writer: Writer, product: PlannedProduct, stopping: str) -> None:
    """Add a product of matrices: term by term if it is small, otherwise as one operation."""
    if product.written_out:
        write_out(writer, product, stopping)
    else:
        writer.multiply(product, stopping)


def write_out(writer: Writer, product: PlannedProduct, stopping: str) -> None:
    """Add a product of matrices term by term; zeros of those of `p` and `q` that `stopping` names stop."""
    p, q = writer.block(*product.p), writer.block(*product.q)
    blocked, shared, inner = product.lengths
    for i in range(blocked):
        for j in range(shared):
            place = i * product.target_steps[0] + j * product.target_steps[1]
            row = product.target.row + place if product.target.row >= 0 else product.target.row - place
            terms = [
                (p[i * product.p_steps[0] + k * product.p_steps[1]], q[j * product.q_steps[0] + k * product.q_steps[1]])
                for k in range(inner)
            ]
            sofar = None if writer.is_first(row, product.first) else writer.sofar(row)
            chunks = [_chain(writer, terms[k : k + CHUNK], None if k else sofar, stopping) for k in range(0, inner, CHUNK)]
            (value,) = joined([(chunk,) for chunk in chunks], lambda *both: tuple(writer.apply(ADDED, both)))
            writer.set(row, value)


def _chain(writer: Writer, terms: list[tuple[Operand, Operand]], sofar: Operand | None, stopping: str) -> Operand:
    """Add products one after another to the sum so far, None where there is none."""
    for term in terms:
        given = [] if sofar is None else [sofar]
        (sofar,) = writer.apply(Product(stopping, sofar is None), [*term, *given])
    assert sofar is not None
    return sofar
