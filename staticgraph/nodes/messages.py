"""What errors say to a user who does with a node what only values can do: what to write instead."""

from collections.abc import Mapping
from typing import Any

import numpy as np

NO_ARRAY = (
    "a node has no values, so it cannot become an array; join nodes with sg.stack or sg.concatenate, write array.dot(node) as "
    "array @ node, and make a sparse matrix dense first (toarray); a function that makes arrays of its arguments is traced by sg.function"
)
NO_NUMBER = (
    "a node has no value while the graph is built, so it is no float; use functions of NumPy or sg, not of math, and join nodes with "
    "sg.stack or sg.concatenate, as an array cannot hold them; sg.function traces functions that use float(), math and arrays"
)
NO_TRUTH = (
    "a node has no value while the graph is built, so `if`, `and`, `not` cannot test it; use sg.where(condition, a, b), and np.maximum and "
    "np.minimum for max and min; sg.function traces functions with branches"
)
NO_SETTING = (
    "a Node is immutable, so its elements cannot be set; make a new one with sg.where, sg.stack or sg.concatenate, or write it in a "
    "function that sg.function traces"
)

METHODS = {
    "sort": "use np.sort(a), which gives a new node", "argmax": "compare with np.max: which element it is would be an index into the graph",
    "fill": "use np.full_like(a, value)", "tolist": "use list(a)", "view": "use astype", "flat": "use ravel()",
}  # fmt: skip
"""What to write for methods of arrays that nodes lack."""
_POSITION = "a position that depends on values differs from row to row, and the layout of a static graph is fixed; "
_NUMBER = "how many there are differs from row to row, and shapes of a static graph are fixed; "
_ITERATED = "an iteration whose length depends on values cannot be laid out before they are known; "
REASONS = {
    "argmax": _POSITION + "np.max gives the value, and x == np.max(x) a mask of where it is",
    "argmin": _POSITION + "np.min gives the value, and x == np.min(x) a mask of where it is",
    "argsort": _POSITION + "np.sort gives the values in order",
    "lexsort": _POSITION + "np.sort gives the values in order",
    "argpartition": _POSITION + "np.sort gives the values in order",
    "searchsorted": _POSITION + "np.interp interpolates in a table, and np.sum(edges <= x) counts the edges below",
    "digitize": _POSITION + "np.select chooses by intervals, and np.sum(edges <= x) counts the edges below",
    "choose": _POSITION + "np.select([index == 0, index == 1], [a, b]) chooses by a value",
    "unique": _NUMBER + "np.sort keeps all values",
    "histogram": _NUMBER + "np.sum((edges[k] <= x) & (x < edges[k + 1])) counts in one bin",
    "bincount": _NUMBER + "np.sum(index == k) counts one of them",
    "roots": _ITERATED + "write the formula, or a fixed number of Newton's steps",
    "fft": "the Fourier transform is not traced; multiply by the constant matrix np.exp(-2j * np.pi * np.outer(k, n) / len(n))",
    "lstsq": "write np.linalg.solve(a.T @ a, a.T @ b)",
    "svd": _ITERATED + "np.linalg.eigvalsh takes symmetric matrices up to 3x3, np.linalg.norm gives the root of the sum of their squares",
    **dict.fromkeys(("eig", "eigvals", "eigh", "eigvalsh"), _ITERATED + "np.linalg.eigvalsh takes symmetric matrices up to 3x3"),
}
"""Why functions cannot be had, and what works instead, by name."""


def unsupported_operator(symbol: str) -> str:
    """Return the message for an operator that nodes lack."""
    return (
        f"{symbol} is not supported for nodes; supported are + - * / // % ** @, abs, comparisons, & | ^ ~ of boolean nodes, and the "
        "functions that docs/numpy.md lists"
    )


def name_of(function: Any) -> str:
    """Return how a function of NumPy or SciPy is called in full."""
    name = function.__name__
    if isinstance(function, np.ufunc) and getattr(np, name, None) is not function:
        return f"scipy.special.{name}"
    return f"{getattr(function, '__module__', None) or 'numpy'}.{name}"


def unsupported_function(function: Any) -> str:
    """Return the message for a function of NumPy or SciPy that nodes lack: why, and what works instead, where that is known."""
    if isinstance(function, np.ufunc) and "(vectorized)" in function.__name__:
        return f"{function.__name__} is not supported for nodes, as what np.frompyfunc made cannot be looked into; call its Python function"
    reason = REASONS.get(function.__name__, "docs/numpy.md lists the functions that are")
    return f"{name_of(function)} is not supported for nodes; {reason}"


def unsupported_options(name: str, options: Mapping[str, Any]) -> str:
    """Return the message for a ufunc's options."""
    if "out" in options:
        return f"numpy.{name} cannot write nodes into an array in place (out=, +=); make a new node, as in array = array + node"
    return f"numpy.{name} takes no {', '.join(map(repr, options))} with nodes"


def no_attribute(name: str) -> str:
    """Return the message for an attribute that nodes lack."""
    if hasattr(np.ndarray, name) and not name.startswith("_"):
        return f"nodes have no {name!r}; {METHODS.get(name, 'docs/numpy.md lists what they have')}"
    return f"'Node' object has no attribute {name!r}"
