"""Which columns, or rows, of a sparse matrix one product with a vector gives together."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .building import Array
from .pattern import Structure


def neighbours(rows: Array, columns: Array, count: int) -> list[list[int]]:
    """Return for each row its columns."""
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum([0, *np.bincount(rows, minlength=count)]).tolist()
    listed: list[int] = columns[order].tolist()
    return [listed[begin:end] for begin, end in pairwise(ends)]


def column_colours(pattern: Structure) -> Array:
    """Return a colour for each column, so that no row has two columns of one colour; greedy, those with most entries first.

    The colours that a row has are the bits of a whole number. Source: A. R. Curtis, M. J. D. Powell and J. K. Reid, "On the estimation of
    sparse Jacobian matrices" (1974).
    """
    height, width = pattern.shape
    of_column = neighbours(pattern.columns, pattern.rows, width)
    colours = np.zeros(width, np.int64)
    taken = [0] * height
    for column in sorted(range(width), key=lambda each: -len(of_column[each])):
        used = 0
        for row in of_column[column]:
            used |= taken[row]
        colour = (~used & (used + 1)).bit_length() - 1
        colours[column] = colour
        for row in of_column[column]:
            taken[row] |= 1 << colour
    return colours


MOST_PATHS = 1_000_000
"""Paths of three vertices that are looked at for a star colouring, in a second; a matrix with more is nearly dense, and gains nothing."""


def star_colours(pattern: Structure) -> Array:
    """Return a colour for each column of a symmetric matrix, so that each entry or its mirror stands alone in its product.

    No two neighbours share a colour, and no path of four vertices has only two. Source: A. H. Gebremedhin, F. Manne and A. Pothen, "What
    color is your Jacobian? Graph coloring for computing derivatives" (2005), algorithm 4.1.
    """
    count = pattern.shape[1]
    off = pattern.rows != pattern.columns
    beside = neighbours(pattern.rows[off], pattern.columns[off], count)
    if sum(len(each) ** 2 for each in beside) > MOST_PATHS:
        return column_colours(pattern)
    colours = [-1] * count
    around = [Counter[int]() for _ in range(count)]
    for vertex in sorted(range(count), key=lambda each: -len(beside[each])):
        forbidden = _forbidden(vertex, beside, colours, around)
        colour = next(each for each in range(count) if each not in forbidden)
        colours[vertex] = colour
        for each in beside[vertex]:
            around[each][colour] += 1
    return np.array(colours, np.int64)


def _forbidden(vertex: int, beside: Sequence[Sequence[int]], colours: Sequence[int], around: Sequence[Counter[int]]) -> set[int]:
    """Return the colours that would give a neighbour the same one, or a path of four vertices only two.

    `around` counts the colours of each vertex' neighbours.
    """
    found = set(around[vertex])
    for middle in beside[vertex]:
        own = colours[middle]
        for end in beside[middle]:
            # Beside an uncoloured vertex no two may be alike; beyond a coloured one, the path may not go on in its colour; and if two
            # neighbours are alike, nothing beside them may be like this vertex.
            if end != vertex and colours[end] >= 0 and (own < 0 or around[end][own] > 1 or around[vertex][own] > 1):
                found.add(colours[end])
    return found
