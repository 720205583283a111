"""Arguments of a call: checked before anything is computed, converted at most once, otherwise read where they lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .node import PARAMETER, Node, as_real
from .shapes import Shape
from .transfers import Array, Given

_numpy: Any = np
"""NumPy without its types, which differ between its versions."""


def bind(name: str, leaves: Sequence[Node], positional: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """Return the arguments in the order of the leaves; `TypeError` if they do not fit."""
    if not named and len(positional) == len(leaves):
        return list(positional)
    names = [str(leaf.name) for leaf in leaves]
    if len(positional) > len(names):
        raise TypeError(f"{name} takes {len(names)} argument(s) ({', '.join(names)}), got {len(positional)}")
    values = dict(zip(names, positional, strict=False))
    for key, value in named.items():
        if key not in names:
            raise TypeError(f"{name} has no argument {key!r}; its arguments are {', '.join(names) or 'none'}")
        if key in values:
            raise TypeError(f"{name} got the argument {key!r} twice, by position and by name")
        values[key] = value
    missing = [each for each in names if each not in values]
    if missing:
        raise TypeError(f"{name} is missing the argument(s) {', '.join(map(repr, missing))}")
    return [values[each] for each in names]


def convert(what: str, value: Any, dtype: np.dtype[Any]) -> Array:
    """Return a value as an array of the dtype, the same array where it is one already."""
    if isinstance(value, Node):
        raise TypeError(f"{what}: expected numbers, got the node {value!r}; a compiled function is called with values")
    array = as_real(what, value)
    if array.dtype == dtype:
        return array
    with np.errstate(all="ignore"):
        return array.astype(dtype)


def fit(what: str, array: Array, shape: Shape, may_be_batch: bool) -> Given:
    """Return the array and whether it is a batch; `ValueError` if its shape is neither."""
    if array.shape == shape:
        return array, False
    if may_be_batch and array.shape[1:] == shape and array.ndim == len(shape) + 1:
        return array, True
    expected = f"shape {shape}"
    if may_be_batch:
        expected += f" (one value for every row) or ({', '.join(map(str, ('N', *shape)))}{',' if not shape else ''}) (a batch of N rows)"
    raise ValueError(f"{what}: expected {expected}, got shape {array.shape}")


def prepare(leaves: Sequence[Node], values: Sequence[Any], dtype: np.dtype[Any]) -> tuple[list[Given], int | None]:
    """Return the arguments as arrays, and the batch size (None where no argument is a batch)."""
    given: list[Given] = []
    rows, first = None, ""
    for leaf, value in zip(leaves, values, strict=True):
        if type(value) is float and dtype == np.float64 and not leaf.shape:
            given.append((np.array(value, dtype), False))
            continue
        what = f"argument {leaf.name!r}"
        array, batched = fit(what, convert(what, value, dtype), leaf.shape, leaf.role != PARAMETER)
        if batched and rows is None:
            rows, first = len(array), what
        elif batched and len(array) != rows:
            raise ValueError(f"{what}: expected a batch of {rows} rows, as {first} has, got {len(array)} rows (shape {array.shape})")
        given.append((array, batched))
    return given, rows


def prepare_weights(weights: Any, rows: int | None, dtype: np.dtype[Any]) -> Given:
    """Return the weights of the rows; `ValueError` unless they are a scalar, or one for each row of a batch."""
    array = convert("weights", weights, dtype)
    if array.shape == ():
        return array, False
    if rows is None or array.shape != (rows,):
        expected = "a scalar" if rows is None else f"a scalar or shape ({rows},), one weight for each row"
        raise ValueError(f"weights: expected {expected}, got shape {array.shape}")
    return array, True


def prepare_cotangents(cotangent: Any, outputs: Sequence[Node], single: bool, rows: int | None, dtype: np.dtype[Any]) -> list[Given]:
    """Return the cotangents of the outputs; `TypeError` or `ValueError` unless there is one of the output's shape for each."""
    if single:
        cotangents: Sequence[Any] = [cotangent]
    elif not isinstance(cotangent, (tuple, list)):
        raise TypeError(f"cotangent: expected a tuple of {len(outputs)}, one for each output, got {type(cotangent).__name__}")
    else:
        cotangents = cotangent
    if len(cotangents) != len(outputs):
        raise ValueError(f"cotangent: expected {len(outputs)}, one for each output, got {len(cotangents)}")
    given: list[Given] = []
    for number, (value, output) in enumerate(zip(cotangents, outputs, strict=True)):
        what = "cotangent" if single else f"cotangent of output {number}"
        array = convert(what, value, dtype)
        expected = output.shape if rows is None else (rows, *output.shape)
        if array.shape != expected:
            raise ValueError(f"{what}: expected the output's shape {expected}, got shape {array.shape}")
        given.append((array, rows is not None))
    return given


def check_out(what: str, array: Any, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Return an array to write to; `ValueError` if it is not one of the right shape and dtype."""
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{what}: expected an array of shape {shape} and dtype {dtype}, got {type(array).__name__}")
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{what}: expected shape {shape} and dtype {dtype}, got shape {array.shape} and dtype {array.dtype}")
    if not array.flags.writeable:
        raise ValueError(f"{what}: the array is read-only; give one that can be written")
    if any(stride == 0 and length > 1 for stride, length in zip(array.strides, array.shape, strict=True)):
        raise ValueError(f"{what}: several elements of the array share one place in memory; give an array of its own")
    return array


def check_sequence(what: str, arrays: Any, count: int) -> Sequence[Any]:
    """Return a sequence of the right length; `ValueError` otherwise."""
    if not isinstance(arrays, (tuple, list)) or len(arrays) != count:
        got = f"{len(arrays)}" if isinstance(arrays, (tuple, list)) else type(arrays).__name__
        raise ValueError(f"{what}: expected a tuple of {count} array(s), got {got}")
    return arrays


def overlap(a: Array, b: Array) -> bool:
    """Whether two arrays share memory, as far as can be told quickly; if in doubt they do."""
    if not np.may_share_memory(a, b):
        return False
    try:
        return bool(_numpy.shares_memory(a, b, max_work=1000))
    except np.exceptions.TooHardError:
        return True


def check_disjoint(outs: Sequence[Array]) -> None:
    """Raise `ValueError` if two arrays to write to overlap."""
    for number, array in enumerate(outs):
        for earlier, other in enumerate(outs[:number]):
            if overlap(array, other):
                raise ValueError(f"out: the arrays of results {earlier} and {number} overlap; each result needs memory of its own")


def apart(given: Sequence[Given], outs: Sequence[Array]) -> list[Given]:
    """Return the arguments, copied where a result will be written over them."""
    return [(array.copy() if any(overlap(array, out) for out in outs) else array, batched) for array, batched in given]
