"""Linear algebra, under NumPy's names: `linalg.norm`, `linalg.solve`, ..."""

from typing import Any

import numpy as np

from .declaring import untyped
from .eigenvalues import cond, eigvalsh, svdvals
from .matrices import cholesky, det, inv, lstsq, matrix_power, multi_dot, pinv, slogdet, solve
from .norms import norm
from .numpy_functions import implements
from .products import cross, matmul, outer, tensordot, vecdot

for _function, _numpy_function in (
    (matmul, np.linalg.matmul), (outer, np.linalg.outer), (tensordot, np.linalg.tensordot),
    (vecdot, np.linalg.vecdot), (cross, np.linalg.cross),
):  # fmt: skip
    implements(_numpy_function)(_function)


@implements(np.linalg.trace)
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sums along the diagonals of a stack of matrices, as `numpy.linalg.trace`."""
    return untyped.trace(x, offset, -2, -1, dtype)


@implements(np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Diagonals of a stack of matrices, as `numpy.linalg.diagonal`."""
    return untyped.diagonal(x, offset, -2, -1)


@implements(np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """Matrices of a stack transposed, as `numpy.linalg.matrix_transpose`."""
    return untyped.matrix_transpose(x)


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Norm of vectors along one axis, or of all elements, as `numpy.linalg.vector_norm`."""
    return norm(x if axis is not None else x.reshape(-1), ord, -1 if axis is None else axis, keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Norm of the matrices of a stack, as `numpy.linalg.matrix_norm`."""
    return norm(x, ord, (-2, -1), keepdims)


__all__ = [
    "cholesky", "cond", "cross", "det", "eigvalsh", "inv", "lstsq", "matmul", "matrix_power", "multi_dot", "norm", "outer", "pinv",
    "slogdet", "solve", "svdvals", "tensordot", "vecdot",
]  # fmt: skip
