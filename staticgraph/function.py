"""What the user calls: a compiled function of batches."""

import threading
from typing import Any

import numpy as np

from .arguments import (
    Array, Given, apart, bind, check_disjoint, check_out, check_sequence, prepare, prepare_cotangents, prepare_weights,
)  # fmt: skip
from .collection import without_collection
from .executor import Call, Executor
from .graph import Graph
from .lowering import lower
from .node import PARAMETER, Node
from .passes import simplify
from .program import Program
from .results import make_gradients
from .threads import check_threads, get_num_threads


class Function:
    """A graph compiled for evaluation over batches, with gradients.

    Made by `compile` or `function`. A `Function` is immutable, may be called from many threads at once, and pickles.

    Attributes
    ----------
    graph : Graph
        The simplified graph, in order.
    program : Program
        The instruction array, with the backward pass to all leaves where there is one.
    dtype : numpy.dtype
        `float64` or `float32`.
    inputs : tuple of Node
        The leaves in the order of the arguments.
    """

    dtype: np.dtype[Any]
    graph: Graph
    inputs: tuple[Node, ...]

    def __init__(self, source: Graph, single: bool, dtype: Any, name: str, doc: str | None = None) -> None:
        with without_collection():
            graph = simplify(source, np.dtype(dtype))
        executors: dict[tuple[bool, ...] | None, Executor] = {}
        self.__dict__.update(
            __name__=name, __doc__=doc, dtype=np.dtype(dtype), graph=graph, inputs=source.inputs, _single=single, _source=source,
            _executors=executors, _lock=threading.Lock(),
        )  # fmt: skip

    __name__: str
    _single: bool
    _source: Graph
    _executors: dict[tuple[bool, ...] | None, Executor]
    _lock: threading.Lock

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Function is immutable: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Function is immutable: {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return Function, (self._source, self._single, self.dtype, self.__name__, self.__doc__)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{leaf.name}{list(leaf.shape) or ''}" for leaf in self.inputs)
        shapes = ", ".join(str(node.shape) for node in self.graph.outputs)
        return f"<Function {self.__name__}({arguments}) -> {shapes}, {self.dtype}>"

    @property
    def program(self) -> Program:
        """The instruction array, with the backward pass to all leaves."""
        return self._executor((True,) * len(self.inputs)).program

    def __call__(self, /, *args: Any, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Evaluate the outputs.

        Parameters
        ----------
        *args, **named
            One argument for each leaf: for an input of shape `S` an array of shape `(N, *S)` (a batch) or `S` (the same value for every
            row), for a parameter an array of shape `S`.
        out : array or tuple of arrays, optional
            Where to write, of the results' shapes and dtypes.
        threads : int, optional
            How many threads to use.

        Returns
        -------
        array or tuple of arrays
            `(N, *S)` for an output of shape `S`; without a batch axis if no argument is a batch.

        Raises
        ------
        TypeError
            For an argument of the wrong kind, missing or unknown.
        ValueError
            For an argument of the wrong shape, batches of different sizes, or an unusable `out`.
        """
        given, rows = prepare(self.inputs, bind(self.__name__, self.inputs, args, named), self.dtype)
        count = _threads(threads)
        values = None if out is None else [out] if self._single else list(check_sequence("out", out, len(self.graph.outputs)))
        values = self._values(values, rows)
        self._run(None, given, rows, values, None, None, None, count, out is not None)
        return self._result(values, rows, out)

    def value_and_grad(
        self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> tuple[Any, Any]:
        """Evaluate a scalar output and its gradient.

        Parameters
        ----------
        *args, **named
            As in a call.
        wrt : str, Node, or a sequence of them, optional
            The leaves to take the gradient in; all by default.
        weights : scalar or array of shape (N,), optional
            Multiplies each row's upstream gradient.
        out : (value, grads), optional
            Arrays to write to.
        threads : int, optional
            How many threads to use.

        Returns
        -------
        value : array of shape (N,)
        grads : named tuple
            For an input `(N, *S)`, each row's own gradient; for a parameter `S`, the sum over rows. In the order of the arguments.

        Raises
        ------
        TypeError
            If there is not exactly one output, of shape `()` and real (use `vjp`); for an argument of the wrong kind.
        ValueError
            As in a call; for an unknown leaf in `wrt`.
        """
        return self._gradients("value_and_grad", args, named, wrt, weights, out, threads, with_value=True)

    def grad(self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Return the gradient alone; see `value_and_grad`. `out` is the gradients' arrays."""
        return self._gradients("grad", args, named, wrt, weights, out, threads, with_value=False)

    def vjp(
        self, cotangent: Any, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> Any:
        """Return the gradient of the outputs for given upstream gradients: the product of a vector and the Jacobian matrix.

        Parameters
        ----------
        cotangent : array, or tuple of arrays for several outputs
            Upstream gradients, of the outputs' shapes: `(N, *S)`, or `S` if no argument is a batch.
        *args, wrt, weights, out, threads, **named
            As in `grad`.

        Returns
        -------
        named tuple
            As in `value_and_grad`.

        Raises
        ------
        TypeError, ValueError
            As in `value_and_grad`; for a cotangent of the wrong kind or shape.
        """
        given, rows = prepare(self.inputs, bind(self.__name__, self.inputs, args, named), self.dtype)
        cotangents = prepare_cotangents(cotangent, self.graph.outputs, self._single, rows, self.dtype)
        return self._backward(given, rows, None, cotangents, wrt, weights, out, threads)

    def _gradients(
        self, method: str, args: Any, named: Any, wrt: Any, weights: Any, out: Any, threads: int | None, with_value: bool
    ) -> Any:
        output = self.graph.outputs[0]
        if not self._single or output.shape or output.boolean:
            what = f"{len(self.graph.outputs)} outputs" if not self._single else f"an output of shape {output.shape} and dtype {output.dtype}"
            raise TypeError(f"{self.__name__}.{method} needs one real output of shape (), but there is {what}; use vjp with a cotangent")
        given, rows = prepare(self.inputs, bind(self.__name__, self.inputs, args, named), self.dtype)
        if not with_value:
            return self._backward(given, rows, None, None, wrt, weights, out, threads)
        value_out, grads_out = (None, None) if out is None else check_sequence("out", out, 2)
        values = self._values(None if out is None else [value_out], rows)
        grads = self._backward(given, rows, values, None, wrt, weights, grads_out, threads)
        return self._result(values, rows, value_out), grads

    def _backward(
        self, given: list[Given], rows: int | None, values: list[Array] | None, cotangents: list[Given] | None, wrt: Any, weights: Any,
        out: Any, threads: int | None,
    ) -> Any:  # fmt: skip
        wanted = self._wanted(wrt)
        count = _threads(threads)
        scale = None if weights is None else prepare_weights(weights, rows, self.dtype)
        arrays = self._gradient_arrays(wanted, rows, out)
        self._run(wanted, given, rows, values, arrays, cotangents, scale, count, out is not None)
        found = [array for array in arrays if array is not None]
        names = tuple(str(leaf.name) for leaf, want in zip(self.inputs, wanted, strict=True) if want)
        if out is not None:
            return make_gradients(names, out)
        if rows is None:
            leaves = [leaf for leaf, want in zip(self.inputs, wanted, strict=True) if want]
            found = [array[()] if leaf.role == PARAMETER else array[0] for leaf, array in zip(leaves, found, strict=True)]
        return make_gradients(names, found)

    def _wanted(self, wrt: Any) -> tuple[bool, ...]:
        """Return for each leaf whether its gradient is asked for."""
        if wrt is None:
            return (True,) * len(self.inputs)
        asked = list(wrt) if isinstance(wrt, (tuple, list, set, frozenset)) else [wrt]
        found = {self._position(each) for each in asked}
        return tuple(number in found for number in range(len(self.inputs)))

    def _position(self, asked: Any) -> int:
        for number, leaf in enumerate(self.inputs):
            if asked is leaf or (isinstance(asked, str) and asked == leaf.name):
                return number
            if isinstance(asked, Node) and (asked.name, asked.role, asked.shape) == (leaf.name, leaf.role, leaf.shape):
                return number
        names = ", ".join(str(leaf.name) for leaf in self.inputs)
        raise ValueError(f"wrt: {asked!r} is no leaf of {self.__name__}; its leaves are {names or 'none'}")

    def _values(self, out: list[Any] | None, rows: int | None) -> list[Array]:
        """Return the arrays that the outputs are written to, with a batch axis."""
        arrays = []
        for number, node in enumerate(self.graph.outputs):
            dtype = np.dtype(bool) if node.boolean else self.dtype
            if out is None:
                arrays.append(np.empty((1 if rows is None else rows, *node.shape), dtype))
            else:
                what = "out" if self._single else f"out of output {number}"
                arrays.append(_batched(check_out(what, out[number], _shape(rows, node.shape), dtype), rows))
        return arrays

    def _gradient_arrays(self, wanted: tuple[bool, ...], rows: int | None, out: Any) -> list[Array | None]:
        """Return for each leaf the array that its gradient is written to, None where it is not asked for."""
        given = None if out is None else iter(check_sequence("out of gradients", out, sum(wanted)))
        arrays: list[Array | None] = []
        for leaf, want in zip(self.inputs, wanted, strict=True):
            if not want:
                arrays.append(None)
            elif leaf.role == PARAMETER:
                what = f"out of the gradient of {leaf.name!r}"
                arrays.append(np.empty(leaf.shape, self.dtype) if given is None else check_out(what, next(given), leaf.shape, self.dtype))
            elif given is None:
                arrays.append(np.empty((1 if rows is None else rows, *leaf.shape), self.dtype))
            else:
                array = check_out(f"out of the gradient of {leaf.name!r}", next(given), _shape(rows, leaf.shape), self.dtype)
                arrays.append(_batched(array, rows))
        return arrays

    def _executor(self, wanted: tuple[bool, ...] | None) -> Executor:
        """Return the executor of the program with a backward pass to the wanted leaves, made when first needed.

        All programs of a function have the tile of the complete one, so that what is asked for changes no sum.
        """
        executor = self._executors.get(wanted)
        if executor is None:
            everything = (True,) * len(self.inputs)
            lanes = None if wanted == everything else self._executor(everything).program.lanes
            ids = [id(leaf) for leaf, want in zip(self.inputs, wanted or (), strict=False) if want]
            with without_collection():
                executor = Executor(lower(self.graph, self.dtype, ids, lanes))
            with self._lock:
                executor = self._executors.setdefault(wanted, executor)
        return executor

    def _run(
        self, wanted: tuple[bool, ...] | None, given: list[Given], rows: int | None, values: list[Array] | None,
        gradients: list[Array | None] | None, cotangents: list[Given] | None, weights: Given | None, threads: int, outs_given: bool,
    ) -> None:  # fmt: skip
        """Check that results do not overlap, and evaluate."""
        executor = self._executor(wanted)
        if outs_given:
            outs = [(f"result {number}", array) for number, array in enumerate((*(values or ()), *(gradients or ()))) if array is not None]
            check_disjoint(outs)
            arrays = [array for _, array in outs]
            given = apart(given, arrays)
            cotangents = cotangents and apart(cotangents, arrays)
            weights = weights and apart([weights], arrays)[0]
        by_name = {str(leaf.name): number for number, leaf in enumerate(self.inputs)}
        program = executor.program
        used = [[by_name[leaf.name] for leaf in leaves] for leaves in (program.inputs, program.parameters)]
        if gradients is not None:
            for number in set(range(len(self.inputs))) - {*used[0], *used[1]}:
                unused = gradients[number]
                if unused is not None:
                    unused[...] = 0
        executor.run(
            Call(
                rows=1 if rows is None else rows,
                inputs=[given[number] for number in used[0]],
                parameters=[given[number] for number in used[1]],
                values=values,
                gradients=None if gradients is None else [gradients[number] for number in (*used[0], *used[1])],
                cotangents=cotangents,
                weights=weights,
                threads=threads,
            )
        )

    def _result(self, values: list[Array], rows: int | None, out: Any) -> Any:
        if out is not None:
            return out
        results = [array[0] for array in values] if rows is None else values
        return results[0] if self._single else tuple(results)


def _threads(threads: int | None) -> int:
    return get_num_threads() if threads is None else check_threads(threads)


def _shape(rows: int | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape if rows is None else (rows, *shape)


def _batched(array: Array, rows: int | None) -> Array:
    """Return a view with a batch axis."""
    return array[None] if rows is None else array

