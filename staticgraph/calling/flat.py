"""A function of one vector, and its derivatives in the forms that solvers take."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..nodes.graph import Graph
from ..nodes.leaves import data, parameter
from ..nodes.node import PARAMETER, Node
from ..records.table import Array
from ..running.lazily import Lazily
from .arguments import bind, convert, parameters_of, prepare, prepare_weights
from .function import Function
from .results import gradients_type
from .sources import whole

FLOAT64 = np.dtype(np.float64)


class Flat:
    """A function of one vector, made by `flatten`; immutable, may be called from many threads at once, and pickles.

    Results are new arrays of float64, whatever the function's dtype. `x` and `p` are vectors of shape `(size,)`: any other shape is a
    `ValueError`, any other kind of value a `TypeError`. `fun`, `grad`, `hess`, `hessp` are for one real output of shape `()`, of which a
    batch is summed with its weights; rows of weight 0 do not count, whatever their values. `residuals`, `jac` and `sparse_jac` are for
    any real outputs and batches. Where a function has other outputs they raise `TypeError`.

    Attributes
    ----------
    names : tuple of str
        The leaves in the vector, in its order.
    size : int
        The vector's length.
    """

    names: tuple[str, ...]
    size: int

    def __init__(self, f: Function, names: Sequence[str], weights: Any, fixed: Mapping[str, Any]) -> None:
        leaves = [leaf for leaf in f.inputs if leaf.name in names]
        others = [leaf for leaf in f.inputs if leaf.name in fixed]
        given, rows = prepare(parameters_of(others), [fixed[str(leaf.name)] for leaf in others], f.dtype)
        arrays, scale = list(map(whole, given)), None if weights is None else whole(prepare_weights(weights, rows, f.dtype))
        known = {leaf.name: array if array.shape or not f._numbers else float(array) for leaf, array in zip(others, arrays, strict=True)}
        ends = list(accumulate(leaf.size for leaf in leaves))
        self.__dict__.update(
            names=tuple(str(leaf.name) for leaf in leaves), size=ends[-1], _f=f, _rows=rows, _leaves=tuple(leaves),
            _known=[known.get(leaf.name) for leaf in f.inputs], _places=[f._places[str(leaf.name)] for leaf in leaves],
            _parts=[slice(end - leaf.size, end) for leaf, end in zip(leaves, ends, strict=True)],
            _numbers=not any(leaf.shape for leaf in leaves), _weights=scale,
        )  # fmt: skip

    _f: Function
    _rows: int | None
    _leaves: tuple[Node, ...]
    _known: list[Any]
    _places: list[int]
    _parts: list[slice]
    _numbers: bool
    _weights: Array | None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Flat is immutable: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Flat is immutable: {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        fixed = {name: value for name, value in zip(self._f._places, self._known, strict=True) if value is not None}
        return Flat, (self._f, self.names, self._weights, fixed)

    def __repr__(self) -> str:
        return f"<Flat {self._f.__name__} of a vector of {self.size}: {self._described()}>"

    def x(self, /, **values: Any) -> Array:
        """Return the vector of the leaves' values, all of which are given by name.

        Raises
        ------
        TypeError
            If a leaf is missing, there is none of a name, or a value is of the wrong kind.
        ValueError
            If a value has another shape than its leaf.
        """
        given = bind("x", {name: number for number, name in enumerate(self.names)}, (), values)
        vector = np.empty(self.size)
        for leaf, part, value in zip(self._leaves, self._parts, given, strict=True):
            array = convert(f"x: {leaf.name!r}", value, FLOAT64)
            if array.shape != leaf.shape:
                raise ValueError(f"x: {leaf.name!r}: expected shape {leaf.shape} (one value for all rows), got shape {array.shape}")
            vector[part] = array.ravel()
        return vector

    def leaves(self, x: Any) -> Any:
        """Return the leaves' values in a vector, a named tuple; `flat.x(**flat.leaves(x))` is the vector again."""
        vector = np.array(self._vector("x", x))
        return gradients_type(self.names)._make(
            vector[part].reshape(leaf.shape)[()] for leaf, part in zip(self._leaves, self._parts, strict=True)
        )

    def fun(self, x: Any) -> Any:
        """Return the value, or the weighted sum of those of a batch."""
        self._check_scalar("fun")
        arguments = self._arguments(x)
        if self._rows is None:
            return self._weighted(self._f(*arguments))
        return np.float64(self._summed.grad(*arguments, 1.0, wrt=self._total, weights=self._weights))

    def grad(self, x: Any) -> Array:
        """Return the gradient, of shape `(size,)`."""
        self._check_scalar("grad")
        return self._joined(self._uniform.grad(*self._arguments(x), wrt=self._wrt, weights=self._weights))

    def fun_and_grad(self, x: Any) -> tuple[Any, Array]:
        """Return the value and the gradient in one evaluation, as `minimize` takes them with `jac=True`."""
        self._check_scalar("fun_and_grad")
        arguments = self._arguments(x)
        if self._rows is None:
            value, grads = self._f.value_and_grad(*arguments, wrt=self._wrt, weights=self._weights)
            return self._weighted(value), self._joined(grads)
        *of_vector, total = self._summed.grad(*arguments, 1.0, wrt=self._wrt_and_total, weights=self._weights)
        return np.float64(total), self._joined(of_vector)

    def hess(self, x: Any) -> Array:
        """Return the matrix of second derivatives, of shape `(size, size)`."""
        self._check_scalar("hess")
        matrix = np.empty((self.size, self.size), self._f.dtype)
        pairs = list(zip(self._leaves, self._parts, strict=True))
        blocks = [[matrix[rows, columns].reshape(a.shape + b.shape) for b, columns in pairs] for a, rows in pairs]
        self._uniform.hessian(*self._arguments(x), wrt=self.names, weights=self._weights, out=blocks)
        return matrix.astype(FLOAT64, copy=False)

    def hessp(self, x: Any, p: Any) -> Array:
        """Return the product of the matrix of second derivatives and a vector, made without the matrix."""
        self._check_scalar("hessp")
        vectors = tuple(self._values(self._vector("p", p)))
        return self._joined(self._uniform.hvp(vectors, *self._arguments(x), wrt=self.names, weights=self._weights))

    def residuals(self, x: Any) -> Array:
        """Return the outputs' elements, row by row, each times the square root of its row's weight; of shape `(residuals,)`."""
        self._check_real("residuals")
        found = self._uniform(*self._arguments(x))
        outputs = [found] if self._f._single else found
        parts = [np.reshape(each, (self._count, size)) for each, size in zip(outputs, self._sizes, strict=True)]
        return self._rooted(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)).reshape(-1)

    def jac(self, x: Any) -> Array:
        """Return the derivatives of the residuals, of shape `(residuals, size)`."""
        self._check_real("jac")
        arguments, lead = self._arguments(x), () if self._rows is None else (self._rows,)
        matrices = np.empty((self._count, sum(self._sizes), self.size), self._f.dtype)
        leaves = list(zip(self._leaves, self._parts, strict=True))
        blocks, end = [], 0
        for output in self._f._source.outputs:
            rows, end = matrices[:, end : end + output.size], end + output.size
            blocks.append([rows[..., part].reshape((*lead, *output.shape, *leaf.shape)) for leaf, part in leaves])
        self._uniform.jacobian(*arguments, wrt=self.names, out=blocks[0] if self._f._single else blocks)
        return self._rooted(matrices).reshape(-1, self.size)

    def sparse_jac(self, x: Any) -> Any:
        """Return the derivatives of the residuals as a `scipy.sparse.csr_array` of shape `(residuals, size)`."""
        from scipy.sparse import csr_array  # nothing else here needs SciPy

        self._check_real("sparse_jac")
        values = self._uniform.sparse_jacobian(*self._arguments(x), wrt=self.names)
        columns, ends = self._pattern
        found = self._rooted(np.reshape(values, (self._count, np.shape(values)[-1]))).reshape(-1)
        return csr_array((found, columns.copy(), ends.copy()), shape=(len(ends) - 1, self.size))

    @Lazily
    def _uniform(self) -> Any:
        """The function whose gradient in each leaf of the vector is one: with a batch, the leaves are parameters."""
        return self._f if self._rows is None or all(leaf.role == PARAMETER for leaf in self._leaves) else self._remade(None)

    @Lazily
    def _wrt(self) -> tuple[str, ...] | None:
        """What asks for the gradients: None where they are the default, as that need not be looked up."""
        return None if self._uniform._default == self.names else self.names

    @Lazily
    def _wrt_and_total(self) -> tuple[str, ...] | None:
        """The same with the sum over rows behind them."""
        asked = (*self.names, self._total)
        return None if self._summed._default == asked else asked

    @Lazily
    def _summed(self) -> Function:
        """The same times a parameter, in which its gradient is the sum over rows: in the order of `docs/sums.md`, without an array."""
        return self._remade(self._total)

    @Lazily
    def _total(self) -> str:
        """The name of that parameter."""
        name = "total"
        while any(leaf.name == name for leaf in self._f.inputs):
            name += "_"
        return name

    def _remade(self, factor: str | None) -> Function:
        """Return the function with parameters for the leaves of the vector, data for fixed inputs, and perhaps times another parameter."""
        f = self._f
        leaves = [
            parameter(name, leaf.shape) if name in self.names else data(name, leaf.shape) if leaf.varying else leaf
            for name, leaf in zip(f._places, f.inputs, strict=True)
        ]
        outputs = [f(*leaves)] if f._single else list(f(*leaves))
        if factor is not None:
            leaves.append(parameter(factor))
            outputs = [output * leaves[-1] for output in outputs]
        return Function(Graph(outputs, leaves), f._single, f.dtype, f.__name__, None, f._choice.engine, fuse=f._fuse, ready=False)

    @Lazily
    def _root(self) -> Array | None:
        """The square roots of the weights, a column."""
        if self._weights is None:
            return None
        if np.any(self._weights < 0):
            raise ValueError("weights: square roots of them enter residuals, so that none may be negative")
        return np.sqrt(self._weights.astype(FLOAT64)).reshape(-1, 1)

    @Lazily
    def _pattern(self) -> tuple[Array, Array]:
        """The columns of the entries of all rows' Jacobian matrices, one below another, and where those of each residual begin and end."""
        rows, columns, (residuals, _) = self._uniform.jacobian_structure(self.names)
        ends = np.cumsum(np.concatenate([[0], np.tile(np.bincount(rows, minlength=residuals), self._count)]))
        integer = np.int32 if max(ends[-1], self.size) < 1 << 31 else np.int64
        return np.tile(columns, self._count).astype(integer), ends.astype(integer)

    @property
    def _count(self) -> int:
        """How many rows there are."""
        return 1 if self._rows is None else self._rows

    @property
    def _sizes(self) -> list[int]:
        """How many elements each output has in a row."""
        return [output.size for output in self._f._source.outputs]

    def _described(self) -> str:
        return ", ".join(f"{leaf.name} {leaf.shape}" for leaf in self._leaves)

    def _vector(self, what: str, x: Any) -> Array:
        """Return a vector as an array, the same one if it is one; `TypeError` or `ValueError` if it is none."""
        array = x if type(x) is np.ndarray and x.dtype is FLOAT64 else convert(what, x, FLOAT64)
        if array.shape != (self.size,):
            raise ValueError(f"{what}: expected shape ({self.size},), the elements of {self._described()}; got shape {array.shape}")
        return array

    def _values(self, vector: Array) -> list[Any]:
        """Return the value of each leaf in a vector, a number or a view: numbers alone are what a call takes fastest."""
        if len(self._leaves) == 1 and self._leaves[0].ndim == 1:
            return [vector]
        return [
            vector[part].reshape(leaf.shape) if leaf.shape else vector.item(part.start)
            for leaf, part in zip(self._leaves, self._parts, strict=True)
        ]

    def _arguments(self, x: Any) -> list[Any]:
        """Return the function's arguments for a vector."""
        values = self._values(self._vector("x", x))
        if len(values) == len(self._known):
            return values
        arguments = self._known.copy()
        for place, value in zip(self._places, values, strict=True):
            arguments[place] = value
        return arguments

    def _weighted(self, value: Any) -> Any:
        return np.float64(value) if self._weights is None else np.float64(value) * np.float64(self._weights)

    def _joined(self, gradients: Iterable[Any]) -> Array:
        """Return the gradients in the leaves as a vector: one that is alone is not copied."""
        found = list(gradients)
        if len(found) == 1:
            return np.asarray(found[0], FLOAT64).reshape(self.size)
        return np.array(found, FLOAT64) if self._numbers else np.concatenate([np.ravel(each) for each in found], dtype=FLOAT64)

    def _rooted(self, rows: Array) -> Array:
        """Return new arrays of each row as float64, times the square root of its weight."""
        rows = rows.astype(FLOAT64, copy=False)
        if self._root is not None:
            rows *= self._root.reshape(-1, *[1] * (rows.ndim - 1))
        return rows

    def _check_scalar(self, method: str) -> None:
        if not self._f._scalar:
            raise TypeError(f"{method} needs a function with one real output of shape (), but it is {self._f}; use residuals and jac")

    def _check_real(self, method: str) -> None:
        if any(output.boolean for output in self._f._source.outputs):
            raise TypeError(f"{method} needs real outputs, but {self._f} has boolean ones; multiply them by 1.0")
