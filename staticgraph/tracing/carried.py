"""What one step of a loop leaves for the next: elements of variables and of arrays that are values of the trace."""

from typing import Any

import numpy as np

from ..nodes.node import Node
from .array import Traced
from .cells import Cells, are_places, bits_of
from .errors import UnrepeatableError


class Carried:
    """A variable, or an array, that steps change.

    Numbers in it stay numbers, as they would be if the loop were written out: constants are simplified.

    Attributes
    ----------
    initial, stand_in, following : Node
        Its values before the loop, what stands for them in a step, and what a step makes of them.
    given : cells
        What a step finds.
    """

    following: Node

    def __init__(self, trial: Any, cells: Cells, boolean: bool) -> None:
        places = trial.trace.places
        if cells.dtype.kind == "c":
            raise UnrepeatableError("complex numbers")
        self.trial, self.boolean = trial, boolean
        self.changing = np.asarray(are_places(bits_of(cells)))
        self.before = np.array(cells)
        self.initial = places.node(self._chosen(self.before), boolean)
        self.stand_in = trial.stand_in(self.initial.shape, boolean)
        self.given = self.filled(self.stand_in)

    def _chosen(self, cells: Cells) -> Any:
        return cells if self.changing.all() else np.asarray(cells)[self.changing]

    def filled(self, node: Node) -> Cells:
        """Return the cells with a node in the place of those that change."""
        made = self.before.copy()
        made[self.changing] = self.trial.trace.places.cells(node).ravel()
        return made

    def leave(self, cells: Cells) -> None:
        """Take what a step leaves."""
        if cells.shape != self.before.shape:
            raise UnrepeatableError("a step changes a shape")
        bits, changing = bits_of(cells), self.changing
        if np.any(bits[~changing] != bits_of(self.before)[~changing]) or not np.all(are_places(bits[changing])):
            raise UnrepeatableError("a step makes numbers of values, or values of numbers")
        self.following = self.trial.trace.places.node(self._chosen(np.asarray(cells)), self.boolean)


def same_array(array: Any, other: Any) -> bool:
    """Whether two arrays of the trace have one shape and dtype."""
    if type(array) is not Traced or type(other) is not Traced:
        return False
    return bool(array.dtype == other.dtype and array.scalar == other.scalar and array.shape == other.shape)
