"""One way to evaluate a function: its program for the gradients asked for, and which argument goes where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .executor import Call, Executor
from .node import PARAMETER, Node
from .results import make_gradients
from .single import SingleRow
from .transfers import Array

Given = tuple[Array, bool]


@dataclass(frozen=True)
class Plan:
    """A program with the numbers of the arguments that it reads.

    Attributes
    ----------
    executor : Executor
    wanted : tuple of bool
        For each leaf whether its gradient is asked for.
    names : tuple of str
        The leaves whose gradients are asked for.
    inputs, parameters : tuple of int
        Which leaves the program's inputs and parameters are.
    unused : tuple of int
        The leaves that the program does not use.
    rows : dict
        Scratch for calls without a batch, with and without values.
    """

    executor: Executor
    wanted: tuple[bool, ...]
    names: tuple[str, ...]
    inputs: tuple[int, ...]
    parameters: tuple[int, ...]
    unused: tuple[int, ...]
    rows: dict[bool, list[SingleRow]] = field(default_factory=lambda: {True: [], False: []})

    def gradients(self, arrays: Sequence[Any]) -> Any:
        """Return gradients by name."""
        return make_gradients(self.names, arrays)

    def run(
        self, given: Sequence[Given], rows: int | None, values: Sequence[Array], gradients: Sequence[Array | None] | None,
        cotangents: Sequence[Given] | None, weights: Given | None, threads: int | None,
    ) -> None:  # fmt: skip
        """Evaluate: the arguments, and where the results go, by leaf and by output."""
        if gradients is not None:
            for number in self.unused:
                nothing = gradients[number]
                if nothing is not None:
                    nothing[...] = 0
        if rows is None and not self.parameters and cotangents is None and weights is None:
            self._run_row([given[number][0] for number in self.inputs], values, gradients)
            return
        call = Call(
            rows=1 if rows is None else rows,
            inputs=[given[number] for number in self.inputs],
            parameters=[given[number] for number in self.parameters],
            values=values,
            gradients=None if gradients is None else [gradients[number] for number in (*self.inputs, *self.parameters)],
            cotangents=cotangents,
            weights=weights,
            threads=threads,
        )
        self.executor.run(call)

    def _run_row(self, inputs: list[Array], values: Sequence[Array], gradients: Sequence[Array | None] | None) -> None:
        reached = None if gradients is None else [gradients[number] for number in self.inputs]
        kept = self.rows[len(values) > 0]
        try:
            row = kept.pop()
        except IndexError:
            row = SingleRow(self.executor, inputs, values, reached)
        row.run(inputs, values, reached or ())
        kept.append(row)


def make_plan(executor: Executor, leaves: Sequence[Node], wanted: tuple[bool, ...]) -> Plan:
    """Return the plan of a program for these leaves, of which the wanted ones receive gradients."""
    program = executor.program
    number = {str(leaf.name): position for position, leaf in enumerate(leaves)}
    inputs = tuple(number[leaf.name] for leaf in program.inputs)
    parameters = tuple(number[leaf.name] for leaf in program.parameters)
    unused = tuple(position for position in range(len(leaves)) if position not in {*inputs, *parameters})
    names = tuple(str(leaf.name) for leaf, want in zip(leaves, wanted, strict=False) if want)
    return Plan(executor, wanted, names, inputs, parameters, unused)
