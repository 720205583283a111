"""Columns side by side: what one row of the batch has in as many columns as a vector has lanes, and how that is made (see `by_rows`)."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ..kinds.writing import Operand
from ..lanes.rules import Rule


class Shared(NamedTuple):
    """A few different values: each row has its lane of them."""

    values: tuple[Operand, ...]


class Uniform(NamedTuple):
    """Uniform values, one for each column, which are the same in all rows."""

    values: tuple[Operand, ...]


class Across(NamedTuple):
    """Any values, transposed once for several stores."""

    values: tuple[Operand, ...]


class Applied(NamedTuple):
    """What a rule makes of columns."""

    rule: Rule
    operands: "tuple[Columns, ...]"


Leaf: TypeAlias = Shared | Uniform | Across
Columns: TypeAlias = Leaf | Applied
"""As many columns as a vector has lanes, side by side."""


class StoreRows(NamedTuple):
    """Writing columns of an array that has `size` columns, row by row: from which column on, and what.

    `values` are what varies from row to row, and `weight` is about how many LLVM instructions it takes.
    """

    array: int
    number: int
    size: int
    columns: tuple[tuple[int, Columns], ...]
    values: tuple[Operand, ...]
    weight: int


def leaves(columns: Columns) -> Iterator[Leaf]:
    """Yield what rules are applied to."""
    if isinstance(columns, Applied):
        for each in columns.operands:
            yield from leaves(each)
    else:
        yield columns


def varying(value: Operand) -> bool:
    """Whether a value differs from row to row."""
    return isinstance(value, int) and value >= 0
