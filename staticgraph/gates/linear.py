"""The product of matrices, and the gates that move elements without computing."""

from .primitives import Value, contract, contract_stopping, contract_stopping_both
from .registry import CONTRACTION, LAYOUT, gate

EXAMPLES = [(([[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]]), [[17.0], [39.0]], ([[5.0, 6.0], [5.0, 6.0]], [[4.0], [6.0]]))]


@gate(kind=CONTRACTION, symbol="@", examples=EXAMPLES)
def matmul(a: Value, b: Value) -> Value:
    """Product of two matrices: a sum of products, so it switches and distributes the gradient."""
    return contract("ik,kj->ij", a, b)


@matmul.backward
def switched(g: Value, y: Value, a: Value, b: Value) -> Value:
    """Switch: each operand receives the gradient times the other one."""
    return contract("ij,kj->ik", g, b), contract("ik,ij->kj", a, g)


@gate(kind=CONTRACTION, symbol="@", public=False, zeros_stop=(0,), examples=EXAMPLES)
def chain_matmul(upstream: Value, b: Value) -> Value:
    """Product of upstream gradients and a matrix: a zero upstream gradient stops."""
    return contract_stopping("ik,kj->ij", upstream, b)


chain_matmul.backward(switched)


@gate(kind=CONTRACTION, symbol="@", public=False, zeros_stop=(0, 1), examples=EXAMPLES)
def directional_matmul(tangent: Value, b: Value) -> Value:
    """Product of tangents and a matrix: a zero stops on either side."""
    return contract_stopping_both("ik,kj->ij", tangent, b)


directional_matmul.backward(switched)


@gate(kind=LAYOUT, boolean="operands")
def view(elements: Value, start: int, size: int) -> Value:
    """A run of consecutive elements under another shape: costs nothing."""
    return elements[start : start + size]


@gate(kind=LAYOUT, boolean="operands")
def gather(elements: Value, index: Value) -> Value:
    """Elements picked by an index table from one or more operands: each receives back the gradients of all its copies."""
    return elements[index]
