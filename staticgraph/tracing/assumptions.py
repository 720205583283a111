"""What is taken for granted of a loop's variables while its body is tried, and learnt from what the body leaves in them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.arithmetic import add, divide, multiply, negative, subtract
from ..nodes.graph import topological
from ..nodes.node import CONSTANT, Node
from .array import Traced, of_node
from .carried import Carried, same_array
from .errors import UnrepeatableError
from .joining import UNDEFINED
from .numbered import Numbered
from .state import Memory
from .stored import BOOL, COMPLEX, FLOAT, INT
from .trials import Trial

Place = tuple[str, int]
"""A variable, and which of the values in its tuples, lists and dictionaries."""
_COUNTED = frozenset((add, subtract, multiply, divide, negative))
"""Gates that numbers which follow from the numbers before are made of."""


class Assumptions:
    """What a loop's variables and arrays are: the same in all steps, numbers that follow from each other, or values that are carried.

    Attributes
    ----------
    sequences : dict of Place to list
        The numbers that a variable has in each step, and after the last.
    counted : set of Place
        Variables whose numbers are asked for by a value of the trace in their place.
    bound : set of Place
        Variables that each step binds to another array.
    written, filled : dict of int to Memory
        Arrays that each step writes to, at the same places, or at such that move with the steps.
    """

    def __init__(self, names: Sequence[str], live: frozenset[str]) -> None:
        self.names, self.live = names, live
        self.sequences: dict[Place, list[Any]] = {}
        self.counted: set[Place] = set()
        self.bound: set[Place] = set()
        self.written: dict[int, Memory] = {}
        self.filled: dict[int, Memory] = {}

    def known(self) -> Any:
        """Return what tells whether anything has been learnt."""
        return [set(each) for each in (self.sequences, self.counted, self.bound, self.written, self.filled)]


class Variables:
    """The variables of one trial: what the body finds in them, and what it leaves."""

    def __init__(self, trial: Trial, assumed: Assumptions, scope: Mapping[str, Any]) -> None:
        self.trial, self.assumed = trial, assumed
        self.before = {name: scope.get(name, UNDEFINED) for name in assumed.names}
        self.carried: dict[Place, Carried] = {}
        self.stand_ins: dict[Place, Traced] = {}
        self.counting: dict[Place, Node] = {}
        self.left: dict[Place, Any] = {}
        self.last: dict[str, Any] = {}
        trial.fill()
        self.memories = [(memory, self._written(memory)) for memory in assumed.written.values()]
        self.versions = [(memory, memory.version) for memory in (*assumed.written.values(), *assumed.filled.values())]
        self.given = {
            name: changed(lambda place, value: self._given(place, value), name, value) if name in assumed.live else UNDEFINED
            for name, value in self.before.items()
        }

    def _written(self, memory: Memory) -> Carried:
        assert memory.cells is not None
        carried = Carried(self.trial, memory.cells, memory.boolean)
        self.trial.trace.write(memory, memory.cells, ..., carried.given)
        return carried

    def _given(self, place: Place, value: Any) -> Any:
        """Return what stands for a value of a variable."""
        if place in self.assumed.sequences:
            return Numbered(self.trial, self.assumed.sequences[place][:-1])
        if place in self.assumed.counted:
            node = self.counting[place] = self.trial.stand_in(())
            return of_node(node, INT if type(value) is int else FLOAT)
        if type(value) is not Traced or not (value.scalar or place in self.assumed.bound) or not value.symbolic:
            return value
        carried = self.carried[place] = Carried(self.trial, value.cells, value.dtype == BOOL)
        if carried.changing.all():
            made = Traced(value.shape, value.dtype, parts=(carried.stand_in,), scalar=value.scalar)
        else:
            made = Traced(value.shape, value.dtype, cells=carried.given)
        self.stand_ins[place] = made
        self.trial.protected[id(made.memory)] = made.memory
        return made

    def leave(self, scope: Mapping[str, Any]) -> None:
        """Take what the body leaves: learn from it, or note it."""
        for memory, carried in self.memories:
            assert memory.cells is not None
            carried.leave(memory.cells)
        self.last = {name: scope.get(name, UNDEFINED) for name in self.before}
        for name in self.before:
            if name in self.assumed.live:
                self._compare(name, self.last[name])
        self._learn_writes()
        self.trial.check()

    def _compare(self, name: str, after: Any) -> None:
        before, given = flat(self.before[name]), flat(self.given[name])
        left = flat(after)
        if len(before) != len(left) or shape_of(self.before[name]) != shape_of(after):
            raise UnrepeatableError(f"{name} becomes a value of another kind")
        for number, each in enumerate(zip(before, given, left, strict=True)):
            self.left[name, number] = each[2]
            self._learn((name, number), *each)

    def _learn(self, place: Place, before: Any, given: Any, after: Any) -> None:
        """Compare a value with what it was, or with what stood for it."""
        if place in self.assumed.sequences:
            self._check_sequence(place, self.assumed.sequences[place], after)
        elif place in self.counting:
            self.assumed.sequences[place] = self._counted(place, before, after)
        elif place in self.carried:
            if not same_array(before, after):
                raise UnrepeatableError(f"{place[0]} becomes a value of another kind")
            self.carried[place].leave(after.cells)
        elif after is given or _equal(given, after):
            return
        elif type(before) in (int, float, np.float64) and (type(after) is type(before) or type(after) is Numbered):
            self._guess(place, before, after)
        elif same_array(before, after) and before.symbolic and before.dtype != COMPLEX:
            self.assumed.bound.add(place)
        else:
            raise UnrepeatableError(f"{place[0]} becomes a value of another kind")

    def _guess(self, place: Place, before: Any, after: Any) -> None:
        """Guess what numbers follow from this one: those of the steps, whole numbers in a row, or what arithmetic makes of each."""
        count = self.trial.count
        if type(after) is Numbered:
            self.assumed.sequences[place] = [before, *after.values]
        elif type(before) is int:
            self.assumed.sequences[place] = [before + step * (after - before) for step in range(count + 1)]
        else:
            self.assumed.counted.add(place)

    def _check_sequence(self, place: Place, sequence: list[Any], after: Any) -> None:
        values = after.values if type(after) is Numbered else [after] * (len(sequence) - 1)
        if len(values) == len(sequence) - 1 and all(map(_equal, sequence[1:], values)):
            return
        if place in self.assumed.counted:
            raise UnrepeatableError(f"{place[0]} is another number in each step")
        del self.assumed.sequences[place]
        self.assumed.counted.add(place)

    def _counted(self, place: Place, before: Any, after: Any) -> list[Any]:
        """Return the numbers of all steps, from the node that makes each of the one before."""
        if type(after) is not Traced or after.shape != () or not after.symbolic:
            raise UnrepeatableError(f"{place[0]} becomes a value of another kind")
        order, leaf = topological([after.node]), self.counting[place]
        sliced = {id(node): array for node, array in self.trial.slices if not isinstance(array, Node)}
        kind, found = type(before), [before]
        for step in range(self.trial.count):
            values = {id(leaf): found[-1]} | {key: array[step] for key, array in sliced.items()}
            for node in order:
                if id(node) not in values:
                    values[id(node)] = _computed(node, [values[id(each)] for each in node.operands])
            found.append(kind(values[id(after.node)]))
        return found

    def _learn_writes(self) -> None:
        for memory, version in self.versions:
            if id(memory) in self.assumed.filled and (memory.version != version or id(memory) in self.assumed.written):
                raise UnrepeatableError("a step writes to an array at places that move, and at others")
        for key, (memory, _) in self.trial.journal.before.items():
            if memory.serial < self.trial.began and key not in self.assumed.filled:
                self.assumed.written[key] = memory

    def check_names(self) -> None:
        """Check that what the steps bind are arrays of their own, each by one name."""
        met = {id(each) for name in self.assumed.live for each in _containers(self.before.get(name))}
        for each in (each for name in self.assumed.live for each in _containers(self.last.get(name))):
            if id(each) in met:
                raise UnrepeatableError("a list may have another name")
            met.add(id(each))
        for place in self.carried:
            after = self.left[place]
            if after.scalar:
                continue
            if after.memory.serial < self.trial.began or id(after.memory) in met or self._is_read(after):
                raise UnrepeatableError(f"{place[0]} may have another name")
            met.add(id(after.memory))

    def _is_read(self, array: Traced) -> bool:
        return id(array.memory) in self.trial.protected and not any(array is each for each in self.stand_ins.values())

    def after(self, last: Mapping[Place, Node]) -> list[Any]:
        """Return what the variables are after the loop, with the last values of what is carried."""

        def final(place: Place, value: Any) -> Any:
            if place in self.assumed.sequences:
                return self.assumed.sequences[place][-1]
            if place not in self.carried:
                return value
            carried, before = self.carried[place], flat(self.before[place[0]])[place[1]]
            if carried.changing.all():
                return Traced(before.shape, before.dtype, parts=(last[place],), scalar=before.scalar)
            return Traced(before.shape, before.dtype, cells=carried.filled(last[place]))

        return [changed(final, name, value) if name in self.assumed.live else UNDEFINED for name, value in self.before.items()]


def _computed(node: Node, operands: list[Any]) -> Any:
    if node.role == CONSTANT and node.shape == ():
        return float(node.static)
    gate: Gate | None = node.gate
    if gate not in _COUNTED:
        raise UnrepeatableError("a number that follows from others by more than arithmetic")
    return gate.forward(*operands)


def changed(change: Callable[[Place, Any], Any], name: str, value: Any) -> Any:
    """Return a variable's value with all that is in its tuples, lists and dictionaries changed, each by its place."""
    count = -1

    def within(value: Any) -> Any:
        nonlocal count
        if type(value) in (tuple, list):
            return type(value)([within(each) for each in value])
        if type(value) is dict:
            return {key: within(each) for key, each in value.items()}
        count += 1
        return change((name, count), value)

    return within(value)


def flat(value: Any) -> list[Any]:
    """Return what is in tuples, lists and dictionaries, in order."""
    found: list[Any] = []
    changed(lambda _, each: found.append(each), "", value)
    return found


def _containers(value: Any) -> list[Any]:
    """Return the lists and dictionaries of a value that steps may change: those with values of the trace in them."""
    if type(value) not in (tuple, list, dict):
        return []
    parts = list(value.values()) if type(value) is dict else list(value)
    inner = [each for part in parts for each in _containers(part)]
    return inner if type(value) is tuple else [value, *inner]


def shape_of(value: Any) -> Any:
    """Return how a value is nested."""
    if type(value) in (tuple, list):
        return type(value), tuple(map(shape_of, value))
    return (dict, tuple((key, shape_of(each)) for key, each in value.items())) if type(value) is dict else None


def _equal(a: Any, b: Any) -> bool:
    """Whether two values are the same number, text or the like."""
    if type(a) is not type(b) or type(a) in (Traced, Numbered, np.ndarray):
        return a is b
    try:
        return bool(a == b) and (a != 0 or str(a) == str(b))
    except Exception:
        return False
