"""The scan that a trial has found: its carry, its slices, its results, and how a step is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..nodes.custom import substituted
from ..nodes.graph import topological
from ..nodes.node import Node, rearrange
from ..nodes.scanning import scan
from .carried import Carried
from .errors import UnrepeatableError
from .exact import same_as_written_out
from .recurrences import Filled, Read, Source, Write, are_symbolic
from .state import Memory
from .trials import Trial

Element = tuple[Node, int]
"""A node, and which of its elements."""


class Registers:
    """What waits in the carry until a later step reads it.

    Attributes
    ----------
    initial : list of cells
        What each begins with.
    following : list of (Write, int) or int
        What each step leaves there: an element of what it writes, or what another register held.
    """

    def __init__(self) -> None:
        self.initial: list[Any] = []
        self.following: list[tuple[Write, int] | int] = []
        self._known: dict[Any, int] = {}

    def of(self, write: Write, source: Source) -> int:
        """Return the register that an earlier step's value has reached when it is read."""
        key = id(write), source.element, source.earlier, source.initial.tobytes()
        if key not in self._known:
            if not are_symbolic(source.initial):
                raise UnrepeatableError("the first steps read numbers")
            for number, cell in enumerate(source.initial[::-1]):
                self.following.append(len(self.initial) - 1 if number else (write, source.element))
                self.initial.append(cell)
            self._known[key] = len(self.initial) - 1
        return self._known[key]


class Scanned:
    """The loop as a scan.

    Attributes
    ----------
    last : list of Node
        What is carried, after the last step.
    written : list of (Write, Node)
        What was written to arrays that the loop fills, in all steps.
    """

    def __init__(self, trial: Trial, carried: Sequence[Carried]) -> None:
        self.trial, self.carried, self.registers = trial, carried, Registers()
        self.plans = {id(event): self._plan(filled, event) for filled, event in trial.events if isinstance(event, Read)}
        begin = [each.initial for each in carried]
        if self.registers.initial:
            begin.append(trial.trace.places.node(np.array(self.registers.initial), False))
        arrays = [array for _, array in trial.slices]
        self._check_outside([*begin, *arrays])
        last, kept = scan(self._step, begin, arrays or None, trial.count)
        writes = [event for _, event in trial.events if isinstance(event, Write)]
        self.last, self.written = last[: len(carried)], list(zip(writes, kept or (), strict=True))

    def write(self, memories: Sequence[Memory]) -> None:
        """Write what the loop leaves in arrays: those that all steps write to, and those that they fill."""
        trace = self.trial.trace
        for memory, carried, node in zip(memories, self.carried[-len(memories) :], self.last[-len(memories) :], strict=False):
            assert memory.cells is not None
            trace.write(memory, memory.cells, ..., carried.filled(node))
        for filled in self.trial.filled.values():
            assert filled.memory.cells is not None
            trace.write(filled.memory, filled.memory.cells, ..., filled.memory.cells.copy())
        cells = [(write.target, write.keys, trace.places.cells(node)) for write, node in self.written]
        for step in range(self.trial.count):
            for target, keys, values in cells:
                target[keys[step]] = values[step]

    def _check_outside(self, nodes: Sequence[Any]) -> None:
        """Check that what the loop begins with does not depend on its own steps, or on those of a loop that has been given up."""
        for node in topological([each for each in nodes if isinstance(each, Node)]):
            owner = self.trial.trace.stand_ins.get(node)
            if owner is self.trial or (owner is not None and owner not in self.trial.trace.trials):
                raise UnrepeatableError("what a loop begins with depends on its steps")

    def _plan(self, filled: Filled, read: Read) -> list[tuple[Any, int]]:
        """Return for each element that a step reads a slice's leaf, None for the registers, or a write; and which element of it."""
        sources, boolean = filled.sources(read), read.leaf.boolean
        before = [each.initial for each in sources if each.write < 0]
        leaf = self.trial.slice_of_cells(np.stack(before, 1), boolean) if before else None
        made, sliced = list[tuple[Any, int]](), 0
        for each in sources:
            if each.write < 0:
                made.append((leaf, sliced))
                sliced += 1
            elif each.earlier:
                if boolean:
                    raise UnrepeatableError("booleans wait for a later step")
                made.append((None, self.registers.of(filled.writes[each.write], each)))
            else:
                made.append((filled.writes[each.write], each.element))
        return made

    def _step(self, carry: list[Node], slices: list[Node] | None) -> Any:
        given = {id(each.stand_in): node for each, node in zip(self.carried, carry, strict=False)}
        given |= {id(leaf): node for (leaf, _), node in zip(self.trial.slices, slices or (), strict=True)}
        registers, values = carry[-1] if self.registers.initial else None, dict[int, Node]()
        for _, event in self.trial.events:
            if isinstance(event, Write):
                (values[id(event)],) = substituted([event.value], given)
                continue
            elements = [
                (registers if key is None else values[id(key)] if isinstance(key, Write) else given[id(key)], element)
                for key, element in self.plans[id(event)]
            ]
            given[id(event.leaf)] = _gathered(elements, event.leaf.shape)
        after = substituted([each.following for each in self.carried], given)
        if registers is not None:
            elements = [
                (registers, each) if isinstance(each, int) else (values[id(each[0])], each[1]) for each in self.registers.following
            ]
            after.append(_gathered(elements, registers.shape))
        self._check(carry, after, slices or [], list(values.values()))
        return (after, list(values.values()) or None)

    def _check(self, carry: Sequence[Node], after: Sequence[Node], slices: Sequence[Node], values: Sequence[Node]) -> None:
        """Check that the step has the bits of the loop written out, and reads no array as a whole that it fills."""
        numbers = {node: array for node, (_, array) in zip(slices, self.trial.slices, strict=True) if not isinstance(array, Node)}
        outputs = [*after, *values]
        if not same_as_written_out(outputs, numbers, dict(zip(carry, after, strict=True))):
            raise UnrepeatableError("what are numbers in the loop written out would be values, with other bits")
        poisons = {id(each) for each in self.trial.poisons}
        if any(id(each) in poisons for each in topological(outputs)):
            raise UnrepeatableError("a step reads an array that the loop fills")


def _gathered(elements: Sequence[Any], shape: tuple[int, ...]) -> Node:
    """Return elements of nodes under a shape."""
    starts, start = dict[Node, int](), 0
    for node, _ in elements:
        if node not in starts:
            starts[node] = start
            start += node.size
    index = np.array([starts[node] + element for node, element in elements], np.int64)
    return rearrange(index.reshape(shape), *starts)
