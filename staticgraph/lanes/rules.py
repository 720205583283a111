"""Rules as operations apply them: a gate's rule with what surrounds it, by name, so that every text can be made of it that is asked for.

A rule is a function of the code and of lanes that returns lanes, masks or numbers. Equal ones are equal as keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.parts import Part
from .code import Code
from .decode import accumulated
from .value import Lanes

FIRST, GIVEN = -1, -2
"""How each target's sum starts. `FIRST`: store, nothing was added yet. `GIVEN`: the running sum is an extra operand. `k >= 0`: go on with
the sum that this rule has just made for its target `k` (the same operand twice)."""


class Rule:
    """What an operation applies to its operands.

    Attributes
    ----------
    shared : bool
        Other rules may need what it gives: equal applications are one operation.
    """

    shared = False

    @property
    def arity(self) -> int:
        """How many operands there are."""
        return self._operands()

    def __call__(self, code: Code, *operands: Lanes) -> Sequence[Any]:
        """Return the results."""
        return self._results(code, *operands)

    def _operands(self) -> int:
        raise NotImplementedError

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class OfPart(Rule):
    """A part that rules share."""

    part: Part

    shared = True

    def _operands(self) -> int:
        return self.part.arity

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        return self.part.function(*operands)


@dataclass(frozen=True)
class Alone(Rule):
    """A rule with the parts written out that it could share."""

    rule: Rule

    def _operands(self) -> int:
        return self.rule.arity

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        return self.rule(code, *operands)


@dataclass(frozen=True)
class Ready(Rule):
    """A rule whose rare branches find parts that are computed anyway: each a rule, and the numbers of the operands it is applied to."""

    rule: Rule
    parts: tuple[tuple[Rule, tuple[int, ...]], ...]

    def _operands(self) -> int:
        return self.rule.arity

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        return self.rule(code, *operands)


@dataclass(frozen=True)
class Forward(Rule):
    """A gate's forward rule for an element: its operands to its value."""

    gate: Gate

    shared = True

    def _operands(self) -> int:
        return self.gate.arity

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        return [self.gate.forward(*operands)]


@dataclass(frozen=True)
class Backward(Rule):
    """A gate's backward rule for an element, with the adding into gradients.

    Operands are the upstream gradient, the gate's value, its operands, and the sums so far of those targets whose entry in `sums` is
    `GIVEN`; results are the new sums of all targets, which are the operands in the set `needs`.
    """

    gate: Gate
    needs: int
    guarded: bool
    sums: tuple[int, ...]

    def _operands(self) -> int:
        return 2 + self.gate.arity + self.sums.count(GIVEN)

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        g, y, *rest = operands
        contributions = self.gate.contributions(g, y, *rest[: self.gate.arity])
        given = iter(rest[self.gate.arity :])
        guard = g != 0.0 if self.guarded else None
        served = [each for number, each in enumerate(contributions) if self.needs >> number & 1]
        made: list[Any] = []
        for contribution, start in zip(served, self.sums, strict=True):
            made.append(added_to(code, contribution, guard, next(given) if start == GIVEN else start, made, code.guarded))
        return made


@dataclass(frozen=True)
class Product(Rule):
    """One step of a sum of products: `p`, `q`, and the sum so far unless it is the first; zeros of those that `stopping` names stop."""

    stopping: str
    first: bool

    def _operands(self) -> int:
        return 2 if self.first else 3

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        p, q, *sofar = operands
        guard = nonzero(*(each for name, each in zip("pq", (p, q), strict=True) if name in self.stopping))
        return [added_to(code, p * q, guard, FIRST if self.first else sofar[0], [])]


@dataclass(frozen=True)
class Added(Rule):
    """The sum of a gradient so far and a contribution."""

    def _operands(self) -> int:
        return 2

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        return [operands[0] + operands[1]]


@dataclass(frozen=True)
class Cleaned(Rule):
    """A result as the caller gets it: of a gradient no sign of zero, and of all NaNs the one."""

    gradient: bool

    shared = True

    def _operands(self) -> int:
        return 1

    def _results(self, code: Code, *operands: Any) -> Sequence[Any]:
        value = operands[0] + 0.0 if self.gradient else operands[0]
        return [code.where(value != value, np.nan, value)]


ADDED = Added()


def nonzero(*values: Any) -> Any:
    """Return where none of some values is 0, None where there are none."""
    return reduce(and_, (value != 0.0 for value in values)) if values else None


def added_to(
    code: Code, contribution: Any, guard: Any, start: Any, made: list[Any], choose: Callable[..., Any] | None = None
) -> Lanes:
    """Return a sum of gradients with a contribution added, as `accumulated` does; the first is the sum, as -0.0 changes none."""
    if isinstance(start, int) and start == FIRST:
        value = Lanes(code, code.lift(contribution))
        chosen: Lanes = (choose or code.where)(guard, value, -0.0) if guard is not None else value
        return chosen
    return accumulated(code, start if isinstance(start, Lanes) else made[start], contribution, guard, choose)
