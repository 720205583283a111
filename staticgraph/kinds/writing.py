"""What a kind writes its operations to, when a program is written out element by element."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..gates import Gate
from ..lanes.rules import Rule
from ..records.instruction import Instruction
from .products import PlannedProduct

Operand = int | str
"""What an operation reads: a value (0 or more), a row of the uniform tile (`~row`; elements of the packed part count on from the last row),
or a constant as LLVM text."""


class Writer(Protocol):
    """Operations in SSA form, and which value stands in each row meanwhile.

    Attributes
    ----------
    rows : list of Operand
        What stands in each row of the tile.
    folds : dict
        What the first folds of reductions have made, by gate and elements.
    """

    rows: list[Operand]
    folds: dict[tuple[Gate, tuple[Operand, ...]], Sequence[Operand]]

    def literal(self, number: float) -> Operand:
        """Return a number in every lane."""

    def operand(self, row: int) -> Operand:
        """Return what stands in a row of either tile."""

    def block(self, row: int, size: int, packed: bool) -> list[Operand]:
        """Return what stands in consecutive rows of either tile, or in elements of its packed part."""

    def sofar(self, row: int) -> Operand:
        """Return the sum so far of a gradient row, or of an accumulator."""

    def set(self, row: int, value: Operand) -> None:
        """Set what stands in a gradient row, or an accumulator."""

    def is_first(self, row: int, first: bool) -> bool:
        """Whether nothing has been added to a gradient yet: the instruction stores, or the row was cleared."""

    def apply(self, rule: Rule, operands: Sequence[Operand], after: Operand | None = None) -> list[Operand]:
        """Apply a rule; return its results. With `after` it waits for what makes that value."""

    def apply_last(self, rule: Rule, carried: Sequence[Operand], elements: Sequence[Operand]) -> Operand:
        """Apply a rule of one result that may look at `elements` in a rare branch alone: these need not be held until then."""

    def multiply(self, product: PlannedProduct, stopping: str) -> None:
        """Let the kernel compute a product of matrices."""

    def repeat(self, instruction: Instruction) -> None:
        """Write the steps of a loop."""

    def repeat_back(self, instruction: Instruction) -> None:
        """Write the steps of a loop back."""

    def adds_alone(self, slot: int) -> bool:
        """Whether one instruction alone adds to an accumulator (`~slot`)."""

    def entries(self, instruction: Instruction) -> Any:
        """Return an instruction's part of the program's table."""


def strided(writer: Writer, first: int, moves: bool) -> Callable[[int], Operand]:
    """Return what tells an operand's value for a row of a strip."""
    if not moves:
        fixed = writer.operand(first)
        return lambda row: fixed
    return (lambda row: writer.rows[first + row]) if first >= 0 else (lambda row: writer.operand(first - row))
