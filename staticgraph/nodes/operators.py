"""What can be written with a node: Python's operators, and the methods that NumPy's arrays have."""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import abs_, add, divide, multiply, negative, subtract
from ..gates.powers import power
from ..gates.selection import equal, greater, greater_equal, less, less_equal, logical_and, logical_not, logical_or, not_equal
from .messages import unsupported_operator

_numpy: Any = np
"""NumPy without its types, which know nothing of nodes, and differ between its versions."""


def _refused(operator: str) -> Callable[..., NoReturn]:
    """Return a method for an operator that nodes lack."""

    def refuse(*_: Any) -> NoReturn:
        raise TypeError(unsupported_operator(operator))

    return refuse


class Operators:
    """Operators that lead to gates, and methods that lead to NumPy's functions, which nodes answer for."""

    __slots__ = ()

    def __gate__(self, gate: Gate, operands: tuple[Any, ...]) -> Any:
        """Return the node of a gate."""
        raise AssertionError("a class with operators says what they make")

    def __logical__(self, gate: Gate, symbol: str, operands: tuple[Any, ...]) -> Any:
        """Return the node of a gate of boolean nodes; `TypeError` for others."""
        raise AssertionError("a class with operators says what they make")

    def __add__(self, other: Any) -> Any:
        return self.__gate__(add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self.__gate__(add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self.__gate__(subtract, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self.__gate__(subtract, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self.__gate__(multiply, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self.__gate__(multiply, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self.__gate__(divide, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self.__gate__(divide, (other, self))

    def __pow__(self, other: Any) -> Any:
        return self.__gate__(power, (self, other))

    def __rpow__(self, other: Any) -> Any:
        return self.__gate__(power, (other, self))

    __mod__ = __rmod__ = _refused("%")
    __floordiv__ = __rfloordiv__ = _refused("//")
    __divmod__ = __rdivmod__ = _refused("divmod")
    __xor__ = __rxor__ = _refused("^")
    __lshift__ = __rlshift__ = _refused("<<")
    __rshift__ = __rrshift__ = _refused(">>")
    __round__, __floor__, __ceil__, __trunc__ = map(_refused, ("round", "math.floor", "math.ceil", "math.trunc"))

    def __matmul__(self, other: Any) -> Any:
        return _numpy.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _numpy.matmul(other, self)

    def __neg__(self) -> Any:
        return self.__gate__(negative, (self,))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.__gate__(abs_, (self,))

    def __lt__(self, other: Any) -> Any:
        return self.__gate__(less, (self, other))

    def __le__(self, other: Any) -> Any:
        return self.__gate__(less_equal, (self, other))

    def __gt__(self, other: Any) -> Any:
        return self.__gate__(greater, (self, other))

    def __ge__(self, other: Any) -> Any:
        return self.__gate__(greater_equal, (self, other))

    def __eq__(self, other: Any) -> Any:
        return self.__gate__(equal, (self, other)) if other is not None else NotImplemented

    def __ne__(self, other: Any) -> Any:
        return self.__gate__(not_equal, (self, other)) if other is not None else NotImplemented

    def __and__(self, other: Any) -> Any:
        return self.__logical__(logical_and, "&", (self, other,))

    def __or__(self, other: Any) -> Any:
        return self.__logical__(logical_or, "|", (self, other,))

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Any:
        return self.__logical__(logical_not, "~", (self,))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Sum over axes, as `numpy.sum`."""
        return _numpy.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Mean over axes, as `numpy.mean`."""
        return _numpy.mean(self, axis=axis, keepdims=keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Product over axes, as `numpy.prod`."""
        return _numpy.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Maximum over axes, as `numpy.max`; the tied share the gradient equally."""
        return _numpy.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """Minimum over axes, as `numpy.min`; the tied share the gradient equally."""
        return _numpy.min(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Any:
        """The same elements under another shape, as `numpy.ndarray.reshape`."""
        return _numpy.reshape(self, shape[0] if len(shape) == 1 else shape)

    def ravel(self) -> Any:
        """The same elements along one axis."""
        return self.reshape(-1)

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes, as `numpy.ndarray.transpose`."""
        order = axes[0] if len(axes) == 1 else axes or None
        return _numpy.transpose(self, order)
