"""The instruction array: the fields that the forward pass needs, all instructions at once, and those that the backward pass adds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..kinds import of, opcodes_with
from ..records.instruction import CLEAR, FLAT, INSTRUCTION, PACKED, STRIDE
from .layout import LayoutTable
from .numbered import Numbered

Array = np.ndarray[Any, Any]
NAMES = INSTRUCTION.names or ()
OPCODE, BACKWARD, ROWS, OUT, A, GRADIENT, TO_A, FLAGS, TABLE = (
    NAMES.index(name) for name in ("opcode", "backward", "rows", "out", "a", "gradient", "to_a", "flags", "table")
)
"""Where fields stand in an instruction: those of the lengths, of the operands and of their gradients follow one another."""



class Backward:
    """What the backward pass adds to a section's instructions, by their positions; and the gradient rows to clear after them.

    `clears` has, by position, first rows and numbers of rows; position -1 is before all instructions.
    """

    def __init__(self, count: int) -> None:
        self.needs, self.gradient, self.flags = [0] * count, [0] * count, [0] * count
        self.targets = [0] * count, [0] * count, [0] * count
        self.clears: dict[int, list[tuple[int, int]]] = {}

    def clear(self, position: int, rows: list[tuple[int, int]]) -> None:
        """Note what is to be cleared after an instruction."""
        if rows:
            self.clears[position] = rows


def forward_words(
    numbered: Numbered, section: Sequence[int], row: Sequence[int], uniform: Array | None, packed: Array, table: LayoutTable
) -> Array:  # fmt: skip
    """Return the instructions of a section's nodes without a backward pass, as words.

    Parameters
    ----------
    numbered : Numbered
    section : sequence of int
        The nodes.
    row : sequence of int
        The first row of each stored node.
    uniform : array of bool, or None
        Which nodes live in the uniform tile; None where the instructions run in it.
    packed : array of bool
        Which of these are packed.
    table : LayoutTable
        Gets the entries of layout instructions.
    """
    words = np.zeros((len(section), len(NAMES)), np.int32)
    nodes = [numbered.nodes[number] for number in section]
    gates = [node.gate for node in nodes if node.gate is not None]
    words[:, OPCODE] = [gate.opcode for gate in gates]
    words[:, ROWS : ROWS + 3] = 1
    words[:, ROWS] = [node.size for node in nodes]
    rows = np.array(row, np.int64)
    words[:, OUT] = rows[list(section)]
    operands, counts = numbered.operands_of(section)
    root = numbered.roots[operands]
    first = rows[root] + numbered.starts[operands]
    if uniform is not None:
        first = np.where(uniform[root], ~first, first)
    begins = np.cumsum(counts) - counts
    strided, tabled, unnamed = (opcodes_with(*names)[words[:, OPCODE]] for names in (["strided"], ["tabled"], ["tabled", "repeats"]))
    for position in np.flatnonzero(~strided).tolist():
        words[position, ROWS : ROWS + 3] = of(gates[position]).lengths(nodes[position])
        if tabled[position]:
            begin = begins[position]
            words[position, TABLE] = table.append(section[position], first[begin : begin + counts[position]])
    flat = np.ones(len(words), bool)
    sizes = np.array(numbered.sizes, np.int64)[operands]
    for number in range(3):
        named = np.flatnonzero((counts > number) & ~unnamed)
        place = begins[named] + number
        words[named, A + number] = first[place]
        moves = sizes[place] == words[named, ROWS]
        words[named, FLAGS] |= np.where(moves & strided[named], STRIDE[number], 0) | np.where(packed[root[place]], PACKED, 0)
        flat[named] &= moves != (first[place] < 0)
    words[:, FLAGS] |= np.where(strided & (flat | (words[:, ROWS] == 1)), FLAT, 0)
    return words


def assembled(words: Array, backward: Backward) -> tuple[Array, Array]:
    """Return a section's instructions with their backward pass, what is to be cleared after each, and where each one stands."""
    words[:, BACKWARD], words[:, GRADIENT] = backward.needs, backward.gradient
    words[:, FLAGS] |= np.array(backward.flags, np.int32)
    for number, targets in enumerate(backward.targets):
        words[:, TO_A + number] = targets
    cleared = np.zeros(len(words) + 1, np.int64)
    for position, clears in backward.clears.items():
        cleared[position + 1] = len(clears)
    before = np.cumsum(cleared)
    places = np.arange(len(words)) + before[:-1]
    made = np.zeros((len(words) + before[-1], len(NAMES)), np.int32)
    made[places] = words
    for position, clears in backward.clears.items():
        start = position + 1 + before[position + 1] - len(clears)
        made[start : start + len(clears), [OPCODE, BACKWARD, ROWS, ROWS + 1, ROWS + 2]] = CLEAR, 1, 1, 1, 1
        made[start : start + len(clears), [GRADIENT, ROWS]] = clears
    return made, places
