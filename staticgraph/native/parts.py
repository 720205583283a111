"""The functions of a program while it is scheduled, and the steps that they are made of."""

from collections.abc import Collection
from dataclasses import dataclass, field

from ..kinds.writing import Operand
from ..lanes.rules import Rule
from .adding import Adding
from .columns import StoreRows
from .operations import MOVED, Hold, Keep, Operation, Store

CALL = 4
"""About how many instructions a call of a rule takes."""
Step = Operation | Store | StoreRows | Keep | Hold | Adding


@dataclass(eq=False)
class Part:
    """A function: steps for one vector after another, products of matrices over all vectors, or sums over all vectors (`adds`)."""

    steps: list[Step] = field(default_factory=list)
    multiplies: bool = False
    adds: bool = False
    weight: int = 0


def weigh(step: Step, called: Collection[Rule]) -> int:
    """Return about how many LLVM instructions a step takes."""
    if isinstance(step, Keep | Hold):
        return 1
    if isinstance(step, Adding):
        return sum(each.weight for each in step.operations)
    if isinstance(step, Store):
        return MOVED * len(step.values)
    if isinstance(step, StoreRows):
        return step.weight
    return CALL if called and step.what in called else step.weight


def operands(step: Step) -> list[Operand]:
    """Return what a step reads."""
    if isinstance(step, Operation):
        return list(step.operands)
    if isinstance(step, Adding):
        return step.terms
    return list(step.values) if isinstance(step, Store | StoreRows) else [step.value]
