"""Tuples, lists and dicts of nodes, taken apart and put together again."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .node import Node, as_node

TUPLE, LIST, DICT, NOTHING, LEAF = "a tuple", "a list", "a dict", "None", "a node"


class Structure(NamedTuple):
    """How nodes are nested.

    Attributes
    ----------
    kind : str
        What stands here.
    parts : tuple of Structure
        What is within.
    keys : tuple
        A dict's keys in its order, or the named tuple that it is.
    """

    kind: str
    parts: tuple["Structure", ...] = ()
    keys: Any = ()

    def __str__(self) -> str:
        if self.kind == DICT:
            return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(self.keys, self.parts, strict=True)) + "}"
        if self.kind in (TUPLE, LIST):
            inside = ", ".join(map(str, self.parts)) + ("," if self.kind == TUPLE and len(self.parts) == 1 else "")
            return f"({inside})" if self.kind == TUPLE else f"[{inside}]"
        return "None" if self.kind == NOTHING else "node"


class Part(NamedTuple):
    """A node of a structure, and where it stands there, as an error says it."""

    node: Node
    where: str


def taken_apart(what: str, value: Any) -> tuple[list[Part], Structure]:
    """Return the nodes of a structure in order, and the structure; numbers and arrays become constants.

    Raises
    ------
    TypeError
        Naming the place, for what is neither.
    """
    if value is None:
        return [], Structure(NOTHING)
    keys: Any = ()
    if isinstance(value, dict):
        kind, keys = DICT, tuple(value)
        within = [(f"{what}[{key!r}]", each) for key, each in value.items()]
    elif isinstance(value, (tuple, list)):
        kind = LIST if isinstance(value, list) else TUPLE
        keys = type(value) if hasattr(value, "_make") else ()
        within = [(f"{what}[{number}]", each) for number, each in enumerate(value)]
    else:
        return [Part(_node(what, value), what)], Structure(LEAF)
    found = [taken_apart(*each) for each in within]
    return [part for parts, _ in found for part in parts], Structure(kind, tuple(form for _, form in found), keys)


def _node(what: str, value: Any) -> Node:
    try:
        return as_node(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what}: expected nodes, numbers, arrays, tuples or dicts of them, or None: {error}") from None


def put_together(structure: Structure, nodes: Sequence[Any]) -> Any:
    """Return nodes nested as the structure tells."""
    return _built(structure, iter(nodes))


def _built(structure: Structure, nodes: Iterator[Any]) -> Any:
    if structure.kind == NOTHING:
        return None
    if structure.kind == LEAF:
        return next(nodes)
    parts = [_built(part, nodes) for part in structure.parts]
    if structure.kind == DICT:
        return dict(zip(structure.keys, parts, strict=True))
    make: Callable[[list[Any]], Any] = structure.keys._make if structure.keys else tuple
    return parts if structure.kind == LIST else make(parts)
