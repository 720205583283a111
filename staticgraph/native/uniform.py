"""The prologue of a program in SSA form: what follows from parameters and constants alone, forward, and backward once rows are summed.

It runs on the uniform tile, a vector of equal lanes for each value, where the machine has brought the parameters or the sums over rows: so
its operations have the templates of the body's.
"""

from ..kinds.contraction import write_out
from ..kinds.products import PlannedProduct
from ..program.program import Program
from .elements import Elements
from .operations import Settle


class Uniform(Elements):
    """The operations of a program's prologue, in one direction.

    Parameters
    ----------
    program : Program
    backward : bool
    """

    def __init__(self, program: Program, backward: bool) -> None:
        self.backward = backward
        super().__init__(program, seeded=True)

    def _write(self) -> None:
        program = self.program
        first, last = program.packed_rows, program.packed_rows + len(program.constants)
        self.rows = [~row for row in range(program.uniforms)]
        self.rows[first:last] = map(self.literal, program.constants.tolist())
        prologue = self.code[: program.prologue]
        if self.backward:
            for instruction in reversed(prologue):
                if instruction.backward:
                    self._backward(instruction)
            gradients = [(leaf.gradient, leaf.size) for leaf in program.parameters if leaf.gradient is not None]
            written = [row + place for row, size in gradients for place in range(size)]
        else:
            for instruction in prologue:
                self._forward(instruction)
            written = [*range(first), *range(last, program.uniforms)]
        changed = tuple(row for row in written if self.rows[row] != ~row)
        if changed:
            self.sinks.append(Settle(changed, tuple(self.rows[row] for row in changed)))

    def multiply(self, product: PlannedProduct, guarded: bool) -> None:
        """Write a product of matrices out."""
        write_out(self, product, guarded)
