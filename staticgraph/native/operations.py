"""The intermediate representation of native code, in SSA form: operations on vectors of lanes, whose values are each made once.

Sinks are what must happen: writes, and products of matrices. An operation that leads to none is dead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..gates import Gate
from ..kinds.products import PlannedProduct
from ..kinds.writing import Operand
from ..lanes.rules import Alone, Ready, Rule
from .columns import StoreRows
from .templates import Template, template
from .text import MOST_IN_PLACE


class Load(NamedTuple):
    """Reading columns `first` to `last` of an array that has `size` columns."""

    array: int
    number: int
    size: int
    first: int
    last: int


class Rereading(NamedTuple):
    """A rule that reads some of its operands in a rare branch alone: columns of arrays, which are read anew there.

    Held until then they would each be stored, which took a sum of squares of 100 elements 1.2 times as long.
    """

    rule: Rule
    columns: tuple[tuple[Load, int], ...]


class Multiplication(NamedTuple):
    """A product of matrices by the kernel: of which of `p` and `q` zeros stop, and whether there is a sum so far to add to."""

    product: PlannedProduct
    stopping: str
    given: bool


class Start(NamedTuple):
    """Reading an accumulator."""

    slot: int


MOVED = 4
"""About how many LLVM instructions bring a column of an array into a register, or out of it."""
NO_RULES = (Load, Rereading, Multiplication, Start)
"""What an operation may do beside applying a rule."""


@dataclass(eq=False, slots=True)
class Operation:
    """What makes values `first` to `first + count`, after what makes the value `after`: a rule, a read, or a product of matrices.

    `weight` is about how many LLVM instructions that takes.
    """

    what: Rule | Load | Start | Multiplication | Rereading
    operands: Sequence[Operand]
    first: int
    count: int
    weight: int
    after: Operand | None = None


class Store(NamedTuple):
    """Writing columns from `first` on of an array that has `size` columns."""

    array: int
    number: int
    size: int
    first: int
    values: tuple[Operand, ...]


class Keep(NamedTuple):
    """Writing an accumulator."""

    slot: int
    value: Operand


class Hold(NamedTuple):
    """Writing a uniform value into memory, for later stages (see `whole`)."""

    place: int
    value: Operand


Sink = Store | StoreRows | Keep | Hold | Operation
"""What must happen: a write, or a product of matrices."""


def windows(size: int, width: int) -> list[tuple[int, int]]:
    """Return the runs of columns that are moved at once: all of them if they are few, otherwise `width`, of which the last overlap.

    What is left beside a vector or two is a narrower run, which takes fewer shuffles: rows of 10 columns take 0.9 times as long.
    """
    if size <= width:
        return [(0, size)]
    starts = [*range(0, size - width, width)]
    left, last = size - len(starts) * width, width
    while size <= MOST_IN_PLACE * width and last > 2 and last // 2 >= left:
        last //= 2
    return [*((start, start + width) for start in starts), (size - last, size)]


@dataclass(slots=True)
class Shared:
    """The results of a rule that others may share, what it shares itself, and by how many its results are asked for."""

    results: list[Operand]
    needs: list["Shared"]
    uses: int = 0


class Operations:
    """Operations in the order in which they are noted.

    Attributes
    ----------
    dtype : numpy.dtype
        Of the lanes.
    operations : list of Operation
    makers : list of int
        For each value the operation that makes it.
    sinks : list of Sink
        What must happen, in order.
    folds : dict
        What the first folds of reductions have made, by gate and elements.
    adds_in_blocks : bool
        Whether what is added to accumulators may wait for several vectors of rows (see `adding`).
    """

    adds_in_blocks = False

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.operations: list[Operation] = []
        self.makers: list[int] = []
        self.sinks: list[Sink] = []
        self.folds: dict[tuple[Gate, tuple[Operand, ...]], Sequence[Operand]] = {}
        self.shared: dict[tuple[Template, tuple[Operand, ...]], Shared] = {}
        self.sharing: list[tuple[Operation, Rule, Sequence[Operand], list[Shared]]] = []
        self.templates: dict[Rule, Template] = {}

    def literal(self, number: float) -> Operand:
        """Return a number in every lane as LLVM text."""
        stored = self.dtype.type(number)
        kind = "double" if self.dtype == np.float64 else "float"
        return f"splat ({kind} 0x{int(np.float64(stored).view(np.uint64)):016x})"

    def make(self, what: Any, operands: Sequence[Operand], count: int, weight: int = 1, after: Operand | None = None) -> range:
        """Add an operation; return the values that it makes."""
        first = len(self.makers)
        self.makers += [len(self.operations)] * count
        self.operations.append(Operation(what, operands, first, count, weight, after))
        return range(first, first + count)

    def template(self, rule: Rule) -> Template:
        """Return a rule's template, found here by the rule alone: to hash a dtype takes longer than all else that applying does."""
        found = self.templates.get(rule)
        if found is None:
            found = self.templates[rule] = template(rule, self.dtype)
        return found

    def is_short(self, operation: Operation, most: int) -> bool:
        """Whether an operation makes one value by a rule without a branch, of at most so many instructions, that waits for nothing."""
        rule = operation.what
        if isinstance(rule, NO_RULES) or operation.count != 1 or operation.after is not None or operation.weight > most:
            return False
        return self.template(rule).last is None

    def apply(self, rule: Rule, operands: Sequence[Operand], after: Operand | None = None) -> list[Operand]:
        """Apply a rule; return its results, which may be operands or constants. With `after` it waits for what makes that value."""
        if rule.shared:
            return self._shared(rule, operands).results
        return self._apply(rule, self.template(rule), operands, after)[0]

    def _shared(self, rule: Rule, operands: Sequence[Operand]) -> Shared:
        """Return what a rule gives, which equal applications of it share; the key has the template, whose hash is its identity."""
        traced = self.template(rule)
        key = traced, tuple(operands)
        found = self.shared.get(key)
        if found is None:
            found = self.shared[key] = Shared(*self._apply(rule, traced, operands))
        found.uses += 1
        return found

    def _has(self, rule: Rule, operands: Sequence[Operand]) -> bool:
        return (self.template(rule), tuple(operands)) in self.shared

    def _apply(
        self, rule: Rule, traced: Template, operands: Sequence[Operand], after: Operand | None = None
    ) -> tuple[list[Operand], list[Shared]]:  # fmt: skip
        """Return the results, and what the rule shares."""
        plain, values, needs = rule, list(operands), []
        ready = tuple(each for each in traced.rare if self._has(each[0], [operands[number] for number in each[1]]))
        if ready:
            rule = Ready(plain, ready)
            traced = self.template(rule)
        for need in traced.needs:
            needs.append(self._shared(need.rule, [values[number] for number in need.operands]))
            # What the rule asks for and does not use leaves a gap in the numbers.
            values += [""] * (need.results.stop - len(values))
            values[need.results.start : need.results.stop] = needs[-1].results
        if traced.made:
            made = self.make(rule, [values[number] for number in traced.used], len(traced.made), traced.weight, after)
            if needs:
                self.sharing.append((self.operations[-1], plain, operands, needs))
        results: list[Operand] = []
        for what, payload in traced.results:
            if what == "made":
                results.append(made[payload])
            else:
                results.append(values[payload] if what == "operand" else payload)
        return results, needs

    def join(self) -> None:
        """Write what only one operation needs out within that: where rules are called it would take calls of its own."""

        def alone(needs: Sequence[Shared]) -> bool:
            return all(each.uses == 1 and alone(each.needs) for each in needs)

        for operation, rule, operands, needs in self.sharing:
            if alone(needs) and self.template(Alone(rule)).results == self.template(rule).results:
                traced = self.template(Alone(rule))
                operation.what, operation.weight = Alone(rule), traced.weight
                operation.operands = [operands[number] for number in traced.used]
