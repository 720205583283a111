"""Where results are written: new arrays, or those that the caller gives."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..nodes.node import PARAMETER, Node
from ..nodes.shapes import Shape
from ..records.table import Array
from ..running.overlap import overlaps_itself

BOOLEAN = np.dtype(bool)


class Destination(NamedTuple):
    """A result: what errors call it, its shape in one row, its dtype, whether it is a sum over rows, and whether it is always 0."""

    what: str
    shape: Shape
    dtype: np.dtype[Any]
    summed: bool
    zero: bool


def of_values(outputs: Sequence[Node], dtype: np.dtype[Any]) -> tuple[Destination, ...]:
    """Return where the values of outputs go."""
    names = ["out" if len(outputs) == 1 else f"out of output {number}" for number in range(len(outputs))]
    return tuple(
        Destination(name, node.shape, BOOLEAN if node.boolean else dtype, False, False) for name, node in zip(names, outputs, strict=True)
    )


def of_gradients(leaves: Sequence[Node], reached: Sequence[bool], dtype: np.dtype[Any]) -> tuple[Destination, ...]:
    """Return where the gradients of leaves go; those that are not `reached` are 0."""
    return tuple(
        Destination(f"out of the gradient of {leaf.name!r}", leaf.shape, dtype, leaf.role == PARAMETER, not flows)
        for leaf, flows in zip(leaves, reached, strict=True)
    )


def made(destinations: Sequence[Destination], rows: int | None) -> list[Array]:
    """Return new arrays, with an axis for the only row if there is no batch."""
    count = 1 if rows is None else rows
    return [np.empty(shape if summed else (count, *shape), dtype) for _, shape, dtype, summed, _ in destinations]


def given(destinations: Sequence[Destination], rows: int | None, outs: Sequence[Any]) -> tuple[list[Array], bool]:
    """Return the caller's arrays, with an axis for the only row if there is no batch, and whether all lie as new ones would.

    Without a batch a call returns a number for a scalar result. It cannot be written: a new number takes its place.
    """
    arrays, plain = [], True
    last: Shape | None = None
    for (what, value_shape, dtype, summed, _), out in zip(destinations, outs, strict=True):
        if value_shape is not last or summed:
            shape = value_shape if rows is None or summed else (rows, *value_shape)
            last = None if summed else value_shape
        array = out
        if type(out) is not np.ndarray or out.shape != shape or out.dtype is not dtype or not out.flags.carray:
            array = check_out(what, np.empty((), out.dtype) if _is_number(out) and rows is None and not shape else out, shape, dtype)
            plain = plain and array.flags.carray
        arrays.append(array[None] if rows is None and not summed else array)
    return arrays, plain


def _is_number(out: Any) -> bool:
    return isinstance(out, np.generic)


def results(destinations: Sequence[Destination], rows: int | None, arrays: Sequence[Array], outs: Sequence[Any] | None) -> list[Any]:
    """Return what the caller gets: his own arrays, or the new ones without the axis of the only row."""
    if rows is not None:
        return list(arrays if outs is None else outs)
    numbers = [array[()] if each.summed else array[0] for each, array in zip(destinations, arrays, strict=True)]
    return numbers if outs is None else [number if _is_number(out) else out for number, out in zip(numbers, outs, strict=True)]


def check_out(what: str, array: Any, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Return an array to write to; `ValueError` if it is not one of the right shape and dtype."""
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{what}: expected an array of shape {shape} and dtype {dtype}, got {type(array).__name__}")
    if array.shape != shape or (array.dtype is not dtype and array.dtype != dtype):
        raise ValueError(f"{what}: expected shape {shape} and dtype {dtype}, got shape {array.shape} and dtype {array.dtype}")
    if not array.flags.writeable:
        raise ValueError(f"{what}: the array is read-only; give one that can be written")
    if not array.flags.c_contiguous and overlaps_itself(array):
        raise ValueError(f"{what}: several elements of the array share one place in memory; give an array of its own")
    return array


def check_sequence(what: str, arrays: Any, count: int) -> Sequence[Any]:
    """Return a sequence of the right length; `ValueError` otherwise."""
    if not isinstance(arrays, (tuple, list)) or len(arrays) != count:
        got = f"{len(arrays)}" if isinstance(arrays, (tuple, list)) else type(arrays).__name__
        raise ValueError(f"{what}: expected a tuple of {count} array(s), got {got}")
    return arrays


def one_after_another(out: Any, alone: bool) -> Sequence[Any]:
    """Return the arrays of `out=(value, gradients)` one after another; none if it is not so."""
    if not isinstance(out, (tuple, list)) or len(out) != 2:
        return ()
    value, gradients = out
    if alone:
        return value, gradients
    return (value, *gradients) if isinstance(gradients, (tuple, list)) else ()


def of_block(dtype: np.dtype[Any], of: Node, by: Node) -> Destination:
    """Return where the derivatives of one node in another go."""
    what = f"out of the derivatives in {by.name!r}"
    return Destination(what, (*of.shape, *by.shape), dtype, False, False)
