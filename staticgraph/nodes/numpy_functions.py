"""What NumPy's functions do with nodes: one table, which gates and functions of nodes enter themselves into."""

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..gates import GATES
from .booleans import commuting
from .late import declare
from .messages import unsupported_function

Function = TypeVar("Function", bound=Callable[..., Any])

NUMPY_FUNCTIONS: dict[Any, Callable[..., Any]] = {ufunc: gate for gate in GATES.values() for ufunc in gate.ufuncs}
"""What NumPy's functions do when a node is among their arguments: the gates', and what `implements` adds."""


def implements(*numpy_functions: Any) -> Callable[[Function], Function]:
    """Declare what these NumPy functions do with nodes."""

    def declare(function: Function) -> Function:
        NUMPY_FUNCTIONS.update(dict.fromkeys(numpy_functions, function))
        return function

    return declare


def what_nodes_do(function: Any) -> Callable[..., Any] | None:
    """Return what a function of NumPy or SciPy does with nodes, None where nodes do not know it."""
    if function not in NUMPY_FUNCTIONS:
        declare(NUMPY_FUNCTIONS)
    return NUMPY_FUNCTIONS.get(function)


def numpy_function(function: Any) -> Callable[..., Any]:
    """Return what a function of NumPy does with nodes; `TypeError`, with what works instead, where nodes do not know it."""
    found = what_nodes_do(function)
    if found is None:
        raise TypeError(unsupported_function(function))
    return found


NUMPY_FUNCTIONS[np.bitwise_and] = commuting(operator.and_)
NUMPY_FUNCTIONS[np.bitwise_or] = commuting(operator.or_)
NUMPY_FUNCTIONS[np.bitwise_xor] = commuting(operator.xor)
NUMPY_FUNCTIONS[np.invert] = operator.invert
NUMPY_FUNCTIONS[np.positive] = operator.pos
