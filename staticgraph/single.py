"""One row at a time, fast: arrays for a call without a batch, with the tables that lead into and out of them made once.

Making the tables anew takes 35 of the 45 us of a call.
"""

from collections.abc import Sequence

import numpy as np

from .executor import Call, Executor
from .interpreter import BACKWARD, FORWARD, run_tiles
from .transfers import Array


class SingleRow:
    """Evaluates one row of a program without parameters; one thread at a time may use it.

    Parameters
    ----------
    executor : Executor
    inputs, values, gradients : sequences of arrays
        As in `Call`; here only their shapes and dtypes count. `values` is empty where none are asked for, `gradients` is None for no
        backward pass.
    """

    def __init__(
        self, executor: Executor, inputs: Sequence[Array], values: Sequence[Array], gradients: Sequence[Array | None] | None
    ) -> None:
        program = executor.program
        self.inputs = [np.empty_like(array) for array in inputs]
        self.values = [np.empty_like(array) for array in values]
        self.gradients = [None if array is None else np.zeros_like(array) for array in gradients or ()]
        call = Call(
            rows=1, inputs=[(array, False) for array in self.inputs], parameters=(), values=self.values,
            gradients=None if gradients is None else self.gradients, cotangents=None, weights=None, threads=1,
        )  # fmt: skip
        reads, stored, seeds, received, offsets = executor.tables(call)
        tile, accumulators = executor.take_tile()
        self.arguments = (
            program.instructions, program.prologue, len(program), program.table, tile, executor.take_uniforms(), accumulators,
            executor.width, reads, stored, seeds, received, offsets, 1, 0, 1, program.lanes,
            FORWARD if gradients is None else FORWARD | BACKWARD,
        )  # fmt: skip

    def run(self, inputs: Sequence[Array], values: Sequence[Array], gradients: Sequence[Array | None]) -> None:
        """Evaluate the row and bring the results where they are wanted."""
        for own, given in zip(self.inputs, inputs, strict=True):
            own[...] = given
        run_tiles(*self.arguments)
        for source, target in zip((*self.values, *self.gradients), (*values, *gradients), strict=True):
            if source is not None and target is not None:
                target[...] = source
