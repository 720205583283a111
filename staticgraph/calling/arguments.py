"""Arguments of a call: checked before anything is computed, converted at most once, otherwise read where they lie."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..nodes.leaves import normalized
from ..nodes.node import PARAMETER, Node
from ..nodes.shapes import Shape
from ..records.table import Array
from .sources import source_or_array, whole

FLOAT64 = np.dtype(np.float64)


class Argument(NamedTuple):
    """What an argument must be: the leaf's name and shape, its number of axes with a batch's, and whether it may not be a batch."""

    name: str
    shape: Shape
    batch_axes: int
    uniform: bool


def parameters_of(leaves: Sequence[Node]) -> tuple[Argument, ...]:
    """Return what the arguments of these leaves must be."""
    return tuple(Argument(str(leaf.name), leaf.shape, leaf.ndim + 1, leaf.role == PARAMETER) for leaf in leaves)


def bind(name: str, names: Mapping[str, int], positional: Sequence[Any], named: Mapping[str, Any]) -> Sequence[Any]:
    """Return the arguments in the order of the leaves, given each leaf's place by name; `TypeError` if they do not fit."""
    if len(positional) > len(names):
        raise TypeError(f"{name} takes {len(names)} argument(s) ({', '.join(names)}), got {len(positional)}")
    values = dict(zip(names, positional, strict=False))
    for given, value in named.items():
        key = given if given in names else normalized(given)  # Python normalises what it reads as a keyword, not what a dict holds
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
    return whole(readable(what, value, dtype))


def readable(what: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a value as an array of the dtype, or as a `Source` where converting it takes much memory."""
    if isinstance(value, Node):
        raise TypeError(f"{what}: expected numbers, got the node {value!r}; this call takes values")
    return source_or_array(what, value, dtype)


def prepare(parameters: Sequence[Argument], values: Sequence[Any], dtype: np.dtype[Any]) -> tuple[list[Array], int | None]:
    """Return the arguments as arrays, large ones to be converted as sources, and the batch size (None where no argument is a batch)."""
    arrays: list[Array] = []
    rows, first = None, ""
    for (name, shape, batch_axes, uniform), value in zip(parameters, values, strict=True):
        array = value
        if type(value) is float and dtype is FLOAT64:
            array = np.array(value)
        elif type(value) is not np.ndarray or value.dtype is not dtype:
            array = readable(f"argument {name!r}", value, dtype)
        given = array.shape
        if given != shape:
            if uniform or len(given) != batch_axes or given[1:] != shape:
                raise ValueError(f"argument {name!r}: {expected_shape(shape, uniform)}, got shape {given}")
            if rows is None:
                rows, first = given[0], name
            elif given[0] != rows:
                raise ValueError(
                    f"argument {name!r}: expected a batch of {rows} rows, as argument {first!r} has, got {given[0]} rows (shape {given})"
                )
        elif array.strides is None:
            array = whole(array)
        arrays.append(array)
    return arrays, rows


def expected_shape(shape: Shape, uniform: bool) -> str:
    """Say which shapes an argument may have."""
    expected = f"expected shape {shape}"
    if not uniform:
        expected += f" (one value for every row) or ({', '.join(map(str, ('N', *shape)))}{',' if not shape else ''}) (a batch of N rows)"
    return expected


def prepare_weights(weights: Any, rows: int | None, dtype: np.dtype[Any]) -> Any:
    """Return the weights of the rows; `ValueError` unless they are a scalar, or one for each row of a batch."""
    array = readable("weights", weights, dtype)
    if array.shape != () and (rows is None or array.shape != (rows,)):
        expected = "a scalar" if rows is None else f"a scalar or shape ({rows},), one weight for each row"
        raise ValueError(f"weights: expected {expected}, got shape {array.shape}")
    return array


def prepare_cotangents(cotangent: Any, outputs: Sequence[Node], single: bool, rows: int | None, dtype: np.dtype[Any]) -> list[Array]:
    """Return the cotangents of the outputs; `TypeError` or `ValueError` unless there is one of the output's shape for each."""
    if single:
        cotangents: Sequence[Any] = [cotangent]
    elif not isinstance(cotangent, (tuple, list)):
        raise TypeError(f"cotangent: expected a tuple of {len(outputs)}, one for each output, got {type(cotangent).__name__}")
    else:
        cotangents = cotangent
    if len(cotangents) != len(outputs):
        raise ValueError(f"cotangent: expected {len(outputs)}, one for each output, got {len(cotangents)}")
    arrays: list[Array] = []
    for number, (value, output) in enumerate(zip(cotangents, outputs, strict=True)):
        what = "cotangent" if single else f"cotangent of output {number}"
        array = readable(what, value, dtype)
        expected = output.shape if rows is None else (rows, *output.shape)
        if array.shape != expected:
            raise ValueError(f"{what}: expected the output's shape {expected}, got shape {array.shape}")
        arrays.append(whole(array) if rows is None else array)
    return arrays


def asked_names(called: str, leaves: Sequence[Node], places: Mapping[str, int], wrt: Any) -> tuple[tuple[str, ...], bool]:
    """Return the names of the leaves that `wrt` asks for, in its order, and whether it is one leaf and no sequence.

    Raises
    ------
    TypeError
        If it is neither a leaf nor a sequence.
    ValueError
        For an unknown leaf, or one that stands twice.
    """

    def name_of(asked: Any) -> str:
        name = asked.name if isinstance(asked, Node) else normalized(asked) if isinstance(asked, str) else None
        if name is not None and name in places:
            leaf = leaves[places[name]]
            if not isinstance(asked, Node) or (asked.role, asked.shape) == (leaf.role, leaf.shape):
                return str(name)
        raise ValueError(f"wrt: {asked!r} is no leaf of {called}; its leaves are {', '.join(places) or 'none'}")

    if isinstance(wrt, (str, Node)):
        return (name_of(wrt),), True
    if not isinstance(wrt, (tuple, list)):
        raise TypeError(f"wrt: expected a leaf's name, a leaf, or a tuple or list of them, got {type(wrt).__name__}")
    names = tuple([name_of(each) for each in wrt])
    if len(set(names)) < len(names):
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"wrt: {twice!r} stands twice; name each leaf once")
    return names, False
