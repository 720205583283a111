"""The public function of an elementwise gate: nodes make a node, numbers and arrays are computed by the compiled gate."""

from functools import cache
from typing import Any

import numpy as np

from ..gates import Gate
from ..nodes.leaves import input
from ..nodes.node import Node
from ..nodes.numbers import as_real
from ..nodes.shapes import broadcast
from .compiling import compile
from .function import Function


class Elementwise:
    """An elementwise function of nodes, or of numbers and arrays, with the same bits as in a compiled function.

    Parameters
    ----------
    *operands : node, array or number
        Shapes broadcast as NumPy's do.

    Returns
    -------
    node, array or scalar
        A node if any operand is one. Otherwise float32 if all arrays are of float32 or float16, float64 for other ones, and `bool` for
        comparisons.

    Raises
    ------
    TypeError
        For a wrong number of operands, and for operands that are no real numbers.
    ValueError
        For shapes that do not broadcast.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.__name__ = gate.name
        self.__doc__ = gate.__doc__

    def __call__(self, *operands: Any) -> Any:
        """Return the node, or the values."""
        if any(isinstance(operand, Node) for operand in operands) or len(operands) != self.gate.arity:
            return self.gate(*operands)
        numbers = [operand if type(operand) in (int, float) else as_real(self.__name__, operand) for operand in operands]
        dtype = np.float32 if np.result_type(*numbers) in (np.float32, np.float16) else np.float64
        shape = broadcast(self.__name__, [np.shape(number) for number in numbers])
        with np.errstate(all="ignore"):
            arrays = [np.broadcast_to(np.asarray(number, dtype), shape) for number in numbers]
        values = _compiled(self.gate, dtype)(*(array.reshape(-1) if shape else array for array in arrays))
        return values.reshape(shape) if shape else values

    def __repr__(self) -> str:
        return f"<function {self.__name__} of nodes and arrays>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Elementwise, (self.gate,)


@cache
def _compiled(gate: Gate, dtype: Any) -> Function:
    leaves = [input(name) for name in "abc"[: gate.arity]]
    return compile(gate(*leaves), leaves, dtype=dtype, name=gate.name)
