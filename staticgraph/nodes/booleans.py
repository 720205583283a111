"""What gates of truth values mean, as in NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import add, multiply, negative, sign, subtract
from ..gates.selection import logical_and, logical_or

OF_BOOLEANS: dict[Gate, Gate | None] = {add: logical_or, multiply: logical_and, subtract: None, negative: None, sign: None}


def of_booleans(gate: Gate) -> Gate:
    """Return what NumPy takes an operator of booleans for; `TypeError` where it refuses it."""
    meant = OF_BOOLEANS[gate]
    if meant is None:
        raise TypeError(f"{gate.name} of boolean nodes is not defined, as in NumPy; use ~, sg.not_equal, or multiply by 1.0 to get numbers")
    return meant


def commuting(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return an operator that commutes, with the node on its left: NumPy's own would ask the node again, and so on."""
    return lambda a, b: operate(b, a) if isinstance(a, (bool, np.ndarray, np.generic)) else operate(a, b)
