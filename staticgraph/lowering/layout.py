"""The table of layout instructions: which row each element is copied from, and which gradient row receives its gradient."""

from typing import Any

import numpy as np

from ..kinds.layout import element_index
from ..records.instruction import ACCUMULATE, MODE, SOURCE, STORE, TARGET
from .gradients import Accumulators, Gradients
from .numbered import Numbered

Array = np.ndarray[Any, Any]


class LayoutTable:
    """The tables of all layout instructions, one after another; those of a region stand among them."""

    def __init__(self, numbered: Numbered, within: "LayoutTable | None" = None) -> None:
        self.numbered = numbered
        self.parts: dict[int, Array] = {}
        self.whole: LayoutTable = within.whole if within else self
        self.made: list[Array] = []
        self.length = 0

    def append(self, position: int, first_rows: Array) -> int:
        """Add the sources of a node's elements, given its operands' first rows; return where its part of the table starts."""
        operand, element = self._elements(position)
        first = first_rows[operand]
        entries = np.zeros((len(first), 3), np.int32)
        entries[:, SOURCE] = np.where(first >= 0, first + element, first - element)
        self.parts[position] = entries
        self.whole.made.append(entries)
        self.whole.length += len(entries)
        return self.whole.length - len(entries)

    def _elements(self, position: int) -> tuple[Array, Array]:
        """Return for each element of a node which operand it comes from, by its place, and which element of that it is."""
        ends = np.cumsum([self.numbered.sizes[operand] for operand in self.numbered.operands[position]])
        index = element_index(self.numbered.nodes[position])
        operand = np.searchsorted(ends, index, side="right")
        return operand, index - np.append(0, ends)[operand]

    def plan(self, position: int, receives: Array, local: Array, gradients: Gradients, accumulators: Accumulators) -> None:
        """Add the targets of a node's elements: for each node whether it receives a gradient, and whether it lives in this section."""
        operand, element = self._elements(position)
        numbered, entries = self.numbered, self.parts[position]
        numbers = np.array(numbered.operands[position], np.int64)[operand]
        root, element = numbered.roots[numbers], element + numbered.starts[numbers]
        shared = np.flatnonzero(receives[numbers] & ~local[root])
        entries[shared, TARGET] = ~accumulators.scatter(root[shared], element[shared])
        entries[shared, MODE] = ACCUMULATE
        own = np.flatnonzero(receives[numbers] & local[root])
        own = own[np.argsort(root[own], kind="stable")]
        root, element = root[own], element[own]
        bounds = [*np.flatnonzero(np.diff(root, prepend=-1)).tolist(), len(own)]
        rows, stores = np.empty(len(own), np.int64), np.empty(len(own), bool)
        for group in np.argsort(own[bounds[:-1]]).tolist():  # nodes whose gradients begin here get rows in the order of their elements
            part = slice(bounds[group], bounds[group + 1])
            rows[part], stores[part] = gradients.scatter(int(root[part.start]), element[part])
        entries[own, TARGET] = rows
        entries[own, MODE] = np.where(stores, STORE, ACCUMULATE)

    def entries(self) -> Array:
        """Return the whole table."""
        return np.concatenate([np.zeros((0, 3), np.int32), *self.made])
