"""How a vector of values of one row is put together: where its lanes come from, and about how many instructions that takes."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from ..records.instruction import VECTOR_BYTES


class Lane(NamedTuple):
    """A lane of a vector of so many, which has been made."""

    vector: Hashable
    width: int
    lane: int


class Column(NamedTuple):
    """An element of an array of so many."""

    base: str
    number: int
    size: int


class Number(NamedTuple):
    """A literal, or a value that is a number by itself."""

    value: int | str

    @property
    def literal(self) -> bool:
        """Whether it is a literal."""
        return isinstance(self.value, str)


Source = Lane | Column | Number
"""Where a lane comes from."""


class Same(NamedTuple):
    """One value in every lane."""

    source: Source
    cost: float


class Made(NamedTuple):
    """A vector as it is."""

    vector: Hashable
    cost: float = 0.0


class Read(NamedTuple):
    """Consecutive columns from one on."""

    first: Column
    cost: float = 1.0


class Transposed(NamedTuple):
    """A column of a square of an array, whose rows are read from `first` on, `stride` columns apart, and transposed."""

    first: Column
    stride: int
    column: int
    cost: float


class Picked(NamedTuple):
    """Lanes of vectors, with numbers inserted: for each lane its place in a vector, None for a number."""

    places: tuple[tuple[Lane | Column, int] | None, ...]
    cost: float


Recipe = Same | Made | Read | Transposed | Picked


def most_lanes(dtype: np.dtype[np.floating]) -> int:
    """Return the lanes of the largest vector."""
    return VECTOR_BYTES // dtype.itemsize


def recipe(sources: Sequence[Source], needed: int) -> Recipe:
    """Return how the vector with these lanes is made; beyond the first that are needed, lanes may hold anything."""
    first, width = sources[0], len(sources)
    if all(each == first for each in sources):
        return Same(first, float(not (isinstance(first, Number) and first.literal)))
    if isinstance(first, Lane) and first.width == width and all(sources[n] == first._replace(lane=n) for n in range(needed)):
        return Made(first.vector)
    found = _of_columns(first, sources, needed) if isinstance(first, Column) else None
    return _picked(sources) if found is None else found


def _of_columns(first: Column, sources: Sequence[Source], needed: int) -> Recipe | None:
    """Return how columns are read that lie a constant stride apart, None for others."""
    width, second = len(sources), sources[1]
    if not isinstance(second, Column) or second.base != first.base or second.number <= first.number:
        return None
    stride = second.number - first.number
    count = next((n for n, each in enumerate(sources) if each != first._replace(number=first.number + stride * n)), width)
    if count < needed:
        return None
    if stride == 1 and first.number + width <= first.size:
        return Read(first)
    if count < width or stride < width:
        return None
    row, column = divmod(first.number, stride)
    start = min(column // width * width, stride - width)
    return Transposed(first._replace(number=row * stride + start), stride, column - start, 1.0 + width.bit_length() - 1)


def _picked(sources: Sequence[Source]) -> Picked:
    """Return how lanes of vectors and of blocks of arrays are put together, and numbers inserted."""
    width = len(sources)
    blocks = {each: _block(each, width) for each in sources if isinstance(each, Column) and each.size >= width}
    if 2 * len(set(blocks.values())) > width:
        blocks = {}
    places: list[tuple[Lane | Column, int] | None] = []
    for each in sources:
        if isinstance(each, Lane):
            begin = each.lane // width * width
            places.append((each._replace(lane=begin), each.lane - begin))
        elif isinstance(each, Column) and each in blocks:
            places.append((blocks[each], each.number - blocks[each].number))
        else:
            places.append(None)
    vectors = {place[0] for place in places if place is not None}
    left = [each for each, place in zip(sources, places, strict=True) if place is None]
    numbers = sum(not (isinstance(each, Number) and each.literal) for each in left)
    moved = len(vectors) == 1 and any(place is not None and place[1] != lane for lane, place in enumerate(places))
    parts = sum(isinstance(each, Lane) and each.lane > 0 for each in vectors) + 0.5 * len(set(blocks.values()))
    joined = max(0, len(vectors) + (numbers < len(left)) - 1)
    return Picked(tuple(places), joined + moved + numbers + parts)


def _block(column: Column, width: int) -> Column:
    """Return the first column of the block of an array that has a column."""
    return column._replace(number=min(column.number // width * width, column.size - width))
