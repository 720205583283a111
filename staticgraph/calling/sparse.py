"""Matrices of derivatives as their entries alone, in the order of a pattern that follows from the graph."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..derivatives.pattern import Structure
from . import derived
from .arguments import prepare_weights
from .derivatives import Derivatives
from .derived import Derived, run_rowwise
from .destinations import of_values
from .evaluation import Evaluation, Names
from .lazy import any_lazy, lazily


class SparseDerivatives(Derivatives):
    """A function with the entries of its matrices of derivatives that can differ from 0."""

    def jacobian_structure(self, wrt: Any = None) -> Structure:
        """Return where the derivatives of the raveled outputs in the raveled, concatenated leaves can differ from 0, in row-major order."""
        return self._structure(("sparse jacobian", self._named(wrt)[0]), derived.sparse_jacobian)

    def sparse_jacobian(self, /, *args: Any, wrt: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Evaluate the entries of the Jacobian matrix that `jacobian_structure` lists.

        Returns
        -------
        array
            `(N, nnz)`, in that order: `scipy.sparse.csr_array((values[k], (rows, columns)), shape)` is row `k`'s matrix.
        """
        if any_lazy(args, named):
            return lazily(self, "sparse_jacobian", args, named, wrt=wrt, out=out, threads=threads)
        made = self._made(("sparse jacobian", self._named(wrt)[0]), derived.sparse_jacobian)
        return self._sparse(made, args, named, None, out, threads)

    def hessian_structure(self, wrt: Any = None, *, lower: bool = False) -> Structure:
        """Return where the second derivatives in the raveled, concatenated leaves can differ from 0, in row-major order.

        That is the whole symmetric pattern, or with `lower` its lower triangle.
        """
        self._check_scalar("hessian_structure", "jacobian_structure")
        return self._structure(("sparse hessian", self._named(wrt)[0], lower, False), _sparse_hessian(lower, False))

    def sparse_hessian(
        self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, lower: bool = False,
        **named: Any,
    ) -> Any:  # fmt: skip
        """Evaluate the second derivatives that `hessian_structure` lists, of each row, in parameters too.

        Returns
        -------
        array
            `(N, nnz)`, in that order.
        """
        self._check_scalar("sparse_hessian", "sparse_jacobian")
        if any_lazy(args, named, weights):
            asked = {**named, "lower": lower}
            return lazily(self, "sparse_hessian", args, asked, wrt=wrt, weights=weights, out=out, threads=threads)
        weighted = weights is not None
        made = self._made(("sparse hessian", self._named(wrt)[0], lower, weighted), _sparse_hessian(lower, weighted))
        return self._sparse(made, args, named, weights, out, threads)

    def _structure(self, key: tuple[Any, ...], make: Callable[[Evaluation, Names], Derived]) -> Structure:
        found = self._made(key, make).structure
        assert found is not None
        return Structure(found.rows.copy(), found.columns.copy(), found.shape)

    def _sparse(self, made: Derived, args: tuple[Any, ...], named: dict[str, Any], weights: Any, out: Any, threads: int | None) -> Any:
        assert made.rowwise is not None
        arguments, rows = self._arguments(args, named)
        if weights is not None:
            arguments = [*arguments, prepare_weights(weights, rows, self.dtype)]
        destinations = of_values(made.rowwise.graph.outputs, self.dtype)
        return run_rowwise(made.rowwise, destinations, arguments, rows, None if out is None else [out], threads)[0]


def _sparse_hessian(lower: bool, weighted: bool) -> Callable[[Evaluation, Names], Derived]:
    return partial(derived.sparse_hessian, lower=lower, weighted=weighted)
