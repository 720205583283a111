"""What a compiled function looks like from outside: its arguments and results in order, and where the program has them."""

from collections.abc import Sequence

from ..native.batch import Array, Entry
from ..native.frame import GRADIENTS, INPUTS, PARAMETERS, SEEDS, SUMS, VALUES
from ..nodes.node import VARYING, Node
from ..program.program import Program


def make_entry(
    name: str, program: Program, leaves: Sequence[Node], outputs: Sequence[Node], values: Sequence[str], asked: Sequence[str],
    cotangents: Sequence[str] = (),
) -> Entry:  # fmt: skip
    """Return the entry of a program.

    Parameters
    ----------
    name : str
        The symbol.
    program : Program
    leaves, outputs : sequence of Node
        The function's arguments and outputs.
    values : sequence of str
        The outputs' names, if they are among the results; gradients follow them.
    asked : sequence of str
        The leaves whose gradients are.
    cotangents : sequence of str, optional
        The names of the outputs' upstream gradients, if they are given: they follow the leaves.
    """
    read = {leaf.name: (INPUTS, number) for number, leaf in enumerate(program.inputs)}
    read |= {leaf.name: (PARAMETERS, number) for number, leaf in enumerate(program.parameters)}
    reached = {leaf.name: (GRADIENTS, number) for number, leaf in enumerate(program.inputs) if leaf.gradient is not None}
    reached |= {leaf.name: (SUMS, number) for number, leaf in enumerate(program.parameters) if leaf.gradient is not None}
    shape = {str(leaf.name): (leaf.shape, leaf.role in VARYING) for leaf in leaves}
    arguments = tuple(Array(leaf, *shape[leaf], read.get(leaf)) for leaf in shape)
    reach = [(SEEDS, number) if output.gradient is not None else None for number, output in enumerate(program.outputs)]
    seeds = [Array(each, output.shape, True, place) for each, output, place in zip(cotangents, outputs, reach, strict=False)]
    made = enumerate(zip(values, outputs, strict=False))
    results = [Array(each, output.shape, True, (VALUES, number), output.boolean) for number, (each, output) in made]
    gradients = [Array(f"gradient_{leaf}", *shape[leaf], reached.get(leaf)) for leaf in asked]
    return Entry(name, program, (*arguments, *seeds), (*results, *gradients))
