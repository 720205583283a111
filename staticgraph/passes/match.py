"""What the passes ask of nodes, and the form of a rule."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from ..gates import Gate
from ..nodes.node import CONSTANT, Node, window
from ..nodes.shapes import Shape


class Build(Protocol):
    """How a rule makes nodes: every pass applies to what it makes."""

    def __call__(self, gate: Gate, *operands: Any) -> Node:
        """Return the node of an elementwise gate."""

    def make(self, gate: Gate, operands: Sequence[Node], static: Any, shape: Shape) -> Node:
        """Return the node of any gate."""

    def constant(self, value: Any, boolean: bool = False) -> Node:
        """Return a constant."""


Rule = Callable[[Build, Sequence[Node], Any, Shape], Node | None]
"""Operands, static data and shape of a gate to what may take its place, None where the rule does not apply."""


def is_constant(node: Node, value: float) -> bool:
    """Whether every element is this number, signs of zeros included."""
    if node.role != CONSTANT or not node.size:
        return False
    if node.size == 1:
        number = node.static.item()
        return bool(number == value) and math.copysign(1.0, number) == math.copysign(1.0, value)
    return bool(np.all(node.static == value) and np.all(np.signbit(node.static) == np.signbit(value)))


def uniform_value(node: Node) -> float | None:
    """Return the number that every element of a constant is, None if there is none."""
    if node.role != CONSTANT or not node.size:
        return None
    first = node.static.flat[0]
    return float(first) if node.size == 1 or np.all(node.static == first) else None


def shaped(node: Node, shape: Shape) -> Node | None:
    """Return a node that may stand for a result of that shape, None if it would have to be repeated."""
    return window(node, 0, shape) if node.size == int(np.prod(shape)) else None


def either_order(operands: Sequence[Node]) -> tuple[tuple[Node, Node], tuple[Node, Node]]:
    """Return two operands in both orders."""
    first, second = operands
    return (first, second), (second, first)
