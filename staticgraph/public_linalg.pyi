"""The functions under `sg.linalg.`.

Made by `python -m tools.stubs --write`; there is no such module when Python runs.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from .nodes.node import Node

Value: TypeAlias = float | np.number[Any] | np.bool | np.ndarray[Any, Any]
Values: TypeAlias = Value | Sequence[Value] | Sequence[Sequence[Value]]
Nodes: TypeAlias = Node | Value | Sequence[Any]

@overload
def cholesky(a: Values, /, *, upper: bool = False) -> Any:
    """Cholesky's factor of a positive definite matrix, of which one triangle is read, as `numpy.linalg.cholesky`; NaN if it is none."""

@overload
def cholesky(a: Nodes, /, *, upper: bool = False) -> Node:
    """Cholesky's factor of a positive definite matrix, of which one triangle is read, as `numpy.linalg.cholesky`; NaN if it is none."""

@overload
def cond(x: Values, p: Any = None) -> Any:
    """Condition of a matrix of up to 3 rows or columns in the 2-norm, as `numpy.linalg.cond`."""

@overload
def cond(x: Nodes, p: Any = None) -> Node:
    """Condition of a matrix of up to 3 rows or columns in the 2-norm, as `numpy.linalg.cond`."""

@overload
def cross(a: Values, b: Values, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    """Vector product, as `numpy.cross`; of vectors of two components its third component, as NumPy had it."""

@overload
def cross(a: Nodes, b: Nodes, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Node:
    """Vector product, as `numpy.cross`; of vectors of two components its third component, as NumPy had it."""

@overload
def det(a: Values) -> Any:
    """Determinant, as `numpy.linalg.det`; of up to 4 rows by expansion, of more by elimination."""

@overload
def det(a: Nodes) -> Node:
    """Determinant, as `numpy.linalg.det`; of up to 4 rows by expansion, of more by elimination."""

@overload
def eigvalsh(a: Values, UPLO: str = 'L') -> Any:
    """Eigenvalues of a symmetric matrix of up to 3 rows in order, of which one triangle is read, as `numpy.linalg.eigvalsh`."""

@overload
def eigvalsh(a: Nodes, UPLO: str = 'L') -> Node:
    """Eigenvalues of a symmetric matrix of up to 3 rows in order, of which one triangle is read, as `numpy.linalg.eigvalsh`."""

@overload
def inv(a: Values) -> Any:
    """Inverse of a matrix, as `numpy.linalg.inv`; NaN where it is singular."""

@overload
def inv(a: Nodes) -> Node:
    """Inverse of a matrix, as `numpy.linalg.inv`; NaN where it is singular."""

@overload
def lstsq(a: Values, b: Values, rcond: Any = None) -> Any:
    """Least-squares solution of a system of full rank, as `numpy.linalg.lstsq`, without singular values."""

@overload
def lstsq(a: Nodes, b: Nodes, rcond: Any = None) -> tuple[Node, Node, int, None]:
    """Least-squares solution of a system of full rank, as `numpy.linalg.lstsq`, without singular values."""

@overload
def matmul(a: Values, b: Values, **options: Any) -> Any:
    """Matrix product, as `numpy.matmul`: of vectors, matrices, and stacks of matrices, which broadcast."""

@overload
def matmul(a: Nodes, b: Nodes, **options: Any) -> Node:
    """Matrix product, as `numpy.matmul`: of vectors, matrices, and stacks of matrices, which broadcast."""

@overload
def matrix_power(a: Values, n: int) -> Any:
    """Whole power of a matrix, as `numpy.linalg.matrix_power`, by repeated squaring."""

@overload
def matrix_power(a: Nodes, n: int) -> Node:
    """Whole power of a matrix, as `numpy.linalg.matrix_power`, by repeated squaring."""

@overload
def multi_dot(arrays: Values, *, out: Any = None) -> Any:
    """Product of several matrices, as `numpy.linalg.multi_dot`, from left to right."""

@overload
def multi_dot(arrays: Nodes, *, out: Any = None) -> Node:
    """Product of several matrices, as `numpy.linalg.multi_dot`, from left to right."""

@overload
def norm(x: Values, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm, as `numpy.linalg.norm`, of all orders; gradient 0 at the origin.
    
    Raises
    ------
    ValueError
        For an order that does not exist, and for 2, -2 and 'nuc' of matrices of more than 3 rows and columns.
    """

@overload
def norm(x: Nodes, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    """Norm, as `numpy.linalg.norm`, of all orders; gradient 0 at the origin.
    
    Raises
    ------
    ValueError
        For an order that does not exist, and for 2, -2 and 'nuc' of matrices of more than 3 rows and columns.
    """

@overload
def outer(a: Values, b: Values, out: Any = None) -> Any:
    """Product of every element of one operand with every element of the other, as `numpy.outer`."""

@overload
def outer(a: Nodes, b: Nodes, out: Any = None) -> Node:
    """Product of every element of one operand with every element of the other, as `numpy.outer`."""

@overload
def pinv(a: Values, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Pseudoinverse of a matrix of full rank, as `numpy.linalg.pinv`; NaN where rows or columns depend on each other.
    
    By the normal equations, and one step of Newton's iteration, which takes their loss of digits back.
    """

@overload
def pinv(a: Nodes, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Node:
    """Pseudoinverse of a matrix of full rank, as `numpy.linalg.pinv`; NaN where rows or columns depend on each other.
    
    By the normal equations, and one step of Newton's iteration, which takes their loss of digits back.
    """

def slogdet(a: Any) -> Any:
    """Sign of the determinant, and the logarithm of its magnitude, as `numpy.linalg.slogdet`: 0 and minus infinity of singular ones."""

@overload
def solve(a: Values, b: Values) -> Any:
    """Solution of `a x = b`, as `numpy.linalg.solve`; NaN where `a` is singular."""

@overload
def solve(a: Nodes, b: Nodes) -> Node:
    """Solution of `a x = b`, as `numpy.linalg.solve`; NaN where `a` is singular."""

@overload
def svdvals(x: Values, /) -> Any:
    """Singular values of a matrix of up to 3 rows or columns, the largest first, as `numpy.linalg.svdvals`."""

@overload
def svdvals(x: Nodes, /) -> Node:
    """Singular values of a matrix of up to 3 rows or columns, the largest first, as `numpy.linalg.svdvals`."""

@overload
def tensordot(a: Values, b: Values, axes: Any = 2) -> Any:
    """Sums of products over some axes of each operand, as `numpy.tensordot`: one product of matrices."""

@overload
def tensordot(a: Nodes, b: Nodes, axes: Any = 2) -> Node:
    """Sums of products over some axes of each operand, as `numpy.tensordot`: one product of matrices."""

@overload
def vecdot(a: Values, b: Values, *, axis: int = -1, **options: Any) -> Any:
    """Sums of products along one axis, as `numpy.vecdot`."""

@overload
def vecdot(a: Nodes, b: Nodes, *, axis: int = -1, **options: Any) -> Node:
    """Sums of products along one axis, as `numpy.vecdot`."""
