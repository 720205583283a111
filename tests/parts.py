"""A function whose sums over rows go through a prologue, a batch for it, and ways to cut that."""

from itertools import pairwise

import numpy as np

import staticgraph as sg
from staticgraph.machine.blocks import BLOCK_ROWS

ROWS = 6 * BLOCK_ROWS + 1234
CUTS = {
    "one": [],
    "blocks": [1, 2, 3, 4, 5, 6],
    "pairs": [2, 4, 6],
    "odd": [1, 3, 6],
    "uneven": [1, 5],
    "halves": [3],
}
"""After how many blocks a batch is cut."""

x, w, b, y = sg.input("x", 3), sg.parameter("w", 3), sg.parameter("b"), sg.data("y")
unused = sg.parameter("unused", 2)
LEAVES = [x, w, b, y, unused]
loss = (np.tanh(x @ (w * w)) * np.exp(b) - y) ** 2 + 0.1 * np.sum(w)


def batch(dtype=np.float64, rows=ROWS):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(rows, 3)), [0.3, -0.5, 1.2], 0.3, rng.normal(size=rows), [1.0, 2.0]
    return [np.array(each, dtype) for each in arrays]


def bounds(cuts, rows=ROWS):
    """Return the first row of each piece and the one behind its last."""
    ends = [0, *(BLOCK_ROWS * each for each in cuts), rows]
    return list(pairwise(ends))
