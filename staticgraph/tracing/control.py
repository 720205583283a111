"""What rewritten code calls for its branches and guards: plain Python where the condition is known, otherwise both sides."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal

import numpy as np

from ..gates.selection import logical_not
from ..nodes.node import Node
from .array import Traced, of_node
from .errors import UnrepeatableError
from .exploring import condition_of
from .joining import (
    UNDEFINED,
    Aliases,
    State,
    UnjoinableError,
    captured,
    join,
    join_states,
    negated,
    released,
    truth,
    write_state,
)
from .state import Condition, Guard, Journal, Site, current, moment
from .stored import BOOL

_numpy: Any = np


def symbolic(value: Any) -> bool:
    """Whether a truth value depends on leaves."""
    return type(value) is Traced and value.size == 1 and value.symbolic


class Branch:
    """An `if`: which of its sides run, and, where both do, what the variables become that either assigns.

    Attributes
    ----------
    then, otherwise : bool
        Whether the first and the second side run.
    both : bool
        Whether they are joined.
    """

    __slots__ = ("_after", "_aliases", "_before", "_names", "_node", "_site", "_state", "both", "otherwise", "then")

    def __init__(self, test: Any, site: Site, scope: dict[str, Any], names: tuple[str, ...]) -> None:
        self.both = False
        if symbolic(test):
            trace = current()
            node, meant = condition_of(test)
            found = trace.known(node)
            if found is not None:
                test = found is meant
            elif not trace.trying and site not in trace.forked:
                self._begin(node if meant else negated(node), site, scope, names)
                return
        self.then = bool(test)
        self.otherwise = not self.then

    def _begin(self, node: Node, site: Site, scope: dict[str, Any], names: tuple[str, ...]) -> None:
        trace = current()
        self.both = self.then = self.otherwise = True
        self._node, self._site, self._names = node, site, names
        self._aliases = Aliases(moment(), (trace.forked, site))
        self._before = {name: scope.get(name, UNDEFINED) for name in names}
        trace.context.append(_condition(node, True))
        trace.joins.append(site)
        trace.journals.append(Journal())

    def turn(self, scope: dict[str, Any]) -> Any:
        """Keep what the first side has led to, take it back, and return what the variables were before."""
        trace = current()
        self._after, self._state = self._end(scope)
        trace.context.append(_condition(self._node, False))
        trace.joins.append(self._site)
        trace.journals.append(Journal())
        return tuple(self._before.values())

    def join(self, scope: dict[str, Any]) -> Any:
        """Return what the variables are after either side."""
        after, state = self._end(scope)
        try:
            made = [self._aliases.join(self._node, self._after[name], after[name]) for name in self._names]
            self._aliases.close()
            write_state(join_states(self._node, self._state, state))
        except UnjoinableError:
            current().restart(current().forked, self._site)
            raise
        return tuple(map(released, made))

    def _end(self, scope: dict[str, Any]) -> tuple[dict[str, Any], State]:
        trace = current()
        trace.context.pop()
        trace.joins.pop()
        after = {name: captured(scope.get(name, UNDEFINED)) for name in self._names}
        return after, trace.journals.pop().take_back()


def _condition(node: Node, holds: bool) -> Condition:
    return Condition(node.operands[0], not holds) if node.gate is logical_not else Condition(node, holds)


def branch(test: Any, site: Site, scope: dict[str, Any], names: tuple[str, ...]) -> Branch:
    """Begin an `if` whose sides do nothing but assign."""
    return Branch(test, site, scope, names)


def choose(test: Any, site: Site, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """Return `then() if test else otherwise()`."""
    decision = Branch(test, site, {}, ())
    if not decision.both:
        return then() if decision.then else otherwise()
    first = captured(then())
    decision.turn({})
    second = captured(otherwise())
    decision.join({})
    try:
        made = decision._aliases.join(decision._node, first, second)
        decision._aliases.close()
        return released(made)
    except UnjoinableError:
        current().restart(current().forked, site)
        raise


def _truth(value: Any) -> Any:
    """Return a truth value as a boolean node or a bool."""
    if not symbolic(value):
        return bool(value)
    node, meant = condition_of(value)
    return node if meant else negated(node)


def both(first: Any, *others: Callable[[], Any]) -> Any:
    """Return `first and others[0]() and ...`."""
    return _in_turn(first, others, True)


def either(first: Any, *others: Callable[[], Any]) -> Any:
    """Return `first or others[0]() or ...`."""
    return _in_turn(first, others, False)


def all_hold(first: Any, *others: Callable[[], Any]) -> Any:
    """Return whether `first and others[0]() and ...` is true."""
    return _in_turn(first, others, True, _truth_of)


def any_holds(first: Any, *others: Callable[[], Any]) -> Any:
    """Return whether `first or others[0]() or ...` is true."""
    return _in_turn(first, others, False, _truth_of)


def _truth_of(value: Any) -> Any:
    return _traced(_truth(value))


def _same(value: Any) -> Any:
    return value


def _in_turn(value: Any, others: tuple[Callable[[], Any], ...], goes_on: bool, taken: Callable[[Any], Any] = _same) -> Any:
    """Evaluate as `and` (`goes_on` True) and `or` do: while values are known, only as far as needed; of each value, take what is asked."""
    if not others:
        return taken(value)
    if not symbolic(value):
        return _in_turn(others[0](), others[1:], goes_on, taken) if bool(value) is goes_on else taken(value)
    node = _truth(value)
    trace = current()
    trace.context.append(_condition(node, goes_on))
    try:
        rest = _in_turn(others[0](), others[1:], goes_on, taken)
    finally:
        trace.context.pop()
    value = taken(value)
    if _is_truth(value) and _is_truth(rest):
        return _traced(truth(node, *((_truth(rest), False) if goes_on else (True, _truth(rest)))))
    try:
        return released(join(node, captured(rest if goes_on else value), captured(value if goes_on else rest)))
    except UnjoinableError:
        return rest if bool(value) is goes_on else value


def _traced(made: Any) -> Any:
    return of_node(made) if isinstance(made, Node) else made


def _is_truth(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (type(value) is Traced and value.node.boolean)


def negation(value: Any) -> Any:
    """Return `not value`."""
    return of_node(negated(_truth(value))) if symbolic(value) else not value


def is_truth(value: Any, wanted: bool) -> Any:
    """Return `value is wanted`."""
    if not symbolic(value) or value.dtype != BOOL:
        return value is wanted
    return value if wanted else negation(value)


def guard(test: Any, exception: Callable[[], BaseException | type[BaseException]], line: str) -> bool:
    """Return whether `if test: raise exception()` raises now; where it depends on leaves, remember for which rows it does."""
    trace = current()
    if symbolic(test) and not trace.trying:
        node, meant = condition_of(test)
        found = trace.known(node)
        if found is None:
            raised = exception()
            raised = raised() if isinstance(raised, type) else raised
            trace.guards.append(Guard((*trace.context, Condition(node, meant)), raised, line))
            return False
        return found is meant
    return bool(test)


class Attempt:
    """The body of a `try`: what raises in it is decided on paths of its own, which the handlers see."""

    def __enter__(self) -> None:
        current().trying += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> Literal[False]:
        current().trying -= 1
        return False


def attempt() -> Attempt:
    """Begin the body of a `try`."""
    if current().trials:
        raise UnrepeatableError("what a step does depends on what raises")
    return Attempt()
