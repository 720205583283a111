"""What a peer is, and how its results are checked."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cases import Case

OURS, LIBRARY, BY_HAND = "ours", "library", "by hand"
Arguments = tuple[np.ndarray, ...]
Result = tuple[np.ndarray, Sequence[np.ndarray]]


class SkipError(Exception):
    """A peer cannot take part; the message says why."""


def refuse_generated(case: Case) -> None:
    """Raise `SkipError` for a case whose text a program has written."""
    if case.name in ("scene", "prospero"):
        raise SkipError("nobody writes thousands of operations by hand")


@dataclass(frozen=True)
class Form:
    """One way in which a peer computes a case.

    Attributes
    ----------
    name : str
        What tells it from the peer's other forms, such as the layout of its data.
    call : callable
        Computes the value and every gradient, all of them written to memory: this is timed.
    result : callable
        Gives, after a call, the value and the gradients in the layout of rows, for checking.
    """

    name: str
    call: Callable[[], Any]
    result: Callable[[], Result]


@dataclass(frozen=True)
class Peer:
    """Something that computes the value and the gradient of the cases.

    Attributes
    ----------
    name : str
    kind : "ours", "library" or "by hand"
        A library derives the gradient; by hand, someone has.
    prepare : callable
        `prepare(case, arguments)` gives the forms, in the precision of the arguments, their data laid out and their code compiled, or
        raises `SkipError`.
    version : callable
        Describes what is measured.
    """

    name: str
    kind: str
    prepare: Callable[[Case, Arguments], Iterable[Form]]
    version: Callable[[], str]


def refuse_single(arguments: Arguments, reason: str) -> None:
    """Raise `SkipError` for arguments that are not in float64."""
    if arguments[0].dtype != np.float64:
        raise SkipError(reason)


def outputs(case: Case, rows: int, dtype: Any = np.float64) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Make zeroed arrays for the value and for the gradients that are asked for, in the layout of rows."""
    wanted = case.wrt or (*case.inputs, *case.parameters)
    shapes = {name: (rows, *shape) for name, shape in case.inputs.items()} | dict(case.parameters)
    return aligned((rows,), dtype), tuple(aligned(shapes[name], dtype) for name in wanted)


def aligned(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    """Make a zeroed array that starts at a cache line, its pages present."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    array = memory[start : start + size].view(dtype).reshape(shape)
    array.fill(0.0)
    return array


def columns(rows: np.ndarray) -> np.ndarray:
    """Lay an array out so that the elements of one column of the batch lie together: the batch comes last."""
    transposed = np.moveaxis(rows, 0, -1)
    copy = aligned(transposed.shape, rows.dtype)
    copy[...] = transposed
    return copy


def as_rows(columns: np.ndarray) -> np.ndarray:
    """View columns in the layout of rows."""
    return np.moveaxis(columns, -1, 0)


# How far results may be apart, relative to a number itself and, where a sum cancels, to the largest. In float32 both follow from the
# precision, 6e-8 for a half unit in the last place: of the largest number peers were found to differ by up to 1e-6, this package from
# itself in float64 by up to 6e-7, and a wrong term of a formula differs by more than a thousandth.
TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-4, 1e-5)}


def check(expected: Result, given: Result) -> None:
    """Compare results, their precision too: in float32 nobody computes, or writes, in float64.

    Raises
    ------
    AssertionError
        If they differ.
    """
    for mine, theirs in zip((expected[0], *expected[1]), (given[0], *given[1]), strict=True):
        found, (relative, absolute) = np.asarray(theirs), TOLERANCES[mine.dtype.name]
        if found.dtype != mine.dtype:
            raise AssertionError(f"{found.dtype}, not {mine.dtype}")
        np.testing.assert_allclose(found, mine, rtol=relative, atol=absolute * float(np.abs(mine).max()))
