"""Where a derivative can differ from 0, found by propagating index sets, without data."""

from typing import NamedTuple

import numpy as np

from .building import Array
from .elements import NOTHING, Elements


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
    """Return where the derivatives of the outputs' elements in those of the variables can differ from 0.

    A set of variables is a whole number with a bit for each: a union takes one operation, however many there are.
    """
    sets = [1 << number for number in range(elements.inputs)] + [0] * (elements.count - elements.inputs)
    for part in elements.parts:
        for out, into in zip(part.out.tolist(), part.into.tolist(), strict=True):
            sets[out] |= sets[into]
    size = (elements.inputs + 7) // 8
    found = b"".join((0 if vertex == NOTHING else sets[vertex]).to_bytes(size, "little") for vertex in elements.outputs.tolist())
    bits = np.unpackbits(np.frombuffer(found, np.uint8).reshape(len(elements.outputs), size), axis=1, bitorder="little")
    rows, columns = np.nonzero(bits[:, : elements.inputs])
    return Structure(rows, columns, (len(elements.outputs), elements.inputs))
