"""Cells: arrays of float64 whose elements are numbers, or places in nodes.

A place is kept in the bits of a NaN that no arithmetic makes: its sign and all of its exponent are set, and the other 51 bits, inverted,
are the number of a node and of an element within it. So NumPy's own indexing, assignment, views and layout functions move nodes as
they move numbers, and views alias as NumPy's do, because they are NumPy's.
"""

from typing import Any

import numpy as np

from ..nodes.node import CONSTANT, Node, as_node, rearrange, window

Cells = np.ndarray[Any, Any]

PLACE_BITS = 25
"""Elements of a node: 2**25; nodes of a trace: 2**26."""
FLOOR = -(1 << 51)
"""As an integer, the NaN that x86 makes of `0 / 0`; every place is larger."""
_PLACE = (1 << PLACE_BITS) - 1


def bits_of(cells: Cells) -> Cells:
    """Return the bits of cells as integers, in their shape."""
    return np.ascontiguousarray(cells).view(np.int64).reshape(np.shape(cells))


def are_places(bits: Any) -> Any:
    """Whether cells, given by their bits, are places and no numbers."""
    return (bits < 0) & (bits > FLOOR)


def hold_places(cells: Cells) -> bool:
    """Whether any of the cells is a place in a node."""
    if cells.dtype.kind == "c":
        return hold_places(cells.real) or hold_places(cells.imag)
    return bool(are_places(bits_of(cells)).any())


class Places:
    """The nodes of a trace by number, and what cells stand for."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.numbers: dict[Node, int] = {}
        self.elements: dict[int, Node] = {}
        self.known: dict[Any, Node] = {}

    def cells(self, node: Node) -> Cells:
        """Return cells that hold the elements of a node."""
        if node.role == CONSTANT:
            return np.array(node.static, np.float64)
        number = self.numbers.get(node)
        if number is None:
            number = self.numbers[node] = len(self.nodes)
            self.nodes.append(node)
        first = number << PLACE_BITS
        return (~np.arange(first, first + node.size)).view(np.float64).reshape(node.shape)

    def element(self, cell: np.float64) -> Node | None:
        """Return the node of shape `()` that one cell stands for; None for a number."""
        bits = int(cell.view(np.int64))
        if not FLOOR < bits < 0:
            return None
        found = self.elements.get(bits)
        if found is None:
            found = self.elements[bits] = window(self.nodes[~bits >> PLACE_BITS], ~bits & _PLACE, ())
        return found

    def node(self, cells: Cells, boolean: bool) -> Node:
        """Return the node that cells stand for: one gate that gathers from the nodes that they name."""
        bits = bits_of(cells)
        key = bits.shape, boolean, bits.tobytes()
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._gathered(bits, np.asarray(cells), boolean)
        return found

    def _gathered(self, bits: Cells, cells: Cells, boolean: bool) -> Node:
        places = are_places(bits)
        if not places.any():
            return as_node(cells.astype(bool) if boolean else cells)
        numbers = np.where(places, ~bits >> PLACE_BITS, -1)
        used = list(dict.fromkeys(numbers.ravel().tolist()))
        index = np.zeros(bits.shape, np.int64)
        operands, start = [], 0
        for number in used:
            chosen = numbers == number
            if number < 0:
                values = cells[chosen]
                operand = as_node(values.astype(bool) if boolean else values)
                index[chosen] = start + np.arange(values.size)
            else:
                operand = self.nodes[number]
                index[chosen] = start + (~bits[chosen] & _PLACE)
            operands.append(operand)
            start += operand.size
        return rearrange(index, *operands)
