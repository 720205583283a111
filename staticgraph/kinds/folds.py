"""The rules of reductions written out: one step of the first fold along the axis, what the rule makes of its outcome, and backward.

A fold is a loop over the axis that carries partial results, such as a sum or a maximum.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from ..gates import Gate
from ..gates.order import Carried, Step, in_order
from ..lanes.along import Along, Axis
from ..lanes.code import Code
from ..lanes.rules import FIRST, Rule, added_to
from ..lanes.value import Lanes


class _FoldedError(Exception):
    """A rule that was run for one element alone needs all of them: it folds along the axis."""


class _FirstFoldError(Exception):
    """Carries the first fold of a rule out of it: what is folded, and how. The rule ends there."""

    def __init__(self, x: Along, neutral: tuple[float, ...], step: Step, join: Step) -> None:
        super().__init__()
        self.x, self.neutral, self.step, self.join = x, neutral, step, join


class _Elements(Along):
    """Elements along an axis that are all in registers."""

    def __init__(self, axis: Axis, element: Callable[[Any], Any]) -> None:
        super().__init__(axis, cache(element))

    def _map(self, function: Callable[..., Any], *arguments: Any) -> "_Elements":
        made = super()._map(function, *arguments)
        return _Elements(self.axis, made.element)


class _Unrolled(Axis):
    """An axis whose loops are written out."""

    def fold(self, x: Along, neutral: tuple[float, ...], step: Step, join: Step) -> list[Lanes]:
        """Put the elements together one by one."""

        def lifted(values: Carried) -> Carried:
            return tuple(Lanes(self.code, self.code.lift(value)) for value in values)

        def first(position: int) -> Carried:
            return lifted((x.element(position), *neutral[1:]))

        def after(*carried: Any) -> Carried:
            return lifted(step(*carried[:-1], x.element(carried[-1])))

        made = in_order(range(self.length), first, after, lambda *both: lifted(join(*both)))
        return list(made)


class _OneElement(Axis):
    """An axis of which one element is looked at."""

    def fold(self, x: Along, neutral: tuple[float, ...], step: Step, join: Step) -> list[Lanes]:
        """Refuse: a fold needs all elements."""
        raise _FoldedError


class _Stopping(Axis):
    """An axis along which nothing happens from the first fold on."""

    def fold(self, x: Along, neutral: tuple[float, ...], step: Step, join: Step) -> list[Lanes]:
        """Hand the fold to who asked for it."""
        raise _FirstFoldError(x, neutral, step, join)


class _Outcome(_Unrolled):
    """An axis whose first fold has been made."""

    def __init__(self, code: Code, length: int, carried: Sequence[Lanes]) -> None:
        super().__init__(code, length)
        self.carried: Sequence[Lanes] | None = carried

    def fold(self, x: Along, neutral: tuple[float, ...], step: Step, join: Step) -> list[Lanes]:
        """Return what the first fold made; write out any other."""
        if self.carried is None:
            return super().fold(x, neutral, step, join)
        made, self.carried = list(self.carried), None
        return made


def _first_fold(gate: Gate, code: Any, element: Any) -> _FirstFoldError:
    try:
        gate.forward(_Elements(_Stopping(code, None), lambda _: element))
    except _FirstFoldError as found:
        return found
    raise TypeError(f"the rule of the reduction {gate.name!r} does not fold its elements: it needs a total or a maximum")


@cache
def _parts(gate: Gate) -> int:
    """Return how many parts the first fold carries."""
    return len(_first_fold(gate, None, None).neutral)


@cache
def folds_again(gate: Gate) -> bool:
    """Whether a reduction's backward rule begins with the fold that its forward rule begins with."""
    g, elements = _Anything(), _Elements(_Stopping(None, None), lambda _: g)  # type: ignore[arg-type]  # nothing is emitted
    folds = []
    for rule in (gate.forward, partial(gate.contributions, g, g)):
        try:
            rule(elements)
        except _FirstFoldError as found:
            folds.append(found)
    return len(folds) == 2 and folds[0].neutral == folds[1].neutral and all(each.x is elements for each in folds)


@dataclass(frozen=True)
class Begun(Rule):
    """The first fold of a reduction, of one element: the parts of its result."""

    gate: Gate

    def _operands(self) -> int:
        return 1

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        found = _first_fold(self.gate, code, operands[0])
        return [found.x.element(0), *found.neutral[1:]]


@dataclass(frozen=True)
class Stepped(Rule):
    """The parts of a result of the first fold, and an element, to the parts of both together."""

    gate: Gate

    def _operands(self) -> int:
        return _parts(self.gate) + 1

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        found = _first_fold(self.gate, code, operands[-1])
        return list(found.step(*operands[:-1], found.x.element(0)))


@dataclass(frozen=True)
class Joined(Rule):
    """The parts of two results of the first fold to the parts of both together."""

    gate: Gate

    def _operands(self) -> int:
        return 2 * _parts(self.gate)

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        return list(_first_fold(self.gate, code, operands[0]).join(*operands))


@dataclass(frozen=True)
class Finished(Rule):
    """What a reduction makes of the outcome of its first fold, and of its elements if it looks at them again."""

    gate: Gate
    length: int

    @property
    def parts(self) -> int:
        """How many operands are parts of that outcome; the others are elements."""
        return _parts(self.gate)

    def _operands(self) -> int:
        return self.parts + self.length

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        outcome = _Outcome(code, self.length, operands[: self.parts])
        return [self.gate.forward(_Elements(outcome, operands[self.parts :].__getitem__))]


class _Anything:
    """A value of which nothing is asked: whatever is computed of it is another one."""

    def _another(self, *_: Any) -> "_Anything":
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _another
    __gate__ = __primitive__ = _another
    __lt__ = __le__ = __gt__ = __ge__ = __and__ = __rand__ = __or__ = __ror__ = __invert__ = _another


@cache
def looks_at_one(gate: Gate) -> bool:
    """Whether a reduction's backward rule, for one element, needs no other."""
    g, y, one = _Anything(), _Anything(), _OneElement(None, 1)  # type: ignore[arg-type]  # nothing is emitted
    try:
        gate.contributions(g, y, _Elements(one, lambda _: g))
    except _FoldedError:
        return False
    return True


@dataclass(frozen=True)
class BackwardOfOne(Rule):
    """The backward rule of a reduction for one element.

    Operands are the upstream gradient, the value, the element, and the sum so far unless it is the first.
    """

    gate: Gate
    guarded: bool
    first: bool

    def _operands(self) -> int:
        return 3 if self.first else 4

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        g, y, x, *sofar = operands
        (contribution,) = self.gate.contributions(g, y, _Elements(_OneElement(code, 1), lambda _: x))
        each = contribution.element(0) if isinstance(contribution, Along) else contribution
        return [added_to(code, each, g != 0.0 if self.guarded else None, FIRST if self.first else sofar[0], [])]


@dataclass(frozen=True)
class BackwardAlong(Rule):
    """The backward rule of a reduction: to the new sums.

    Operands are the upstream gradient, the value, what the forward rule's first fold made if this rule begins with it too, the elements,
    and their sums so far.
    """

    gate: Gate
    length: int
    guarded: bool
    first: bool

    @property
    def parts(self) -> int:
        """How many operands are parts of what the first fold made."""
        return _parts(self.gate) if folds_again(self.gate) else 0

    def _operands(self) -> int:
        return 2 + self.parts + self.length * (1 if self.first else 2)

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        g, y, *others = operands
        outcome, rest = others[: self.parts], others[self.parts :]
        axis = _Outcome(code, self.length, outcome) if outcome else _Unrolled(code, self.length)
        (contribution,) = self.gate.contributions(g, y, _Elements(axis, rest.__getitem__))
        guard = g != 0.0 if self.guarded else None
        made: list[Any] = []
        for position in range(self.length):
            each = contribution.element(position) if isinstance(contribution, Along) else contribution
            made.append(added_to(code, each, guard, FIRST if self.first else rest[self.length + position], []))
        return made
