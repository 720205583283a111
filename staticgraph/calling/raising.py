"""The rows for which a traced Python function raises, or goes on in a loop: found by a function of their conditions."""

import pickle
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..lanes.ieee import ieee
from ..lowering.lowering import lower
from ..nodes.graph import Graph
from ..nodes.node import Node
from ..passes import contracted, simplify
from ..records.table import Array
from ..running.choice import INTERPRETER, Choice
from ..running.executor import Executor
from ..saving.layout import SavedGuards
from ..tracing.errors import LoopError
from ..tracing.trace import Raising
from .destinations import made, of_values
from .plan import Plan, make_plan

NAMED: dict[str, type[Exception]] = {
    each.__name__: each
    for each in (
        ArithmeticError, AssertionError, AttributeError, Exception, FloatingPointError, IndexError, KeyError, LookupError,
        NotImplementedError, OverflowError, RuntimeError, RuntimeWarning, TypeError, ValueError, ZeroDivisionError, LoopError,
    )
}  # fmt: skip
"""The exceptions that files name."""


class RaisedRows(NamedTuple):
    """Rows for which a line raises.

    Attributes
    ----------
    rows : array of int
    exception : Exception
    line : str
        The user's `file:line`.
    """

    rows: Array
    exception: BaseException
    line: str


class Raises(tuple[RaisedRows, ...]):
    """A report of the rows that raise: an entry for each line that raises for any."""

    __slots__ = ()

    def __str__(self) -> str:
        if not self:
            return "no row raises"
        told = [f"{each.line}: {type(each.exception).__name__}: {each.exception}: {len(each.rows)} row(s): {each.rows}" for each in self]
        return "\n".join(told)


class Guards:
    """Conditions under which rows raise, and what they raise.

    Parameters
    ----------
    graph : Graph
        Of the conditions, with the function's leaves.
    raised : sequence of (exception, line)
    """

    def __init__(self, graph: Graph, raised: Sequence[tuple[BaseException, str]]) -> None:
        self.graph = graph
        self.raised = tuple(raised)
        self.loops = any(isinstance(error, (RuntimeWarning, LoopError)) for error, _ in raised)
        self._plans: dict[Any, Plan] = {}

    @classmethod
    def of(cls, raising: Sequence[Raising], leaves: Sequence[Node]) -> "Guards | None":
        """Return the guards of a trace; None if nothing raises."""
        if not raising:
            return None
        return cls(Graph([each.condition for each in raising], leaves), [(each.exception, each.line) for each in raising])

    def __reduce__(self) -> tuple[Any, ...]:
        return Guards, (self.graph, [(_picklable(error), line) for error, line in self.raised])

    @classmethod
    def from_file(cls, saved: SavedGuards) -> "Guards":
        """Return what a file says; `ValueError` for an exception that no file names."""
        unknown = [name for name, _, _ in saved.raised if name not in NAMED]
        if unknown:
            raise ValueError(f"rows raise {unknown[0]!r}, expected one of {', '.join(NAMED)}")
        return cls(saved.graph, [(NAMED[name](message), line) for name, message, line in saved.raised])

    def for_file(self) -> SavedGuards:
        """Return what a file keeps: of exceptions of other classes than Python's own their names and messages."""
        return SavedGuards(self.graph, tuple((*_described(error), line) for error, line in self.raised))

    def _plan(self, dtype: np.dtype[Any]) -> Plan:
        """Return the plan that computes the conditions."""
        if dtype not in self._plans:
            with ieee():
                graph = simplify(self.graph, dtype)
                executor = Executor(lower(contracted(graph), dtype, [], None), Choice(INTERPRETER), "raises")
                self._plans[dtype] = make_plan(executor, self.graph.inputs, graph.outputs, [])
        return self._plans[dtype]

    def found(self, arguments: list[Array], rows: int | None, dtype: np.dtype[Any]) -> Raises:
        """Return the rows that raise, each with what it raises first."""
        values = made(of_values(self.graph.outputs, dtype), rows)
        self._plan(dtype).run(arguments, rows, values, ())
        before = np.zeros(1 if rows is None else rows, bool)
        entries = []
        for value, (error, line) in zip(values, self.raised, strict=True):
            now = value & ~before
            before |= value
            if now.any():
                entries.append(RaisedRows(np.flatnonzero(now), error, line))
        return Raises(entries)

    def check(self, result: Any, arguments: list[Array], rows: int | None, dtype: np.dtype[Any]) -> None:
        """Raise, or warn, if a loop would go on for any row."""
        for each in self.found(arguments, rows, dtype):
            if isinstance(each.exception, LoopError):
                raise LoopError(f"{each.exception}: rows {each.rows}")
            if isinstance(each.exception, RuntimeWarning):
                warnings.warn(f"{each.exception}: rows {each.rows}", RuntimeWarning, stacklevel=4)


def _described(error: BaseException) -> tuple[str, str]:
    """Return the class's name and the message of an exception."""
    name = type(error).__name__
    if NAMED.get(name) is not type(error):
        return "RuntimeError", f"{name}: {error}"
    return name, str(error.args[0]) if len(error.args) == 1 else str(error)


def _picklable(error: BaseException) -> BaseException:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


