"""Where results are written: new arrays, or those that the caller gives."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arguments import check_out, check_sequence
from .node import PARAMETER, Node
from .transfers import Array

BOOLEAN = np.dtype(bool)


def value_arrays(outputs: Sequence[Node], dtype: np.dtype[Any], rows: int | None, outs: Sequence[Any] | None = None) -> list[Array]:
    """Return the arrays that the outputs are written to, with an axis for the only row if there is no batch."""
    arrays = []
    for number, node in enumerate(outputs):
        kind = BOOLEAN if node.boolean else dtype
        if outs is None:
            arrays.append(np.empty((1 if rows is None else rows, *node.shape), kind))
        else:
            what = "out" if len(outputs) == 1 else f"out of output {number}"
            array = check_out(what, outs[number], node.shape if rows is None else (rows, *node.shape), kind)
            arrays.append(array[None] if rows is None else array)
    return arrays


def gradient_arrays(
    leaves: Sequence[Node], wanted: Sequence[bool], dtype: np.dtype[Any], rows: int | None, out: Any = None
) -> list[Array | None]:
    """Return for each leaf the array that its gradient is written to, None where it is not asked for; with axes as in `value_arrays`."""
    outs = None if out is None else iter(check_sequence("out of gradients", out, sum(wanted)))
    arrays: list[Array | None] = []
    for leaf, want in zip(leaves, wanted, strict=True):
        summed = rows is not None and leaf.role == PARAMETER
        if not want:
            arrays.append(None)
        elif outs is None:
            arrays.append(np.empty(leaf.shape if summed else (1 if rows is None else rows, *leaf.shape), dtype))
        else:
            shape = leaf.shape if summed or rows is None else (rows, *leaf.shape)
            array = check_out(f"out of the gradient of {leaf.name!r}", next(outs), shape, dtype)
            arrays.append(array[None] if rows is None else array)
    return arrays
