"""What can be written with an array of a trace: Python's operators and the methods of arrays, which lead to NumPy's functions."""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from .errors import UntraceableError

_numpy: Any = np
"""NumPy without its types, which know nothing of what is traced."""


def _binary(ufunc: Any) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", self, other)

    return operate


def _reflected(ufunc: Any) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        return self.__array_ufunc__(ufunc, "__call__", other, self)

    return operate


def _in_place(ufunc: Any) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        result = self.__array_ufunc__(ufunc, "__call__", self, other)
        return result if result is NotImplemented else self.__updated__(result)

    return operate


def _compared(ufunc: Any) -> Callable[[Any, Any], Any]:
    def operate(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, (str, bytes)):
            return NotImplemented
        return self.__array_ufunc__(ufunc, "__call__", self, other)

    return operate


def _method(function: Any) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return function(self, *args, **options)

    return call


class Arithmetic:
    """Operators and methods, each by the NumPy function that it stands for."""

    __slots__ = ()

    __add__, __radd__, __iadd__ = _binary(np.add), _reflected(np.add), _in_place(np.add)
    __sub__, __rsub__, __isub__ = _binary(np.subtract), _reflected(np.subtract), _in_place(np.subtract)
    __mul__, __rmul__, __imul__ = _binary(np.multiply), _reflected(np.multiply), _in_place(np.multiply)
    __truediv__, __rtruediv__, __itruediv__ = _binary(np.divide), _reflected(np.divide), _in_place(np.divide)
    __floordiv__, __rfloordiv__, __ifloordiv__ = _binary(np.floor_divide), _reflected(np.floor_divide), _in_place(np.floor_divide)
    __mod__, __rmod__, __imod__ = _binary(np.remainder), _reflected(np.remainder), _in_place(np.remainder)
    __pow__, __rpow__, __ipow__ = _binary(np.power), _reflected(np.power), _in_place(np.power)
    __matmul__, __rmatmul__, __imatmul__ = _binary(np.matmul), _reflected(np.matmul), _in_place(np.matmul)
    __and__, __rand__, __iand__ = _binary(np.bitwise_and), _reflected(np.bitwise_and), _in_place(np.bitwise_and)
    __or__, __ror__, __ior__ = _binary(np.bitwise_or), _reflected(np.bitwise_or), _in_place(np.bitwise_or)
    __xor__, __rxor__, __ixor__ = _binary(np.bitwise_xor), _reflected(np.bitwise_xor), _in_place(np.bitwise_xor)
    __lt__, __le__, __gt__, __ge__ = _compared(np.less), _compared(np.less_equal), _compared(np.greater), _compared(np.greater_equal)
    __eq__, __ne__ = _compared(np.equal), _compared(np.not_equal)
    __hash__ = object.__hash__

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __neg__(self) -> Any:
        return _numpy.negative(self)

    def __pos__(self) -> Any:
        return _numpy.positive(self)

    def __abs__(self) -> Any:
        return _numpy.abs(self)

    def __invert__(self) -> Any:
        return _numpy.invert(self)

    def __round__(self, digits: int | None = None) -> Any:
        return _numpy.round(self, digits or 0)

    def __floor__(self) -> Any:
        return _numpy.floor(self)

    def __ceil__(self) -> Any:
        return _numpy.ceil(self)

    def __trunc__(self) -> Any:
        return _numpy.trunc(self)

    sum, mean, prod, max, min = _method(_numpy.sum), _method(_numpy.mean), _method(_numpy.prod), _method(_numpy.max), _method(_numpy.min)
    std, var, any, all = _method(_numpy.std), _method(_numpy.var), _method(_numpy.any), _method(_numpy.all)
    cumsum, cumprod, ptp, clip = _method(_numpy.cumsum), _method(_numpy.cumprod), _method(_numpy.ptp), _method(_numpy.clip)
    round, dot, trace, argmax = _method(_numpy.round), _method(_numpy.dot), _method(_numpy.trace), _method(_numpy.argmax)
    argmin, argsort, nonzero = _method(_numpy.argmin), _method(_numpy.argsort), _method(_numpy.nonzero)
    conj = conjugate = _method(_numpy.conjugate)
    repeat, take, diagonal, searchsorted = (
        _method(_numpy.repeat), _method(_numpy.take), _method(_numpy.diagonal), _method(_numpy.searchsorted)
    )  # fmt: skip
    squeeze, swapaxes, ravel = _method(_numpy.squeeze), _method(_numpy.swapaxes), _method(_numpy.ravel)

    def sort(self, axis: int = -1, **_: Any) -> None:
        """Sort in place, as `numpy.ndarray.sort`."""
        self[...] = _numpy.sort(self, axis)

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at places of the elements in a row, as `numpy.ndarray.put`."""
        self.flat[np.asarray(indices).ravel()] = values

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Any:
        """The elements for which a condition holds, as `numpy.ndarray.compress`."""
        return _numpy.compress(condition, self, axis)

    def is_integer(self) -> Any:
        """Whether a number is whole, as `float.is_integer`."""
        return self == _numpy.floor(self)

    def view(self, kind: Any = None) -> Any:
        """The same elements, as `numpy.ndarray.view`: their bits under another type are not traced."""
        if kind not in (None, np.ndarray, self.dtype, self.dtype.type):
            raise UntraceableError(f"the bits of values under another type, .view({kind!r}), are not traced; .astype converts the values")
        array: Any = self
        return array[...]

    def __getattr__(self, name: str) -> NoReturn:
        kind = "a value of the trace" if hasattr(np.ndarray, name) and not name.startswith("_") else f"{type(self).__name__!r} object"
        raise AttributeError(f"{kind} has no attribute {name!r}; docs/numpy.md lists the functions of NumPy's that are traced")

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same elements under another shape, as `numpy.ndarray.reshape`."""
        return _numpy.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes, as `numpy.ndarray.transpose`."""
        return _numpy.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The axes in reverse order."""
        return _numpy.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802 - NumPy's name
        """The last two axes exchanged."""
        return _numpy.swapaxes(self, -1, -2)
