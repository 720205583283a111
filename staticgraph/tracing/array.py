"""The array of a trace: what a leaf, and all that follows from it, looks like to the code that is traced."""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from ..nodes.node import Node, as_node
from .arithmetic import Arithmetic
from .cells import hold_places
from .errors import NO_ARRAY, NO_INDEX, OUTSIDE, UntraceableError
from .state import current
from .stored import BOOL, COMPLEX, FLOAT, INT, Stored

HOOKS: dict[str, Callable[..., Any]] = {}
"""What files further up do: `ufunc` and `function` (NumPy's), `select` and `store` (by a mask), `decide` (a truth value), `collect`."""


class Deferred(Arithmetic):
    """What takes part in arithmetic with arrays of a trace by rules of its own."""

    __slots__ = ()

    def copy(self, order: str = "C") -> Any:
        """Return a copy: itself, if nothing can be written to it."""
        return self


class Traced(Stored):
    """An array or a NumPy scalar of a trace."""

    __slots__ = ()

    @property
    def real(self) -> Any:
        """The real part, a view as NumPy's."""
        return self._part(0)

    @real.setter
    def real(self, value: Any) -> None:
        self._part(0)[...] = value

    @property
    def imag(self) -> Any:
        """The imaginary part, a view as NumPy's."""
        return self._part(1)

    @imag.setter
    def imag(self, value: Any) -> None:
        self._part(1)[...] = value

    def _part(self, number: int) -> Any:
        if self.dtype != COMPLEX:
            return np.zeros_like(self) if number else self
        parts = (self.parts[number],) if self.fresh else None
        if self.scalar:
            return Traced((), FLOAT, parts=(self.parts[number],), scalar=True)
        cells = self.cells.imag if number else self.cells.real
        return Traced(self.shape, FLOAT, parts=parts, cells=cells, memory=self.memory, outside=self.outside)

    @property
    def flat(self) -> Any:
        """The elements along one axis, as `numpy.ndarray.flat`: what is written to it is written to the array."""
        if not self.cells.flags.c_contiguous:
            raise UntraceableError(".flat of an array that is not contiguous is not traced; use .ravel() to read, array[...] to write")
        return self.reshape(-1)

    def copy(self, order: str = "C") -> "Traced":
        """Return a copy, as `numpy.ndarray.copy`."""
        if self.fresh:
            return Traced(self.shape, self.dtype, parts=self.parts, scalar=self.scalar)
        return Traced(self.shape, self.dtype, cells=np.array(self.cells))

    def snapshot(self) -> "Traced":
        """Return an array that holds what this one does now, whatever is written to either later."""
        return Traced(self.shape, self.dtype, parts=self.parts, scalar=self.scalar) if self.symbolic else self.copy()

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> "Traced":
        return self.copy()

    def flatten(self, order: str = "C") -> Any:
        """Return a copy along one axis, as `numpy.ndarray.flatten`."""
        return np.reshape(self, -1).copy()

    def tolist(self) -> Any:
        """Return the elements as nested lists of scalars."""
        return [each.tolist() if isinstance(each, Traced) and each.shape else each for each in self] if self.shape else self.item()

    def item(self, *index: Any) -> Any:
        """Return one element, as `numpy.ndarray.item`."""
        if not index and self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self.reshape(-1)[0] if not index else self[index if len(index) > 1 else index[0]]

    def fill(self, value: Any) -> None:
        """Write one value to all elements."""
        self[...] = value

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[number] for number in range(self.shape[0]))

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    def __getitem__(self, key: Any) -> Any:
        if type(key) is int and self._cells is None and len(self.shape) == 1 and -self.shape[0] <= key < self.shape[0]:
            return Traced((), self.dtype, parts=tuple([part[key] for part in self.parts]), scalar=True)
        plain, masked = plain_key(key)
        if masked:
            return HOOKS["select"](self, plain)
        found = self.cells[plain]
        if not isinstance(found, np.ndarray):
            return self._scalar(found)
        parts = tuple([part[plain] for part in self.parts]) if self.fresh else None
        if self.memory.cells is not None and np.may_share_memory(found, self.memory.cells):
            return Traced(found.shape, self.dtype, parts=parts, cells=found, memory=self.memory, outside=self.outside)
        return Traced(found.shape, self.dtype, parts=parts, cells=found if parts is None else None)

    def _scalar(self, cell: Any) -> Any:
        """Return the scalar that a cell stands for: a number is NumPy's."""
        places = current().places
        if self.dtype == COMPLEX:
            parts = [places.element(cell.real), places.element(cell.imag)]
            if parts == [None, None]:
                return cell
            pair = [as_node(number) if part is None else part for part, number in zip(parts, (cell.real, cell.imag), strict=True)]
            return Traced((), COMPLEX, parts=tuple(pair), scalar=True)
        node = places.element(cell)
        return self.dtype.type(cell) if node is None else Traced((), self.dtype, parts=(node,), scalar=True)

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.scalar:
            raise TypeError(f"'numpy.{self.dtype}' object does not support item assignment")
        plain, masked = plain_key(key)
        if masked or isinstance(value, Deferred):
            HOOKS["store"](self, plain, value)
        else:
            self.store(plain, value)

    def store(self, key: Any, value: Any) -> None:
        """Write to elements that a key of NumPy's picks."""
        cells = cells_like(value, self.dtype)
        if self.outside and hold_places(np.asarray(cells)):
            raise UntraceableError(OUTSIDE)
        target = self.cells
        current().write(self.memory, target, key, cells)

    def __updated__(self, result: Any) -> Any:
        """Return what an operation in place leaves: the array, written, or the new scalar."""
        if self.scalar:
            return result
        if isinstance(result, Traced) and result.dtype == COMPLEX != self.dtype:
            raise TypeError("a complex result cannot be written to a real array in place; make the array complex: array.astype(complex)")
        self[...] = result
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        return HOOKS["ufunc"](ufunc, method, operands, options)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        return HOOKS["function"](function, operands, options)

    def astype(self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True) -> "Traced":
        """Return a copy of another dtype: to integers by truncation, to truth values by comparison with 0."""
        made = converted(self, np.dtype(dtype))
        return made.copy() if copy else made

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        numbers = self.numbers
        if numbers is None:
            raise UntraceableError(NO_ARRAY)
        return np.array(numbers, dtype=dtype) if copy else np.asarray(numbers, dtype=dtype)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        numbers = self.numbers
        return bool(numbers) if numbers is not None else HOOKS["decide"](self)

    def __repr__(self) -> str:
        numbers = self.numbers
        return repr(numbers) if numbers is not None else f"<{self.dtype} of the trace, shape {self.shape}>"

    def __format__(self, form: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise UntraceableError("a value of the trace cannot be pickled or sent to another process, as it has no numbers yet")


def of_node(node: Node, dtype: np.dtype[Any] | None = None) -> Traced:
    """Return a node as the array, or for shape `()` the scalar, of a trace."""
    return Traced(node.shape, dtype or node.dtype, parts=(node,), scalar=not node.shape)


def of_pair(real: Any, imaginary: Any) -> Traced:
    """Return the complex array of two nodes or numbers."""
    first, second = as_node(real), as_node(imaginary)
    shape = np.broadcast_shapes(first.shape, second.shape)
    parts = tuple([each if each.shape == shape else as_node(np.broadcast_to(each, shape)) for each in (first, second)])
    return Traced(shape, COMPLEX, parts=parts, scalar=not shape)


def of_array(array: Any, outside: bool = False) -> Any:
    """Return an array of NumPy's as one that can hold nodes; integers, numbers and anything else stay what they are.

    The memory is shared, but for booleans and small floats, whose cells are other ones.
    """
    if type(array) is not np.ndarray or array.dtype.kind not in "bfc" or array.dtype.itemsize > 16:
        return array
    dtype = {"b": BOOL, "f": FLOAT, "c": COMPLEX}[array.dtype.kind]
    cells = array if array.dtype == dtype != BOOL else array.astype(COMPLEX if dtype == COMPLEX else FLOAT)
    return Traced(array.shape, dtype, cells=cells, outside=outside)


def plain_key(key: Any) -> tuple[Any, bool]:
    """Return a key with arrays of NumPy's for arrays of the trace, and whether it still has a mask that depends on leaves."""
    if isinstance(key, tuple):
        plain = [plain_key(each) for each in key]
        return tuple([each for each, _ in plain]), any([masked for _, masked in plain])
    if isinstance(key, Deferred) or (type(key) is slice and any(isinstance(each, Deferred) for each in (key.start, key.stop, key.step))):
        return key, True
    if isinstance(key, list):
        key = HOOKS["collect"](key)
    if not isinstance(key, Traced):
        return key, False
    numbers = key.numbers
    if numbers is not None:
        return numbers, False
    if key.dtype != BOOL:
        raise UntraceableError(NO_INDEX)
    return key, True


def cells_like(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return the cells of a value that is written to an array of a dtype."""
    if isinstance(value, Node):
        value = of_node(value)
    elif isinstance(value, (list, tuple)):
        value = HOOKS["collect"](value)
    if isinstance(value, Traced):
        return converted(value, dtype).cells
    cells = np.asarray(value)
    return cells.astype(dtype) if dtype in (BOOL, INT) else cells


def converted(value: Traced, dtype: np.dtype[Any]) -> Traced:
    """Return an array under another dtype."""
    if dtype.kind == "f":
        dtype = FLOAT
    elif dtype.kind in "iu":
        dtype = INT
    if value.dtype == dtype:
        return value
    numbers = value.numbers
    if numbers is not None:
        cells = numbers.astype(dtype).astype(COMPLEX if dtype == COMPLEX else FLOAT)
        return Traced(value.shape, dtype, cells=cells, scalar=value.scalar)
    if dtype == COMPLEX:
        return Traced(value.shape, COMPLEX, parts=(value.node, as_node(np.zeros(value.shape))), scalar=value.scalar)
    if dtype not in (BOOL, INT, FLOAT):
        raise UntraceableError(f"values of a trace are floats, integers, booleans or complex, not {dtype}")
    node: Any = value.node
    if dtype == BOOL:
        node = node != 0.0
    elif node.boolean:
        node = node * 1.0
    elif dtype == INT:
        node = np.trunc(node)
    return Traced(value.shape, dtype, parts=(node,), scalar=value.scalar)
