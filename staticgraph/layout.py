"""The table of layout instructions: which row each element is copied from, and which gradient row receives its gradient."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .evaluate import element_index
from .instruction import MODE, SOURCE, TARGET
from .storage import Storage


class LayoutTable:
    """The tables of all layout instructions, one after another."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.parts: dict[int, Any] = {}
        self.length = 0

    def append(self, position: int, first_rows: Sequence[int]) -> int:
        """Add the sources of a node's elements, given its operands' first rows; return where its part of the table starts."""
        rows = [
            first + (1 if first >= 0 else -1) * np.arange(self.storage.sizes[operand])
            for first, operand in zip(first_rows, self.storage.operands[position], strict=True)
        ]
        node = self.storage.nodes[position]
        entries = np.zeros((node.size, 3), np.int32)
        entries[:, SOURCE] = np.concatenate(rows)[element_index(node)]
        self.parts[position] = entries
        self.length += node.size
        return self.length - node.size

    def plan(self, position: int, target: Callable[[int, int], tuple[int, int] | None]) -> None:
        """Add the targets of a node's elements: the gradient row and how it is written, by operand and element."""
        operands = self.storage.operands[position]
        elements = [(operand, element) for operand in operands for element in range(self.storage.sizes[operand])]
        for entry, number in zip(self.parts[position], element_index(self.storage.nodes[position]), strict=True):
            found = target(*elements[number])
            if found is not None:
                entry[TARGET], entry[MODE] = found

    def entries(self) -> Any:
        """Return the whole table."""
        return np.concatenate([np.zeros((0, 3), np.int32), *self.parts.values()])
