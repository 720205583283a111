"""The value of one node from the values of its operands, on NumPy arrays, without a batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import CONTRACTION, ELEMENTWISE, REDUCTION
from ..gates.linear import gather
from .node import Node

Array = np.ndarray[Any, Any]


def canonical(node: Node, operands: Sequence[Array]) -> list[Array]:
    """Return the operands in the form that the gate's rules take."""
    if node.gate is None or node.gate.kind == ELEMENTWISE:
        return list(operands)
    if node.gate.kind == REDUCTION:
        return [np.reshape(operands[0], node.static)]
    if node.gate.kind == CONTRACTION:
        rows, inner, columns = node.static
        return [np.reshape(operands[0], (rows, inner)), np.reshape(operands[1], (inner, columns))]
    return [np.concatenate([np.ravel(operand) for operand in operands])]


def element_index(node: Node) -> Array:
    """Return which element of the operands, counted through all of them, each element of a layout node is."""
    if node.gate is gather:
        return np.frombuffer(node.static, np.int64)
    return np.arange(node.static, node.static + node.size)


def evaluate(node: Node, operands: Sequence[Array], dtype: Any) -> Array:
    """Return a node's value for its operands' values (booleans as 0 and 1)."""
    assert node.gate is not None
    arguments = canonical(node, operands)
    with np.errstate(all="ignore"):
        if node.gate.kind in (ELEMENTWISE, REDUCTION, CONTRACTION):
            value = np.asarray(node.gate.forward(*arguments), dtype)
        else:
            value = np.asarray(arguments[0][element_index(node)], dtype)
    return np.array(np.broadcast_to(value, node.shape) if node.gate.kind == ELEMENTWISE else value.reshape(node.shape))
