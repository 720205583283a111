"""Functions that only move elements: NumPy's own move the cells, so that results alias, or not, as NumPy's do."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..nodes.numpy_functions import what_nodes_do
from .array import Traced
from .operations import FUNCTIONS, array_of_no_rank, by_nodes, choose, found, mapped, rule, stored
from .stored import COMPLEX, FLOAT

_NAMES = """
    reshape ravel transpose permute_dims swapaxes moveaxis rollaxis expand_dims squeeze broadcast_to atleast_1d atleast_2d atleast_3d
    matrix_transpose flip flipud fliplr rot90 diagonal split array_split hsplit vsplit dsplit unstack broadcast_arrays
    roll tile repeat stack concatenate hstack vstack dstack column_stack append delete insert take take_along_axis compress
    diag diagflat block tril triu resize meshgrid copy
"""
MOVING = tuple(getattr(np, name) for name in _NAMES.split() if hasattr(np, name))
TAKING = (np.take, np.take_along_axis)
"""Functions that give scalars, too."""


def _cells(value: Any) -> Any:
    return value.cells if isinstance(value, Traced) else value


def _moving(function: Any) -> Callable[..., Any]:
    def move(*operands: Any, **options: Any) -> Any:
        arrays = found(Traced, (operands, options))
        out = options.pop("out", None)
        if options.get("order") == "C":
            del options["order"]
        nodes = None
        if what_nodes_do(function) is not None and all(each.fresh and each.dtype != COMPLEX for each in arrays):
            nodes = by_nodes(function, operands, options)
        if nodes is not None and len(arrays) > 1:
            return stored(mapped(array_of_no_rank, nodes) if function not in TAKING else nodes, out, True)
        cells = function(*mapped(_cells, operands), **mapped(_cells, options))
        return stored(_results(cells, arrays, nodes, found(np.ndarray, (operands, options))), out, True)

    return move


def _results(cells: Any, arrays: list[Traced], nodes: Any, others: list[Any]) -> Any:
    """Return moved cells as arrays of the trace: views of the array whose memory they lie in, or new ones."""
    if isinstance(cells, (tuple, list)):
        return type(cells)([_results(each, arrays, None, others) for each in cells])
    dtypes = {each.dtype for each in (*arrays, *others)}
    dtype = dtypes.pop() if len(dtypes) == 1 else COMPLEX if COMPLEX in dtypes else FLOAT
    if not isinstance(cells, np.ndarray):
        return Traced((), dtype, cells=np.asarray(cells))[()]
    parts = nodes.parts if isinstance(nodes, Traced) else None
    for array in arrays:
        if not array.scalar and np.may_share_memory(cells, array.cells):
            return Traced(cells.shape, dtype, parts=parts, cells=cells, memory=array.memory, outside=array.outside)
    return Traced(cells.shape, dtype, parts=parts, cells=cells.copy() if cells.base is not None else cells)


FUNCTIONS.update((function, _moving(function)) for function in MOVING)


@rule(np.shape)
def _shape(array: Any) -> Any:
    return array.shape


@rule(np.ndim)
def _ndim(array: Any) -> int:
    return int(array.ndim)


@rule(np.size)
def _size(array: Any, axis: Any = None) -> int:
    return int(array.size if axis is None else array.shape[axis])


@rule(np.real)
def _real(array: Any) -> Any:
    return array.real


@rule(np.imag)
def _imag(array: Any) -> Any:
    return array.imag


@rule(np.iscomplexobj)
def _iscomplexobj(array: Any) -> bool:
    return bool(array.dtype == COMPLEX)


@rule(np.isrealobj)
def _isrealobj(array: Any) -> bool:
    return bool(array.dtype != COMPLEX)


@rule(np.real_if_close)
def _real_if_close(array: Any, tol: float = 100) -> Any:
    return array


@rule(np.copyto)
def _copyto(destination: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    destination[...] = source if where is True else choose(where, source, destination)


@rule(np.fill_diagonal)
def _fill_diagonal(array: Any, value: Any, wrap: bool = False) -> None:
    step = array.shape[1] + 1 if array.ndim == 2 else 1 + int(np.cumprod(array.shape[:-1]).sum())
    end = None if wrap or array.ndim > 2 else array.shape[1] * array.shape[1]
    array.flat[:end:step] = value
