"""What rewritten code calls for its branches, loops and guards: plain Python where the condition is known, otherwise both sides."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Literal

import numpy as np

from ..gates.selection import logical_not
from ..nodes.node import Node
from .array import Traced, of_node
from .errors import LoopError
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
from .masks import Positions
from .state import Condition, Guard, Journal, Site, current, moment

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


def _in_turn(value: Any, others: tuple[Callable[[], Any], ...], goes_on: bool) -> Any:
    """Evaluate as `and` (`goes_on` True) and `or` do: while values are known, only as far as needed."""
    if not others:
        return value
    if not symbolic(value):
        return _in_turn(others[0](), others[1:], goes_on) if bool(value) is goes_on else value
    node = _truth(value)
    trace = current()
    trace.context.append(_condition(node, goes_on))
    try:
        rest = _in_turn(others[0](), others[1:], goes_on)
    finally:
        trace.context.pop()
    if not _is_truth(value) or not _is_truth(rest):
        return released(join(node, captured(rest if goes_on else value), captured(value if goes_on else rest)))
    made = truth(node, *((_truth(rest), False) if goes_on else (True, _truth(rest))))
    return of_node(made) if isinstance(made, Node) else made


def _is_truth(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) or (type(value) is Traced and value.node.boolean)


def negation(value: Any) -> Any:
    """Return `not value`."""
    return of_node(negated(_truth(value))) if symbolic(value) else not value


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
    return Attempt()


class Range:
    """`range(start, stop)` whose end depends on leaves."""

    def __init__(self, start: Any, stop: Any, step: Any) -> None:
        self.start, self.stop, self.step = start, stop, step

    def __iter__(self) -> Iterator[Any]:
        number = self.start
        while bool(number < self.stop):
            yield number
            number = number + self.step


class Loop:
    """A loop that may end on a condition on values: it goes on, for rows that have not ended, up to `iterations`.

    Attributes
    ----------
    value : object
        What a `for` assigns in this turn.
    spent : bool
        Whether this is the turn after the last: a `while` asks its condition in it, for rows that end there, and no more.
    """

    __slots__ = ("_count", "_limit", "_line", "_values", "spent", "value")

    def __init__(self, line: str, items: Any = None) -> None:
        self._line = line
        self._count = 0
        self._values = items if isinstance(items, Range) else None if items is None else iter(items)
        bounded = items is not None and hasattr(items, "__len__") and not isinstance(items, Positions)
        self._limit = None if bounded else current().limits.iterations
        self.value: Any = None
        self.spent = False

    def ends(self, ended: Any) -> Any:
        """Return whether the loop has ended before its next turn: True, False, or the rows for which it has."""
        if isinstance(self._values, Range):
            number = self._values.start + self._values.step * self._count
            self.value = number
            over = _numpy.logical_not(number < self._values.stop)
            ended = over if ended is False else _numpy.logical_or(ended, over)
        if not symbolic(ended):
            if ended:
                return True
        elif self._limit is not None and self._count >= self._limit:
            if self.spent or self._values is not None:
                _goes_on(ended, self._line)
                return True
            self.spent = True
        self._count += 1
        if self._values is not None and not isinstance(self._values, Range):
            try:
                self.value = next(self._values)
            except StopIteration:
                return True
        return ended


def loop(line: str, items: Any = None) -> Loop:
    """Begin a loop."""
    return Loop(line, items)


def over(ended: Any) -> bool:
    """Whether a loop has ended for all rows."""
    return not symbolic(ended) and bool(ended)


def _goes_on(ended: Any, line: str) -> None:
    """Remember the rows for which a loop would go on."""
    trace = current()
    node, meant = condition_of(ended)
    count = trace.limits.iterations
    what = f"the loop at {line} goes on after iterations={count}"
    conditions = (*trace.context, Condition(node, not meant))
    if trace.limits.truncate:
        trace.endless.append(Guard(conditions, RuntimeWarning(f"{what}; truncate=True keeps the values of the last"), line))
        return
    error = LoopError(f"{what} for some rows; allow more, or truncate=True to keep the values of the last for them")
    trace.guards.append(Guard(conditions, error, line))


