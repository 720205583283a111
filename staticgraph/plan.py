"""One way to evaluate a function: its program for the gradients asked for, and which argument goes where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .executor import Call, Executor
from .node import Node
from .results import gradients_type
from .single import SingleRow
from .transfers import Array, Given


@dataclass(frozen=True)
class Plan:
    """A program with the numbers of the arguments that it reads.

    Attributes
    ----------
    executor : Executor
    leaves, outputs : tuple of Node
        The function's arguments and results.
    wanted : tuple of bool
        For each leaf whether its gradient is asked for; empty for no backward pass.
    gradients : type
        The named tuple of the gradients asked for.
    inputs, parameters, unused : tuple of int
        Which leaves the program's inputs and parameters are, and which it does not use.
    rows : dict
        Scratch for calls without a batch, with and without values.
    """

    executor: Executor
    leaves: tuple[Node, ...]
    outputs: tuple[Node, ...]
    wanted: tuple[bool, ...]
    gradients: Any
    inputs: tuple[int, ...]
    parameters: tuple[int, ...]
    unused: tuple[int, ...]
    rows: dict[bool, list[SingleRow]] = field(default_factory=lambda: {True: [], False: []})

    def row(self, given: Sequence[Given], with_values: bool) -> tuple[list[Any], Any]:
        """Evaluate a program without parameters without a batch; return the values, if asked for, and the gradients."""
        kept = self.rows[with_values]
        try:
            row = kept.pop()
        except IndexError:
            row = SingleRow(self.executor, self.leaves, self.inputs, self.outputs if with_values else (), self.wanted)
        values, gradients = row.run(given)
        kept.append(row)
        return values, self.gradients._make(gradients)

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


def make_plan(executor: Executor, leaves: tuple[Node, ...], outputs: tuple[Node, ...], wanted: tuple[bool, ...]) -> Plan:
    """Return the plan of a program for these leaves, of which the wanted ones receive gradients."""
    program = executor.program
    number = {str(leaf.name): position for position, leaf in enumerate(leaves)}
    inputs = tuple(number[leaf.name] for leaf in program.inputs)
    parameters = tuple(number[leaf.name] for leaf in program.parameters)
    unused = tuple(position for position in range(len(leaves)) if position not in {*inputs, *parameters})
    names = tuple(str(leaf.name) for leaf, want in zip(leaves, wanted, strict=False) if want)
    return Plan(executor, leaves, outputs, wanted, gradients_type(names), inputs, parameters, unused)
