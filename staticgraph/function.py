"""What the user calls: a compiled function of batches."""

from collections.abc import Sequence
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from .arguments import Argument, asked_names, bind, parameters_of, prepare, prepare_cotangents, prepare_weights
from .collection import without_collection
from .composing import applied
from .destinations import Destination, check_sequence, given, made, of_values, results
from .environment import ieee
from .executor import Executor
from .graph import Graph
from .lowering import lower
from .native.choice import AUTO, INTERPRETER, NATIVE, Choice
from .node import DATA, Node
from .passes import simplify
from .plan import Plan, make_plan
from .profile import Profile
from .profiling import profiled
from .program import Program
from .single import NUMBERS
from .table import Array
from .threads import check_threads

Names = tuple[str, ...]


class Function:
    """A graph compiled for evaluation over batches, with gradients.

    Made by `compile` or `function`. A `Function` is immutable, may be called from many threads at once, and pickles.

    Attributes
    ----------
    graph : Graph
        The simplified graph, in order.
    program : Program
        The instruction array, with the backward pass to all leaves but data where there is one.
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
        with without_collection(), ieee():
            graph = simplify(source, np.dtype(dtype))
        leaves = source.inputs
        output = graph.outputs[0]
        self.__dict__.update(
            __name__=name, __doc__=doc, dtype=np.dtype(dtype), graph=graph, inputs=leaves, _single=single, _source=source, _engine=engine,
            _choice=choice, _parameters=parameters_of(leaves), _places={str(leaf.name): number for number, leaf in enumerate(leaves)},
            _default=tuple(str(leaf.name) for leaf in leaves if leaf.role != DATA), _plans={},
            _values=of_values(graph.outputs, np.dtype(dtype)),
            _scalar=single and not output.shape and not output.boolean,
            _numbers=np.dtype(dtype) == np.float64 and not any(node.shape or node.boolean for node in (*leaves, *graph.outputs)),
        )  # fmt: skip
        if choice.engine == NATIVE:
            self.specialize()

    __name__: str
    _single: bool
    _source: Graph
    _engine: str
    _choice: Choice
    _parameters: tuple[Argument, ...]
    _places: dict[str, int]
    _default: Names
    _plans: dict[Names | None, Plan]
    _values: tuple[Destination, ...]
    _scalar: bool
    _numbers: bool

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
    def __signature__(self) -> Signature:
        """The leaves, by name: what `inspect.signature` finds."""
        return Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self._places])

    @property
    def program(self) -> Program:
        """The instruction array, with the backward pass to all leaves but data."""
        return self._plan(self._default).executor.program

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
        for asked in (None, self._default):
            self._plan(asked)
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
        if any([isinstance(each, Node) for each in args]) or any([isinstance(each, Node) for each in named.values()]):
            return self._applied(args, named, out, threads)
        if self._numbers and out is None and threads is None and self._are_numbers(args, named):
            row = self._plan(None).row(args, True)
            return row[0] if self._single else tuple(row)
        arguments, rows = self._arguments(args, named)
        outs = None if out is None else [out] if self._single else check_sequence("out", out, len(self._values))
        values, plain = (made(self._values, rows), True) if outs is None else given(self._values, rows, outs)
        count = None if threads is None else check_threads(threads)
        self._plan(None).run(arguments, rows, values, (), threads=count, apart=outs is None, plain=plain)
        return self._result(rows, values, outs, out)

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
        if self._numbers and out is None and weights is None and threads is None and self._are_numbers(args, named):
            plan, alone = self._asked(wrt)
            row = plan.row(args, True)
            return row[0], row[1] if alone else plan.result._make(row[1:])
        arguments, rows = self._arguments(args, named)
        value_out, grads_out = (None, None) if out is None else check_sequence("out", out, 2)
        outs = None if out is None else [value_out]
        values, plain = (made(self._values, rows), True) if outs is None else given(self._values, rows, outs)
        grads = self._gradients(arguments, rows, wrt, weights, grads_out, threads, values=values, plain=plain)
        return self._result(rows, values, outs, value_out), grads

    def grad(self, /, *args: Any, wrt: Any = None, weights: Any = None, out: Any = None, threads: int | None = None, **named: Any) -> Any:
        """Return the gradient alone; see `value_and_grad`. `out` is the gradients' arrays."""
        self._check_scalar("grad")
        if self._numbers and out is None and weights is None and threads is None and self._are_numbers(args, named):
            plan, alone = self._asked(wrt)
            row = plan.row(args, False)
            return row[0] if alone else plan.result._make(row)
        arguments, rows = self._arguments(args, named)
        return self._gradients(arguments, rows, wrt, weights, out, threads)

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
        arguments, rows = self._arguments(args, named)
        cotangents = prepare_cotangents(cotangent, self.graph.outputs, self._single, rows, self.dtype)
        return self._gradients(arguments, rows, wrt, weights, out, threads, cotangents=cotangents)

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
        arguments, rows = self._arguments(args, named)
        return profiled(self._asked(wrt)[0] if gradient else self._plan(None), arguments, rows, self.__name__)

    def _arguments(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[list[Array], int | None]:
        values = args if not named and len(args) == len(self._parameters) else bind(self.__name__, self._places, args, named)
        return prepare(self._parameters, values, self.dtype)

    def _applied(self, args: tuple[Any, ...], named: dict[str, Any], out: Any, threads: Any) -> Any:
        """Return the nodes that the function's graph makes of nodes."""
        if out is not None or threads is not None:
            raise TypeError(f"{self.__name__} is applied to nodes, which gives nodes: out and threads are for calls with values")
        nodes = applied(self.__name__, self._source, bind(self.__name__, self._places, args, named))
        return nodes[0] if self._single else tuple(nodes)

    def _check_scalar(self, method: str) -> None:
        if not self._scalar:
            output = self.graph.outputs[0]
            what = f"an output of shape {output.shape} and dtype {output.dtype}" if self._single else f"{len(self.graph.outputs)} outputs"
            raise TypeError(f"{self.__name__}.{method} needs one real output of shape (), but there is {what}; use vjp with a cotangent")

    def _gradients(
        self, arguments: list[Array], rows: int | None, wrt: Any, weights: Any, out: Any, threads: int | None, *,
        values: Sequence[Array] = (), plain: bool = True, cotangents: list[Array] | None = None,
    ) -> Any:  # fmt: skip
        """Evaluate with a backward pass; return the gradients."""
        plan, alone = self._asked(wrt)
        scale = None if weights is None else prepare_weights(weights, rows, self.dtype)
        outs = None if out is None else [out] if alone else check_sequence("out of gradients", out, len(plan.destinations))
        arrays, also_plain = (made(plan.destinations, rows), True) if outs is None else given(plan.destinations, rows, outs)
        count = None if threads is None else check_threads(threads)
        plan.run(
            arguments, rows, values, arrays, weights=scale, cotangents=cotangents, threads=count, apart=outs is None,
            plain=plain and also_plain,
        )  # fmt: skip
        found = results(plan.destinations, rows, arrays, outs)
        return found[0] if alone else plan.result._make(found)

    def _are_numbers(self, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
        """Whether the arguments are numbers of Python's or NumPy's, by position."""
        return not named and len(args) == len(self._parameters) and NUMBERS.issuperset(map(type, args))

    def _asked(self, wrt: Any) -> tuple[Plan, bool]:
        """Return the plan for the gradients asked for, and whether it is one alone, without a tuple around it."""
        if wrt is None:
            return self._plan(self._default), False
        names, alone = asked_names(self.__name__, self.inputs, self._places, wrt)
        return self._plan(names), alone

    def _plan(self, asked: Names | None) -> Plan:
        """Return the plan of a backward pass to the leaves asked for (None: of no backward pass), made when first needed.

        Programs with a backward pass have the tile of the default one: where matrix products share their accumulators, its width decides in
        which order these are added to, and what is asked for must not.
        """
        plan = self._plans.get(asked)
        if plan is None:
            lanes = None if asked is None or asked == self._default else self._plan(self._default).executor.program.lanes
            numbers = [self._places[name] for name in asked or ()]
            with without_collection(), ieee():
                program = lower(self.graph, self.dtype, [id(self.inputs[number]) for number in numbers], lanes)
                plan = make_plan(Executor(program, self._choice, self.__name__), self.inputs, self.graph.outputs, numbers)
            plan = self._plans.setdefault(asked, plan)
        return plan

    def _result(self, rows: int | None, values: list[Array], outs: Sequence[Any] | None, out: Any) -> Any:
        if outs is not None and rows is not None:
            return out
        found = results(self._values, rows, values, outs)
        return found[0] if self._single else tuple(found)
