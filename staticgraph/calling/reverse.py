"""What a function can do in reverse mode: gradients, and products of vectors with matrices of derivatives, over batches."""

from typing import Any, TypeAlias, overload

from ..nodes.node import Node
from ..records.table import Array
from ..tracing.outputs import taken_apart
from . import derived
from .arguments import prepare_cotangents
from .destinations import check_sequence, given, made, one_after_another
from .lazy import any_lazy, lazily
from .results import Gradients
from .sparse import SparseDerivatives

Several: TypeAlias = tuple[Any, ...] | list[Any] | None
"""A sequence of names or nodes, whose gradients come back as a named tuple; one name or node is a leaf by itself."""


class Reverse(SparseDerivatives):
    """A function with its gradients; of one leaf that is named alone an array, otherwise a named tuple."""

    @overload
    def value_and_grad(
        self, /, *args: Any, wrt: str | Node, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> tuple[Array, Array]: ...

    @overload
    def value_and_grad(
        self, /, *args: Any, wrt: Several = None, weights: Any = None, out: Any = None, threads: int | None = None,
        **named: Any,
    ) -> tuple[Array, Gradients]: ...  # fmt: skip

    def value_and_grad(
        self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> tuple[Any, Any]:
        """Evaluate a scalar output and its gradient.

        Parameters
        ----------
        *args, **named
            As in a call.
        wrt : str, Node, or a sequence of them, optional
            The leaves to take the gradient in; all but data by default.
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
            For an input `(N, *S)`, each row's own gradient; for a parameter `S`, the sum over rows. In the order of `wrt`; the gradient
            alone if that is one name or node.

        Raises
        ------
        TypeError
            If there is not exactly one output, of shape `()` and real (use `vjp`); for an argument of the wrong kind.
        ValueError
            As in a call; for an unknown leaf in `wrt`.
        """
        self._check_scalar("value_and_grad")
        if self._numbers and not self._custom and out is None and weights is None and threads is None and self._are_numbers(args, named):
            plan, alone = self._asked(wrt)
            row = plan.row(args, True)
            return self._checked(row[0], args, named), row[1] if alone else plan.result._make(row[1:])
        if weights is None:
            plan, alone = self._asked(wrt)
            results = None if out is None else one_after_another(out, alone)
            if (found := self._again(plan, args, named, True, results, threads)) is not None:
                return self._checked(found[0], args, named), found[1] if alone else plan.result._make(found[1:])
        if any_lazy(args, named, weights):
            lazy: tuple[Any, Any] = lazily(self, "value_and_grad", args, named, wrt=wrt, weights=weights, out=out, threads=threads)
            return lazy
        arguments, rows = self._arguments(args, named)
        value_out, grads_out = (None, None) if out is None else check_sequence("out", out, 2)
        outs = None if out is None else [value_out]
        values, plain = (made(self._values, rows), True) if outs is None else given(self._values, rows, outs)
        grads = self._gradients(arguments, rows, wrt, weights, grads_out, threads, values=values, plain=plain)
        return self._checked(self._result(rows, values, outs, value_out), args, named), grads

    @overload
    def grad(
        self, /, *args: Any, wrt: str | Node, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> Array: ...

    @overload
    def grad(
        self, /, *args: Any, wrt: Several = None, weights: Any = None, out: Any = None, threads: int | None = None,
        **named: Any,
    ) -> Gradients: ...  # fmt: skip

    def grad(self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Return the gradient alone; see `value_and_grad`. `out` is the gradients' arrays."""
        self._check_scalar("grad")
        if self._numbers and not self._custom and out is None and weights is None and threads is None and self._are_numbers(args, named):
            plan, alone = self._asked(wrt)
            row = plan.row(args, False)
            return row[0] if alone else plan.result._make(row)
        if weights is None:
            plan, alone = self._asked(wrt)
            if (found := self._again(plan, args, named, False, None if out is None else (out,) if alone else out, threads)) is not None:
                return found[0] if alone else plan.result._make(found)
        if any_lazy(args, named, weights):
            return lazily(self, "grad", args, named, wrt=wrt, weights=weights, out=out, threads=threads)
        arguments, rows = self._arguments(args, named)
        return self._gradients(arguments, rows, wrt, weights, out, threads)

    @overload
    def vjp(
        self, cotangent: Any, /, *args: Any, wrt: str | Node, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> Array: ...

    @overload
    def vjp(
        self, cotangent: Any, /, *args: Any, wrt: Several = None, weights: Any = None, out: Any = None, threads: int | None = None,
        **named: Any,
    ) -> Gradients: ...  # fmt: skip

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
        if any_lazy(args, named, cotangent, weights):
            return lazily(self, "vjp", (cotangent, *args), named, wrt=wrt, weights=weights, out=out, threads=threads)
        arguments, rows = self._arguments(args, named)
        parts = cotangent if self._form is None else tuple(taken_apart("cotangent", self._form, cotangent))
        cotangents = prepare_cotangents(parts, self.graph.outputs, self._single, rows, self.dtype)
        return self._gradients(arguments, rows, wrt, weights, out, threads, cotangents=cotangents)

    @overload
    def hvp(
        self, vectors: Any, /, *args: Any, wrt: str | Node, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> Array: ...

    @overload
    def hvp(
        self, vectors: Any, /, *args: Any, wrt: Several = None, weights: Any = None, out: Any = None, threads: int | None = None,
        **named: Any,
    ) -> Gradients: ...  # fmt: skip

    def hvp(
        self, vectors: Any, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any
    ) -> Any:
        """Evaluate the product of the matrix of second derivatives and a vector, without the matrix.

        Parameters
        ----------
        vectors : array, or tuple of arrays in the order of `wrt`
            As the tangents of `jvp`.
        *args, wrt, weights, out, threads, **named
            As in `grad`.

        Returns
        -------
        named tuple
            Shapes as those of `grad`.

        Raises
        ------
        TypeError, ValueError
            As `hessian`; for vectors of the wrong number or shape.
        """
        self._check_scalar("hvp", "jacobian")
        if any_lazy(args, named, vectors, weights):
            return lazily(self, "hvp", (vectors, *args), named, wrt=wrt, weights=weights, out=out, threads=threads)
        names, alone = self._named(wrt)
        arguments, rows = self._with_vectors("vectors", vectors, names, alone, args, named)
        if self._custom:
            made = self._made(("hvp", names), derived.products)
            return self._by_graph(made, names, alone, arguments, rows, weights, out, threads)
        inner = self._made(("jvp", names), derived.directional).rowwise
        assert inner is not None
        within = derived.on_part(inner, self._part)
        return within._gradients(arguments, rows, names[0] if alone else names, weights, out, threads)
