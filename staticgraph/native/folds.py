"""Templates of reductions: one step of the first fold along the axis, what the rule makes of its outcome, and the backward rule.

A fold is a loop over the axis that carries partial results, such as a sum or a maximum.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.order import Carried, Step, in_order
from ..lanes.along import Along, Axis
from ..lanes.value import Code, Lanes
from .templates import FIRST, Template, added_to, trace

_LABEL = re.compile(r"^\{p\}[\w.]+:\n", re.MULTILINE)


class _FoldedError(Exception):
    """A rule that was traced for one element alone needs all of them: it folds along the axis."""


class _FirstFoldError(Exception):
    """Carries the first fold of a rule out of it: what is folded, and how. Tracing ends there."""

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


class _Single(Axis):
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


@dataclass(frozen=True)
class Fold:
    """The first fold of a reduction: an element to the parts of a result; a result and an element, or two results, to their parts."""

    first: Template
    step: Template
    join: Template
    parts: int


def _first_fold(gate: Gate, code: Code, element: Any) -> _FirstFoldError:
    try:
        gate.forward(_Elements(_Stopping(code, None), lambda _: element))
    except _FirstFoldError as found:
        return found
    raise TypeError(f"the rule of the reduction {gate.name!r} does not fold its elements: it needs a total or a maximum")


@cache
def fold(gate: Gate, dtype: np.dtype[Any]) -> Fold:
    """Return the first fold of a reduction."""
    parts: list[int] = []

    def first(code: Code, element: Lanes) -> list[Any]:
        found = _first_fold(gate, code, element)
        parts.append(len(found.neutral))
        return [found.x.element(0), *found.neutral[1:]]

    def step(code: Code, *carried: Lanes) -> list[Any]:
        found = _first_fold(gate, code, carried[-1])
        return list(found.step(*carried[:-1], found.x.element(0)))

    def join(code: Code, *both: Lanes) -> list[Any]:
        return list(_first_fold(gate, code, both[0]).join(*both))

    begun = trace(first, 1, dtype)
    return Fold(begun, trace(step, parts[0] + 1, dtype), trace(join, 2 * parts[0], dtype), parts[0])


@cache
def finish(gate: Gate, dtype: np.dtype[Any], length: int) -> Template:
    """Return what a reduction makes of the outcome of its first fold, and of its elements if it looks at them again."""
    parts = fold(gate, dtype).parts

    def rule(code: Code, *operands: Lanes) -> list[Any]:
        return [gate.forward(_Elements(_Outcome(code, length, operands[:parts]), operands[parts:].__getitem__))]

    return trace(rule, parts + length, dtype)


@cache
def looks_rarely(template: Template, parts: int) -> bool:
    """Whether what a reduction makes of its first fold reads the elements in a rare branch alone."""
    entry, *branches = _LABEL.split(template.text)
    return len(branches) == 2 and all(f"{{o{number}}}" not in entry + branches[-1] for number in template.used if number >= parts)


@cache
def reduction_of_one(gate: Gate, dtype: np.dtype[Any], guarded: bool, first: bool) -> Template | None:
    """Return the backward rule of a reduction for one element, None if it needs the others.

    Operands are the upstream gradient, the value, the element, and the sum so far unless it is the first.
    """

    def rule(code: Code, g: Lanes, y: Lanes, x: Lanes, *sofar: Lanes) -> list[Any]:
        (contribution,) = gate.contributions(g, y, _Elements(_Single(code, 1), lambda _: x))
        each = contribution.element(0) if isinstance(contribution, Along) else contribution
        return [added_to(code, each, g != 0.0 if guarded else None, FIRST if first else sofar[0], [])]

    try:
        return trace(rule, 3 if first else 4, dtype)
    except _FoldedError:
        return None


@cache
def reduction_backward(gate: Gate, dtype: np.dtype[Any], length: int, guarded: bool, first: bool) -> Template:
    """Return the backward rule of a reduction: the upstream gradient, the value, the elements and their sums so far to the new sums."""

    def rule(code: Code, g: Lanes, y: Lanes, *rest: Lanes) -> list[Any]:
        (contribution,) = gate.contributions(g, y, _Elements(_Unrolled(code, length), rest.__getitem__))
        guard = g != 0.0 if guarded else None
        made: list[Any] = []
        for position in range(length):
            each = contribution.element(position) if isinstance(contribution, Along) else contribution
            made.append(added_to(code, each, guard, FIRST if first else rest[length + position], []))
        return made

    return trace(rule, 2 + length * (1 if first else 2), dtype)
