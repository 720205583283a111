"""What a call is to who cuts its batch: operands, some of them by row, and results, some of them sums, one after another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..nodes.node import PARAMETER
from ..nodes.shapes import Shape
from ..running.threads import check_threads
from .arguments import asked_names, bind, expected_shape
from .derived import leaves_of, on_part
from .evaluation import Evaluation, Names
from .nesting import leaves, leaves_like, nested
from .pieces import Part
from .portable import Portable

CALL = "__call__"
FIRST = {"vjp": "cotangent", "jvp": "tangents", "hvp": "vectors"}
"""Methods with something before the arguments, and what it is called."""
GRADIENTS = ("grad", "value_and_grad", "vjp", "hvp")
METHODS = (CALL, *GRADIENTS, "jvp", "jacobian", "value_and_jacobian", "hessian", "sparse_jacobian", "sparse_hessian")


class Slot(NamedTuple):
    """One operand: what errors call it, its shape in one row, its dtype, whether all rows share it, and whether it must have all rows."""

    what: str
    shape: Shape
    dtype: np.dtype[Any]
    uniform: bool = False
    by_row: bool = False


@dataclass(frozen=True)
class Recipe:
    """A method of a function with what is asked of it; it pickles.

    Attributes
    ----------
    function : Portable
    method : str
    options : mapping
        `wrt` and `threads`.
    first : object
        How the operand before the arguments is nested.
    slots : tuple of Slot
        The operands: what stands before the arguments, these, and the weights.
    summed : tuple of bool
        For each result whether it is a sum over rows; those behind are not.
    """

    function: Portable
    method: str
    options: Mapping[str, Any]
    first: Any
    slots: tuple[Slot, ...]
    summed: tuple[bool, ...]

    def run(self, operands: Sequence[Any], part: Part | None = None) -> Any:
        """Make the call, on a part of a batch if that is given."""
        function: Any = on_part(self.function.function, part)
        before = len(leaves(self.first)) if self.method in FIRST else 0
        behind = before + len(function.inputs)
        first = [nested(self.first, operands[:before])] if self.method in FIRST else []
        weights = {"weights": operands[behind]} if behind < len(operands) else {}
        return getattr(function, self.method)(*first, *operands[before:behind], **weights, **self.options)

    def run_empty(self, uniforms: Sequence[Any] | None = None, part: Part | None = None) -> Any:
        """Make the call without rows: of a part to which all sums are given it returns these; otherwise it is an example of the results."""
        given = None if uniforms is None else iter(uniforms)
        return self.run([_empty(slot, given) for slot in self.slots], part)

    def uniforms(self, operands: Sequence[Any]) -> list[Any]:
        """Return the operands that all rows share."""
        return [operand for operand, slot in zip(operands, self.slots, strict=True) if slot.uniform]

    def is_summed(self, result: int) -> bool:
        """Whether a result is a sum over rows."""
        return result < len(self.summed) and self.summed[result]

    def cut(self, operands: Sequence[Any]) -> tuple[list[bool], Any]:
        """Return for each operand whether it has a value for each row, and how many rows there are: None if no operand has any.

        Raises
        ------
        ValueError
            For a wrong shape, and for different numbers of rows.
        """
        batched, rows, first = [], None, ""
        for slot, operand in zip(self.slots, operands, strict=True):
            shape = operand.shape
            is_batch = not slot.uniform and len(shape) == len(slot.shape) + 1 and shape[1:] == slot.shape
            if not is_batch and (shape != slot.shape or slot.by_row):
                raise ValueError(f"{slot.what}: {expected_shape(slot.shape, slot.uniform)}, got shape {shape}")
            if is_batch and rows is None:
                rows, first = shape[0], slot.what
            elif is_batch and shape[0] != rows and shape[0] == shape[0] and rows == rows:  # an unknown number is not equal to itself
                raise ValueError(f"{slot.what}: expected {rows} rows, as {first} has, got {shape[0]} (shape {shape})")
            batched.append(is_batch)
        return batched, rows


def _empty(slot: Slot, given: Iterator[Any] | None) -> Any:
    """Return an operand without rows."""
    if slot.uniform:
        return np.zeros(slot.shape, slot.dtype) if given is None else next(given)
    return np.empty((0, *slot.shape), slot.dtype)


def recipe_of(
    function: Evaluation, method: str, args: Sequence[Any], named: Mapping[str, Any], *, wrt: Any = None, weights: Any = None,
    threads: Any = None,
) -> tuple[Recipe, list[Any]]:  # fmt: skip
    """Return what a call of a method is, and its operands.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong number or names, an unknown leaf in `wrt`, and a wrong number of threads.
    """
    options: dict[str, Any] = {} if threads is None else {"threads": check_threads(threads)}
    names, alone = (function._default, False)
    if wrt is not None:
        names, alone = asked_names(function.__name__, function.inputs, function._places, wrt)
        options["wrt"] = names[0] if alone else names
    if method == "sparse_hessian":
        named = dict(named)
        options["lower"] = named.pop("lower", False)
    beside = [Slot(f"argument {leaf.name!r}", leaf.shape, function.dtype, leaf.role == PARAMETER) for leaf in function.inputs]
    first, slots, operands = _first(function, method, args, names, alone, beside) if method in FIRST else (None, [], [])
    operands += bind(function.__name__, function._places, args[1:] if method in FIRST else args, named)
    slots += beside
    if weights is not None:
        operands.append(weights)
        slots.append(Slot("weights", (), function.dtype))
    return Recipe(Portable(function), method, options, first, tuple(slots), _summed(function, method, names)), operands


def _first(
    function: Any, method: str, args: Sequence[Any], names: Names, alone: bool, beside: Sequence[Slot]
) -> tuple[Any, list[Slot], list[Any]]:  # fmt: skip
    """Return how what stands before the arguments is nested, and its operands."""
    what = FIRST[method]
    if not args:
        raise TypeError(f"{function.__name__}.{method} is missing its {what}")
    if method == "vjp":
        example = function(*(np.zeros(leaf.shape) if leaf.role == PARAMETER else np.empty((0, *leaf.shape)) for leaf in function.inputs))
        slots = [Slot(what, each.shape[1:], np.result_type(each, function.dtype), by_row=True) for each in leaves(example)]
    else:
        one = alone or (len(names) == 1 and not isinstance(args[0], (tuple, list)))
        example = None if one else (None,) * len(names)
        slots = [beside[function._places[name]]._replace(what=f"{what} of {name!r}") for name in names]
    return nested(example, [None] * len(slots)), slots, leaves_like(what, example, args[0])


def _summed(function: Evaluation, method: str, names: Names) -> tuple[bool, ...]:
    """Return for the first results whether they are sums over rows; no other is."""
    parameters = [leaf.role == PARAMETER for leaf in leaves_of(function, names)]
    if method == "hessian":
        return tuple(a and b for a, b in product(parameters, repeat=2))
    return (*([False] if method == "value_and_grad" else []), *(parameters if method in GRADIENTS else []))
