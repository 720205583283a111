"""Long loops of rewritten code: their bodies are tried once, and become scans."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .assumptions import Assumptions, Variables
from .errors import Restart, UnrepeatableError
from .joining import UNDEFINED
from .loops import Loop
from .scanned import Scanned
from .state import Site, current
from .trials import Trial

MOST_PASSES, MOST_PEELED = 6, 2
"""Runs of a body until nothing more is learnt of it, and steps that are written out before: the first ones often differ from the others, as
what they find are numbers."""


class Repetition(Loop):
    """A loop over `range(...)` whose body may stand for all of its steps.

    Attributes
    ----------
    trying : bool
        Whether this turn stands for all that follow.
    tried : bool
        Whether the last one did.
    """

    __slots__ = (
        "_assumed", "_before", "_passes", "_peeled", "_rests", "_settled", "_site", "_steps", "_trial", "_variables", "tried", "trying",
    )  # fmt: skip

    def __init__(self, line: str, items: range, site: Site, names: tuple[str, ...], live: tuple[str, ...]) -> None:
        super().__init__(line, items)
        self._steps, self._site, self._passes, self._peeled, self._rests = items, site, 0, 0, False
        self._assumed = Assumptions(names, frozenset(live))
        self._trial: Trial | None = None
        self._variables: Variables | None = None
        self._settled: tuple[Any, ...] = ()
        self.trying = self.tried = False

    def ends(self, ended: Any) -> Any:
        """Return whether the loop has ended before its next turn, which may be a trial."""
        trace, rest = current(), self._steps[self._count :]
        self.trying = not self._rests and len(rest) >= trace.limits.unroll and self._site not in trace.unrepeated
        self._rests = False
        if not self.trying:
            return super().ends(ended)
        self._trial = Trial(trace, rest, self._assumed.filled)
        self.value = self._trial.number
        return False

    def enter(self, scope: Mapping[str, Any]) -> Any:
        """Return what the body finds in its variables."""
        assert self._trial is not None
        self._settled = (None, *(scope.get(name, UNDEFINED) for name in self._assumed.names))
        self._before = self._assumed.known()
        self._variables = Variables(self._trial, self._assumed, scope)
        return tuple(self._variables.given.values())

    def leave(self, scope: Mapping[str, Any]) -> None:
        """Look at what the body leaves: unless there is more to learn, the loop becomes a scan."""
        assert self._trial is not None and self._variables is not None
        trial, variables = self._trial, self._variables
        variables.leave(scope)
        if self._assumed.known() != self._before:
            return
        trial.check_known()
        variables.check_names()
        made = Scanned(trial, [*variables.carried.values(), *(carried for _, carried in variables.memories)])
        trial.end(failed=False)
        made.write([memory for memory, _ in variables.memories])
        last = dict(zip(variables.carried, made.last, strict=False))
        self._settled = self._steps[-1], *variables.after(last)
        self._values, self._count, self._trial = iter(()), len(self._steps), None

    def settle(self) -> tuple[Any, ...]:
        """Return what is counted, and the variables: what they were before the trial, or what they are after the loop."""
        return self._settled

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> bool | None:
        """End a turn; a trial ends in a scan, in another trial, or in steps that are written out."""
        self.tried = self.trying
        if self._trial is None:
            return False
        self._trial.end(failed=True)
        self._trial = None
        self._passes += 1
        known = error is None or isinstance(error, (Exception, Restart, UnrepeatableError))
        if self._assumed.known() != self._before and self._passes < MOST_PASSES:
            return known
        if self._peeled == MOST_PEELED:
            current().unrepeated.add(self._site)
        self._assumed = Assumptions(self._assumed.names, self._assumed.live)
        self._passes, self._peeled, self._rests = 0, self._peeled + 1, True
        return known


def repetition(line: str, items: Any, site: Site, names: tuple[str, ...], live: tuple[str, ...]) -> Loop:
    """Begin a loop over `range(...)`."""
    if type(items) is range and len(items) >= current().limits.unroll and site not in current().unrepeated:
        return Repetition(line, items, site, names, live)
    return Loop(line, items)
