"""One way to evaluate a function: its program for the gradients asked for, and which argument goes where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from ..nodes.node import Node
from ..records.table import Array
from ..running.binding import Form
from ..running.call import Call
from ..running.executor import Executor
from ..running.one_row import OneRow
from ..running.overlap import separated
from .destinations import Destination, of_gradients, of_values
from .pieces import Part, run_in_pieces
from .repeats import Repeats
from .results import gradients_type
from .sources import Source, memory_of

Pick = Callable[[Sequence[Array]], Sequence[Array]]

@dataclass(frozen=True)
class Plan:
    """A program with the numbers of the arguments that it reads.

    Attributes
    ----------
    executor : Executor
    leaves, outputs : sequence of Node
        The function's arguments and results.
    destinations : sequence of Destination
        Of the gradients asked for, in the order in which they were asked for.
    inputs, parameters : sequence of int
        Which leaves the program's inputs and parameters are.
    gradients, sums : sequence of int
        Which of the gradients asked for those of the program's inputs and parameters are.
    seeded : sequence of int
        The outputs that take a cotangent.
    zeros : sequence of int
        Which of the gradients asked for are 0 whatever the data.
    result : type
        The named tuple of the gradients.
    forms : dict
        By whether there are values, weights and cotangents: the form, and what picks its arrays in order.
    rows : tuple of list
        What evaluates one row of numbers, without values and with them, while nobody uses it.
    repeats : dict
        By whether there are values, and whether results are new arrays: the calls that are made again.
    """

    executor: Executor
    leaves: Sequence[Node]
    outputs: Sequence[Node]
    destinations: Sequence[Destination]
    inputs: Sequence[int]
    parameters: Sequence[int]
    gradients: Sequence[int]
    sums: Sequence[int]
    seeded: Sequence[int]
    zeros: Sequence[int]
    result: Any
    forms: dict[tuple[bool, bool, bool], tuple[Form, Pick]] = field(default_factory=dict)
    rows: tuple[list[OneRow], list[OneRow]] = field(default_factory=lambda: ([], []))
    repeats: dict[tuple[bool, bool], Repeats] = field(default_factory=dict)

    def form(self, values: bool, weights: bool, cotangents: bool) -> tuple[Form, Pick]:
        """Return the form of the calls in which these are given or asked for, and what picks its arrays."""
        key = values, weights, cotangents
        found = self.forms.get(key)
        if found is None:
            axes = {str(leaf.name): leaf.ndim for leaf in self.leaves}
            results = [output.ndim for output in self.outputs]
            made = Form(self.executor.program, axes, results, values=values, weights=weights, cotangents=cotangents)
            found = self.forms.setdefault(key, (made, self._pick(made, values, weights, cotangents)))
        return found

    def _pick(self, form: Form, values: bool, weights: bool, cotangents: bool) -> Pick:
        """Return what picks a form's arrays from all arguments, values, gradients, weights and cotangents, one after another."""
        first_value = len(self.leaves)
        first_gradient = first_value + (len(self.outputs) if values else 0)
        weight = first_gradient + len(self.destinations)
        order = [weight] if weights and form.backward else []
        order += [weight + weights + number for number in self.seeded] if cotangents else []
        order += self.inputs
        order += range(first_value, first_gradient)
        order += [first_gradient + number for number in self.gradients]
        order += self.parameters
        order += [first_gradient + number for number in self.sums]
        return itemgetter(*order) if len(order) > 1 else lambda arrays: [arrays[number] for number in order]

    def row(self, arguments: Sequence[float], values: bool) -> list[Any]:
        """Evaluate one row of numbers; return the values, if asked for, and the gradients."""
        kept = self.rows[values]
        row = kept.pop() if kept else self._row(values)
        found = row(arguments)
        kept.append(row)
        return found

    def _row(self, values: bool) -> OneRow:
        form, pick = self.form(values, False, False)
        return OneRow(self.executor, form, pick, len(self.leaves), len(self.outputs) if values else 0, len(self.destinations))

    def run(
        self, arguments: Sequence[Array], rows: int | None, values: Sequence[Array], gradients: Sequence[Array], *,
        weights: Array | None = None, cotangents: Sequence[Array] | None = None, threads: int | None = None,
        apart: bool = True, plain: bool = True, part: Part | None = None,
    ) -> None:  # fmt: skip
        """Evaluate: arguments by leaf, and where the results go.

        Unless these are known to lie `apart` from each other and from the arguments, they are compared; `plain` ones lie as new ones do.
        Of a `part` of a batch the sums over rows stay there.
        """
        form, pick = self.form(bool(values), weights is not None, cotangents is not None)
        outer = () if weights is None and cotangents is None else ([] if weights is None else [weights]) + list(cotangents or ())
        arrays = [*arguments, *values, *gradients, *outer]
        key: Any = tuple([array.strides for array in (arrays if outer or not plain else arguments)])
        count = 1 if rows is None else rows
        placed = pick(arrays)
        if part is not None or None in key:
            if not apart:
                placed = self._separated(form, placed, [gradients[number] for number in self.zeros])
            run_in_pieces(self.executor, form, placed, count, threads, part)
            for number in self.zeros:
                gradients[number].fill(0)
            return
        if count < 2:  # the strides along rows of an array of one row or none say nothing: any are plain
            key = key, count
        call = Call(form, placed, key, count, threads, apart)
        if (not apart and self.zeros) or not self.executor.run(call):
            placed = self._separated(form, placed, [gradients[number] for number in self.zeros])
            key = tuple([array.strides for array in placed])
            self.executor.run(Call(form, placed, (key, "separated"), count, threads))
        elif rows and not outer and not self.zeros and len(placed) == len(arrays):
            self._note(call, bool(values))
        for number in self.zeros:
            gradients[number].fill(0)

    def again(self, arguments: Sequence[Any], values: bool, results: Sequence[Any] | None) -> Sequence[Array] | None:
        """Evaluate as in calls before, without weights and cotangents, into new results or given ones.

        Returns the results; None, with nothing computed, if this call is not alike.
        """
        repeats = self.repeats.get((values, results is None))
        return None if repeats is None else repeats.run(arguments, results)

    def _note(self, call: Call, values: bool) -> None:
        repeats = self.repeats.get((values, call.apart))
        if repeats is None:
            found = (*(of_values(self.outputs, self.executor.dtype) if values else ()), *self.destinations)
            made = Repeats(self.executor, self.form(values, False, False)[1], self.leaves, found)
            repeats = self.repeats.setdefault((values, call.apart), made)
        repeats.note(call)

    def _separated(self, form: Form, arrays: Sequence[Array], nothing: Sequence[Array]) -> Sequence[Array]:
        """Return the arrays with arguments copied that a result shares memory with."""
        written = [number for number, place in enumerate(form.places) if place.written]
        read = [number for number, place in enumerate(form.places) if not place.written]
        memory = [memory_of(arrays[number]) for number in read]
        copies = separated(memory, [*(arrays[number] for number in written), *nothing])
        found: list[Any] = list(arrays)
        for number, before, after in zip(read, memory, copies, strict=True):
            if after is not before:
                found[number] = Source(after, arrays[number].dtype) if isinstance(arrays[number], Source) else after
        return found


def make_plan(executor: Executor, leaves: Sequence[Node], outputs: Sequence[Node], asked: Sequence[int]) -> Plan:
    """Return the plan of a program for these leaves, some of which, by number, are asked for their gradients."""
    program = executor.program
    number = {str(leaf.name): position for position, leaf in enumerate(leaves)}
    names = tuple(str(leaves[position].name) for position in asked)
    place = {name: order for order, name in enumerate(names)}
    reached = {leaf.name for leaf in (*program.inputs, *program.parameters) if leaf.gradient is not None}
    flows = [name in reached for name in names]
    return Plan(
        executor, leaves, outputs, of_gradients([leaves[position] for position in asked], flows, program.dtype),
        inputs=[number[leaf.name] for leaf in program.inputs],
        parameters=[number[leaf.name] for leaf in program.parameters],
        gradients=[place[leaf.name] for leaf in program.inputs if leaf.gradient is not None],
        sums=[place[leaf.name] for leaf in program.parameters if leaf.gradient is not None],
        seeded=[position for position, output in enumerate(program.outputs) if output.gradient is not None],
        zeros=[order for order, flow in enumerate(flows) if not flow],
        result=gradients_type(names),
    )  # fmt: skip
