"""The program: what the machine runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..records.instruction import VECTOR_BYTES
from ..records.loop import LoopRecord
from .listing import listing

TILE_BYTES = 8 << 20
"""A tile streams through the caches in order, so it need not fit into L2: the 6,345 instructions of prospero take 2.9, 1.8 and 1.3 times as
long with 16, 32 and 64 lanes as with 128, as dispatch is shared by more of them (`bench.choices`); Rosenbrock-10 and -100 differ by less
than a tenth."""
SMALL_TILE_BYTES = 12 << 10
"""A tile of some rows has as many lanes as this holds, a quarter of an L1 cache, since the caller's arrays pass through it too: a sum
of two float64 takes 1.4, 1.2 and 1.2 times as long with 128, 256 and 1024 lanes as with 512 (`bench.choices`)."""
LONG_STRIPS, LONG_TILE_BYTES = 64, 1 << 20
"""Where instructions have as many rows each on average, dispatch is shared by these: the tile then fits into a second-level cache.
Rosenbrock-1000 takes 1.5 times as long on the interpreter with 128 lanes as with 16, and 1.2 times as compiled loops over its strips."""
SUMMING_TILE_BYTES = 16 << 20
"""Accumulators are read and written once a tile, so that a tile may take as much memory as they do, up to this. The gradient in a matrix of
512 by 512, whose accumulators take 16 MB, takes 2.3 times as long with 64 lanes as with 256, in one of 256 by 256 1.35 times."""
STEP_BYTES = 64 << 10
"""The rows that each step of a loop finds and leaves stay in the first cache, or near it: a recurrent network of 16 units, whose matrix
receives a gradient in each step, takes 1.6 times as long with 128 lanes as with 16 (`bench.choices`)."""
LOOP_TILE_BYTES = 3 << 20
"""A tile with loops: their steps come back to what they have kept. Pendulums of 200 steps and GARCH(1,1) of 1,000 take 1.19 and 1.5 times
as long with 128 lanes as with 64, which is what this makes of both, and 1.17 and 1.14 times as long with 32 (`bench.choices`)."""
FEWEST_LANES, MANY_LANES, MOST_LANES = 16, 128, 1024


def choose_lanes(rows: int, dtype: np.dtype[Any], instructions: int, slots: int = 0, step: int = 0) -> int:
    """Return how many rows of the batch a tile takes: a power of two that follows from the program alone.

    `slots` is how many accumulators there are, `step` how many rows the largest step of a loop has to itself.
    """
    largest = LOOP_TILE_BYTES if step else LONG_TILE_BYTES if rows >= LONG_STRIPS * instructions else TILE_BYTES
    summing = min(slots * VECTOR_BYTES, SUMMING_TILE_BYTES)

    def fits(lanes: int) -> bool:
        if step * lanes * dtype.itemsize > STEP_BYTES:
            return False
        return rows * lanes * dtype.itemsize <= max(summing, SMALL_TILE_BYTES if lanes > MANY_LANES else largest)

    lanes = MOST_LANES
    while lanes > FEWEST_LANES and not fits(lanes):
        lanes //= 2
    return lanes


@dataclass(frozen=True)
class Leaf:
    """Where a leaf lives: its rows (of the tile, or of the uniform tile), and those of its gradient if it is wanted and reached.

    The row of a leaf that is `packed` is an element of the uniform tile's packed part.
    """

    name: str
    size: int
    row: int
    gradient: int | None
    packed: bool = False


@dataclass(frozen=True)
class Output:
    """Where an output lives: its rows, whether it is boolean, the rows of its gradient if it has one, and what computes it."""

    row: int
    size: int
    boolean: bool
    gradient: int | None
    instruction: int


@dataclass(frozen=True)
class Shared:
    """A site: where one place of the body sums the gradient of a uniform value over the batch.

    It has accumulators, and the rows of the uniform tile that receive the total: these start at -0.0 and receive site after site. A place
    is an operand of an elementwise instruction, a row of a layout instruction's table, or all matrix products of one value.
    """

    slot: int
    gradient: int
    size: int


@dataclass(frozen=True, eq=False)
class Program:
    """A compiled graph: a flat instruction array in topological order, with what it reads and writes.

    The first `prologue` instructions compute uniform values, once a call, in the uniform tile. The others up to `main` are the body: they
    run over every tile of `lanes` rows of the batch. What stands behind are regions, which instructions of all three repeat.

    Attributes
    ----------
    instructions : numpy.ndarray of `INSTRUCTION`, shape (length,)
    prologue, main : int
        How many instructions form the prologue, and it together with the body; behind them stand the regions that others repeat.
    loops : tuple of LoopRecord
        What the instructions repeat whose `table` is the loop's place here.
    table : numpy.ndarray of int32, shape (entries, 3)
        The rows that layout instructions move.
    rows, uniforms, slots : int
        Rows of the tile (values and gradients together), rows of the uniform tile, and accumulators.
    elements : int
        How many elements the packed part has, with which the uniform tile begins: values that only products of the body read, one element
        after another.
    packed : numpy.ndarray, shape (number,)
        Constants: the first of these elements.
    constants : numpy.ndarray, shape (number,)
        What the first rows behind the packed part hold.
    lanes : int
        Rows of the batch in a tile.
    inputs, parameters : tuple of Leaf
    outputs : tuple of Output
    shared : tuple of Shared
        By their accumulators, of which every one belongs to one site.
    origins : tuple of Node or None
        For each instruction the node that it computes.
    nodes : tuple of Node
        Those of the graph, in its order, by which they are named.
    """

    instructions: np.ndarray[Any, Any]
    prologue: int
    main: int
    loops: tuple[LoopRecord, ...]
    table: np.ndarray[Any, Any]
    rows: int
    uniforms: int
    slots: int
    elements: int
    packed: np.ndarray[Any, Any]
    constants: np.ndarray[Any, Any]
    lanes: int
    inputs: tuple[Leaf, ...]
    parameters: tuple[Leaf, ...]
    outputs: tuple[Output, ...]
    shared: tuple[Shared, ...]
    origins: tuple[Any, ...]
    nodes: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.instructions)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of every value."""
        dtype: np.dtype[Any] = self.constants.dtype
        return dtype

    @property
    def width(self) -> int:
        """Lanes in a vector; a tile has a multiple of it."""
        return VECTOR_BYTES // int(self.constants.dtype.itemsize)

    @property
    def packed_rows(self) -> int:
        """Rows of the uniform tile that its packed part takes."""
        return -(-self.elements // self.width)

    def __str__(self) -> str:
        return listing(self)
