"""How an array of a trace is kept: by its nodes, and, once a view of it or a write to it needs them, by cells."""

from typing import Any

import numpy as np

from ..nodes.node import CONSTANT, Node
from .arithmetic import Arithmetic
from .cells import Cells, hold_places
from .errors import NO_INDEX, NO_KEY, NO_NUMBER, UntraceableError
from .state import Memory, current

BOOL, INT, FLOAT, COMPLEX = np.dtype(bool), np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.complex128)
CLASSES: dict[np.dtype[Any], type] = {BOOL: np.bool_, INT: int, FLOAT: np.float64, COMPLEX: np.complex128}
"""What a scalar of each dtype is an instance of; one of integers is what `int()` gives."""

Parts = tuple[Node, ...]
"""A real node, or the real and the imaginary part."""


class Stored(Arithmetic):
    """How an array or a NumPy scalar of a trace is kept.

    It is made of nodes, or of cells: numbers and places in nodes. Cells are made when a view of the array or a write to it needs them;
    views share their memory, as NumPy's do. Until the memory is first written, the nodes that the array was made of stand for it, so
    that code that writes nothing makes the graph that it would make of nodes.
    """

    __slots__ = ("_at", "_cells", "_parts", "dtype", "memory", "outside", "scalar", "shape")

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    memory: Memory
    scalar: bool
    outside: bool

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], *, parts: Parts | None = None, cells: Cells | None = None,
        memory: Memory | None = None, scalar: bool = False, outside: bool = False,
    ) -> None:  # fmt: skip
        self.shape = shape
        self.dtype = dtype
        self._parts = parts
        self._cells = cells
        if memory is None:
            memory = Memory(dtype == BOOL)
            memory.cells = cells
        self.memory = memory
        self._at = memory.version
        self.scalar = scalar
        self.outside = outside

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What the row would hold: an array, or a scalar of NumPy's."""
        return CLASSES[self.dtype] if self.scalar else np.ndarray

    @property
    def fresh(self) -> bool:
        """Whether the nodes that the array was made of still stand for it."""
        return self._parts is not None and self._at == self.memory.version

    @property
    def parts(self) -> Parts:
        """The node, or the nodes of the real and the imaginary part."""
        if not self.fresh:
            places, cells = current().places, self.cells
            if self.dtype == COMPLEX:
                self._parts = places.node(cells.real, False), places.node(cells.imag, False)
            else:
                self._parts = (places.node(cells, self.dtype == BOOL),)
            self._at = self.memory.version
        assert self._parts is not None
        return self._parts

    @property
    def node(self) -> Node:
        """The node of a real array."""
        if self.dtype == COMPLEX:
            raise UntraceableError("complex numbers cannot be taken here; use .real, .imag or np.abs first")
        return self.parts[0]

    @property
    def cells(self) -> Cells:
        """The cells, made of the nodes when first needed."""
        if self._cells is None:
            assert self._parts is not None
            boxed = [current().places.cells(part) for part in self._parts]
            cells = boxed[0]
            if len(boxed) == 2:
                cells = np.empty(self.shape, COMPLEX)
                cells.real, cells.imag = boxed
            self._cells = self.memory.cells = cells
        return self._cells

    @property
    def numbers(self) -> Any:
        """The array as NumPy's, if it holds numbers alone; otherwise None."""
        if self._cells is None:
            assert self._parts is not None
            if any(part.role != CONSTANT for part in self._parts):
                return None
        elif hold_places(self._cells):
            return None
        return self.cells if self.cells.dtype == self.dtype else self.cells.astype(self.dtype)

    @property
    def symbolic(self) -> bool:
        """Whether any element depends on a leaf."""
        return self.numbers is None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def flags(self) -> Any:
        """How the elements lie in memory, as those of `numpy.ndarray.flags`."""
        return self.cells.flags

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    def _number(self, what: str) -> Any:
        numbers = self.numbers
        if numbers is None:
            raise UntraceableError(NO_INDEX if what == "an index" else NO_NUMBER.format(what=what))
        return numbers

    def __float__(self) -> float:
        return float(self._number("float()"))

    def __int__(self) -> int:
        return int(self._number("int()"))

    def __complex__(self) -> complex:
        return complex(self._number("complex()"))

    def __index__(self) -> int:
        return self._number("an index").__index__()  # type: ignore[no-any-return]

    def __hash__(self) -> int:
        if not self.scalar:
            raise TypeError("unhashable type: 'numpy.ndarray'")
        numbers = self.numbers
        if numbers is None:
            raise UntraceableError(NO_KEY)
        return hash(numbers[()])
