"""Loops: a gate with a graph inside, which one instruction repeats."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import SCAN, Gate
from ..gates.analysis import Contribution
from ..lanes.kernels import Kernel, of_instruction
from ..lanes.repeating import backward, forward
from ..nodes.loops import Loop
from ..nodes.node import Node
from ..records.instruction import Instruction
from .kind import LIMIT, Array, Kind, Lengths, kind
from .reference import outputs_of, received
from .writing import Writer


@kind
class Scan(Kind):
    """Repeats the graph of a step."""

    name = SCAN
    repeats = True
    folds = False

    def operands(self, gate: Gate) -> int:
        """Return none: the loop's record names them."""
        return 0

    def contributions(self, gate: Gate) -> tuple[Contribution | None, ...]:
        """Return one for all operands together; what it reads is the matter of the step's own instructions."""
        return (Contribution(frozenset(), False),)

    def serving(self, gate: Gate, needs: int) -> int:
        """Return one bit for all operands together."""
        return 1 if needs else 0

    def serves(self, needs: int, number: int) -> bool:
        """Whether any operand is served."""
        return needs != 0

    def constant_contributions(self, gate: Gate, upstream: float, operands: tuple[float | None, ...]) -> tuple[float | None, ...]:
        """Return that none is constant."""
        return (None,) * len(operands)

    def evaluate(self, node: Node, operands: Sequence[Array], dtype: Any) -> Array:
        """Take the steps one after another."""
        loop: Loop = node.static
        carry, kept = np.asarray(operands[0], dtype), [np.empty(shape, dtype) for shape in loop.shapes]
        for step in _order(loop):
            carry, *results = outputs_of(loop.graph, _leaves(loop, operands, carry, step), dtype)
            for array, result in zip(kept, results, strict=True):
                array[step] = result
        return np.concatenate([carry, *map(np.ravel, kept)]).astype(dtype)

    def pulled_back(self, node: Node, g: Array, y: Array, operands: Sequence[Array]) -> list[Array]:
        """Take the steps back, from the carries that each of them began with."""
        loop: Loop = node.static
        order, carries = _order(loop), [np.asarray(operands[0], g.dtype)]
        for step in order[:-1]:
            carries.append(outputs_of(loop.graph, _leaves(loop, operands, carries[-1], step), g.dtype)[0])
        ends = np.cumsum(loop.sizes)[:-1]
        upstream, *kept = np.split(g, ends)
        kept = [each.reshape(shape) for each, shape in zip(kept, loop.shapes, strict=True)]
        found = [np.zeros_like(np.asarray(operand, g.dtype)) for operand in operands]
        for step, carry in zip(reversed(order), reversed(carries), strict=True):
            cotangents = [upstream, *(each[step] for each in kept)]
            upstream, *others = received(loop.graph, _leaves(loop, operands, carry, step), cotangents, g.dtype)
            for number, each in enumerate(others, 1):
                if number <= loop.sliced:
                    found[number][step] += each
                else:
                    found[number] += each
        found[0] += upstream
        return found

    def numbers(self, node: Node) -> Array:
        """Return the number of steps, that of sliced operands, and whether the last slice comes first; a file keeps the graph beside."""
        return np.array([node.static.length, node.static.sliced, node.static.turned], np.int64)

    def static(self, gate: Gate, numbers: Array) -> Any:
        """Return these numbers: the graph is read beside them."""
        if numbers.size != 3 or numbers[2] not in (0, 1):
            raise ValueError(f"scan: integers {numbers.tolist()} beside the operands, expected steps, sliced operands, and 0 or 1")
        return numbers.tolist()

    def check(self, node: Node) -> None:
        """Raise `ValueError` unless the step takes the operands, and gives a carry like the one that it takes."""
        loop: Loop = node.static
        check_loop(loop, [operand.shape for operand in node.operands])
        if node.shape != (sum(loop.sizes),):
            raise ValueError(f"shape {node.shape}, expected {(sum(loop.sizes),)}")

    def lengths(self, node: Node) -> Lengths:
        """Return the rows of the value, and the number of steps."""
        return node.size, node.static.length, 1

    def result_size(self, lengths: Lengths) -> Any:
        """Return the rows of the value."""
        return lengths[0]

    def operand_sizes(self, lengths: Lengths) -> Sequence[Any]:
        """Return nothing: no operands are named."""
        return [0, 0, 0]

    def forward_kernel(self, gate: Gate, instruction: Instruction) -> Kernel:
        """Return what takes the steps."""
        return of_instruction("forward.scan", forward)

    def backward_kernel(self, gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
        """Return what takes the steps back; within a step upstream gradients may always be zero."""
        return of_instruction("backward.scan", backward)

    def write_forward(self, writer: Writer, gate: Gate, instruction: Instruction) -> None:
        """Write the steps out."""
        writer.repeat(instruction)

    def write_backward(self, writer: Writer, gate: Gate, instruction: Instruction, guarded: bool) -> None:
        """Write the steps back."""
        writer.repeat_back(instruction)

    def count(self, lengths: Lengths) -> Any:
        """Return nothing: the step's instructions count."""
        return 0 * lengths[0]


def check_loop(loop: Loop, shapes: Sequence[tuple[int, ...]]) -> None:
    """Raise `ValueError` unless a step takes operands of these shapes, and gives a carry like the one that it takes."""
    graph = loop.graph
    if not 1 <= loop.length < LIMIT or not 0 <= loop.sliced < len(shapes) or not graph.outputs or len(graph.inputs) != len(shapes):
        raise ValueError(f"{loop.length} steps, {loop.sliced} of {len(shapes)} operands sliced, {len(graph.inputs)} leaves")
    expected = [(loop.length, *leaf.shape) if 1 <= number <= loop.sliced else leaf.shape for number, leaf in enumerate(graph.inputs)]
    if expected != list(shapes):
        raise ValueError(f"a step takes operands of the shapes {expected}, got {list(shapes)}")
    if graph.inputs[0].ndim != 1 or graph.outputs[0].shape != graph.inputs[0].shape:
        found = graph.inputs[0].shape, graph.outputs[0].shape
        raise ValueError(f"a step takes a carry of shape {found[0]} and gives one of {found[1]}, expected one axis")


def _order(loop: Loop) -> list[int]:
    """Return the slices in the order in which they are taken."""
    return list(range(loop.length))[:: -1 if loop.turned else 1]


def _leaves(loop: Loop, operands: Sequence[Array], carry: Array, step: int) -> dict[str, Array]:
    """Return what the leaves of one step stand for."""
    values = [carry, *(each[step] if number < loop.sliced else each for number, each in enumerate(operands[1:]))]
    return {str(leaf.name): value for leaf, value in zip(loop.graph.inputs, values, strict=True)}

