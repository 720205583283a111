"""What is behind every call of a function: its plans, binding and checking, evaluation, and what is handed back."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lanes.ieee import ieee
from ..lowering.lowering import lower
from ..nodes.composing import applied
from ..nodes.evaluated import has_custom, written_out
from ..nodes.graph import Graph
from ..nodes.node import DATA, Node
from ..passes import contracted, simplify, summed_first
from ..records.table import Array
from ..running.choice import AUTO, Choice
from ..running.executor import Executor
from ..running.lazily import Lazily
from ..running.one_row import NUMBERS
from ..running.threads import check_threads
from ..tracing.outputs import Form, put_together, taken_apart
from .arguments import Argument, asked_names, bind, parameters_of, prepare, prepare_weights
from .collection import without_collection
from .destinations import Destination, check_sequence, given, made, of_values, results
from .pieces import Part
from .plan import Plan, make_plan
from .raising import Guards
from .sources import whole

Names = tuple[str, ...]


class Evaluation:
    """The state of a compiled function, and how it is evaluated; immutable.

    Parameters
    ----------
    source : Graph
        As the user wrote it.
    single : bool
        Whether its output is one node and no tuple.
    dtype : float64 or float32
    name, doc : str
    engine : str
        What was asked for.
    form : Form, optional
        How the outputs are nested, where they are not one or a flat tuple.
    guards : Guards, optional
        The rows for which the Python function that was traced raises.
    fuse : bool
        Whether known compositions become one gate.
    """

    dtype: np.dtype[Any]
    inputs: tuple[Node, ...]

    def __init__(
        self, source: Graph, single: bool, dtype: Any, name: str, doc: str | None = None, engine: str = AUTO, form: Form | None = None,
        guards: Guards | None = None, fuse: bool = True,
    ) -> None:  # fmt: skip
        choice = Choice(engine)
        leaves = source.inputs
        output = source.outputs[0]
        self.__dict__.update(
            __name__=name, __doc__=doc, dtype=np.dtype(dtype), inputs=leaves, _single=single, _source=source, _engine=engine,
            _form=form, _guards=guards, _fuse=fuse,
            _choice=choice, _parameters=parameters_of(leaves), _places={str(leaf.name): number for number, leaf in enumerate(leaves)},
            _derived={}, _custom=has_custom(source),
            _default=tuple(str(leaf.name) for leaf in leaves if leaf.role != DATA), _plans={}, _kept={},
            _values=of_values(source.outputs, np.dtype(dtype)),
            _scalar=single and not output.shape and not output.boolean,
            _numbers=np.dtype(dtype) == np.float64 and not any(node.shape or node.boolean for node in (*leaves, *source.outputs)),
        )  # fmt: skip

    __name__: str
    _single: bool
    _form: Form | None
    _guards: Guards | None
    _source: Graph
    _engine: str
    _fuse: bool
    _choice: Choice
    _parameters: tuple[Argument, ...]
    _places: dict[str, int]
    _default: Names
    _plans: dict[Names | None, Plan]
    _derived: dict[Any, Any]
    _part: Part | None = None
    _custom: bool
    _values: tuple[Destination, ...]
    _scalar: bool
    _numbers: bool

    @Lazily
    def graph(self) -> Graph:
        """The simplified graph, in order."""
        with without_collection(), ieee():
            return simplify(written_out(self._source), self.dtype, self._fuse)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Function is immutable: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Function is immutable: {name!r} cannot be deleted")

    def _arguments(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[list[Array], int | None]:
        values = args if not named and len(args) == len(self._parameters) else bind(self.__name__, self._places, args, named)
        return prepare(self._parameters, values, self.dtype)

    def _arrays(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[list[Array], int | None]:
        """Return the arguments as arrays, whatever memory that takes."""
        arguments, rows = self._arguments(args, named)
        return list(map(whole, arguments)), rows

    def _check_by_position(self, method: str, args: tuple[Any, ...], *options: str) -> None:
        """Raise `TypeError` for a leaf that has the name of an option of a method and is not among the positional arguments."""
        for name in options:
            if self._places.get(name, -1) >= len(args):
                raise TypeError(f"{self.__name__}.{method}: give the argument {name!r} by position: {name}= is an option of {method}")

    def _applied(self, args: tuple[Any, ...], named: dict[str, Any], out: Any, threads: Any) -> Any:
        """Return the nodes that the function's graph makes of nodes."""
        if out is not None or threads is not None:
            raise TypeError(f"{self.__name__} is applied to nodes, which gives nodes: out and threads are for calls with values")
        nodes = applied(self.__name__, self._source, bind(self.__name__, self._places, args, named))
        return self._formed(nodes)

    def _check_scalar(self, method: str, instead: str = "vjp with a cotangent") -> None:
        if not self._scalar:
            output = self.graph.outputs[0]
            what = f"an output of shape {output.shape} and dtype {output.dtype}" if self._single else f"{len(self.graph.outputs)} outputs"
            raise TypeError(f"{self.__name__}.{method} needs one real output of shape (), but there is {what}; use {instead}")

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
            plain=plain and also_plain, part=self._part,
        )  # fmt: skip
        found = results(plan.destinations, rows, arrays, outs)
        return found[0] if alone else plan.result._make(found)

    def _are_numbers(self, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
        """Whether the arguments are numbers of Python's or NumPy's, by position."""
        return not named and len(args) == len(self._parameters) and NUMBERS.issuperset(map(type, args))

    def _again(
        self, plan: Plan, args: tuple[Any, ...], named: dict[str, Any], values: bool, out: Sequence[Any] | None, threads: Any
    ) -> Any:  # fmt: skip
        """Return the results, one after another, of a call that is like those before; None, with nothing computed, if it is not."""
        if threads is not None and (type(threads) is not int or threads < 1):
            return None
        if named:
            if args or tuple(named) != tuple(self._places):
                return None
            args = tuple(named.values())
        return plan.again(args, values, out)

    def _asked(self, wrt: Any) -> tuple[Plan, bool]:
        """Return the plan for the gradients asked for, and whether it is one alone, without a tuple around it."""
        if wrt is None:
            return self._plan(self._default), False
        names, alone = asked_names(self.__name__, self.inputs, self._places, wrt)
        return self._plan(names), alone

    def _plan(self, asked: Names | None) -> Plan:
        """Return the plan of a backward pass to the leaves asked for (None: of no backward pass), made when first needed.

        One tile width for all programs with a backward pass, that of the default one: else the choice of `wrt` would change the order, and
        so the last bits, of sums over rows, where matrix products share their accumulators.
        """
        plan = self._plans.get(asked)
        if plan is None:
            lanes = None if asked is None or asked == self._default else self._plan(self._default).executor.program.lanes
            numbers = [self._places[name] for name in asked or ()]
            with without_collection(), ieee():
                graph = contracted(self.graph) if self._fuse else self.graph
                graph = summed_first(graph) if numbers else graph
                program = lower(graph, self.dtype, [id(self.inputs[number]) for number in numbers], lanes)
                plan = make_plan(Executor(program, self._choice, self.__name__), self.inputs, self.graph.outputs, numbers)
            plan = self._plans.setdefault(asked, plan)
        return plan

    def _result(self, rows: int | None, values: list[Array], outs: Sequence[Any] | None, out: Any) -> Any:
        if outs is not None and rows is not None:
            return out
        return self._formed(results(self._values, rows, values, outs))

    def _formed(self, found: Sequence[Any]) -> Any:
        """Return the results of all outputs as the call returns them."""
        if self._form is not None:
            return put_together(self._form, found)
        return found[0] if self._single else tuple(found)

    def _apart(self, what: str, given: Any) -> Sequence[Any]:
        """Return what is nested as the outputs are, one after another."""
        if self._form is not None:
            return taken_apart(what, self._form, given)
        return [given] if self._single else check_sequence(what, given, len(self._values))

    def _checked(self, result: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Return a result, unless a loop of the Python function that was traced would go on for some row: `RuntimeError`, or a warning."""
        if self._guards is not None and self._guards.loops:
            self._guards.check(result, *self._arguments(args, named), self.dtype)
        return result
