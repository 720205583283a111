"""Linear systems, determinants, inverses and Cholesky factors of small matrices, and of stacks of them.

Source: G. H. Golub and C. F. Van Loan, "Matrix Computations", chapters 3 and 4. Gaussian elimination with partial pivoting, written out:
rows are exchanged by choices, and derivatives are those of all its steps. Every step works on a whole stack.
"""

import operator
from typing import Any, NamedTuple

import numpy as np

from ..gates.arithmetic import abs_, sign
from ..gates.logarithm import log
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, untyped
from .layout import broadcast_to, concatenate, reshape, stack
from .node import Node, apply, as_node
from .products import matmul
from .reductions import counted, prod, sum
from .shapes import broadcast

EXPANDED = 4
"""Up to so many rows a determinant is a sum of products, whose derivative is right where the matrix is singular, too."""


class Eliminated(NamedTuple):
    """What elimination leaves: the pivots, each row right of its pivot, the right-hand sides, and the sign of the exchanges."""

    pivots: list[Node]
    rows: list[Node]
    right: list[Node]
    sign: Node | float


class SlogdetResult(NamedTuple):
    """The sign of a determinant and the logarithm of its magnitude."""

    sign: Node
    logabsdet: Node


def square(name: str, a: Any) -> Node:
    """Return a stack of square matrices; `ValueError` for other shapes."""
    node = counted(as_node(a))
    if node.ndim < 2 or node.shape[-1] != node.shape[-2]:
        raise ValueError(f"linalg.{name}: the last two axes are those of a square matrix, got shape {node.shape}")
    return node


def eliminated(a: Node, b: Node) -> Eliminated:
    """Eliminate with partial pivoting: after its turn row `k` has the column's largest element."""
    size = a.shape[-1]
    rows, right = [a[..., k, :] for k in range(size)], [b[..., k, :] for k in range(size)]
    turns: Node | float = 1.0
    pivots = []
    for k in range(size):
        for i in range(k + 1, size):
            swap = apply(abs_, (rows[i][..., :1],)) > apply(abs_, (rows[k][..., :1],))
            rows[k], rows[i] = _exchanged(swap, rows[k], rows[i])
            right[k], right[i] = _exchanged(swap, right[k], right[i])
            turns = apply(where_gate, (swap[..., 0], -turns, turns))
        pivot, rows[k] = rows[k][..., :1], rows[k][..., 1:]
        pivots.append(pivot)
        divisor = apply(where_gate, (pivot == 0.0, 1.0, pivot))
        for i in range(k + 1, size):
            factor = rows[i][..., :1] / divisor
            rows[i] = rows[i][..., 1:] - factor * rows[k]
            right[i] = right[i] - factor * right[k]
    return Eliminated(pivots, rows, right, turns)


def _exchanged(swap: Node, a: Node, b: Node) -> tuple[Node, Node]:
    if not a.size:
        return a, b
    return apply(where_gate, (swap, b, a)), apply(where_gate, (swap, a, b))


def _solved(a: Node, b: Node) -> Node:
    """Return the solutions of stacks of systems, whose stacks are alike; NaN where a matrix is singular."""
    size = a.shape[-1]
    if not (a.size and b.size):
        return b
    pivots, rows, right, _ = eliminated(a, b)
    solution: list[Node] = []
    for k in reversed(range(size)):
        value = right[k]
        for place, found in enumerate(solution):
            value = value - rows[k][..., place : place + 1] * found
        solution.insert(0, value / apply(where_gate, (pivots[k] == 0.0, np.nan, pivots[k])))
    return stack(solution, axis=-2)


@numpy_function(np.linalg.solve, published=False)
def solve(a: Any, b: Any) -> Node:
    """Solution of `a x = b`, as `numpy.linalg.solve`; NaN where `a` is singular."""
    matrix, given = square("solve", a), counted(as_node(b))
    size = matrix.shape[-1]
    right = reshape(given, (*given.shape, 1)) if given.ndim == 1 else given
    if right.ndim < 2 or right.shape[-2] != size:
        raise ValueError(f"linalg.solve: {size} equations have right-hand sides of {size} rows, got shape {given.shape}")
    outer = broadcast("linalg.solve", [matrix.shape[:-2], right.shape[:-2]])
    found = _solved(broadcast_to(matrix, (*outer, size, size)), broadcast_to(right, (*outer, *right.shape[-2:])))
    return reshape(found, found.shape[:-1]) if given.ndim == 1 else found


@numpy_function(np.linalg.inv, published=False)
def inv(a: Any) -> Node:
    """Inverse of a matrix, as `numpy.linalg.inv`; NaN where it is singular."""
    matrix = square("inv", a)
    return solve(matrix, np.eye(matrix.shape[-1]))


def _minors(a: Node, first: int, columns: tuple[int, ...], known: dict[tuple[int, ...], Node]) -> Node:
    """Return the determinant of the rows from `first` on and some columns, by its first row; each is made once."""
    if len(columns) == 1:
        return a[..., first, columns[0]]
    if columns not in known:
        terms = [a[..., first, each] * _minors(a, first + 1, columns[:k] + columns[k + 1 :], known) for k, each in enumerate(columns)]
        value = terms[0]
        for k, term in enumerate(terms[1:]):
            value = value + term if k % 2 else value - term
        known[columns] = value
    return known[columns]


def _whole(pivots: list[Node]) -> Node:
    return concatenate(pivots, axis=-1)


def _factors(matrix: Node) -> Eliminated:
    return eliminated(matrix, as_node(np.zeros((*matrix.shape[:-1], 0))))


@numpy_function(np.linalg.det, published=False)
def det(a: Any) -> Node:
    """Determinant, as `numpy.linalg.det`; of up to 4 rows by expansion, of more by elimination."""
    matrix = square("det", a)
    size = matrix.shape[-1]
    if not size:
        return as_node(np.ones(matrix.shape[:-2]))
    if size <= EXPANDED:
        return _minors(matrix, 0, tuple(range(size)), {})
    found = _factors(matrix)
    return as_node(found.sign * prod(_whole(found.pivots), -1))


@numpy_function(np.linalg.slogdet, published=False)
def slogdet(a: Any) -> SlogdetResult:
    """Sign of the determinant, and the logarithm of its magnitude, as `numpy.linalg.slogdet`: 0 and minus infinity of singular ones."""
    matrix = square("slogdet", a)
    if not matrix.shape[-1]:
        return SlogdetResult(as_node(np.ones(matrix.shape[:-2])), as_node(np.zeros(matrix.shape[:-2])))
    found = _factors(matrix)
    pivots = _whole(found.pivots)
    return SlogdetResult(found.sign * prod(apply(sign, (pivots,)), -1), sum(apply(log, (apply(abs_, (pivots,)),)), -1))


@numpy_function(np.linalg.cholesky, published=False)
def cholesky(a: Any, /, *, upper: bool = False) -> Node:
    """Cholesky's factor of a positive definite matrix, of which one triangle is read, as `numpy.linalg.cholesky`; NaN if it is none."""
    matrix = square("cholesky", a)
    size = matrix.shape[-1]
    factor: dict[tuple[int, int], Any] = {}
    for j in range(size):
        for i in range(j, size):
            value = matrix[..., j, i] if upper else matrix[..., i, j]
            for k in range(j):
                value = value - factor[i, k] * factor[j, k]
            factor[i, j] = untyped.sqrt(value) if i == j else value / factor[j, j]
    zero = as_node(np.zeros(matrix.shape[:-2]))
    places = [(j, i) if upper else (i, j) for i in range(size) for j in range(size)]
    return reshape(stack([factor.get(place, zero) for place in places], axis=-1), matrix.shape) if size else matrix


def transposed(a: Node) -> Node:
    """Return the matrices of a stack transposed."""
    return as_node(untyped.swapaxes(a, -1, -2))


@numpy_function(np.linalg.pinv, published=False)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Node:
    """Pseudoinverse of a matrix of full rank, as `numpy.linalg.pinv`; NaN where rows or columns depend on each other.

    By the normal equations, and one step of Newton's iteration, which takes their loss of digits back.
    """
    matrix = counted(as_node(a))
    if matrix.ndim < 2 or rcond is not None or rtol is not None:
        raise ValueError(f"linalg.pinv: of a matrix of full rank, without a bound for its singular values; got shape {matrix.shape}")
    if matrix.shape[-2] < matrix.shape[-1]:
        return transposed(pinv(transposed(matrix)))
    if matrix.shape[-2] == matrix.shape[-1]:
        return inv(matrix)
    other = transposed(matrix)
    rough = solve(matmul(other, matrix), other)
    return as_node(rough + matmul(np.eye(matrix.shape[-1]) - matmul(rough, matrix), rough))


@numpy_function(np.linalg.matrix_power, published=False)
def matrix_power(a: Any, n: int) -> Node:
    """Whole power of a matrix, as `numpy.linalg.matrix_power`, by repeated squaring."""
    matrix, count = square("matrix_power", a), operator.index(n)
    if count < 0:
        matrix, count = inv(matrix), -count
    if not count:
        return broadcast_to(as_node(np.eye(matrix.shape[-1])), matrix.shape)
    value: Node | None = None
    for digit in range(count.bit_length()):
        matrix = matmul(matrix, matrix) if digit else matrix
        if count >> digit & 1:
            value = matrix if value is None else matmul(value, matrix)
    assert value is not None
    return value


@numpy_function(np.linalg.multi_dot, published=False)
def multi_dot(arrays: Any, *, out: Any = None) -> Node:
    """Product of several matrices, as `numpy.linalg.multi_dot`, from left to right."""
    value, *others = map(as_node, arrays)
    for each in others:
        value = matmul(value, each)
    return value


@numpy_function(np.linalg.lstsq, published=False)
def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Node, Node, int, None]:
    """Least-squares solution of a system of full rank, as `numpy.linalg.lstsq`, without singular values."""
    matrix, right = as_node(a), as_node(b)
    solution = matmul(pinv(matrix), right)
    rest = right - matmul(matrix, solution)
    return solution, sum(rest * rest, 0), min(matrix.shape), None
