"""Leaves: inputs, data, parameters and constants."""

import keyword
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .node import DATA, INPUT, LEAVES, PARAMETER, Node, as_node
from .shapes import as_shape

TAKEN = ("wrt", "weights", "out", "threads")


def normalized(name: str) -> str:
    """Return an identifier as Python's parser reads it (NFKC): two spellings of one identifier must be one name."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def check_name(name: Any) -> str:
    """Return the name of a leaf, normalized; `ValueError` if it cannot be a keyword argument."""
    found = normalized(name) if isinstance(name, str) and name.isidentifier() else ""
    if not found or keyword.iskeyword(found) or found.startswith("_"):
        raise ValueError(f"{name!r} cannot name a leaf: a name is a Python identifier, no keyword, without leading underscore")
    if found in TAKEN:
        raise ValueError(f"{name!r} cannot name a leaf: {', '.join(TAKEN)} are taken by the calls' own arguments")
    return found


def leaf(role: str, name: Any, shape: Any) -> Node:
    """Make a leaf; `TypeError` or `ValueError` naming it if its name or shape is none."""
    checked = check_name(name)
    try:
        return Node(role, as_shape(shape), name=checked)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{role} {checked!r}: {error}") from None


def check_leaves(leaves: Sequence[Node], used: Sequence[Node]) -> None:
    """Raise `ValueError` unless these leaves can be the arguments of a function that uses those."""
    named: dict[str | None, Node] = {}
    for leaf in leaves:
        if leaf.role not in LEAVES:
            raise ValueError(f"inputs: {leaf!r} is no leaf; only what sg.input, sg.data and sg.parameter make can be an argument")
        if named.setdefault(leaf.name, leaf) is not leaf:
            raise ValueError(f"inputs: two leaves have the name {leaf.name!r}; names are unique within a function")
    for leaf in used:
        if named.get(leaf.name) is not leaf:
            of_the_name = " (the one of that name in inputs is another leaf)" if leaf.name in named else ""
            raise ValueError(f"inputs: the outputs use the leaf {leaf.name!r}, which is missing{of_the_name}; add it")
    if len(named) < len(leaves):
        twice = Counter(leaf.name for leaf in leaves).most_common(1)[0][0]
        raise ValueError(f"inputs: the leaf {twice!r} stands twice")


def input(name: str, shape: Any = ()) -> Node:
    """Make a varying leaf: one value of `shape` per row of the batch.

    Parameters
    ----------
    name : str
        A Python identifier, unique within a function; normalized as Python's own are (NFKC).
    shape : int or tuple of int
        The shape of one row's value, without the batch axis.

    Returns
    -------
    Node

    Raises
    ------
    ValueError
        If the name is no identifier, a keyword, has a leading underscore or is taken.
    """
    return leaf(INPUT, name, shape)


def data(name: str, shape: Any = ()) -> Node:
    """Make a varying leaf that is data, such as observations or labels: no gradient of it is computed unless `wrt` names it.

    Parameters, results and errors are those of `input`.
    """
    return leaf(DATA, name, shape)


def inputs(names: str) -> tuple[Node, ...]:
    """Make scalar varying leaves from names separated by blanks or commas, such as `"x y z"`."""
    if not isinstance(names, str):
        raise TypeError(f"names are one string such as 'x y z', got {names!r}")
    return tuple([input(name) for name in names.replace(",", " ").split()])


def parameter(name: str, shape: Any = ()) -> Node:
    """Make a uniform leaf: one value of `shape` shared by every row; its gradient is the sum over rows.

    Parameters, results and errors are those of `input`.
    """
    return leaf(PARAMETER, name, shape)


def constant(value: Any) -> Node:
    """Make a uniform constant of a number or an array of real numbers or booleans.

    Raises
    ------
    TypeError
        If the value is masked, complex, or no number at all.
    """
    return as_node(value)
