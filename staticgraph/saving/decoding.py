"""From the bytes of a file to a function: checked field by field, then as a graph; nothing in them is ever executed."""

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from ..gates import Gate, find
from ..kinds import of
from ..kinds.kind import Array
from ..nodes.graph import Graph
from ..nodes.node import CONSTANT, OPERATION, Node
from ..nodes.shapes import Shape
from .layout import DIGEST_BYTES, DTYPES, ENGINES, HEAD, INTEGER, MAGIC, NODE, NUMBER, PLACE, PREFIX, ROLES, STRUCTURES, VERSION, Saved
from .reader import Reader, text
from .verify import MOST_AXES, verify

_DAMAGED = "the file is damaged; take it from a backup, or save the function again"

_FOREIGN = "if the file is of a later version of staticgraph, upgrade that; otherwise save has not written it, and it cannot be used"


def body_length(prefix: bytes) -> int:
    """Return how many bytes the body has, given what stands before it; `ValueError` unless it is that of a file to be read."""
    if not prefix.startswith(MAGIC) or len(prefix) < PREFIX.size:
        raise ValueError("this is no file of a function's save" + (", or only its beginning" if MAGIC.startswith(prefix[:8]) else ""))
    _, version, reserved, length = PREFIX.unpack(prefix)
    if version > VERSION:
        raise ValueError(f"format {version} is of a later version of staticgraph, this one reads formats up to {VERSION}: upgrade it")
    if version < 1 or reserved:
        raise ValueError(f"format {version}, reserved field {reserved}: {_DAMAGED}")
    return int(length)


def check_length(length: int, size: int) -> None:
    """Raise `ValueError` unless a file of this size holds a body of this length."""
    expected = PREFIX.size + length + DIGEST_BYTES
    if size != expected:
        what = "it has not arrived completely" if size < expected else "something was added to it"
        raise ValueError(f"the file should have {expected} bytes but has {size}: {what}; copy it again, or save the function again")


def decode(data: bytes) -> Saved:
    """Return the function in the bytes of a file.

    Raises
    ------
    ValueError
        Saying what is wrong, whatever the bytes are.
    """
    check_length(body_length(data[: PREFIX.size]), len(data))
    view = memoryview(data)
    if hashlib.sha256(view[:-DIGEST_BYTES]).digest() != data[-DIGEST_BYTES:]:
        raise ValueError(f"its checksum is not that of its content: {_DAMAGED}")
    try:
        return _function(Reader(view[PREFIX.size : -DIGEST_BYTES]))
    except ValueError as error:
        raise ValueError(f"{error}; {_FOREIGN}") from None


def _function(reader: Reader) -> Saved:
    dtype, engine, structure, described, gate_count, node_count, inputs, outputs = reader.fields(HEAD, "the head")
    for what, code, codes in (("dtype", dtype, DTYPES), ("engine", engine, ENGINES), ("structure", structure, STRUCTURES)):
        if code >= len(codes):
            raise ValueError(f"the {what} is {code}, expected one of 0 to {len(codes) - 1}")
    if gate_count * PLACE.itemsize + node_count * NODE.size + (inputs + outputs) * PLACE.itemsize > reader.left:
        counts = f"{gate_count} gates, {node_count} nodes, {inputs} inputs and {outputs} outputs"
        raise ValueError(f"{counts} do not fit into {reader.left} bytes")
    name, doc = reader.string("the name"), reader.string("the docstring")
    if described > 1 or (doc and not described):
        raise ValueError("there is a docstring although there is none")
    if STRUCTURES[structure] and outputs != 1:
        raise ValueError(f"the outputs are one node and no tuple, but there are {outputs}")
    gates = [_gate(reader.string("a gate's name")) for _ in range(gate_count)]
    graph = _graph(reader, gates, node_count, inputs, outputs)
    return Saved(graph, STRUCTURES[structure], np.dtype(DTYPES[dtype]), name, doc if described else None, ENGINES[engine])


def _graph(reader: Reader, gates: Sequence[Gate], count: int, inputs: int, outputs: int) -> Graph:
    """Return the graph of so many nodes, inputs and outputs, to which all that is left belongs."""
    nodes: list[Node] = []
    for number in range(count):
        nodes.append(_node(reader, f"node {number}", nodes, gates))
    leaves = [nodes[place] for place in reader.places(inputs, count, "inputs")]
    graph = Graph([nodes[place] for place in reader.places(outputs, count, "outputs")], leaves)
    if reader.left:
        raise ValueError(f"{reader.left} bytes are left over")
    unused = count - len({*graph.nodes, *leaves})
    if unused:
        raise ValueError(f"{unused} of {count} nodes belong to no output and are no input")
    verify(graph)
    return graph


def _gate(name: str) -> Gate:
    try:
        return find(name)
    except KeyError:
        raise ValueError(f"there is no gate {name!r}") from None


def _node(reader: Reader, what: str, before: Sequence[Node], gates: Sequence[Gate]) -> Node:
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
        static = of(gates[gate]).static(gates[gate], _integers(content, what))
        return Node(OPERATION, shape, gate=gates[gate], operands=operands, static=static, boolean=bool(boolean))
    if gate or operands:
        raise ValueError(f"{what}: a leaf has no gate and no operands")
    if ROLES[role] == CONSTANT:
        return Node(CONSTANT, shape, static=_elements(content, shape, what), boolean=bool(boolean))
    return Node(ROLES[role], shape, name=text(content, f"the name of {what}"), boolean=bool(boolean))


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
