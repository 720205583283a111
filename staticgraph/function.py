"""What the user calls: a compiled function of batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arguments import apart, bind, check_disjoint, check_sequence, prepare, prepare_cotangents, prepare_weights
from .collection import without_collection
from .destinations import gradient_arrays, value_arrays
from .executor import Executor
from .graph import Graph
from .lowering import lower
from .native.choice import AUTO, INTERPRETER, NATIVE, Choice
from .node import Node
from .passes import simplify
from .plan import Plan, make_plan
from .profile import Profile
from .profiling import profiled
from .program import Program
from .threads import check_threads
from .transfers import Array, Given


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

    def __init__(self, source: Graph, single: bool, dtype: Any, name: str, doc: str | None = None, engine: str = AUTO) -> None:
        choice = Choice(engine)
        with without_collection():
            graph = simplify(source, np.dtype(dtype))
        plans: dict[tuple[bool, ...] | None, Plan] = {}
        self.__dict__.update(
            __name__=name, __doc__=doc, dtype=np.dtype(dtype), graph=graph, inputs=source.inputs, _single=single, _source=source,
            _plans=plans, _all=(True,) * len(source.inputs), _engine=engine, _choice=choice,
        )  # fmt: skip
        if choice.engine == NATIVE:
            self.specialize()

    __name__: str
    _single: bool
    _source: Graph
    _plans: dict[tuple[bool, ...] | None, Plan]
    _all: tuple[bool, ...]
    _engine: str
    _choice: Choice

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Function is immutable: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Function is immutable: {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return Function, (self._source, self._single, self.dtype, self.__name__, self.__doc__, self._engine)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{leaf.name}{list(leaf.shape) or ''}" for leaf in self.inputs)
        shapes = ", ".join(str(node.shape) for node in self.graph.outputs)
        return f"<Function {self.__name__}({arguments}) -> {shapes}, {self.dtype}>"

    @property
    def program(self) -> Program:
        """The instruction array, with the backward pass to all leaves."""
        return self._plan(self._all).executor.program

    @property
    def engine(self) -> str:
        """The engine that a call would use now: `"interpreter"`, or `"native"` once all that has been called is native code."""
        used = [plan.executor.native for plan in list(self._plans.values()) if plan.executor.native.used]
        return NATIVE if used and all(each.native for each in used) else INTERPRETER

    def specialize(self, wait: bool = True) -> None:
        """Compile the function to native code, for its value and for its gradient, whatever its engine.

        The results stay the same, bit for bit. Gradients of other leaves, and those with weights or cotangents, have code of their own,
        compiled when they are first asked for.

        Parameters
        ----------
        wait : bool
            Whether to return only when the code is there; otherwise calls use the interpreter until then.

        Warns
        -----
        RuntimeWarning
            If it cannot be compiled; the function then goes on using the interpreter.
        """
        for wanted in (None, self._all):
            self._plan(wanted)
        plans = [plan.executor.native for plan in list(self._plans.values())]
        for native in plans:
            native.request(False)
        for native in plans if wait else ():
            native.wait(False)
        if wait:
            self._choice.engine = NATIVE

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
        given, rows = self._arguments(args, named)
        plan = self._plan(None)
        if rows is None and out is None and threads is None and not plan.parameters:
            row, _ = plan.row(given, with_values=True)
            return row[0] if self._single else tuple(row)
        outs = None if out is None else [out] if self._single else check_sequence("out", out, len(self.graph.outputs))
        values = value_arrays(self.graph.outputs, self.dtype, rows, outs)
        self._evaluate(plan, given, rows, threads, out is not None, values=values)
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
        self._check_scalar("value_and_grad")
        given, rows = self._arguments(args, named)
        plan = self._plan(self._wanted(wrt))
        if rows is None and out is None and weights is None and threads is None and not plan.parameters:
            row, row_grads = plan.row(given, with_values=True)
            return row[0], row_grads
        value_out, grads_out = (None, None) if out is None else check_sequence("out", out, 2)
        values = value_arrays(self.graph.outputs, self.dtype, rows, None if out is None else [value_out])
        grads = self._backward(plan, given, rows, grads_out, threads, weights, values=values)
        return self._result(values, rows, value_out), grads

    def grad(self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Return the gradient alone; see `value_and_grad`. `out` is the gradients' arrays."""
        self._check_scalar("grad")
        given, rows = self._arguments(args, named)
        plan = self._plan(self._wanted(wrt))
        if rows is None and out is None and weights is None and threads is None and not plan.parameters:
            return plan.row(given, with_values=False)[1]
        return self._backward(plan, given, rows, out, threads, weights)

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
        given, rows = self._arguments(args, named)
        cotangents = prepare_cotangents(cotangent, self.graph.outputs, self._single, rows, self.dtype)
        return self._backward(self._plan(self._wanted(wrt)), given, rows, out, threads, weights, cotangents=cotangents)

    def profile(self, /, *args: Any, wrt: Any = None, gradient: bool = True, **named: Any) -> Profile:
        """Measure how long each instruction takes on the interpreter, on one thread: the medians of some calls, in half a second.

        Parameters
        ----------
        *args, wrt, **named
            As in `value_and_grad`, for any outputs. Use a batch of some thousand rows at least.
        gradient : bool, optional
            Whether to measure the backward pass too.

        Returns
        -------
        Profile
            One `Timing` for each instruction of the program; `print` shows them sorted.

        Raises
        ------
        TypeError, ValueError
            As in a call; for an unknown leaf in `wrt`.
        NotImplementedError
            On processors other than x86-64 and 64-bit ARM.
        """
        given, rows = self._arguments(args, named)
        return profiled(self._plan(self._wanted(wrt) if gradient else None), given, rows, self.__name__)

    def _arguments(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[list[Given], int | None]:
        return prepare(self.inputs, bind(self.__name__, self.inputs, args, named), self.dtype)

    def _check_scalar(self, method: str) -> None:
        output = self.graph.outputs[0]
        if not self._single or output.shape or output.boolean:
            what = f"an output of shape {output.shape} and dtype {output.dtype}" if self._single else f"{len(self.graph.outputs)} outputs"
            raise TypeError(f"{self.__name__}.{method} needs one real output of shape (), but there is {what}; use vjp with a cotangent")

    def _backward(
        self, plan: Plan, given: list[Given], rows: int | None, out: Any, threads: int | None, weights: Any, *,
        values: Sequence[Array] = (), cotangents: list[Given] | None = None,
    ) -> Any:  # fmt: skip
        """Evaluate with a backward pass; return the gradients."""
        scale = None if weights is None else prepare_weights(weights, rows, self.dtype)
        arrays = gradient_arrays(self.inputs, plan.wanted, self.dtype, rows, out)
        self._evaluate(plan, given, rows, threads, out is not None, values=values, gradients=arrays, cotangents=cotangents, weights=scale)
        if out is not None:
            return plan.gradients._make(out)
        return plan.gradients._make([array[0] if rows is None else array for array in arrays if array is not None])

    def _wanted(self, wrt: Any) -> tuple[bool, ...]:
        """Return for each leaf whether its gradient is asked for."""
        if wrt is None:
            return self._all
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

    def _plan(self, wanted: tuple[bool, ...] | None) -> Plan:
        """Return the plan of a backward pass to the wanted leaves (None: of no backward pass), made when first needed.

        All programs of a function have the tile of the complete one, so that what is asked for changes no sum.
        """
        plan = self._plans.get(wanted)
        if plan is None:
            lanes = None if wanted == self._all else self._plan(self._all).executor.program.lanes
            ids = [id(leaf) for leaf, want in zip(self.inputs, wanted or (), strict=False) if want]
            with without_collection():
                executor = Executor(lower(self.graph, self.dtype, ids, lanes), self._choice, self.__name__)
                plan = make_plan(executor, self.inputs, self.graph.outputs, wanted or ())
            plan = self._plans.setdefault(wanted, plan)
        return plan

    def _evaluate(
        self, plan: Plan, given: list[Given], rows: int | None, threads: int | None, outs_given: bool, *, values: Sequence[Array] = (),
        gradients: Sequence[Array | None] | None = None, cotangents: list[Given] | None = None, weights: Given | None = None,
    ) -> None:  # fmt: skip
        """Check that results overlap neither each other nor what is still to be read, and evaluate."""
        count = None if threads is None else check_threads(threads)
        if outs_given:
            outs = [array for array in (*values, *(gradients or ())) if array is not None]
            check_disjoint(outs)
            given = apart(given, outs)
            cotangents = cotangents and apart(cotangents, outs)
            weights = weights and apart([weights], outs)[0]
        plan.run(given, rows, values, gradients, cotangents, weights, count)

    def _result(self, values: list[Array], rows: int | None, out: Any) -> Any:
        if out is not None:
            return out
        results = [array[0] for array in values] if rows is None else values
        return results[0] if self._single else tuple(results)

