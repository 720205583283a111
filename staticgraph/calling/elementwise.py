"""The public function of an elementwise gate: nodes make a node, numbers and arrays are computed by the compiled gate."""

from collections.abc import Callable
from functools import cache
from inspect import Parameter, Signature, cleandoc
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.accuracy import documented
from ..nodes.leaves import input
from ..nodes.node import Node
from ..nodes.numbers import as_real
from ..nodes.shapes import broadcast
from .compiling import compile
from .function import Function

ABOUT = """{0}

Parameters
----------
{1} : node, array or number
    Shapes broadcast as NumPy's do.

Returns
-------
node, array or scalar
    A node if any operand is one. Otherwise the values, with the same bits as in a compiled function: in float32 if all arrays are of
    float32 or float16, else in float64; of comparisons `bool`.

Raises
------
TypeError
    For a wrong number of operands, and for operands that are no real numbers.
ValueError
    For shapes that do not broadcast.
"""


def elementwise(gate: Gate) -> Callable[..., Any]:
    """Return the function of nodes, or of numbers and arrays, that users call."""

    def call(*operands: Any) -> Any:
        if any(isinstance(operand, Node) for operand in operands) or len(operands) != gate.arity:
            return gate(*operands)
        numbers = [operand if type(operand) in (int, float) else as_real(gate.name, operand) for operand in operands]
        dtype = np.float32 if np.result_type(*numbers) in (np.float32, np.float16) else np.float64
        shape = broadcast(gate.name, [np.shape(number) for number in numbers])
        with np.errstate(all="ignore"):
            arrays = [np.broadcast_to(np.asarray(number, dtype), shape) for number in numbers]
        values = _compiled(gate, dtype)(*(array.reshape(-1) if shape else array for array in arrays))
        return values.reshape(shape) if shape else values

    operands = gate.forward.__code__.co_varnames[: gate.arity]
    call.__name__ = call.__qualname__ = gate.name
    call.__module__ = __package__.partition(".")[0]
    call.__doc__ = ABOUT.format(documented(gate.name, cleandoc(gate.__doc__ or "")), ", ".join(operands))
    call.__signature__ = Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in operands])  # type: ignore[attr-defined]  # read by `inspect`
    return call


@cache
def _compiled(gate: Gate, dtype: Any) -> Function:
    leaves = [input(name) for name in "abc"[: gate.arity]]
    return compile(gate(*leaves), leaves, dtype=dtype, name=gate.name)
