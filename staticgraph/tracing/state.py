"""The state of a trace: its nodes, what was written to arrays, the conditions under which code runs, and what it may not do."""

import itertools
import threading
from typing import Any, NamedTuple

from ..nodes.node import CONSTANT, Node
from .cells import Cells, Places
from .errors import Restart

Site = tuple[str, int]
"""A place in the user's code: its file and line."""


_serials = itertools.count()


class Memory:
    """What arrays that are views of one another share.

    Attributes
    ----------
    boolean : bool
        Whether the arrays are of booleans.
    cells : array or None
    version : int
        How often they were written.
    serial : int
        In which order memories were made.
    joined : tuple or None
        Where this memory is one array on some rows and another one on others: what `Trace.restart` takes to keep them apart, once one is
        written.
    """

    __slots__ = ("boolean", "cells", "joined", "serial", "version")

    def __init__(self, boolean: bool) -> None:
        self.boolean = boolean
        self.cells: Cells | None = None
        self.version = 0
        self.serial = next(_serials)
        self.joined: tuple[set[Any], Any] | None = None


def moment() -> int:
    """Return a number larger than the serials of all memories so far, and smaller than those of all to come."""
    return next(_serials)


class Condition(NamedTuple):
    """A boolean node of shape `()`, and whether it holds."""

    node: Node
    holds: bool


class Guard(NamedTuple):
    """Rows that raise: the conditions that hold together there, the exception, and the user's `file:line`."""

    conditions: tuple[Condition, ...]
    exception: BaseException
    line: str


class Journal:
    """The cells of memories before they were first written: what takes writes back."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Memory, Cells]] = {}

    def note(self, memory: Memory) -> None:
        """Keep the cells of a memory that is about to be written."""
        if id(memory) not in self.before:
            assert memory.cells is not None
            self.before[id(memory)] = memory, memory.cells.copy()

    def take_back(self) -> dict[int, tuple[Memory, Cells]]:
        """Undo all writes; return what the memories held after them."""
        after = {}
        for key, (memory, cells) in self.before.items():
            assert memory.cells is not None
            after[key] = memory, memory.cells.copy()
            memory.cells[...] = cells
            memory.version += 1
        return after


UNROLL = 100
"""Steps from which on a loop becomes a scan: written out, 128 steps of a sum of squares, of GARCH(1,1) and of a pendulum take 0.7, 1.3 and
2.8 s to compile, as scans 0.2 s; a row with its gradient takes 2, 1.1 and 0.6 times as long as written out."""


class Limits(NamedTuple):
    """How much a trace may unroll: paths of one call, iterations of one loop, whether a loop is cut there, and how long one written out is.

    A loop over `unroll` numbers or more becomes a scan, if its steps differ in values alone.
    """

    paths: int = 64
    iterations: int = 64
    truncate: bool = False
    unroll: int = UNROLL


class Trace:
    """What is known while one Python function is traced.

    Attributes
    ----------
    forked : set of Site
        The `if` statements whose sides cannot be joined in place; each makes paths of the function that holds it.
    inlined : set of code
        The functions whose paths cannot be joined where they return; they become paths of their caller.
    unrepeated : set of Site
        The loops that are written out, as their steps differ in more than values.
    trials : list
        The loops whose bodies are being tried, the innermost last.
    stand_ins : dict
        What stands for values that differ from step to step, and in which trial.
    seeded : list
        Generators of random numbers that the function itself has made of a seed: they draw the same in every call.
    """

    def __init__(self, limits: Limits, forked: set[Site], inlined: set[Any], unrepeated: set[Site], own: str) -> None:
        self.limits = limits
        self.forked = forked
        self.inlined = inlined
        self.unrepeated = unrepeated
        self.own = own
        self.places = Places()
        self.journals: list[Journal] = []
        self.context: list[Condition] = []
        self.joins: list[Site] = []
        self.explored: list[Any] = []
        self.seeded: list[Any] = []
        self.guards: list[Guard] = []
        self.endless: list[Guard] = []
        self.trying = 0
        self.keys: dict[Any, int] = {}
        self.keyed: dict[Node, int] = {}
        self.trials: list[Any] = []
        self.stand_ins: dict[Node, Any] = {}

    def write(self, memory: Memory, target: Cells, key: Any, cells: Any) -> None:
        """Write cells to an array, so that it can be undone."""
        if memory.joined is not None:
            self.restart(*memory.joined)
        if self.journals:
            self.journals[-1].note(memory)
        memory.version += 1
        target[key] = cells

    def key(self, node: Node) -> int:
        """Return a number that nodes of equal structure share."""
        waiting = [node]
        while waiting:
            each = waiting[-1]
            missing = [operand for operand in each.operands if operand not in self.keyed]
            waiting += missing
            if not missing:
                self.keyed[waiting.pop()] = self.keys.setdefault(self._structure(each), len(self.keys))
        return self.keyed[node]

    def _structure(self, node: Node) -> Any:
        if node.role == CONSTANT:
            return node.shape, node.boolean, node.static.tobytes()
        if node.gate is None:
            return node
        return (node.gate, node.shape, node.static, *(self.keyed[operand] for operand in node.operands))

    def known(self, node: Node) -> bool | None:
        """Return what the conditions under which code runs say of one more; None if they do not."""
        if node.role == CONSTANT:
            return bool(node.static)
        for each in self.context:
            if each.node is node or self.key(each.node) == self.key(node):
                return each.holds
        return None

    def restart(self, known: set[Any], what: Any) -> None:
        """Begin the trace anew, knowing one thing more; do nothing if it is known."""
        if what not in known:
            known.add(what)
            raise Restart


class _Current(threading.local):
    trace: Trace | None = None


CURRENT = _Current()


def current() -> Trace:
    """Return the trace that this thread is in."""
    trace = CURRENT.trace
    if trace is None:
        raise TypeError("a value of a trace was used after the trace; what it returns are sg's nodes")
    return trace
