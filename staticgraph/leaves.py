"""Leaves: inputs, parameters and constants."""

import keyword
from typing import Any

from .node import INPUT, PARAMETER, Node, as_node
from .shapes import as_shape

TAKEN = ("wrt", "weights", "out", "threads")


def check_name(name: Any) -> str:
    """Return the name of a leaf; `ValueError` if it cannot be a keyword argument."""
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise ValueError(f"{name!r} cannot name a leaf: a name is a Python identifier, no keyword, without leading underscore")
    if name in TAKEN:
        raise ValueError(f"{name!r} cannot name a leaf: {', '.join(TAKEN)} are taken by the calls' own arguments")
    return name


def input(name: str, shape: Any = ()) -> Node:
    """Make a varying leaf: one value of `shape` per row of the batch.

    Parameters
    ----------
    name : str
        A Python identifier, unique within a function.
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
    return Node(INPUT, as_shape(shape), name=check_name(name))


def inputs(names: str) -> tuple[Node, ...]:
    """Make scalar varying leaves from names separated by blanks or commas, such as `"x y z"`."""
    if not isinstance(names, str):
        raise TypeError(f"names are one string such as 'x y z', got {names!r}")
    return tuple([input(name) for name in names.replace(",", " ").split()])


def parameter(name: str, shape: Any = ()) -> Node:
    """Make a uniform leaf: one value of `shape` shared by every row; its gradient is the sum over rows.

    Parameters, results and errors are those of `input`.
    """
    return Node(PARAMETER, as_shape(shape), name=check_name(name))


def constant(value: Any) -> Node:
    """Make a uniform constant of a number or an array of real numbers or booleans.

    Raises
    ------
    TypeError
        If the value is masked, complex, or no number at all.
    """
    return as_node(value)
