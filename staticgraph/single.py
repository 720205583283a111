"""One row at a time, fast: arrays for a call without a batch, with the tables that lead into and out of them made once.

Making the tables anew would take 35 of the 45 us of a call.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .executor import Call, Executor
from .interpreter import BACKWARD, FORWARD, run_tiles
from .node import Node
from .transfers import Array, Given


class SingleRow:
    """Evaluates one row of a program without parameters; one thread at a time may use it.

    Parameters
    ----------
    executor : Executor
    leaves : sequence of Node
        The arguments.
    inputs : sequence of int
        Which of them the program's inputs are.
    outputs : sequence of Node
        The outputs whose values are asked for.
    wanted : sequence of bool
        For each argument whether its gradient is asked for; empty for no backward pass.
    """

    def __init__(
        self, executor: Executor, leaves: Sequence[Node], inputs: Sequence[int], outputs: Sequence[Node], wanted: Sequence[bool]
    ) -> None:
        program, dtype = executor.program, executor.dtype
        self.positions = inputs
        self.inputs = [np.empty(leaves[number].shape, dtype) for number in inputs]
        self.values = [np.empty((1, *node.shape), bool if node.boolean else dtype) for node in outputs]
        gradients = {number: np.zeros((1, *leaves[number].shape), dtype) for number, want in enumerate(wanted) if want}
        self.gradients = list(gradients.values())
        call = Call(
            rows=1, inputs=[(array, False) for array in self.inputs], parameters=(), values=self.values,
            gradients=[gradients.get(number) for number in inputs] if wanted else None, cotangents=None, weights=None, threads=1,
        )  # fmt: skip
        reads, stored, seeds, received, offsets = executor.tables(call)
        tile, accumulators, totals = executor.take_tile()
        self.arguments = (
            executor.words, program.prologue, len(program), program.table, tile, executor.take_uniforms(), accumulators, totals,
            reads, stored, seeds, received, offsets, 1, 0, 1, program.lanes,
            FORWARD | BACKWARD if wanted else FORWARD, executor.laps,
        )  # fmt: skip

    def run(self, given: Sequence[Given]) -> tuple[list[Any], list[Any]]:
        """Evaluate for these arguments; return the values and the gradients, without a batch axis."""
        for own, number in zip(self.inputs, self.positions, strict=True):
            own[...] = given[number][0]
        run_tiles(*self.arguments)
        return [_own(array) for array in self.values], [_own(array) for array in self.gradients]


def _own(array: Array) -> Any:
    """Return the only row: a scalar, or an array of its own."""
    return array[0] if array.ndim == 1 else array[0].copy()
