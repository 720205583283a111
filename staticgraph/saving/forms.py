"""How outputs are nested, and the rows that raise: what a file has behind the graph where a function has either."""

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..nodes.graph import Graph
from ..nodes.node import Node
from ..tracing.outputs import LEAF, PAIR, Form, count
from .graphs import read_graph
from .layout import FORM, INTEGER, PLACE, SavedGuards
from .reader import Reader

KINDS = (LEAF, PAIR, tuple, list, dict)
NAMED = len(KINDS)
"""A named tuple, whose class is made anew of its name and its fields."""
MOST_NESTED = 64


def encode_form(form: Form, depth: int = 0) -> list[bytes]:
    """Return the parts of a form; `ValueError` for what a file has no room for."""
    if depth > MOST_NESTED:
        raise ValueError(f"a file has no room for results that are nested more than {MOST_NESTED} deep")
    if form.kind in KINDS:
        kind, parts = KINDS.index(form.kind), [_key(key) for key in form.keys]
    elif hasattr(form.kind, "_fields"):
        kind, parts = NAMED, [string(form.kind.__name__), *map(string, form.kind._fields)]
    else:
        raise ValueError(f"a file has no room for results in a {form.kind.__name__}: use a tuple, a list or a dictionary")
    return [FORM.pack(kind, len(form.inner)), *parts, *(part for each in form.inner for part in encode_form(each, depth + 1))]


def _key(key: Any) -> bytes:
    if isinstance(key, str):
        return b"\0" + string(key)
    if type(key) is int and -(2**63) <= key < 2**63:
        return b"\1" + np.array(key, INTEGER).tobytes()
    raise ValueError(f"a file has no room for results under the key {key!r}: use strings or integers, or pickle the function")


def string(text: str) -> bytes:
    """Return a string: its length and its characters."""
    encoded = text.encode("utf-8", "surrogatepass")
    return np.array([len(encoded)], PLACE).tobytes() + encoded


def read_form(reader: Reader, outputs: int) -> Form:
    """Return the next form, of so many outputs."""
    form = _form(reader, 0)
    if count(form) != outputs:
        raise ValueError(f"the results take {count(form)} outputs, of which there are {outputs}")
    return form


def _form(reader: Reader, depth: int) -> Form:
    kind, length = reader.fields(FORM, "a form")
    if depth > MOST_NESTED or kind > NAMED or (length and kind < KINDS.index(tuple)):
        raise ValueError(f"results of form {kind} of {length}, {depth} within each other: at most {NAMED} and {MOST_NESTED} are expected")
    reader.expect(length * FORM.size, f"a form of {length}")
    keys = tuple(_read_key(reader) for _ in range(length)) if kind == KINDS.index(dict) else ()
    if len(set(keys)) < len(keys):
        raise ValueError("a key of the results is there twice")
    made = KINDS[kind] if kind < NAMED else _named(reader, length)
    return Form(made, keys, tuple(_form(reader, depth + 1) for _ in range(length)))


def _read_key(reader: Reader) -> Any:
    (kind,) = reader.take(1, "the kind of a key")
    if kind > 1:
        raise ValueError(f"a key is of kind {kind}, expected 0 or 1")
    return reader.integers(1, "a key")[0] if kind else reader.string("a key")


def _named(reader: Reader, length: int) -> Any:
    name, *fields = [reader.string("a name of a named tuple") for _ in range(length + 1)]
    return namedtuple(name, fields)


def read_guards(reader: Reader, gates: Sequence[Gate], leaves: Sequence[Node], length: int) -> SavedGuards:
    """Return the next rows that raise, of a function of these leaves."""
    reader.expect(length * 3 * PLACE.itemsize, f"{length} lines that raise")
    graph = read_graph(reader, gates)
    raised = tuple((reader.string("an exception"), reader.string("a message"), reader.string("a line")) for _ in range(length))
    if len(graph.outputs) != length or any(each.shape or not each.boolean for each in graph.outputs):
        raise ValueError(f"{length} lines raise under {len(graph.outputs)} conditions: expected a truth value for each")
    if _described(graph.inputs) != _described(leaves):
        raise ValueError("the leaves of the conditions under which rows raise are not those of the function")
    return SavedGuards(graph, raised)


def _described(leaves: Sequence[Node]) -> list[Any]:
    return [(leaf.name, leaf.role, leaf.shape) for leaf in leaves]


def graphs_of(graph: Graph, guards: SavedGuards | None) -> list[Graph]:
    """Return all graphs of a function."""
    return [graph] if guards is None else [graph, guards.graph]
