"""Which columns, or rows, of a sparse matrix one product with a vector gives together."""

from collections.abc import Sequence

import numpy as np

from .building import Array
from .pattern import Structure


def neighbours(rows: Array, columns: Array, count: int) -> list[list[int]]:
    """Return for each row its columns."""
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=count))
    listed: list[int] = columns[order].tolist()
    return [listed[begin:end] for begin, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]


def column_colours(pattern: Structure) -> Array:
    """Return a colour for each column, so that no row has two columns of one colour; greedy, those with most entries first.

    Source: A. R. Curtis, M. J. D. Powell and J. K. Reid, "On the estimation of sparse Jacobian matrices" (1974).
    """
    height, width = pattern.shape
    of_row = neighbours(pattern.rows, pattern.columns, height)
    of_column = neighbours(pattern.columns, pattern.rows, width)
    colours = np.zeros(width, np.int64)
    taken: list[set[int]] = [set() for _ in range(height)]
    for column in sorted(range(width), key=lambda each: -len(of_column[each])):
        used = set().union(*(taken[row] for row in of_column[column]))
        colour = _smallest(used)
        colours[column] = colour
        for row in of_column[column]:
            taken[row].add(colour)
    assert all(len(row) <= width for row in of_row)
    return colours


def star_colours(pattern: Structure) -> Array:
    """Return a colour for each column of a symmetric matrix, so that each entry or its mirror stands alone in its product.

    No two neighbours share a colour, and no path of four vertices has only two. Source: A. H. Gebremedhin, F. Manne and A. Pothen, "What
    color is your Jacobian? Graph coloring for computing derivatives" (2005), algorithm 4.1.
    """
    count = pattern.shape[1]
    off = pattern.rows != pattern.columns
    beside = neighbours(pattern.rows[off], pattern.columns[off], count)
    colours = [-1] * count
    for vertex in sorted(range(count), key=lambda each: -len(beside[each])):
        colours[vertex] = _smallest(_forbidden(vertex, beside, colours))
    return np.array(colours, np.int64)


def _forbidden(vertex: int, beside: Sequence[Sequence[int]], colours: Sequence[int]) -> set[int]:
    """Return the colours that would give a neighbour the same one, or a path of four vertices only two."""
    found = {colours[each] for each in beside[vertex]} - {-1}
    seen: dict[int, int] = {}
    for middle in beside[vertex]:
        if colours[middle] < 0:
            found |= {colours[each] for each in beside[middle]} - {-1}
            continue
        if colours[middle] in seen:  # two neighbours of one colour: their other neighbours' colours would close a path
            for other in (middle, seen[colours[middle]]):
                found |= {colours[each] for each in beside[other] if each != vertex} - {-1}
        seen[colours[middle]] = middle
        for end in beside[middle]:
            if end != vertex and colours[end] >= 0:
                for last in beside[end]:
                    if last != middle and colours[last] == colours[middle]:
                        found.add(colours[end])
    return found


def _smallest(used: set[int]) -> int:
    """Return the smallest colour that is not used."""
    colour = 0
    while colour in used:
        colour += 1
    return colour
