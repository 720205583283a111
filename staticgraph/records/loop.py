"""What an instruction that repeats others works on: a region of the program, and the rows through which its steps are linked."""

from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
NONE = -(1 << 31)
"""In place of a row that there is not."""


@dataclass(frozen=True)
class Slice:
    """An operand that is sliced: step `k` reads its rows from `array + k * size` on.

    Attributes
    ----------
    row, size : int
        Where the region finds a slice.
    array : int
        The operand's first row; `~row` of the uniform tile.
    gradient, target : int
        The rows of a slice's gradient, and the first of those that receive all of them; `NONE` if nothing does.
    adds : int
        Whether they are added there.
    """

    row: int
    size: int
    array: int
    gradient: int
    target: int
    adds: int


@dataclass(frozen=True)
class Kept:
    """What each step gives: step `k` writes rows from `array + k * size` on.

    Attributes
    ----------
    row, size : int
        Where the region leaves it.
    array : int
        The first row of all of them.
    gradient, upstream : int
        The rows where a step's upstream gradient enters, and the first of those of all steps; `NONE` if there are none.
    """

    row: int
    size: int
    array: int
    gradient: int
    upstream: int


@dataclass(frozen=True)
class Repetition:
    """A loop: `count` steps of a region of instructions, one for each slice; `turned` if the last slice comes first.

    Attributes
    ----------
    first, last : int
        The region: instructions from `first` up to `last`, without it.
    size : int
        Rows of the carry.
    carry, after : int
        Where a step finds it, and where it leaves the next one.
    initial, result : int
        What the first step takes (`~row` of the uniform tile), and where the last carry goes.
    checkpoints, spacing, block : int
        Where the carry of every step of a number divisible by `spacing` is kept for the backward pass, and where those of the steps
        between are meanwhile; `NONE` without a backward pass.
    carry_gradient, after_gradient : int
        The rows of the gradients of the carry, and of the next one, in a step; `NONE` if there are none.
    held, upstream : int
        Where the carry's gradient waits between steps, and what it begins with.
    target, adds : int
        The rows that receive the gradient of what the first step takes, and whether it is added there; `NONE` if nothing does.
    slices : tuple of Slice
    results : tuple of Kept
    """

    first: int
    last: int
    count: int
    turned: int
    size: int
    carry: int
    after: int
    initial: int
    result: int
    checkpoints: int
    spacing: int
    block: int
    carry_gradient: int
    after_gradient: int
    held: int
    upstream: int
    target: int
    adds: int
    slices: tuple[Slice, ...]
    results: tuple[Kept, ...]

    def words(self) -> list[int]:
        """Return the fields, and those of slices and results, as the machine reads them (see the numbers below)."""
        own = list(astuple(self))[:SLICES]
        return [*own, len(self.slices), len(self.results), *(word for each in (*self.slices, *self.results) for word in astuple(each))]


(
    FIRST, LAST, COUNT, TURNED, SIZE, CARRY, AFTER, INITIAL, RESULT, CHECKPOINTS, SPACING, BLOCK, CARRY_GRADIENT, AFTER_GRADIENT, HELD,
    UPSTREAM, TARGET, ADDS, SLICES, RESULTS, PARTS,
) = range(21)  # fmt: skip
"""Where a loop's fields stand, then the numbers of its slices and results; from `PARTS` on follow the slices, and then the results."""
ROW, ROWS, ARRAY, GRADIENT, INTO, ADDED, SLICE_WORDS = range(7)
"""Where the fields of a slice stand."""
FROM, RESULT_WORDS = 4, 5
"""A result has the upstream gradients in place of `INTO`."""
