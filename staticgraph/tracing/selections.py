"""What a mask that depends on leaves selects: computed for all elements, until something takes those selected together."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gates.selection import logical_not, where_
from .array import Deferred, Traced, of_node
from .creating import collect
from .errors import NO_SHAPE, UntraceableError
from .operations import choose, evaluate, wrapped
from .state import current
from .stored import BOOL, COMPLEX

_numpy: Any = np


def mask_of(mask: Any, shape: tuple[int, ...]) -> Any:
    """Return a mask of leading axes in the shape of the whole."""
    if mask.shape != shape[: mask.ndim]:
        raise IndexError(f"the mask has shape {mask.shape}, but the array that it selects from has shape {shape}")
    whole = np.reshape(mask, mask.shape + (1,) * (len(shape) - mask.ndim)) if mask.ndim < len(shape) else mask
    return whole if whole.shape == shape else _numpy.broadcast_to(whole, shape)


def chosen(mask: Any, value: Any, other: Any) -> Any:
    """Return `where(mask, value, other)`, without operations for the opposite of a mask, or for what both together overwrite."""
    opposite = mask.node.operands[0] if mask.node.gate is logical_not else None
    if opposite is None:
        return choose(mask, value, other)
    if isinstance(other, Traced) and other.dtype != COMPLEX and other.symbolic:
        first = other.node
        if first.gate is where_ and first.operands[0] is opposite and first.shape == first.operands[1].shape:
            other = first.operands[1]
    return choose(of_node(opposite), other, value)


def _same(a: Traced, b: Traced) -> bool:
    return a is b or (a.shape == b.shape and current().key(a.node) == current().key(b.node))


class Selection(Deferred):
    """The elements of an array that a mask selects, as they are at that moment.

    Attributes
    ----------
    array : Traced
        All elements, the others as well; no other array shares its memory.
    mask : Traced
    """

    __slots__ = ("array", "mask")

    def __init__(self, array: Any, mask: Traced) -> None:
        self.array = array
        self.mask = mask

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return np.ndarray

    @property
    def dtype(self) -> Any:
        """The array's dtype."""
        return self.array.dtype

    @property
    def ndim(self) -> int:
        """Number of axes: those of the mask are one."""
        return int(self.array.ndim - self.mask.ndim + 1)

    @property
    def size(self) -> Any:
        """How many elements are selected: a number of the trace."""
        return _numpy.sum(mask_of(self.mask, self.array.shape))

    @property
    def shape(self) -> Any:
        """Lengths of the axes, the first of them a number of the trace."""
        return (_numpy.sum(self.mask), *self.array.shape[self.mask.ndim :])

    def with_array(self, array: Any) -> "Selection":
        """Return the same selection of another array."""
        return Selection(wrapped(array), self.mask)

    def copy(self, order: str = "C") -> "Selection":
        """Return a copy of the selected elements."""
        return self.with_array(self.array.copy())

    def astype(self, dtype: Any) -> "Selection":
        """Return the selection under another dtype."""
        return self.with_array(self.array.astype(dtype))

    def flatten(self, order: str = "C") -> Any:
        """Return a copy of the selected elements along one axis."""
        return _numpy.ravel(self).copy()

    def __updated__(self, result: Any) -> Any:
        self[...] = result
        return self

    def __len__(self) -> int:
        raise UntraceableError(NO_SHAPE.format(what="a length"))

    def __iter__(self) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="a loop over them"))

    def __getitem__(self, key: Any) -> Any:
        if key is Ellipsis:
            return self
        inner = self._inner(key)
        return Selection(self.array.snapshot(), mask_of(self.mask, inner.shape) & inner)

    def __setitem__(self, key: Any, value: Any) -> None:
        inner = None if key is Ellipsis or (isinstance(key, slice) and key == slice(None)) else self._inner(key)
        if inner is not None and isinstance(value, Selection):
            value = value.beside(self.array, mask_of(self.mask, inner.shape) & inner)
        else:
            value = self.element(value)
        self.array[...] = value if inner is None else chosen(mask_of(inner, self.array.shape), value, self.array)

    def _inner(self, key: Any) -> Any:
        """Return a mask of the selected elements, as one of all elements."""
        if not isinstance(key, Selection) or key.dtype != BOOL or not _same(key.mask, self.mask):
            raise UntraceableError(NO_SHAPE.format(what="an index into them"))
        return key.array

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise UntraceableError(NO_SHAPE.format(what="an array of them"))

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        if method == "reduce" and ufunc in REDUCED:
            return REDUCED[ufunc](self)
        if method != "__call__" or options:
            raise UntraceableError(NO_SHAPE.format(what=f"numpy.{ufunc.__name__}.{method}"))
        return self.with_array(evaluate(ufunc, tuple(self.element(each) for each in operands)))

    def element(self, operand: Any) -> Any:
        """Return what stands for an operand beside all elements; an error unless it is of the same mask or the same for all selected."""
        if isinstance(operand, Selection):
            return operand.beside(self.array, self.mask)
        given = collect(operand) if isinstance(operand, (list, tuple)) else operand
        if np.ndim(given) == self.ndim and np.shape(given)[0] == 1:
            given = given[0]
        if np.ndim(given) >= self.ndim:
            raise UntraceableError(NO_SHAPE.format(what="arithmetic with an array of fixed length"))
        return given

    def beside(self, array: Any, mask: Traced) -> Any:
        """Return all elements, where they lie beside those of an array that the same mask selects from."""
        if self.array.shape != array.shape or not _same(self.mask, mask):
            raise UntraceableError(NO_SHAPE.format(what="arithmetic of selections by two masks"))
        return self.array

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        if function in REDUCED and operands[0] is self and all(each is None for each in (*operands[1:], *options.values())):
            return REDUCED[function](self)
        if function in ELEMENTWISE:
            first = next(each for each in operands if isinstance(each, Selection))
            return first.with_array(function(*(first.element(each) for each in operands), **options))
        if function in KEEPING and self.ndim == 1:
            return self
        if function is np.copy:
            return self.copy()
        if function is np.piecewise:
            raise UntraceableError(NO_SHAPE.format(what="np.piecewise"))
        raise UntraceableError(NO_SHAPE.format(what=f"numpy.{function.__name__}"))


KEEPING = frozenset((np.ravel, np.atleast_1d))
"""Functions that give an array of one axis as it is."""
ELEMENTWISE = frozenset(
    (np.where, np.clip, np.round, np.nan_to_num, np.isclose, np.real, np.imag, np.zeros_like, np.ones_like, np.full_like, np.empty_like)
)


def _filled(selection: Selection, value: float) -> Any:
    return chosen(mask_of(selection.mask, selection.array.shape), selection.array, value)


def _mean(selection: Selection) -> Any:
    return _numpy.sum(_filled(selection, 0.0)) / selection.size


def _variance(selection: Selection) -> Any:
    return _mean(selection.with_array((selection.array - _mean(selection)) ** 2))


def _any(selection: Selection) -> Any:
    chosen = selection.mask & (selection.array if selection.array.dtype == BOOL else selection.array != 0.0)
    return _numpy.max(chosen)


def _all(selection: Selection) -> Any:
    return _numpy.min(~selection.mask | (selection.array if selection.array.dtype == BOOL else selection.array != 0.0))


REDUCED: dict[Any, Callable[[Selection], Any]] = {
    np.sum: lambda each: _numpy.sum(_filled(each, 0.0)),
    np.prod: lambda each: _numpy.prod(_filled(each, 1.0)),
    np.max: lambda each: _numpy.max(_filled(each, -np.inf)),
    np.min: lambda each: _numpy.min(_filled(each, np.inf)),
    np.mean: _mean,
    np.var: _variance,
    np.std: lambda each: _numpy.sqrt(_variance(each)),
    np.any: _any,
    np.all: _all,
    np.count_nonzero: lambda each: _numpy.sum(_filled(each.with_array(each.array != 0.0), False)),
    np.size: lambda each: each.size,
}  # fmt: skip
REDUCED |= {np.amax: REDUCED[np.max], np.amin: REDUCED[np.min], np.add: REDUCED[np.sum], np.multiply: REDUCED[np.prod]}
REDUCED |= {np.maximum: REDUCED[np.max], np.minimum: REDUCED[np.min], np.logical_and: _all, np.logical_or: _any}
