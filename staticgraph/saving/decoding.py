"""From the bytes of a file to a function: checked field by field, then as a graph; nothing in them is executed."""

import hashlib

import numpy as np

from ..gates import Gate, find
from .forms import graphs_of, read_form, read_guards
from .graphs import read_graph
from .layout import BEHIND, DIGEST_BYTES, DTYPES, ENGINES, FUSED, HEAD, MAGIC, PLACE, PLAIN, PREFIX, STRUCTURES, UNFUSED, VERSION, Saved
from .reader import Reader
from .verify import verify

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
    _, version, *_ = PREFIX.unpack(data[: PREFIX.size])
    try:
        return _function(Reader(view[PREFIX.size : -DIGEST_BYTES]), version)
    except ValueError as error:
        raise ValueError(f"{error}; {_FOREIGN}") from None


def _function(reader: Reader, version: int) -> Saved:
    dtype, engine, structure, described, gate_count = reader.fields(HEAD, "the head")
    for what, code, codes in (("dtype", dtype, DTYPES), ("engine", engine, ENGINES), ("structure", structure, STRUCTURES)):
        if code >= len(codes):
            raise ValueError(f"the {what} is {code}, expected one of 0 to {len(codes) - 1}")
    reader.expect(gate_count * PLACE.itemsize, f"{gate_count} gates")
    name, doc = reader.string("the name"), reader.string("the docstring")
    if described > 1 or (doc and not described):
        raise ValueError("there is a docstring although there is none")
    gates = [_gate(reader.string("a gate's name")) for _ in range(gate_count)]
    graph = read_graph(reader, gates)
    fuse = reader.fields(FUSED, "what is behind the graph")[0] if version >= UNFUSED else 1
    if fuse > 1:
        raise ValueError(f"whether known compositions are fused is {fuse}, expected 0 or 1")
    formed, raising = reader.fields(BEHIND, "what is behind the graph") if version > PLAIN else (0, 0)
    if formed > 1:
        raise ValueError(f"whether results have a form is {formed}, expected 0 or 1")
    form = read_form(reader, len(graph.outputs)) if formed else None
    guards = read_guards(reader, gates, graph.inputs, raising) if raising else None
    if reader.left:
        raise ValueError(f"{reader.left} bytes are left over")
    if STRUCTURES[structure] and len(graph.outputs) != 1:
        raise ValueError(f"the outputs are one node and no tuple, but there are {len(graph.outputs)}")
    for each in graphs_of(graph, guards):
        verify(each)
    compiled = np.dtype(DTYPES[dtype]), name, doc if described else None, ENGINES[engine]
    return Saved(graph, STRUCTURES[structure], *compiled, form, guards, bool(fuse))


def _gate(name: str) -> Gate:
    try:
        return find(name)
    except KeyError:
        raise ValueError(f"there is no gate {name!r}") from None
