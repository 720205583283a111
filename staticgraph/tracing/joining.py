"""Two values of one variable, after two sides of a branch, become one: by `where`."""

from collections import Counter
from typing import Any

import numpy as np

from ..gates.selection import logical_not
from ..nodes.node import Node
from .array import Traced, of_node
from .cells import Cells, bits_of
from .creating import collect
from .operations import array_of_no_rank, choose, mapped, plain
from .state import Memory, current
from .stored import BOOL, COMPLEX

_numpy: Any = np
State = dict[int, tuple[Memory, Cells]]
"""What memories hold after a path."""
NUMBERS = (bool, int, float, complex, np.generic)


class UnjoinableError(Exception):
    """Two values that no `where` can choose between."""


class Undefined:
    """What a variable holds that one side of a branch has not assigned."""

    def __getattr__(self, name: str) -> Any:
        raise NameError("a variable is read that only one side of an `if` on a value has assigned")


class Raised:
    """The result of a path that raised."""


UNDEFINED, RAISED = Undefined(), Raised()


class Captured:
    """An array and its value at the end of a path: what is written later does not change it."""

    __slots__ = ("array", "value")

    def __init__(self, array: Traced) -> None:
        self.array = array
        self.value = array.snapshot()


def captured(value: Any) -> Any:
    """Return a value with its arrays captured."""
    return mapped(lambda each: Captured(each) if isinstance(each, Traced) and not each.scalar else each, value)


def released(value: Any) -> Any:
    """Return arrays for what was captured of them: those that are the same on both sides."""
    return mapped(lambda each: each.array if isinstance(each, Captured) else each, value)


class Aliases:
    """Arrays that are one on one side of a branch and another one on the other.

    What is joined is a new array. If either side is an array that others may know, by another name or from before the branch, a write to
    any of the three must reach the right one on each row: then the trace begins anew, with the sides on paths of their own.

    Parameters
    ----------
    since : int
        The moment when the branch began.
    restarting : tuple
        What `Trace.restart` takes to keep the sides apart.
    """

    def __init__(self, since: int, restarting: tuple[set[Any], Any]) -> None:
        self.since = since
        self.restarting = restarting
        self.met: list[tuple[Memory, Memory, Memory]] = []

    def join(self, condition: Node, a: Any, b: Any) -> Any:
        """Return `join(condition, a, b)`; see there."""
        return join(condition, a, b, self)

    def close(self) -> None:
        """Mark the memories whose arrays a write would have to tell apart."""
        for side in (0, 1):
            counts = Counter(id(each[side]) for each in self.met)
            for each in self.met:
                if each[side].serial < self.since or counts[id(each[side])] > 1:
                    for memory in each:
                        memory.joined = self.restarting


def negated(node: Node) -> Any:
    """Return the opposite of a condition."""
    return node.operands[0] if node.gate is logical_not else ~node


def _is_numeric(value: Any) -> bool:
    return isinstance(value, (*NUMBERS, Node)) or type(value) is Traced or (isinstance(value, np.ndarray) and value.dtype.kind in "biufc")


def _equal(a: Any, b: Any) -> bool:
    if type(a) is not type(b) or type(a) is Traced:
        return False
    try:
        return a.tobytes() == b.tobytes() and a.shape == b.shape if isinstance(a, np.ndarray) else bool(a == b)
    except Exception:
        return False


def join(condition: Node, a: Any, b: Any, aliases: Aliases | None = None) -> Any:
    """Return `a` where the condition holds, otherwise `b`; `UnjoinableError` if no array can be both."""
    if isinstance(a, Captured) and isinstance(b, Captured) and a.array is b.array:
        return a
    if a is b or b is UNDEFINED or b is RAISED:
        return a
    if a is UNDEFINED or a is RAISED:
        return b
    arrays = [each.array for each in (a, b) if isinstance(each, Captured)]
    a, b = (each.value if isinstance(each, Captured) else each for each in (a, b))
    if _is_numeric(a) and _is_numeric(b):
        made = a if _equal(a, b) else _chosen(condition, a, b)
        if len(arrays) == 2 and aliases is not None:
            aliases.met.append((arrays[0].memory, arrays[1].memory, made.memory))
        return made
    if isinstance(a, (tuple, list)) and type(a) is type(b) and len(a) == len(b):
        joined = [join(condition, first, second, aliases) for first, second in zip(a, b, strict=True)]
        return type(a)(*joined) if hasattr(a, "_fields") else type(a)(joined)
    if type(a) is type(b) is dict and a.keys() == b.keys():
        return {key: join(condition, a[key], b[key], aliases) for key in a}
    if _equal(a, b):
        return a
    raise UnjoinableError(f"{_told(a)} and {_told(b)}")


def _told(value: Any) -> str:
    return f"an array of shape {np.shape(value)}" if _is_numeric(value) else f"a {type(value).__name__}"


def _chosen(condition: Node, a: Any, b: Any) -> Any:
    first, second = collect(a), collect(b)
    if np.shape(first) != np.shape(second):
        raise UnjoinableError(f"{_told(a)} and {_told(b)}")
    dtypes = {each.dtype for each in (first, second)}
    if dtypes == {BOOL}:
        made = truth(condition, _settled(first), _settled(second))
        return of_node(made) if isinstance(made, Node) else made
    if condition.gate is logical_not:
        condition, first, second = condition.operands[0], second, first
    chosen = choose(of_node(condition), first, second)
    if not chosen.shape and any(isinstance(each, np.ndarray) and each.ndim == 0 for each in (a, b)):
        chosen = array_of_no_rank(chosen)
    if all(dtype.kind in "iub" for dtype in dtypes):
        chosen.dtype = np.dtype(np.int64)
    return chosen


def _settled(value: Any) -> Any:
    """Return a truth value, as a bool where the conditions under which code runs settle it."""
    settled = current().known(value.node) if isinstance(value, Traced) and not value.shape else None
    return plain(value) if settled is None else settled


def truth(condition: Node, a: Any, b: Any) -> Any:
    """Return `where` of truth values; sides that are True or False everywhere take one operation."""
    opposite = negated(condition)
    for side, other, own, not_own in ((a, b, condition, opposite), (b, a, opposite, condition)):
        side = True if side is own else False if side is not_own else side
        if not isinstance(side, Node) and np.ndim(side) == 0:
            return _any_of(own, other) if side else _all_of(not_own, other)
    return _where(condition, a, b)


def _any_of(a: Any, b: Any) -> Any:
    if not isinstance(b, Node) and np.ndim(b) == 0:
        return np.bool_(True) if b else a
    return np.logical_or(a, b)


def _all_of(a: Any, b: Any) -> Any:
    if not isinstance(b, Node) and np.ndim(b) == 0:
        return a if b else np.bool_(False)
    return np.logical_and(a, b)


def _where(condition: Node, a: Any, b: Any) -> Any:
    """Return `where`, without an operation for the opposite of a condition."""
    if condition.gate is logical_not:
        condition, a, b = condition.operands[0], b, a
    return _numpy.where(condition, a, b)


def join_states(condition: Node, a: State, b: State) -> State:
    """Return what memories hold after one of two paths; what neither wrote, and what is equal, stays."""
    joined: State = {}
    for key, (memory, _) in {**a, **b}.items():
        assert memory.cells is not None
        first, second = (side[key][1] if key in side else memory.cells for side in (a, b))
        made = first.copy()
        if made.dtype == COMPLEX:
            _join_cells(condition, made.real, second.real, False)
            _join_cells(condition, made.imag, second.imag, False)
        else:
            _join_cells(condition, made, second, memory.boolean)
        joined[key] = memory, made
    return joined


def _join_cells(condition: Node, cells: Cells, other: Cells, boolean: bool) -> None:
    """Choose between cells where they differ, in place."""
    places = current().places
    differ = bits_of(cells) != bits_of(other)
    if differ.any():
        first, second = places.node(cells[differ], boolean), places.node(other[differ], boolean)
        cells[differ] = places.cells(_where(condition, first, second))


def write_state(state: State) -> None:
    """Write what memories hold after all paths."""
    for memory, cells in state.values():
        assert memory.cells is not None
        if not np.array_equal(bits_of(memory.cells.view(np.float64)), bits_of(cells.view(np.float64))):
            current().write(memory, memory.cells, ..., cells)
