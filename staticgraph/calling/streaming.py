"""Calls on arrays larger than memory: piece by piece, from whatever takes slices to whatever takes slices."""

from collections.abc import Sequence
from inspect import ismethod
from itertools import combinations
from typing import Any

import numpy as np

from ..machine.blocks import BLOCK_ROWS
from ..records.table import Array
from ..running.overlap import shares_memory
from ..running.threads import check_positive
from .function import Function
from .nesting import leaves, leaves_like, nested
from .pieces import Part
from .progress import Progress
from .recipe import CALL, METHODS, Recipe, recipe_of
from .sources import Source, bytes_of_a_row, forget, memory_of, rows_of, sliceable, whole
from .tree import Tree

PIECE_BYTES = 1 << 24
"""About how much a piece takes, operands and results together."""


def stream(
    call: Any, /, *args: Any, out: Any = None, rows: int | None = None, progress: bool = True, wrt: Any = None, weights: Any = None,
    threads: int | None = None, **named: Any,
) -> Any:  # fmt: skip
    """Call a function, or one of its methods, on arrays that are larger than memory, piece by piece.

    Interrupted, it leaves what it has written. The results have the bits of one call.

    Parameters
    ----------
    call : Function or bound method
        `f`, `f.grad`, `f.value_and_grad`, `f.vjp`, `f.jacobian`, `f.value_and_jacobian`, `f.jvp`, `f.hvp`, `f.hessian`,
        `f.sparse_jacobian` or `f.sparse_hessian`.
    *args, wrt, weights, threads, **named
        As for that call. What has rows may be any array with a shape and a dtype that takes slices, such as one of `numpy.memmap`, `zarr`
        or `h5py`, in the weights and in what stands before the arguments, too.
    out : array, or nested as the call's results are, optional
        Where to write: arrays of the results' shapes that take slices, of their dtype or of one of the same kind. Those of sums over rows
        are written once, at the end. What is None, or not given, is made in memory.
    rows : int, optional
        How many rows form a piece; where sums over rows are made, it is rounded up to a multiple of 8,192. By default a piece takes about
        16 MB.
    progress : bool, optional
        Whether to show on stderr how far it has come.

    Returns
    -------
    array, or nested as the call's results are
        The arrays that were written to; sums over rows that `out` has no place for as new arrays.

    Raises
    ------
    TypeError, ValueError
        As the call, before anything is computed; for what is no function or method of one, and where no argument is a batch.
    """
    function, method = _called(call)
    function._check_by_position("stream", args, "rows", "progress")
    recipe, given = recipe_of(function, method, args, named, wrt=wrt, weights=weights, threads=threads)
    operands = [sliceable(slot.what, value, slot.dtype) for slot, value in zip(recipe.slots, given, strict=True)]
    batched, count = recipe.cut(operands)
    if count is None:
        raise ValueError(f"stream: no argument of {function.__name__} is a batch; give the rows of at least one, as an array (N, ...)")
    operands = [operand if cut else np.array(whole(operand)) for operand, cut in zip(operands, batched, strict=True)]
    read = [operand for operand, cut in zip(operands, batched, strict=True) if cut]
    example = recipe.run_empty()
    results = leaves(example)
    outs = [None] * len(results) if out is None else leaves_like("out", example, out)
    targets = [_target(recipe, number, result, each, count) for number, (result, each) in enumerate(zip(results, outs, strict=True))]
    _check_apart(targets, read)
    size = _rows_of_a_piece(recipe, rows, read, results)
    shown = Progress(function.__name__ if method == CALL else f"{function.__name__}.{method}", count, progress)
    try:
        sums = _run(recipe, operands, batched, range(0, count, size), count, targets, shown)
    finally:
        shown.end()
    for number, result in enumerate(leaves(recipe.run_empty(recipe.uniforms(operands), Part(0, sums)))):
        if recipe.is_summed(number):
            targets[number][...] = result
    return nested(example, targets)


def _called(call: Any) -> tuple[Function, str]:
    """Return the function and the name of its method that are to be called."""
    if isinstance(call, Function):
        return call, CALL
    if ismethod(call) and isinstance(call.__self__, Function) and call.__name__ in METHODS:
        return call.__self__, call.__name__
    expected = ", ".join(f"f.{name}" for name in METHODS if name != CALL)
    raise TypeError(f"stream: expected a compiled function f or one of its methods {expected}, got {call!r}")


def _target(recipe: Recipe, number: int, result: Array, out: Any, count: int) -> Any:
    """Return what a result is written to; `ValueError` if it cannot be."""
    shape = result.shape if recipe.is_summed(number) else (count, *result.shape[1:])
    if out is None:
        return np.empty(shape, result.dtype)
    what = f"out of result {number}"
    if not all(hasattr(out, name) for name in ("shape", "dtype", "__setitem__")):
        raise ValueError(f"{what}: expected an array of shape {shape} that takes slices, got {type(out).__name__}")
    if tuple(out.shape) != shape or not np.can_cast(result.dtype, out.dtype, "same_kind"):
        raise ValueError(f"{what}: expected shape {shape} and dtype {result.dtype}, got shape {tuple(out.shape)} and dtype {out.dtype}")
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise ValueError(f"{what}: the array is read-only; give one that can be written")
    return out


def _check_apart(targets: Sequence[Any], read: Sequence[Any]) -> None:
    """Raise `ValueError` if a result lies over another one, or over rows that are read later."""
    written = [(number, target) for number, target in enumerate(targets) if isinstance(target, np.ndarray) and target.size]
    for (one, first), (two, second) in combinations(written, 2):
        if shares_memory(first, second):
            raise ValueError(f"out: the arrays of results {one} and {two} overlap; each result needs memory of its own")
    for number, target in written:
        for array in map(memory_of, read):
            same_rows = (array.ctypes.data, array.strides[:1]) == (target.ctypes.data, target.strides[:1])
            if array.size and not same_rows and shares_memory(target, array):
                raise ValueError(f"out of result {number}: it overlaps an argument, which is read piece by piece; give memory of its own")


def _rows_of_a_piece(recipe: Recipe, rows: Any, read: Sequence[Any], results: Sequence[Array]) -> int:
    """Return how many rows form a piece; of sums over rows blocks, by default a power of two of them, which one evaluation adds up."""
    alone = [result for number, result in enumerate(results) if not recipe.is_summed(number)]
    summing = len(alone) < len(results)
    if rows is not None:
        size = check_positive("rows", rows)
        return -(-size // BLOCK_ROWS) * BLOCK_ROWS if summing else size
    row_bytes = sum(bytes_of_a_row(each) for each in read) + sum(int(np.prod(each.shape[1:])) * each.itemsize for each in alone)
    together = [each.together for each in read if isinstance(each, Source)]
    size = max(BLOCK_ROWS if summing else 1, PIECE_BYTES // max(1, row_bytes), *together)
    blocks = size // BLOCK_ROWS
    return BLOCK_ROWS << blocks.bit_length() - 1 if blocks else size


def _run(
    recipe: Recipe, operands: Sequence[Any], batched: Sequence[bool], starts: range, count: int, targets: Sequence[Any], shown: Progress
) -> Tree:  # fmt: skip
    """Make the call piece after piece; return the sums over rows."""
    sums, summing = Tree(), any(map(recipe.is_summed, range(len(targets))))
    for start in starts:
        stop = min(start + starts.step, count)
        part = Part(start) if summing else None
        cut = [rows_of(operand, start, stop) if each else operand for operand, each in zip(operands, batched, strict=True)]
        for number, result in enumerate(leaves(recipe.run(cut, part))):
            if not recipe.is_summed(number):
                targets[number][start:stop] = result
                forget(targets[number], start, stop)
        if part is not None:
            sums = sums.joined(part.sums)
        shown.to(stop)
    return sums
