"""What an instruction that repeats others works on: a region of the program, and the rows through which its steps are linked.

Kernels read a loop as 64-bit words, whose places stand here beside what they mean.
"""

from dataclasses import astuple, dataclass

NONE = -(1 << 31)
"""In place of a row that there is not."""


@dataclass(frozen=True)
class Slice:
    """An operand that is sliced: the step of number `k` reads its rows from `array + k * size` on.

    Attributes
    ----------
    row, size : int
        Where the region finds a slice.
    array : int
        The operand's first row; `~row` of the uniform tile.
    gradient, target : int
        The rows of a slice's gradient, and the first of those that all of them are added to (`~slot` of the accumulators); `NONE` if
        nothing receives them.
    """

    row: int
    size: int
    array: int
    gradient: int
    target: int


@dataclass(frozen=True)
class Kept:
    """What each step gives: the step of number `k` writes rows from `array + k * size` on.

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
class Outer:
    """An operand that every step reads, and that receives a gradient.

    Attributes
    ----------
    gradient, size : int
        The region's own rows where the steps add it up.
    target : int
        The first of the rows that the sum is added to; `~slot` of the accumulators.
    """

    gradient: int
    size: int
    target: int


@dataclass(frozen=True)
class LoopRecord:
    """A loop: `count` steps of a region of instructions, one for each slice; `turned` if the last slice comes first.

    Attributes
    ----------
    first, last : int
        The region: instructions from `first` up to `last`, without it.
    begin, end : int
        The rows of the tile that are the region's own; what it reads of others is not changed meanwhile.
    count, turned : int
    size : int
        Rows of the carry.
    carry, after : int
        Where a step finds it, and where it leaves the next one.
    initial, result : int
        What the first step takes (`~row` of the uniform tile), and where the last carry goes.
    checkpoints, spacing, block : int
        Where the carry of each `spacing`-th step is kept for the backward pass, and where those of the steps between are meanwhile;
        `NONE` without a backward pass, or where every carry is kept.
    kept, keeps : int
        Where compiled steps, or those between two checkpoints, may keep values for the backward pass, and how many rows each; `NONE` and 0
        where they may not.
    carry_gradient, after_gradient : int
        The rows of the gradients of the carry, and of the next one, in a step; `NONE` if there are none.
    held, upstream : int
        Where the carry's gradient waits between steps, and what it begins with.
    target : int
        The rows that the gradient of what the first step takes is added to; `NONE` if nothing receives it.
    slices : tuple of Slice
    results : tuple of Kept
    outers : tuple of Outer
    """

    first: int
    last: int
    begin: int
    end: int
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
    kept: int
    keeps: int
    carry_gradient: int
    after_gradient: int
    held: int
    upstream: int
    target: int
    slices: tuple[Slice, ...]
    results: tuple[Kept, ...]
    outers: tuple[Outer, ...]

    def words(self) -> list[int]:
        """Return the fields, room for addresses of compiled steps, how many parts of each kind there are, and their fields."""
        parts = (self.slices, self.results, self.outers)
        own = [getattr(self, name) for name in list(self.__dataclass_fields__)[: -len(parts)]]
        return [*own, 0, 0, *map(len, parts), *(word for part in parts for each in part for word in astuple(each))]


(
    FIRST, LAST, BEGIN, END, COUNT, TURNED, SIZE, CARRY, AFTER, INITIAL, RESULT, CHECKPOINTS, SPACING, BLOCK, KEPT, KEEPS,
    CARRY_GRADIENT, AFTER_GRADIENT, HELD, UPSTREAM, TARGET, STEP, STEP_BACK, SLICES, RESULTS, OUTERS, PARTS,
) = range(27)  # fmt: skip
"""Where a loop's words stand. `STEP` and `STEP_BACK` are the addresses of a compiled step, forward and backward, which has the arguments of
a kernel, with the first row for what it keeps in the place of the instruction; 0 where the region's kernels run. `SLICES`, `RESULTS` and
`OUTERS` are numbers of parts, which follow from `PARTS` on."""
ROW, ROWS, ARRAY, GRADIENT, INTO, SLICE_WORDS = range(6)
"""Where the words of a slice, and of a result, stand: `INTO` is the target, or the upstream gradient."""
SUM, SUM_ROWS, SUM_INTO, OUTER_WORDS = range(4)
"""Where the words of an outer operand stand."""
STEPS, INSTRUCTIONS, LAPS, LOOPS = range(4)
"""What kernels that repeat instructions find by the word before the layout table: the addresses of the kernels of each instruction, of
the instructions, of the counters of ticks (0: none), and from `LOOPS` on those of the words of each loop."""
