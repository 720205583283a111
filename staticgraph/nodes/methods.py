"""The methods of NumPy's arrays that nodes have: each is the NumPy function of that name, which nodes answer for."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from typing_extensions import Self

_numpy: Any = np
"""NumPy without its types, which know nothing of nodes, and differ between its versions."""


class Methods:
    """Methods that lead to NumPy's functions."""

    __slots__ = ()

    shape: tuple[int, ...]
    size: int

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Sum over axes, as `numpy.sum`."""
        return _reduced(_numpy.sum, self, axis, {"dtype": dtype, "out": out, "keepdims": keepdims} | options)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Mean over axes, as `numpy.mean`."""
        return _reduced(_numpy.mean, self, axis, {"dtype": dtype, "out": out, "keepdims": keepdims} | options)

    def prod(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Product over axes, as `numpy.prod`."""
        return _reduced(_numpy.prod, self, axis, {"dtype": dtype, "out": out, "keepdims": keepdims} | options)

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Maximum over axes, as `numpy.max`; the tied share the gradient equally."""
        return _reduced(_numpy.max, self, axis, {"out": out, "keepdims": keepdims} | options)

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Minimum over axes, as `numpy.min`; the tied share the gradient equally."""
        return _reduced(_numpy.min, self, axis, {"out": out, "keepdims": keepdims} | options)

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Whether any element over axes holds, as `numpy.any`."""
        return _reduced(_numpy.any, self, axis, {"out": out, "keepdims": keepdims} | options)

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False, **options: Any) -> "Self":
        """Whether all elements over axes hold, as `numpy.all`."""
        return _reduced(_numpy.all, self, axis, {"out": out, "keepdims": keepdims} | options)

    def var(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, **options: Any) -> "Self":
        """Mean square deviation over axes, as `numpy.var`."""
        return _numpy.var(self, axis, dtype, out, ddof, keepdims, **options)

    def std(self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, **options: Any) -> "Self":
        """Standard deviation over axes, as `numpy.std`."""
        return _numpy.std(self, axis, dtype, out, ddof, keepdims, **options)

    def ptp(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> "Self":
        """Largest less smallest element over axes, as `numpy.ptp`."""
        return _numpy.ptp(self, axis, out, keepdims)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> "Self":
        """Sums of the elements up to each, as `numpy.cumsum`."""
        return _numpy.cumsum(self, axis, dtype, out)

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> "Self":
        """Products of the elements up to each, as `numpy.cumprod`."""
        return _numpy.cumprod(self, axis, dtype, out)

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> "Self":
        """Limit to an interval, as `numpy.clip`."""
        return _numpy.clip(self, min, max, out, **options)

    def round(self, decimals: int = 0, out: Any = None) -> "Self":
        """Nearest number with so many decimals, as `numpy.round`: a step."""
        return _numpy.round(self, decimals, out)

    def dot(self, b: Any, out: Any = None) -> "Self":
        """Dot product, as `numpy.dot`."""
        return _numpy.dot(self, b, out)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> "Self":
        """Sum along the diagonal, as `numpy.trace`."""
        return _numpy.trace(self, offset, axis1, axis2, dtype, out)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> "Self":
        """Elements on the diagonal, as `numpy.diagonal`."""
        return _numpy.diagonal(self, offset, axis1, axis2)

    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> "Self":
        """The same elements under another shape, as `numpy.ndarray.reshape`."""
        return _numpy.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: Any = "C") -> "Self":
        """The same elements along one axis."""
        return self.reshape(-1, order=order)

    def flatten(self, order: Any = "C") -> "Self":
        """The same elements along one axis."""
        return self.reshape(-1, order=order)

    def squeeze(self, axis: Any = None) -> "Self":
        """The same elements without axes of length 1, as `numpy.squeeze`."""
        return _numpy.squeeze(self, axis)

    def swapaxes(self, axis1: int, axis2: int) -> "Self":
        """Two axes exchanged, as `numpy.swapaxes`."""
        return _numpy.swapaxes(self, axis1, axis2)

    def transpose(self, *axes: Any) -> "Self":
        """Permute the axes, as `numpy.ndarray.transpose`."""
        return _numpy.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def repeat(self, repeats: Any, axis: Any = None) -> "Self":
        """Each element several times, as `numpy.repeat`."""
        return _numpy.repeat(self, repeats, axis)

    def take(self, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> "Self":
        """Elements at constant places, as `numpy.take`."""
        return _numpy.take(self, indices, axis, out, mode)

    def copy(self, order: Any = "C") -> "Self":
        """The node itself, which nothing can change."""
        return self

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True) -> "Self":
        """The elements as floating-point numbers, as truth values, or as whole numbers, without their fractions."""
        return _numpy.astype(self, dtype)

    def item(self, *place: Any) -> "Self":
        """One element as a node of shape (), as `numpy.ndarray.item`."""
        if place:
            where = place[0] if len(place) == 1 else place
            return self.reshape(-1)[where] if isinstance(where, int) else self[where]  # type: ignore[index]
        if self.size != 1:
            raise ValueError(f"item: of a node of one element, got shape {self.shape}")
        return self.reshape(())

    def conj(self) -> "Self":
        """The node itself, as its numbers are real."""
        return self

    conjugate = conj

    @property
    def real(self) -> "Self":
        """The node itself, as its numbers are real."""
        return self

    @property
    def imag(self) -> "Self":
        """Zeros, as the numbers are real."""
        return _numpy.imag(self)

    @property
    def mT(self) -> Any:  # noqa: N802 - NumPy's name
        """The last two axes exchanged."""
        return _numpy.matrix_transpose(self)


def _reduced(function: Any, node: Any, axis: Any, options: dict[str, Any]) -> Any:
    """Call a reduction; a truth value that follows the axis is its keepdims, which it was before NumPy's other options came."""
    for option in ("dtype", "out"):
        if isinstance(options.get(option), bool):
            options = {each: value for each, value in options.items() if each != option} | {"keepdims": options[option]}
    return function(node, axis=axis, **options)
