"""What a function can do beside gradients: directional derivatives, and matrices of first and second derivatives over batches."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ..nodes.node import PARAMETER
from ..records.table import Array
from ..running.threads import check_threads
from . import derived
from .arguments import Argument, asked_names, bind, parameters_of, prepare, prepare_weights
from .derived import Derived, run_parted, run_rowwise
from .destinations import Destination, check_sequence, of_block, of_gradients
from .evaluation import Evaluation, Names
from .lazy import any_lazy, lazily
from .results import make_gradients


class Derivatives(Evaluation):
    """A function with its derivatives of the first and second order, compiled when they are first asked for."""

    def jvp(self, tangents: Any, /, *args: Any, wrt: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Evaluate the outputs' directional derivatives: the product of the Jacobian matrix and a vector.

        Parameters
        ----------
        tangents : array, or tuple of arrays in the order of `wrt`
            The direction: for an input of shape `S` an array `(N, *S)` or `S`, for a parameter `S`.
        *args, **named
            As in a call.
        wrt : str, Node, or a sequence of them, optional
            The leaves that move; all but data by default.
        out : array or tuple of arrays, optional
            Where to write.
        threads : int, optional
            How many threads to use.

        Returns
        -------
        array, or arrays nested as the outputs are

        Raises
        ------
        TypeError, ValueError
            As in a call; for tangents of the wrong number or shape, and for an unknown leaf in `wrt`.
        """
        if any_lazy(args, named, tangents):
            return lazily(self, "jvp", (tangents, *args), named, wrt=wrt, out=out, threads=threads)
        names, alone = self._named(wrt)
        inner = self._made(("jvp", names), derived.directional).rowwise
        assert inner is not None
        arguments, rows = self._with_vectors("tangents", tangents, names, alone, args, named)
        outs = None if out is None else self._apart("out", out)
        found = run_rowwise(inner, inner._values, arguments, rows, outs, threads)
        return self._formed(found) if out is None or self._form is None else out

    def jacobian(self, /, *args: Any, wrt: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Evaluate the derivatives of each output's elements in each leaf's elements, row by row.

        What is 0 by structure costs no more than writing it: a diagonal costs what the function costs (`sparse_jacobian` leaves zeros out).

        Parameters
        ----------
        *args, wrt, threads, **named
            As in `grad`.
        out : named tuple or tuple of arrays, optional
            Where to write, in the structure of the result.

        Returns
        -------
        named tuple
            `J.x` of shape `(N, *S_out, *S_x)`, of a parameter too; the array alone if `wrt` is one name or node. Several outputs have these
            nested as they are, complex ones complex.

        Raises
        ------
        TypeError, ValueError
            As in a call; for an unknown leaf in `wrt`.
        """
        if any_lazy(args, named):
            return lazily(self, "jacobian", args, named, wrt=wrt, out=out, threads=threads)
        return self._jacobian(False, args, wrt, out, threads, named)[1]

    def value_and_jacobian(
        self, /, *args: Any, wrt: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> tuple[Any, Any]:
        """Evaluate the outputs and their Jacobian matrices; see `jacobian`. `out` is a pair of what a call and `jacobian` take."""
        if any_lazy(args, named):
            lazy: tuple[Any, Any] = lazily(self, "value_and_jacobian", args, named, wrt=wrt, out=out, threads=threads)
            return lazy
        return self._jacobian(True, args, wrt, out, threads, named)

    def hessian(
        self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> Any:
        """Evaluate the second derivatives of a scalar output, symmetric to the bit.

        Parameters
        ----------
        *args, wrt, weights, threads, **named
            As in `grad`.
        out : named tuple of named tuples or tuples of arrays, optional
            Where to write, in the structure of the result.

        Returns
        -------
        named tuple of named tuples
            `H.x.y` of shape `(N, *S_x, *S_y)`; where both are parameters the sum over rows, `(*S_x, *S_y)`. The array alone if `wrt` is one
            name or node.

        Raises
        ------
        TypeError
            If there is not exactly one output, of shape `()` and real; for an argument of the wrong kind.
        ValueError
            As in a call; for an unknown leaf in `wrt`.
        """
        self._check_scalar("hessian", "jacobian")
        if any_lazy(args, named, weights):
            return lazily(self, "hessian", args, named, wrt=wrt, weights=weights, out=out, threads=threads)
        names, alone = self._named(wrt)
        made = self._made(("hessian", names, weights is not None), partial(derived.hessian, weighted=weights is not None))
        arguments, rows = self._arguments(args, named)
        scale = None if weights is None else prepare_weights(weights, rows, self.dtype)
        outs = None if out is None else [out] if alone else _pairs_of(out, len(names))
        found = run_parted(made, self._blocks(names), (arguments, scale, []), rows, outs, threads, self._part)
        if alone:
            return found[0]
        count = len(names)
        return make_gradients(names, [make_gradients(names, found[row * count : (row + 1) * count]) for row in range(count)])

    def _named(self, wrt: Any) -> tuple[Names, bool]:
        """Return the leaves asked for, and whether it is one alone, without a tuple around it."""
        return (self._default, False) if wrt is None else asked_names(self.__name__, self.inputs, self._places, wrt)

    def _made(self, key: tuple[Any, ...], make: Callable[[Evaluation, Names], Derived]) -> Derived:
        return derived.derived(self, key, lambda: make(self, key[1]))

    def _gradients(
        self, arguments: list[Array], rows: int | None, wrt: Any, weights: Any, out: Any, threads: int | None, *,
        values: Sequence[Array] = (), plain: bool = True, cotangents: list[Array] | None = None,
    ) -> Any:  # fmt: skip
        """Evaluate with a backward pass, or by the graph of the gradient where the machine does not know that of a custom function."""
        if not self._custom:
            return super()._gradients(
                arguments, rows, wrt, weights, out, threads, values=values, plain=plain, cotangents=cotangents
            )  # fmt: skip
        names, alone = self._named(wrt)
        made = self._made(("gradients", names), derived.gradients)
        if values:
            count = None if threads is None else check_threads(threads)
            self._plan(None).run(arguments, rows, values, (), threads=count, apart=False, plain=plain)
        upstream = [np.ones((), self.dtype)] if cotangents is None else cotangents
        return self._by_graph(made, names, alone, [*arguments, *upstream], rows, weights, out, threads)

    def _by_graph(
        self, made: Derived, names: Names, alone: bool, arguments: list[Array], rows: int | None, weights: Any, out: Any, threads: Any
    ) -> Any:
        """Evaluate derivatives in leaves that a graph has as its values, given its arguments but the weights, which are the last."""
        scale = np.ones((), self.dtype) if weights is None else prepare_weights(weights, rows, self.dtype)
        leaves = derived.leaves_of(self, names)
        destinations = of_gradients(leaves, [True] * len(leaves), self.dtype)
        outs = None if out is None else [out] if alone else check_sequence("out of gradients", out, len(leaves))
        found = run_parted(made, destinations, (arguments, None, [scale]), rows, outs, threads, self._part)
        return found[0] if alone else make_gradients(names, found)

    def _with_vectors(
        self, what: str, vectors: Any, names: Names, alone: bool, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[list[Array], int | None]:
        """Return the arguments with a vector for each name behind them; `TypeError` or `ValueError` if these do not fit."""
        if alone or (len(names) == 1 and not isinstance(vectors, (tuple, list))):
            vectors = [vectors]
        if not isinstance(vectors, (tuple, list)):
            raise TypeError(f"{what}: expected a tuple of {len(names)} ({', '.join(names)}), got {type(vectors).__name__}")
        if len(vectors) != len(names):
            raise ValueError(f"{what}: expected {len(names)}, one for each of {', '.join(names) or 'no leaf'}, got {len(vectors)}")
        beside = [each._replace(name=f"{what} of {each.name}") for each in parameters_of(derived.leaves_of(self, names))]
        values = bind(self.__name__, self._places, args, named)
        parameters: tuple[Argument, ...] = (*self._parameters, *beside)
        return prepare(parameters, [*values, *vectors], self.dtype)

    def _jacobian(
        self, valued: bool, args: tuple[Any, ...], wrt: Any, out: Any, threads: int | None, named: dict[str, Any]
    ) -> tuple[Any, Any]:
        names, alone = self._named(wrt)
        inner = self._made(("jacobian", names, valued), partial(derived.jacobian, values=valued)).rowwise
        arguments, rows = self._arguments(args, named)
        outputs, leaves = self.graph.outputs, derived.leaves_of(self, names)
        blocks = [of_block(self.dtype, output, leaf) for output in outputs for leaf in leaves]
        destinations = [*(self._values if valued else ()), *blocks]
        outs = None if out is None else list(self._flattened(out, len(names), alone, valued))
        found = iter([] if inner is None else run_rowwise(inner, destinations, arguments, rows, outs, threads))
        values = [next(found) for _ in outputs] if valued else []
        matrices = [next(found) if alone else make_gradients(names, [next(found) for _ in names]) for _ in outputs]
        if out is not None and self._form is not None:
            return out if valued else (None, out)
        return self._formed(values) if valued else None, self._formed(matrices)

    def _flattened(self, out: Any, count: int, alone: bool, valued: bool) -> Iterator[Any]:
        """Yield the arrays of an `out` of values and Jacobian matrices in order."""
        values, matrices = check_sequence("out", out, 2) if valued else (None, out)
        if valued:
            yield from self._apart("out of values", values)
        for each in self._apart("out of Jacobian matrices", matrices):
            yield from [each] if alone else check_sequence("out of a Jacobian matrix", each, count)

    def _blocks(self, names: Names) -> list[Destination]:
        """Return where the second derivatives in each pair of leaves go."""
        pairs = product(derived.leaves_of(self, names), repeat=2)
        return [of_block(self.dtype, a, b)._replace(summed=a.role == b.role == PARAMETER) for a, b in pairs]

def _pairs_of(out: Any, count: int) -> list[Any]:
    """Return the arrays of an `out` of second derivatives in order."""
    rows = check_sequence("out of second derivatives", out, count)
    return [array for row in rows for array in check_sequence("out of second derivatives", row, count)]
