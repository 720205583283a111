"""What the user calls: a compiled function of batches."""

from inspect import Parameter, Signature
from typing import Any

from ..native.frame import PLAIN
from ..nodes.graph import Graph
from ..nodes.node import Node
from ..program.program import Program
from ..running.choice import AUTO, INTERPRETER, NATIVE
from ..running.threads import check_threads
from ..saving.encoding import encode
from ..saving.files import replace
from ..saving.layout import Saved
from ..tracing.outputs import Form
from .destinations import given, made
from .embedded import Embedded
from .inspection import Inspection
from .lazy import any_lazy, lazily
from .partial import Parts
from .profiling import profiled
from .raising import Guards
from .reverse import Reverse
from .timings import Profile


class _Leaves:
    """What `inspect.signature` finds: of a function its leaves, by name; of the class nothing but how objects are made."""

    def __get__(self, function: "Function | None", owner: Any = None) -> Signature:
        if function is None:
            raise AttributeError("__signature__")
        return Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in function._places])


class Function(Reverse, Embedded, Inspection, Parts):
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

    def __init__(
        self, source: Graph, single: bool, dtype: Any, name: str, doc: str | None = None, engine: str = AUTO, form: Form | None = None,
        guards: Guards | None = None, fuse: bool = True, ready: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(source, single, dtype, name, doc, engine, form, guards, fuse)
        if ready and self._choice.engine == NATIVE:
            self.specialize()

    def __reduce__(self) -> tuple[Any, ...]:
        described = self.__name__, self.__doc__, self._engine, self._form, self._guards, self._fuse
        return Function, (self._source, self._single, self.dtype, *described)

    def save(self, path: Any) -> None:
        """Write the function into one file, from which `load` makes it again, with the same bits.

        Parameters
        ----------
        path : path-like
            Where; a file that is there is replaced in one step, once the new one is whole.

        Raises
        ------
        OSError
            If it cannot be written; a file that is there then stays as it is.
        ValueError
            If the function has a shape or more elements than any program can have, or results under keys that are no strings or integers.
        """
        guards = None if self._guards is None else self._guards.for_file()
        described = self.__name__, self.__doc__, self._engine, self._form, guards, self._fuse
        replace(path, encode(Saved(self._source, self._single, self.dtype, *described)))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{leaf.name}{list(leaf.shape) or ''}" for leaf in self.inputs)
        shapes = ", ".join(str(node.shape) for node in self._source.outputs)
        return f"<Function {self.__name__}({arguments}) -> {shapes}, {self.dtype}>"

    __signature__ = _Leaves()

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
            native.request(PLAIN)
        for native in plans if wait else ():
            native.wait(PLAIN)
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
            return self._checked(self._formed(row), args, named)
        if self._form is None or out is None:
            given_out = None if out is None else (out,) if self._single else out
            if (found := self._again(self._plan(None), args, named, True, given_out, threads)) is not None:
                return self._checked(self._formed(found) if out is None else out, args, named)
        if any_lazy(args, named):
            return lazily(self, "__call__", args, named, out=out, threads=threads)
        arguments, rows = self._arguments(args, named)
        outs = None if out is None else self._apart("out", out)
        values, plain = (made(self._values, rows), True) if outs is None else given(self._values, rows, outs)
        count = None if threads is None else check_threads(threads)
        self._plan(None).run(arguments, rows, values, (), threads=count, apart=outs is None, plain=plain)
        return self._checked(self._result(rows, values, outs, out), args, named)

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
        self._check_by_position("profile", args, "gradient")
        arguments, rows = self._arrays(args, named)
        return profiled(self._asked(wrt)[0] if gradient else self._plan(None), arguments, rows, self.__name__)
