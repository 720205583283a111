"""Paths: a function is run once for every way through its branches, and what the ways lead to is joined where it returns."""

import types
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ..gates.selection import logical_not
from ..nodes.node import Node
from .array import HOOKS, Traced
from .errors import LoopError, UnrepeatableError, UntraceableError, raised_by_us, users_line
from .joining import RAISED, Aliases, State, UnjoinableError, captured, join_states, released, write_state
from .state import Condition, Guard, Journal, Trace, current, moment


class Decision(NamedTuple):
    """A condition that a path has asked for, what it took it for, and where."""

    node: Node
    holds: bool
    line: str


class Frame:
    """The decisions of one path: those that are given, then True for each new one."""

    def __init__(self, given: list[bool]) -> None:
        self.given = given
        self.decisions: list[Decision] = []


class Outcome(NamedTuple):
    """What a path has led to."""

    decisions: list[Decision]
    result: Any
    state: State


def condition_of(value: Traced) -> tuple[Node, bool]:
    """Return the boolean node of a truth value, and whether it, or its opposite, is meant."""
    node: Any = (value.reshape(()) if value.shape else value).node
    if not node.boolean:
        node = node != 0.0
    return (node.operands[0], False) if node.gate is logical_not else (node, True)


def decide(value: Traced) -> bool:
    """Return what this path takes a condition for."""
    trace = current()
    node, meant = condition_of(value)
    found = trace.known(node)
    if found is None:
        frame = trace.explored[-1]
        if any(each.frame is frame for each in trace.trials):
            raise UnrepeatableError("a condition on values decides what a step does")
        number = len(frame.decisions)
        found = frame.given[number] if number < len(frame.given) else True
        line = users_line()
        frame.decisions.append(Decision(node, found, line))
        trace.context.append(Condition(node, found))
        if sum(each.line == line for each in frame.decisions) > min(trace.limits.iterations, trace.limits.paths - 1):
            return _goes_on(trace, frame, line) is meant
    return found is meant


def _goes_on(trace: Trace, frame: Frame, line: str) -> bool:
    """End a loop that asks a condition again and again: by an exception, or, where rows may be cut, by taking it for False."""
    frame.decisions.pop()
    asked = trace.context.pop()
    limit = min(trace.limits.iterations, trace.limits.paths - 1)
    what = f"the loop at {line} goes on after {limit} iterations"
    conditions = (*trace.context, asked._replace(holds=True))
    if not trace.limits.truncate:
        raise LoopError(f"{what} for some rows; allow more (iterations=, paths=), or truncate=True to keep their values")
    trace.endless.append(Guard(conditions, RuntimeWarning(f"{what}; truncate=True keeps its values"), line))
    return False


HOOKS["decide"] = decide


class Surroundings:
    """The lists, dictionaries, objects and outer variables that a function can reach: what more than one run of it must not change."""

    def __init__(self, values: Iterable[Any], cells: Sequence[types.CellType]) -> None:
        self.cells = [(cell, _content(cell)) for cell in cells]
        reached = [*values, *(content for _, content in self.cells)]
        reached = [each for each in reached if type(each) is not Traced and not isinstance(each, (types.ModuleType, type))]
        containers = [each if isinstance(each, (list, dict)) else vars(each) if hasattr(each, "__dict__") else None for each in reached]
        self.before = [(each, each.copy()) for each in containers if isinstance(each, (list, dict))]

    def changed(self) -> bool:
        """Whether any of them holds something else than before."""
        return any(_content(cell) is not old for cell, old in self.cells) or any(
            len(now) != len(old) or not _same(now, old) for now, old in self.before
        )

    def restore(self) -> None:
        """Make them what they were."""
        for cell, content in self.cells:
            if _content(cell) is not content:
                cell.cell_contents = content
        for now, old in self.before:
            now.clear()
            now.extend(old) if isinstance(now, list) else now.update(old)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _same(now: Any, old: Any) -> bool:
    if isinstance(now, dict):
        return now.keys() == old.keys() and all(now[key] is old[key] for key in old)
    return all(a is b for a, b in zip(now, old, strict=True))


def explore(call: Callable[[], Any], code: Any, around: Callable[[], Surroundings] | None = None) -> Any:
    """Return what a call of a function of the user's returns, joined over its paths.

    Parameters
    ----------
    call : callable
        Runs it.
    code : code
        The function's; one that `inlined` names runs on the paths of its caller.
    around : callable, optional
        Gives what it could change; None for the outermost function, whose paths nothing else sees.

    Raises
    ------
    UntraceableError
        If there are more paths than allowed, or their results are of different kinds.
    """
    trace = current()
    if around is not None and code in trace.inlined:
        return call()
    surroundings = None if around is None else around()
    aliases = Aliases(moment(), (trace.inlined, code))
    given: list[bool] = []
    outcomes: list[Outcome] = []
    while True:
        outcome = _one_path(trace, call, code, given, surroundings)
        if not outcome.decisions:
            return outcome.result
        if surroundings is not None and surroundings.changed():
            surroundings.restore()
            trace.restart(trace.inlined, code)
        outcomes.append(outcome)
        given = [each.holds for each in outcome.decisions]
        while given and not given[-1]:
            given.pop()
        if not given:
            break
        given[-1] = False
        if len(outcomes) >= trace.limits.paths:
            raise UntraceableError(_too_many(outcomes, trace.limits.paths))
    try:
        result, state = _merged(outcomes, 0, aliases)
        aliases.close()
    except UnjoinableError as error:
        if around is not None:
            trace.restart(trace.inlined, code)
        raise UntraceableError(f"paths return values of different kinds, {error}: make every path return the same kind") from None
    if result is RAISED:
        raise trace.guards.pop().exception
    write_state(state)
    return released(result)


def _one_path(trace: Trace, call: Callable[[], Any], code: Any, given: list[bool], surroundings: Surroundings | None) -> Outcome:
    """Run one path; afterwards nothing that it wrote is left, unless it is the only one."""
    frame, journal = Frame(given), Journal()
    depths = len(trace.context), len(trace.joins), len(trace.journals), len(trace.explored), trace.trying
    trace.journals.append(journal)
    trace.explored.append(frame)
    result: Any = RAISED
    try:
        result = call()
    except Exception as error:
        if len(trace.joins) > depths[1]:
            trace.restart(trace.forked, trace.joins[-1])
        if not frame.decisions or (raised_by_us(error.__traceback__) and not isinstance(error, LoopError)):
            raise
        if surroundings is not None and depths[4]:
            trace.restart(trace.inlined, code)
        trace.guards.append(Guard(tuple(trace.context), error, _line_of(error)))
    finally:
        del trace.context[depths[0] :], trace.joins[depths[1] :], trace.journals[depths[2] :], trace.explored[depths[3] :]
        trace.trying = depths[4]
    if not frame.decisions:
        if trace.journals:
            for key, entry in journal.before.items():
                trace.journals[-1].before.setdefault(key, entry)
        return Outcome([], result, {})
    kept = captured(result)
    return Outcome(frame.decisions, kept, journal.take_back())


def _line_of(error: BaseException) -> str:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return "unknown" if traceback is None else f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"


def _merged(outcomes: list[Outcome], depth: int, aliases: Aliases) -> tuple[Any, State]:
    """Join the outcomes of paths that agree on their first decisions."""
    first = outcomes[0]
    if len(outcomes) == 1 and len(first.decisions) == depth:
        return first.result, first.state
    condition = first.decisions[depth].node
    sides = [[each for each in outcomes if each.decisions[depth].holds is holds] for holds in (True, False)]
    (a, after_a), (b, after_b) = (_merged(side, depth + 1, aliases) for side in sides)
    if a is RAISED or b is RAISED:
        return (b, after_b) if a is RAISED else (a, after_a)
    return aliases.join(condition, a, b), join_states(condition, after_a, after_b)


def _too_many(outcomes: list[Outcome], paths: int) -> str:
    lines = Counter(each.line for outcome in outcomes for each in outcome.decisions)
    return (
        f"more than {paths} paths lead through the `if`s of this function; they multiply at {lines.most_common(1)[0][0]}, which decides on "
        "values again and again: choose there with np.where(condition, a, b), assign the same variables on both sides, or raise paths="
    )


