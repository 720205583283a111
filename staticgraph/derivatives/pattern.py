"""Where a derivative can differ from 0, found by propagating index sets, without data."""

from typing import NamedTuple

import numpy as np

from .building import Array
from .elements import Elements, reached


class Structure(NamedTuple):
    """Where a matrix of derivatives can differ from 0, in row-major order.

    Attributes
    ----------
    rows, columns : array of int
        Of each entry.
    shape : tuple of int
        Of the matrix: elements of the raveled outputs by elements of the raveled, concatenated leaves.
    """

    rows: Array
    columns: Array
    shape: tuple[int, int]


def structure(elements: Elements) -> Structure:
    """Return where the derivatives of the outputs' elements in those of the variables can differ from 0."""
    rows, columns = np.nonzero(reached(elements))
    return Structure(rows, columns, (len(elements.outputs), elements.inputs))
