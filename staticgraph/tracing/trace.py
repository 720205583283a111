"""One trace from beginning to end: the leaves, the run over all paths, the outputs, and the rows that raise."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..nodes.node import Node, as_node
from . import runtime as runtime
from .array import Deferred, Traced, of_node
from .errors import NO_SHAPE, Restart, UntraceableError, located
from .exploring import explore
from .joining import negated
from .lookups import call
from .operations import mapped
from .outputs import COMPLEX as PAIR
from .outputs import ONE, Form
from .state import CURRENT, Condition, Limits, Site, Trace
from .stored import COMPLEX

_numpy: Any = np


class Raising(NamedTuple):
    """Rows that raise: a boolean node that holds for them, the exception, and the user's `file:line`."""

    condition: Node
    exception: BaseException
    line: str


class Traces(NamedTuple):
    """What a Python function does: its outputs one after another, their form, and the rows that raise or whose loops are cut."""

    outputs: list[Node]
    form: Form
    raising: list[Raising]
    cut: list[Raising]


def traced(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any], limits: Limits) -> Any:
    """Return a trace and what the function returned: `(trace, returned)`; it is run again while it learns what cannot be joined."""
    forked: set[Site] = set()
    inlined: set[Any] = set()
    unrepeated: set[Site] = set()
    target = function
    while isinstance(getattr(target, "func", None), types.FunctionType):
        target = target.func  # type: ignore[attr-defined]
    own = (getattr(target, "__module__", None) or "").partition(".")[0]
    before = CURRENT.trace
    try:
        while True:
            trace = CURRENT.trace = Trace(limits, forked, inlined, unrepeated, own)
            leaves = [mapped(_array, each) for each in args], {name: mapped(_array, each) for name, each in options.items()}
            try:
                returned = explore(lambda leaves=leaves: call(function, *leaves[0], **leaves[1]), None)  # type: ignore[misc]
                return trace, _settled(returned)
            except Restart:
                continue
            except Exception as error:
                told = located(error)
                if told is error:
                    raise
                raise told from None
    finally:
        CURRENT.trace = before


def _array(value: Any) -> Any:
    return of_node(value) if isinstance(value, Node) else value


def _settled(returned: Any) -> Any:
    """Return nodes for arrays of the trace, pairs of them for complex ones."""

    def settle(value: Any) -> Any:
        if isinstance(value, Deferred):
            raise UntraceableError(NO_SHAPE.format(what="a result"))
        if not isinstance(value, Traced):
            return value
        numbers = value.numbers
        if numbers is not None:
            return numbers
        return Pair(*value.parts) if value.dtype == COMPLEX else value.node

    return mapped(settle, returned)


class Pair(NamedTuple):
    """The parts of a complex output."""

    real: Node
    imaginary: Node


def nested(returned: Any) -> tuple[list[Any], Form]:
    """Return all that a function returned, one after another, and how it was nested."""
    if isinstance(returned, Pair):
        return list(returned), PAIR
    if isinstance(returned, (tuple, list)):
        parts = [nested(each) for each in returned]
        return [each for flat, _ in parts for each in flat], Form(type(returned), (), tuple(form for _, form in parts))
    if type(returned) is dict:
        parts = [nested(each) for each in returned.values()]
        return [each for flat, _ in parts for each in flat], Form(dict, tuple(returned), tuple(form for _, form in parts))
    return [returned], ONE


def outputs_of(trace: Trace, returned: Any) -> Traces:
    """Return the outputs of a trace: NaN where rows raise; `ValueError`, `TypeError` for what is no number."""
    flat, form = nested(returned)
    outputs = [as_node(each) for each in flat]
    raising = [Raising(_all(guard.conditions), guard.exception, guard.line) for guard in trace.guards]
    if raising:
        poison: Any = raising[0].condition
        for each in raising[1:]:
            poison = np.logical_or(poison, each.condition)
        outputs = [_numpy.where(poison, np.nan, each) for each in outputs]
    cut = [Raising(_all(guard.conditions), guard.exception, guard.line) for guard in trace.endless]
    return Traces(outputs, form, raising, cut)


def _all(conditions: Sequence[Condition]) -> Any:
    """Return whether conditions hold together."""
    nodes = [each.node if each.holds else negated(each.node) for each in dict.fromkeys(conditions)]
    made: Any = nodes[0]
    for each in nodes[1:]:
        made = np.logical_and(made, each)
    return made


