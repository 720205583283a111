"""A whole program in SSA form for one lane: with its prologue and the sums over rows, so that it needs no interpreter beside it.

It has three stages: what is uniform, forward, once a call; the body, for a row; and what is uniform, backward, once all rows are summed.
For one row they are one piece of code, in which nothing waits in memory. For a batch each is a function of its own, between which computed
uniform values wait in an array of numbers.
"""

from ..kinds.writing import Operand
from ..lanes.rules import ADDED
from ..program.program import Program
from ..records.instruction import Instruction
from .frame import GRADIENTS, INPUTS, PARAMETERS, SEEDS, SUMS, TOTALS, VALUES
from .gathering import Column
from .one_row import OneRow
from .operations import Hold, Keep, Load

OPEN, BODY, CLOSE = 1, 2, 4
"""The stages."""
ANY = 1 << 31
"""Columns that are moved at once."""
ALL = OPEN | BODY | CLOSE
UNIFORM, SUMMED, SCRATCH = "uniform", "summed", "scratch"
"""Parameters of a stage's function beside the arrays: uniform values that wait in memory, one number each; the row's own lane of the
accumulators, which are a vector apart; and what waits between the parts of a function that is cut."""
NAMES = {INPUTS: "input", SEEDS: "seed", VALUES: "value", GRADIENTS: "gradient", PARAMETERS: "parameter", SUMS: "sum", TOTALS: "totals"}
"""What arrays are called there."""


class Whole(OneRow):
    """The operations of some stages of a program, of one lane.

    Parameters
    ----------
    program : Program
    seeded : bool
        Whether upstream gradients come from outside; otherwise they are 1.
    stages : int
        Which: all of them, or one.

    Attributes
    ----------
    held : dict
        Where each uniform value that later stages read waits in memory.

    Raises
    ------
    TooLargeError
        If the program has too many element operations.
    """

    def __init__(self, program: Program, seeded: bool, stages: int = ALL) -> None:
        self.stages = stages
        self.closing = False
        self.uniform: list[Operand] = [""] * program.uniforms
        self.packed: list[Operand] = [""] * program.elements
        self.held: dict[Operand, int] = {}
        super().__init__(program, seeded)

    def _write(self) -> None:
        program, tile = self.program, self.rows
        self.width = ANY
        first = program.packed_rows
        self.uniform[first : first + len(program.constants)] = map(self.literal, program.constants.tolist())
        self.packed[: len(program.packed)] = map(self.literal, program.packed.tolist())
        self.rows = self.uniform
        self._open()
        if self.stages != ALL:
            self._hold()
        if self.stages & BODY:
            self.rows = tile
            self._body()
        if self.stages & CLOSE and any(leaf.gradient is not None for leaf in program.parameters):
            self.rows, self.closing = self.uniform, True
            self._close()
        self.join()

    def _open(self) -> None:
        """Read the parameters, and compute what follows from them and from constants."""
        for number, leaf in enumerate(self.program.parameters):
            self.rows = self.packed if leaf.packed else self.uniform
            self._load(PARAMETERS, number, leaf.row, leaf.size)
        self.rows = self.uniform
        for instruction in self.code[: self.program.prologue]:
            self._forward(instruction)

    def _hold(self) -> None:
        """Let computed values wait in memory: the first stage writes them, the others read them and compute none."""
        for row, value in enumerate(self.uniform):
            if isinstance(value, int) and not isinstance(self.operations[self.makers[value]].what, Load):
                if value not in self.held:
                    self.held[value] = len(self.held)
                    if self.stages & OPEN:
                        self.sinks.append(Hold(self.held[value], value))
                if not self.stages & OPEN:
                    self.uniform[row] = ~self.held[value]

    def _close(self) -> None:
        """Bring the sums through the prologue's backward pass, and write the gradients of the parameters."""
        for site in self.program.shared:
            self.rows[site.gradient : site.gradient + site.size] = [self.literal(-0.0)] * site.size
        if self.stages == ALL:
            sums: list[Operand] = [self.sums.get(slot, self.literal(-0.0)) for slot in range(self.program.slots)]
        else:
            slots = self.program.slots
            sums = list(self.make(Load(TOTALS, 0, slots, 0, slots), (), slots))
        for site in self.program.shared:
            for place in range(site.size):
                row, value = site.gradient + place, sums[site.slot + place]
                if self.rows[row] != self.literal(-0.0):
                    (value,) = self.apply(ADDED, [self.rows[row], value])
                self.rows[row] = value
        for instruction in reversed(self.code[: self.program.prologue]):
            if instruction.backward:
                self._backward(instruction)
        for number, leaf in enumerate(self.program.parameters):
            if leaf.gradient is not None:
                self._store(SUMS, number, leaf.gradient, leaf.size)

    def _guards(self, instruction: Instruction) -> bool:
        return self.closing or super()._guards(instruction)

    def uniform_place(self, value: int) -> Column:
        """Return where a uniform value waits."""
        return Column(UNIFORM, ~value, len(self.held))

    def operand(self, row: int) -> Operand:
        """Return what stands in a row of either tile."""
        return self.rows[row] if row >= 0 else self.uniform[~row]

    def _element(self, element: int) -> Operand:
        return self.packed[element]

    def sofar(self, row: int) -> Operand:
        """Return the sum so far of a gradient row, or of an accumulator; in the code for one row that begins at -0.0."""
        if row < 0 and self.stages == ALL:
            return self.sums.setdefault(~row, self.literal(-0.0))
        return super().sofar(row)

    def _keep(self, sums: list[Keep]) -> None:
        if self.stages != ALL:
            super()._keep(sums)
