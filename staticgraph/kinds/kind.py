"""What a kind of gate is, and the table of all kinds.

A kind says how its gates are shaped, evaluated on arrays, lowered, run forward and backward, written out, counted and listed; everybody
else asks it. Kinds are found in the files of this folder: to add one takes one file, and gates that name it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from ..gates import BY_OPCODE, Gate, analysis
from ..gates.analysis import Contribution
from ..lanes.kernels import Kernel
from ..nodes.node import Node
from ..records.instruction import Instruction
from .writing import Writer

Array = np.ndarray[Any, Any]
LIMIT = 1 << 31
"""No length and no number of elements reaches it, as fields of instructions are 32-bit integers."""
Lengths = tuple[Any, Any, Any]
"""The fields `rows`, `length` and `columns`: numbers, or arrays of those of many instructions."""


class Kind:
    """What all gates of a kind have in common.

    A method that a kind leaves out though it is asked raises `NotImplementedError` with the kind's name: the kind is not whole.

    Attributes
    ----------
    name : str
        As the gates' declarations have it.
    strided : bool
        An instruction covers a strip: for each row of the result an operand goes on by one row, or stands still.
    tabled : bool
        An instruction copies the rows that its part of the program's table names; it names no operands, and serves all or none.
    repeats : bool
        An instruction repeats others, its region of the program; its record among the program's loops names its operands.
    by_partials : bool
        An instruction puts elements along an axis together, in partial results that take turns (see `gates.order`).
    packs : bool
        Operands may be packed.
    shares : bool
        All instructions that add to one uniform node share its accumulators; otherwise each has its own.
    empty : bool
        There may be no elements: functions write it so.
    varied : bool
        Which kernels run an instruction depends on more than the gate, whom it serves and the guard.
    folds : bool
        A node of constants is a constant.
    """

    name: ClassVar[str]
    strided = tabled = repeats = by_partials = packs = shares = varied = empty = False
    folds = True

    def operands(self, gate: Gate) -> int:
        """Return how many operands an instruction names."""
        return gate.arity

    def contributions(self, gate: Gate) -> tuple[Contribution | None, ...]:
        """Return for each operand what its contribution reads (operands and the value), None where it receives no gradient."""
        return analysis.contributions(gate)

    def constant_contributions(self, gate: Gate, upstream: float, operands: tuple[float | None, ...]) -> tuple[float | None, ...]:
        """Return what each operand receives from a constant upstream gradient, where that is one constant whatever the data."""
        return analysis.constant_contributions(gate, upstream, operands)

    def serving(self, gate: Gate, needs: int) -> int:
        """Return the set of operands that an instruction serves, given those that need a gradient; 0 if backward passes by."""
        return needs & receiving(gate)

    def serves(self, needs: int, number: int) -> bool:
        """Whether an operand is in such a set."""
        return bool(needs >> number & 1)

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Return a node's value for its operands' values (booleans as 0 and 1), without a batch."""
        raise NotImplementedError(self.name)

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Return what each operand receives. A zero upstream gradient contributes exactly zero."""
        raise NotImplementedError(self.name)

    def numbers(self, node: Node) -> Array:
        """Return what a node has beside its operands, as integers: so a file keeps it."""
        return np.array(node.static, np.int64)

    def static(self, gate: Gate, numbers: Array) -> Any:
        """Return what a node has beside its operands, given those integers; `ValueError` if none has such. `check` sees to the rest."""
        return tuple(numbers.tolist())

    def check(self, node: Node) -> None:
        """Raise `ValueError` unless operands, what a node has beside them and its shape fit together, whatever they are.

        Operands are well-formed, and no shape is out of range. What passes can be simplified, lowered and run.
        """
        assert node.gate is not None
        least = 0 if self.empty else 1
        if len(node.static) != 3 or min(node.static) < least or node.static[1] < 1 or max(node.static) >= LIMIT:
            raise ValueError(f"lengths {node.static}, expected three, from {least} (the second from 1) to {LIMIT - 1}")
        expected = list(self.operand_sizes(node.static))[: self.operands(node.gate)]
        found = [operand.size for operand in node.operands]
        if found != expected or node.size != self.result_size(node.static):
            raise ValueError(
                f"operands of {found} elements and a result of {node.size}, expected {expected} and {self.result_size(node.static)}"
                f" for the lengths {node.static}"
            )

    def lengths(self, node: Node) -> Lengths:
        """Return an instruction's `rows`, `length` and `columns`."""
        rows, length, columns = node.static
        return rows, length, columns

    def result_size(self, lengths: Lengths) -> Any:
        """Return how many rows a result has."""
        rows, _, columns = lengths
        return rows * columns

    def operand_sizes(self, lengths: Lengths) -> Sequence[Any]:
        """Return how many rows each operand has; nobody asks where these are strips."""
        raise NotImplementedError(self.name)

    def count(self, lengths: Lengths) -> Any:
        """Return how many operations an instruction is, written out element by element."""
        rows, length, columns = lengths
        return rows * length * columns

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return what runs an instruction forward."""
        raise NotImplementedError(self.name)

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return what runs an instruction backward, with zeros guarded or not."""
        raise NotImplementedError(self.name)

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Write an instruction out element by element."""
        raise NotImplementedError(self.name)

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Write an instruction's backward pass out."""
        raise NotImplementedError(self.name)


KINDS: dict[str, Kind] = {}
"""Every kind by name."""


def kind(made: type[Kind]) -> type[Kind]:
    """Declare a kind."""
    KINDS[made.name] = made()
    return made


def of(gate: Gate) -> Kind:
    """Return the kind of a gate."""
    return KINDS[gate.kind]


def opcodes_with(*properties: str) -> Array:
    """Return for each opcode whether its gate's kind has one of these properties, such as `strided`."""
    return np.array([gate is not None and any(getattr(of(gate), name) for name in properties) for gate in BY_OPCODE])


def moves_elements(node: Node) -> bool:
    """Whether a node's elements are copies of its operands' elements."""
    return node.gate is not None and of(node.gate).tabled


@cache
def contributions(gate: Gate) -> tuple[Contribution | None, ...]:
    """Return for each operand what its contribution reads, None where it receives no gradient."""
    return of(gate).contributions(gate)


@cache
def receiving(gate: Gate) -> int:
    """Return the operands that may receive a gradient, one bit each."""
    return sum(1 << number for number, each in enumerate(contributions(gate)) if each is not None)


@cache
def serving(gate: Gate, needs: int) -> int:
    """Return the set of operands that an instruction serves, given those that need a gradient."""
    return of(gate).serving(gate, needs)


@cache
def vanishes(gate: Gate, needs: int) -> bool:
    """Whether the rule makes zero of a zero upstream gradient by itself, for these operands."""
    return all(each is None or each.vanishes or not needs >> number & 1 for number, each in enumerate(contributions(gate)))


@cache
def is_elementary(gate: Gate) -> bool:
    """Whether the gate's value or gradient takes an elementary function."""
    return not of(gate).tabled and analysis.is_elementary(gate)


def guards(gate: Gate, needs: int, guarded: bool) -> bool:
    """Whether a kernel for a set of operands has a guard.

    Often one kernel does for guarded instructions and others, so that fewer are compiled. A rule that makes zero of a zero upstream
    gradient by itself needs no guard: neither has one. Beside an elementary function a guard costs nothing: both have one.
    """
    return (guarded or analysis.is_elementary(gate)) and not vanishes(gate, needs)
