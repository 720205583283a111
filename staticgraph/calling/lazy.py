"""Calls with Dask arrays among their operands: lazy results, chunked as these are, from one task for each chunk.

Dask is not needed by the package: it is there if such an array is.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, pairwise
from math import isnan
from typing import Any

import numpy as np

from ..machine.blocks import BLOCK_ROWS
from ..nodes.numbers import check_real
from .evaluation import Evaluation
from .nesting import leaves, nested
from .partial import Partial
from .pieces import Part
from .recipe import CALL, Recipe, Slot, recipe_of
from .sources import Source, sliceable

PLAIN = frozenset([np.ndarray, np.float64, float, int, type(None)])
"""What most arguments are: asking for more takes a tenth of a microsecond each."""
MOST_ADDED = 8
"""Parts of sums over rows that one task adds."""


def is_lazy(value: Any) -> bool:
    """Whether a value is a Dask array, or has one in it."""
    if isinstance(value, (tuple, list)):
        return any(map(is_lazy, value))
    if isinstance(value, dict):
        return any(map(is_lazy, value.values()))
    return type(value).__module__.startswith("dask.") and hasattr(value, "chunks")


def any_lazy(args: Sequence[Any], named: Mapping[str, Any], *others: Any) -> bool:
    """Whether any argument of a call is a Dask array, or has one in it."""
    return any([type(value) not in PLAIN and is_lazy(value) for value in (*args, *named.values(), *others)])


def lazily(
    function: Evaluation, method: str, args: Sequence[Any], named: Mapping[str, Any], *, out: Any = None, **options: Any
) -> Any:  # fmt: skip
    """Return the results of a call as Dask arrays.

    Raises
    ------
    TypeError, ValueError
        As the call, as far as shapes and dtypes tell; for sums over rows whose number is not known.
    """
    name = function.__name__ if method == CALL else f"{function.__name__}.{method}"
    if out is not None:
        raise TypeError(f"{name}: the results of Dask arrays are lazy; write them with dask.array.store, not with out")
    recipe, given = recipe_of(function, method, args, named, **options)
    operands = [_operand(slot, value) for slot, value in zip(recipe.slots, given, strict=True)]
    batched, rows = recipe.cut(operands)
    example = recipe.run_empty()
    results = leaves(example)
    summing = rows is not None and any(map(recipe.is_summed, range(len(results))))
    wanted = _chunks(name, operands, batched, rows)
    chunks = _aligned(name, wanted) if summing and wanted else wanted
    made = _made(recipe, operands, batched, chunks, summing)
    sums = _summed(made) if summing else made
    return nested(example, [
        _result(sums, number, result.shape, result.dtype, ()) if recipe.is_summed(number)
        else _by_row(made, number, result, wanted)
        for number, result in enumerate(results)
    ])  # fmt: skip


def _operand(slot: Slot, value: Any) -> Any:
    """Return an operand as a Dask array, or as an array in memory or on disk."""
    if not is_lazy(value):
        array = sliceable(slot.what, value, slot.dtype)
        return array.array if isinstance(array, Source) else array
    if slot.dtype.kind != "c":
        check_real(slot.what, value, value.dtype)
    return value


def _chunks(name: str, operands: Sequence[Any], batched: Sequence[bool], rows: Any) -> tuple[Any, ...]:
    """Return the numbers of rows of the chunks: those of the first Dask array that has rows; none if no operand has."""
    lazy = [operand.chunks[0] for operand, cut in zip(operands, batched, strict=True) if cut and is_lazy(operand)]
    if not lazy:
        return () if rows is None else (rows,)
    others = len(lazy) < sum(batched) or any(len(each) != len(lazy[0]) for each in lazy)
    if others and any(isnan(count) for each in lazy for count in each):
        raise ValueError(f"{name}: a Dask array has chunks of unknown sizes, like which no other can be cut: call compute_chunk_sizes()")
    return tuple(lazy[0])


def _aligned(name: str, chunks: Sequence[Any]) -> tuple[int, ...]:
    """Return chunks as like the given ones as can be that begin at blocks of the sums over rows."""
    if any(map(isnan, chunks)):
        raise ValueError(
            f"{name}: gradients of parameters are sums over rows in blocks of {BLOCK_ROWS:,}, but the sizes of the chunks are unknown: call"
            " compute_chunk_sizes() of the Dask array, or name the other leaves in wrt"
        )
    ends = list(accumulate(chunks))
    bounds = sorted({0, ends[-1], *(round(end / BLOCK_ROWS) * BLOCK_ROWS for end in ends[:-1])})
    bounds = [bound for bound in bounds if bound < ends[-1]] + [ends[-1]]
    return tuple(stop - start for start, stop in pairwise(bounds)) or (0,)


def _made(recipe: Recipe, operands: Sequence[Any], batched: Sequence[bool], chunks: tuple[Any, ...], summing: bool) -> Any:
    """Return a Dask array that has for each chunk all that the call returns for it, in a tuple."""
    import dask.array

    known = not any(map(isnan, chunks))
    starts = np.array([0, *accumulate(chunks[:-1])] if known else [0] * len(chunks))
    rows = (0,) if chunks else ()
    arguments: list[Any] = [dask.array.from_array(starts, chunks=1), rows] if chunks else [None, None]
    label = 1
    for operand, cut in zip(operands, batched, strict=True):
        sizes = ([chunks if cut else -1] + [-1] * operand.ndim)[: operand.ndim]
        if is_lazy(operand):  # rows of an unknown number stay as they are
            array = operand.rechunk(dict(enumerate(sizes)) if known or not cut else dict.fromkeys(range(1, operand.ndim), -1))
        else:
            array = dask.array.from_array(operand, chunks=tuple(sizes))
        axes = tuple(range(label, label + operand.ndim))
        label += operand.ndim
        arguments += [array, (0, *axes[1:]) if cut else axes]
    run = partial(_run, recipe, batched.index(True) if summing else None)
    found = dask.array.blockwise(
        run, rows, *arguments, token=f"staticgraph-{recipe.method.strip('_')}", dtype=object, meta=np.empty((0,) * len(rows), object),
        align_arrays=False, adjust_chunks={0: chunks} if chunks else None,
    )  # fmt: skip
    return found


def _run(recipe: Recipe, by_row: int | None, start: Any, *blocks: Any) -> tuple[Any, ...]:
    """Make the call for a chunk, with its sums over rows as a part behind the results; for these `by_row` is an operand that has rows."""
    operands = list(map(_block, blocks))
    if by_row is None:
        return tuple(leaves(recipe.run(operands)))
    first = int(_block(start)[0])
    part = Part(first)
    found = leaves(recipe.run(operands, part))
    sums = Partial(((first, first + len(operands[by_row])),), recipe, tuple(recipe.uniforms(operands)), part.sums)
    return (*(None if recipe.is_summed(number) else each for number, each in enumerate(found)), sums)


def _block(block: Any) -> Any:
    """Return the only block along axes that are not cut, which Dask gives in lists."""
    while isinstance(block, list):
        (block,) = block
    return block


def _summed(made: Any) -> Any:
    """Return a Dask array that has the sums over rows of all chunks, as the call returns them, in a tuple."""
    import dask.array

    return dask.array.reduction(
        made, _part_of, _ended, axis=0, combine=_added, concatenate=False, split_every=MOST_ADDED, dtype=object, meta=np.empty((), object)
    )


def _part_of(found: tuple[Any, ...], axis: Any, keepdims: Any) -> Partial:
    part: Partial = found[-1]
    return part


def _added(parts: Any, axis: Any, keepdims: Any) -> Any:
    return sum(_flat(parts))


def _ended(parts: Any, axis: Any, keepdims: Any) -> tuple[Any, ...]:
    return tuple(leaves(_added(parts, axis, keepdims).ended()))


def _flat(parts: Any) -> Iterator[Partial]:
    for part in parts if isinstance(parts, list) else [parts]:
        yield from _flat(part) if isinstance(part, list) else [part]


def _by_row(made: Any, number: int, example: Any, wanted: tuple[Any, ...]) -> Any:
    """Return the Dask array of a result that has rows, chunked as is wanted."""
    found = _result(made, number, example.shape[1:], example.dtype, (0,) if wanted else ())
    return found if not wanted or any(map(isnan, wanted)) else found.rechunk({0: wanted})


def _result(made: Any, number: int, shape: Sequence[int], dtype: Any, rows: tuple[int, ...]) -> Any:
    """Return the Dask array of one result."""
    import dask.array

    axes = tuple(range(1, 1 + len(shape)))
    return dask.array.blockwise(
        _pick, (*rows, *axes), made, rows, number=number, new_axes=dict(zip(axes, shape, strict=True)), dtype=dtype,
        meta=np.empty((0,) * (len(rows) + len(axes)), dtype),
    )  # fmt: skip


def _pick(found: tuple[Any, ...], number: int) -> Any:
    return np.asarray(found[number])
