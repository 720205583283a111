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

def unsupported_operator(symbol: str) -> str:
    """Return the message for an operator that nodes lack."""
    return (
        f"{symbol} is not supported for nodes; supported are + - * / // % ** @, abs, comparisons, & | ^ ~ of boolean nodes, and the "
        "functions that docs/numpy.md lists"
    )


def unsupported_function(function: Any) -> str:
    """Return the message for a function of NumPy or SciPy that nodes lack."""
    name = function.__name__
    if isinstance(function, np.ufunc) and getattr(np, name, None) is not function:
        return f"scipy.special.{name} is not supported for nodes; docs/numpy.md lists the functions that are"
    room = getattr(function, "__module__", None) or "numpy"
    return f"{room}.{name} is not supported for nodes; docs/numpy.md lists the functions that are"


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
