"""Leaves: inputs, data, parameters and constants."""

import keyword
import unicodedata
from typing import Any

from .node import DATA, INPUT, PARAMETER, Node, as_node
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
