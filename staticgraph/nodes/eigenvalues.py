"""Eigenvalues and singular values of matrices of up to 3 rows or columns, by Jacobi's rotations.

Source: G. H. Golub and C. F. Van Loan, "Matrix Computations", 8.5 (two-sided) and 8.6 (one-sided, by Hestenes). A rotation makes one
element 0, or two columns orthogonal; derivatives are those of all rotations, and where two values are equal they stay finite.
"""

from itertools import combinations
from typing import Any

import numpy as np

from ..gates.powers import hypot
from ..gates.reduction import norm
from ..gates.selection import where_ as where_gate
from .declaring import numpy_function, untyped
from .layout import stack
from .matrices import square, transposed
from .node import Node, apply, as_node
from .reductions import counted, reduce, sum
from .sorting import sort

LARGEST = 3
SWEEPS = {1: 0, 2: 1, 3: 5}
"""Rounds of rotations until nothing changes any more: 3 rows need 4 at most in 10,000 random matrices, one more for the derivative."""


def rotation(p: Node, q: Node, between: Node) -> tuple[Node, Node, Node]:
    """Return the tangent, cosine and sine of the smaller rotation that diagonalizes `[[p, between], [between, q]]`."""
    difference, twice = q - p, 2.0 * between
    length = apply(hypot, (difference, twice))
    divisor = apply(where_gate, (difference < 0.0, difference - length, difference + length))
    none = divisor == 0.0
    tangent = apply(where_gate, (none, 0.0, twice / apply(where_gate, (none, 1.0, divisor))))
    cosine: Node = 1.0 / untyped.sqrt(1.0 + tangent * tangent)
    return tangent, cosine, tangent * cosine


def _checked(name: str, size: int) -> None:
    if not 1 <= size <= LARGEST:
        raise ValueError(
            f"linalg.{name}: matrices have up to {LARGEST} rows or columns, as a graph cannot iterate until it converges; got {size}"
        )


@numpy_function(np.linalg.eigvalsh, published=False)
def eigvalsh(a: Any, UPLO: str = "L") -> Node:  # noqa: N803 - NumPy's name
    """Eigenvalues of a symmetric matrix of up to 3 rows in order, of which one triangle is read, as `numpy.linalg.eigvalsh`."""
    node = square("eigvalsh", a)
    size = node.shape[-1]
    _checked("eigvalsh", size)
    lower = UPLO.upper() == "L"
    element = {(i, j): node[..., j, i] if lower else node[..., i, j] for i in range(size) for j in range(i, size)}
    for _ in range(SWEEPS[size]):
        for p, q in combinations(range(size), 2):
            _rotate(element, p, q, size)
    return sort(stack([element[k, k] for k in range(size)], axis=-1))


def _rotate(element: dict[tuple[int, int], Node], p: int, q: int, size: int) -> None:
    """Make the element between two rows 0."""
    between = element[p, q]
    tangent, cosine, sine = rotation(element[p, p], element[q, q], between)
    element[p, p], element[q, q] = element[p, p] - tangent * between, element[q, q] + tangent * between
    element[p, q] = between * 0.0
    for k in range(size):
        if k not in (p, q):
            at_p, at_q = (min(k, p), max(k, p)), (min(k, q), max(k, q))
            first, second = element[at_p], element[at_q]
            element[at_p], element[at_q] = cosine * first - sine * second, sine * first + cosine * second


def singular_values(a: Any) -> Node:
    """Return the singular values of a matrix of up to 3 rows or columns, the smallest first."""
    node = counted(as_node(a))
    if node.shape[-2] < node.shape[-1]:
        node = transposed(node)
    size = node.shape[-1]
    _checked("svdvals", size)
    columns = [node[..., k] for k in range(size)]
    for _ in range(SWEEPS[size]):
        for p, q in combinations(range(size), 2):
            first, second = columns[p], columns[q]
            products = (first * first, second * second, first * second)
            _, cosine, sine = rotation(*(sum(each, -1, keepdims=True) for each in products))
            columns[p], columns[q] = cosine * first - sine * second, sine * first + cosine * second
    return sort(stack([reduce(norm, each, -1, False) for each in columns], axis=-1))


@numpy_function(np.linalg.svdvals, published=False)
def svdvals(x: Any, /) -> Node:
    """Singular values of a matrix of up to 3 rows or columns, the largest first, as `numpy.linalg.svdvals`."""
    return singular_values(x)[..., ::-1]


@numpy_function(np.linalg.cond, published=False)
def cond(x: Any, p: Any = None) -> Node:
    """Condition of a matrix of up to 3 rows or columns in the 2-norm, as `numpy.linalg.cond`."""
    if p not in (None, 2):
        raise ValueError(f"linalg.cond: order {p!r} is not supported for nodes; there is 2, and norm(x, p) * norm(inv(x), p)")
    found = singular_values(x)
    return as_node(found[..., -1] / found[..., 0])
