"""From fields to a graph: records of nodes, each of which only names nodes before it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import CUSTOM, SCAN, Gate
from ..kinds import of
from ..kinds.kind import Array
from ..nodes.custom import Custom
from ..nodes.graph import Graph
from ..nodes.loops import Loop
from ..nodes.node import CONSTANT, OPERATION, Node
from ..nodes.origins import NOWHERE
from ..nodes.shapes import Shape
from .layout import COUNTS, INTEGER, NODE, NUMBER, PLACE, ROLES
from .reader import Reader, text
from .verify import MOST_AXES, check_depth

LOOP_INTEGERS = 3


def read_graph(reader: Reader, gates: Sequence[Gate], depth: int = 0) -> Graph:
    """Return the next graph, of which the shapes are still to be verified; `depth` tells how many others it is within."""
    count, inputs, outputs = reader.fields(COUNTS, "a graph's head")
    reader.expect(count * NODE.size + (inputs + outputs) * PLACE.itemsize, f"{count} nodes, {inputs} inputs and {outputs} outputs")
    nodes: list[Node] = []
    for number in range(count):
        nodes.append(_node(reader, f"node {number}", nodes, gates, depth))
    leaves = [nodes[place] for place in reader.places(inputs, count, "inputs")]
    graph = Graph([nodes[place] for place in reader.places(outputs, count, "outputs")], leaves)
    unused = count - len({*graph.nodes, *leaves})
    if unused:
        raise ValueError(f"{unused} of {count} nodes belong to no output and are no input")
    return graph


def _node(reader: Reader, what: str, before: Sequence[Node], gates: Sequence[Gate], depth: int) -> Node:
    """Return the next node; its operands are nodes before it."""
    role, boolean, axes, gate, operand_count, length = reader.fields(NODE, what)
    if role >= len(ROLES) or boolean > 1 or axes > MOST_AXES:
        raise ValueError(f"{what}: role {role}, boolean {boolean}, {axes} axes: expected at most {len(ROLES) - 1}, 1 and {MOST_AXES}")
    shape = tuple(reader.integers(axes, f"the shape of {what}"))
    operands = tuple([before[place] for place in reader.places(operand_count, len(before), f"the operands of {what}")])
    content = reader.take(length, f"the content of {what}")
    if ROLES[role] == OPERATION:
        if gate >= len(gates):
            raise ValueError(f"{what}: gate {gate}, of {len(gates)} there are")
        static = _static(gates[gate], content, what, gates, depth)
        return Node(OPERATION, shape, gate=gates[gate], operands=operands, static=static, boolean=bool(boolean), origin=NOWHERE)
    if gate or operands:
        raise ValueError(f"{what}: a leaf has no gate and no operands")
    if ROLES[role] == CONSTANT:
        return Node(CONSTANT, shape, static=_elements(content, shape, what), boolean=bool(boolean), origin=NOWHERE)
    return Node(ROLES[role], shape, name=text(content, f"the name of {what}"), boolean=bool(boolean), origin=NOWHERE)


def _static(gate: Gate, content: memoryview, what: str, gates: Sequence[Gate], depth: int) -> Any:
    """Return what an operation has beside its operands: integers, and graphs of its own."""
    kind = of(gate)
    if kind.name not in (CUSTOM, SCAN):
        return kind.static(gate, _integers(content, what))
    check_depth(depth + 1)
    reader = Reader(content)
    made: Custom | Loop
    if kind.name == CUSTOM:
        made = Custom(read_graph(reader, gates, depth + 1), read_graph(reader, gates, depth + 1))
    else:
        length, sliced, turned = kind.static(gate, np.array(reader.integers(LOOP_INTEGERS, what), np.int64))
        made = Loop(read_graph(reader, gates, depth + 1), length, sliced, bool(turned))
    if reader.left:
        raise ValueError(f"{what}: {reader.left} bytes are left over")
    return made


def _integers(content: memoryview, what: str) -> Array:
    if len(content) % INTEGER.itemsize:
        raise ValueError(f"{what}: {len(content)} bytes are no whole number of integers")
    return np.frombuffer(content, INTEGER).astype(np.int64)


def _elements(content: memoryview, shape: Shape, what: str) -> Array:
    """Return the elements of a constant, of whose shape nothing is known yet."""
    if min(shape, default=0) < 0 or math.prod(shape) * NUMBER.itemsize != len(content):
        raise ValueError(f"{what}: {len(content)} bytes are not the numbers of shape {shape}")
    elements = np.frombuffer(content, NUMBER).astype(np.float64).reshape(shape)
    elements.flags.writeable = False
    return elements
