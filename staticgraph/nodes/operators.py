"""What can be written with a node: Python's operators, and the methods that NumPy's arrays have."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import abs_, add, divide, multiply, negative, subtract
from ..gates.powers import power
from ..gates.remainders import floor_divide, remainder
from ..gates.rounding import ceil, floor, trunc
from ..gates.selection import equal, greater, greater_equal, less, less_equal, logical_and, logical_not, logical_or, logical_xor, not_equal
from .messages import unsupported_operator

if TYPE_CHECKING:
    from typing_extensions import Self

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

    def __gate__(self, gate: Gate, operands: tuple[Any, ...]) -> "Self":
        """Return the node of a gate."""
        raise AssertionError("a class with operators says what they make")

    def __logical__(self, gate: Gate, symbol: str, operands: tuple[Any, ...]) -> "Self":
        """Return the node of a gate of boolean nodes; `TypeError` for others."""
        raise AssertionError("a class with operators says what they make")

    def __add__(self, other: Any) -> "Self":
        return self.__gate__(add, (self, other))

    def __radd__(self, other: Any) -> "Self":
        return self.__gate__(add, (other, self))

    def __sub__(self, other: Any) -> "Self":
        return self.__gate__(subtract, (self, other))

    def __rsub__(self, other: Any) -> "Self":
        return self.__gate__(subtract, (other, self))

    def __mul__(self, other: Any) -> "Self":
        return self.__gate__(multiply, (self, other))

    def __rmul__(self, other: Any) -> "Self":
        return self.__gate__(multiply, (other, self))

    def __truediv__(self, other: Any) -> "Self":
        return self.__gate__(divide, (self, other))

    def __rtruediv__(self, other: Any) -> "Self":
        return self.__gate__(divide, (other, self))

    def __pow__(self, other: Any) -> "Self":
        return self.__gate__(power, (self, other))

    def __rpow__(self, other: Any) -> "Self":
        return self.__gate__(power, (other, self))

    def __mod__(self, other: Any) -> "Self":
        return self.__gate__(remainder, (self, other))

    def __rmod__(self, other: Any) -> "Self":
        return self.__gate__(remainder, (other, self))

    def __floordiv__(self, other: Any) -> "Self":
        return self.__gate__(floor_divide, (self, other))

    def __rfloordiv__(self, other: Any) -> "Self":
        return self.__gate__(floor_divide, (other, self))

    def __divmod__(self, other: Any) -> "tuple[Self, Self]":
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> "tuple[Self, Self]":
        return other // self, other % self

    def __round__(self, digits: int | None = None) -> "Self":
        return _numpy.round(self, digits or 0)

    def __floor__(self) -> "Self":
        return self.__gate__(floor, (self,))

    def __ceil__(self) -> "Self":
        return self.__gate__(ceil, (self,))

    def __trunc__(self) -> "Self":
        return self.__gate__(trunc, (self,))

    __lshift__ = __rlshift__ = _refused("<<")
    __rshift__ = __rrshift__ = _refused(">>")

    def __matmul__(self, other: Any) -> "Self":
        return _numpy.matmul(self, other)

    def __rmatmul__(self, other: Any) -> "Self":
        return _numpy.matmul(other, self)

    def __neg__(self) -> "Self":
        return self.__gate__(negative, (self,))

    def __pos__(self) -> "Self":
        return self

    def __abs__(self) -> "Self":
        return self.__gate__(abs_, (self,))

    def __lt__(self, other: Any) -> "Self":
        return self.__gate__(less, (self, other))

    def __le__(self, other: Any) -> "Self":
        return self.__gate__(less_equal, (self, other))

    def __gt__(self, other: Any) -> "Self":
        return self.__gate__(greater, (self, other))

    def __ge__(self, other: Any) -> "Self":
        return self.__gate__(greater_equal, (self, other))

    def __eq__(self, other: Any) -> "Self":  # type: ignore[override]  # a node, as of NumPy's arrays an array
        return self.__gate__(equal, (self, other)) if other is not None else NotImplemented

    def __ne__(self, other: Any) -> "Self":  # type: ignore[override]
        return self.__gate__(not_equal, (self, other)) if other is not None else NotImplemented

    def __and__(self, other: Any) -> "Self":
        return self.__logical__(logical_and, "&", (self, other,))

    def __or__(self, other: Any) -> "Self":
        return self.__logical__(logical_or, "|", (self, other,))

    def __xor__(self, other: Any) -> "Self":
        return self.__logical__(logical_xor, "^", (self, other,))

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> "Self":
        return self.__logical__(logical_not, "~", (self,))
