"""A loop's body, run once for all of its steps: what it reads and writes becomes a scan, if it is the same in each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates.selection import not_equal
from ..nodes.node import INPUT, Node, apply
from .array import Traced, cells_like
from .cells import Cells, hold_places
from .errors import UnrepeatableError
from .numbered import LARGEST, Numbered, sliced_in, steps_of
from .recurrences import Filled, Read, Write, addresses_of, are_symbolic
from .state import Journal, Memory, Trace, moment
from .stored import BOOL, COMPLEX, FLOAT, INT


class Trial:
    """One run of a body for steps that differ in values alone.

    Parameters
    ----------
    trace : Trace
    steps : sequence of int
        What the loop counts.
    filled : dict of int to Memory
        The arrays that are known to be filled at places that move with the steps, by identity.
    """

    def __init__(self, trace: Trace, steps: Sequence[int], filled: dict[int, Memory]) -> None:
        self.trace, self.count = trace, len(steps)
        self.number = Numbered(self, steps)
        self.began, self.frame = moment(), trace.explored[-1]
        self.filling = filled
        self.filled: dict[int, Filled] = {}
        self.events: list[tuple[Filled, Read | Write]] = []
        self.slices: list[tuple[Node, Any]] = []
        self.protected: dict[int, Memory] = {}
        self.poisons: list[Node] = []
        self.mixed = False
        self._state = len(trace.guards), len(trace.endless), len(trace.context), len(trace.joins), len(trace.journals), trace.trying
        self._known = trace.forked.copy(), trace.inlined.copy(), trace.unrepeated.copy()
        self.journal = Journal()
        trace.journals.append(self.journal)
        trace.trials.append(self)

    def end(self, failed: bool) -> None:
        """Take all back that was written or learnt."""
        trace = self.trace
        guards, endless, context, joins, journals, trace.trying = self._state
        del trace.trials[trace.trials.index(self) :], trace.guards[guards:], trace.endless[endless:]
        del trace.context[context:], trace.joins[joins:], trace.journals[journals:]
        del trace.explored[trace.explored.index(self.frame) + 1 :]
        self.journal.take_back()
        if failed:
            for now, before in zip((trace.forked, trace.inlined, trace.unrepeated), self._known, strict=True):
                now.clear()
                now.update(before)

    def check(self) -> None:
        """Raise `UnrepeatableError` if the body raises for some rows, or has written where that reaches further than it is known."""
        if (len(self.trace.guards), len(self.trace.endless)) != self._state[:2]:
            raise UnrepeatableError("a step raises for some rows")
        if not self.protected.keys().isdisjoint(self.journal.before):
            raise UnrepeatableError("a step writes to an array that may have another name")

    def check_known(self) -> None:
        """Raise `UnrepeatableError` if a step reads numbers where others read values of the trace."""
        if self.mixed:
            raise UnrepeatableError("numbers in some steps are values in others")

    def stand_in(self, shape: tuple[int, ...], boolean: bool = False) -> Node:
        """Return a node that stands for what differs from step to step."""
        leaf = Node(INPUT, shape, name="step")
        self.trace.stand_ins[leaf] = self
        return apply(not_equal, (leaf, 0.0)) if boolean else leaf

    def fill(self) -> None:
        """Let nothing but what moves with the steps be read from arrays that are filled."""
        for key, memory in self.filling.items():
            assert memory.cells is not None
            self.filled[key] = Filled(memory, memory.cells.copy())
            poison = self.stand_in(memory.cells.shape)
            self.poisons.append(poison)
            self.trace.write(memory, memory.cells, ..., self.trace.places.cells(poison))

    def slice_of(self, values: Sequence[Any]) -> Traced:
        """Return what stands for numbers, one for each step."""
        plain = [each.numbers if type(each) is Traced else each for each in values]
        array = np.asarray(plain)
        if array.dtype.kind not in "biuf" or (array.dtype.kind in "iu" and np.any(np.abs(array) > LARGEST)):
            raise UnrepeatableError("numbers that are no float64")
        node = self.stand_in(array.shape[1:], array.dtype.kind == "b")
        self.slices.append((node, array if array.dtype.kind == "b" else array.astype(float)))
        dtype = BOOL if array.dtype.kind == "b" else INT if array.dtype.kind in "iu" else FLOAT
        return Traced(node.shape, dtype, parts=(node,), scalar=not isinstance(values[0], np.ndarray))

    def read(self, array: Traced, key: Any) -> Any:
        """Return `array[key]`, for a key that differs from step to step."""
        self._check_innermost(array)
        memory, cells = array.memory, array.cells
        if id(memory) in self.filled:
            filled, addresses = self.filled[id(memory)], _stacked(addresses_of(cells), key, self.count)
            node = self.stand_in(addresses.shape[1:], array.dtype == BOOL)
            self.events.append((filled, Read(node, addresses, len(filled.writes))))
        else:
            found = _stacked(cells, key, self.count)
            if not hold_places(found):
                return self._numbers(array, found)
            node = self.slice_of_cells(found, array.dtype == BOOL)
        made = Traced(node.shape, array.dtype, parts=(node,), scalar=not node.shape)
        self.protected[id(made.memory)] = made.memory
        return made

    def _numbers(self, array: Traced, found: Cells) -> Numbered:
        if found.ndim == 1:
            return Numbered(self, list(found if found.dtype == array.dtype else found.astype(array.dtype)))
        blocks = [Traced(found.shape[1:], array.dtype, cells=each, outside=True) for each in found]
        self.protected.update((id(each.memory), each.memory) for each in blocks)
        return Numbered(self, blocks)

    def slice_of_cells(self, cells: Cells, boolean: bool) -> Node:
        """Return what stands for nodes, or numbers, that each step has others of."""
        symbolic, node = are_symbolic(cells), self.stand_in(cells.shape[1:], boolean)
        if not symbolic and hold_places(cells):
            self.mixed = True
            return node
        numbers = cells.astype(bool) if boolean else cells
        self.slices.append((node, self.trace.places.node(cells, boolean) if symbolic else numbers))
        return node

    def store(self, array: Traced, key: Any, value: Any) -> None:
        """Do `array[key] = value`, for a key that differs from step to step."""
        self._check_innermost(array)
        memory = array.memory
        if memory.serial > self.began or array.outside or memory.joined is not None:
            raise UnrepeatableError("a step fills an array that is not the loop's alone")
        cells = array.cells
        addresses = _stacked(addresses_of(cells), key, self.count)
        filled = self.filled.get(id(memory))
        if filled is None:
            self.filling[id(memory)] = memory
            return
        made = np.broadcast_to(cells_like(sliced_in(value), array.dtype), addresses.shape[1:])
        if not are_symbolic(made):
            raise UnrepeatableError("a step stores numbers")
        node = self.trace.places.node(made, array.dtype == BOOL)
        write = Write(cells, list(steps_of(key, self.count)), addresses, node)
        filled.writes.append(write)
        self.events.append((filled, write))

    def _check_innermost(self, array: Traced) -> None:
        if self.trace.trials[-1] is not self or array.dtype == COMPLEX:
            raise UnrepeatableError("an index of an outer loop, or complex numbers")


def _stacked(cells: Any, key: Any, count: int) -> Any:
    """Return what an index picks in each step, along a new first axis."""
    if type(key) is Numbered and all(type(each) is int for each in key.values):
        return cells[np.array(key.values)]
    return np.stack([cells[each] for each in steps_of(key, count)])
