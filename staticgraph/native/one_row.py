"""The operations of one row of a batch, each on a number."""

from collections.abc import Sequence

from ..kinds.contraction import write_out
from ..kinds.products import PlannedProduct
from ..kinds.writing import Operand
from ..lanes.one_lane import OneLane
from ..lanes.rules import Rule
from ..program.program import Program
from ..records.instruction import Instruction
from .elements import Elements
from .gathering import Column
from .templates import ONE, Template, template


class OneRow(Elements):
    """The operations of one row: each on a number.

    Attributes
    ----------
    begins : list of int
        With which operations instructions begin.
    """

    adds_in_blocks = False

    def __init__(self, program: Program, seeded: bool) -> None:
        self.begins: list[int] = []
        super().__init__(program, seeded)

    def _forward(self, instruction: Instruction) -> None:
        self.begins.append(len(self.operations))
        super()._forward(instruction)

    def _backward(self, instruction: Instruction) -> None:
        self.begins.append(len(self.operations))
        super()._backward(instruction)

    def uniform_place(self, value: int) -> Column:
        """Return where a uniform value stands in memory."""
        raise NotImplementedError

    def template(self, rule: Rule) -> Template:
        """Return a rule's template for one lane."""
        found = self.templates.get(rule)
        if found is None:
            found = self.templates[rule] = template(rule, self.dtype, ONE)
        return found

    def literal(self, number: float) -> Operand:
        """Return a number as LLVM text."""
        return str(OneLane(None, self.dtype).splat(self.dtype.type(number)).get_reference())

    def apply(self, rule: Rule, operands: Sequence[Operand], after: Operand | None = None) -> list[Operand]:
        """Apply a rule, whatever it is said to wait for: partial sums are to lie side by side in a vector, and need not take turns."""
        return super().apply(rule, operands)

    def multiply(self, product: PlannedProduct, stopping: str) -> None:
        """Write a product of matrices out, however large."""
        write_out(self, product, stopping)

    def apply_last(self, rule: Rule, carried: Sequence[Operand], elements: Sequence[Operand]) -> Operand:
        """Apply a rule of one result that may look at `elements` in a rare branch alone; here they are read anew anyway."""
        return self.apply(rule, [*carried, *elements])[0]
