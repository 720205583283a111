"""Gradients in parts: each of some rows of a batch, wherever these are, and all together with the bits of one call."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..machine.blocks import BLOCK_ROWS
from .evaluation import Evaluation
from .nesting import leaves, nested
from .pieces import Part
from .recipe import Recipe, recipe_of
from .tree import Tree

Range = tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Partial:
    """The part of a gradient that some rows of a batch make; see `Function.partial_grad`.

    Parts of one batch are added, in any order, also by `sum`; once all are, `total` is the gradient. A part pickles. It is small, some sums
    for each parameter and the function, unless it has gradients by row too: those of varying leaves that `wrt` asked for.

    Attributes
    ----------
    rows : tuple of (int, int)
        The rows that it is made of: of each range the first one, and the one behind the last.
    """

    rows: tuple[Range, ...]
    _recipe: Recipe
    _uniforms: tuple[Any, ...]
    _sums: Tree
    _by_row: tuple[tuple[int, tuple[Any, ...]], ...] = ()

    def total(self) -> Any:
        """Return the gradient over all rows of the parts that were added.

        Returns
        -------
        named tuple
            As `Function.grad` returns it; the gradient alone if `wrt` is one name or node.

        Raises
        ------
        ValueError
            If rows between the parts are missing.
        """
        for (_, stop), (start, _) in pairwise(self.rows):
            raise ValueError(f"total: the rows from {stop} to {start} are missing; there are {_named(self.rows)}: add the parts between")
        found = self.ended()
        results = leaves(found)
        for number in range(len(results)):
            if not self._recipe.is_summed(number):
                results[number] = np.concatenate([results[number], *(arrays[number] for _, arrays in self._by_row)])
        return nested(found, results)

    def ended(self) -> Any:
        """Return what the call returns that has all rows of the parts, with its sums over rows alone."""
        return self._recipe.run_empty(self._uniforms, Part(0, self._sums))

    def __add__(self, other: Any) -> "Partial":
        if isinstance(other, int) and other == 0:  # what `sum` starts from
            return self
        if not isinstance(other, Partial):
            return NotImplemented
        self._check_alike(other)
        return Partial(
            _joined(self.rows, other.rows), self._recipe, self._uniforms, self._sums.joined(other._sums),
            tuple(sorted((*self._by_row, *other._by_row), key=operator.itemgetter(0))),
        )  # fmt: skip

    __radd__ = __add__

    def __repr__(self) -> str:
        return f"<Partial of {self._recipe.function.function.__name__}.{self._recipe.method}: {_named(self.rows)}>"

    def _check_alike(self, other: "Partial") -> None:
        """Raise `ValueError` for a part of another gradient."""
        a, b = self._recipe, other._recipe
        if not a.function.same(b.function) or a.method != b.method:
            raise ValueError("parts of different functions cannot be added: make all of them by one function")
        asked = a.options.get("wrt"), b.options.get("wrt")
        if asked[0] != asked[1]:
            raise ValueError(f"parts of gradients in different leaves cannot be added: wrt is {asked[0]} and {asked[1]}")
        names = [slot.what for slot in a.slots if slot.uniform]
        for what, one, another in zip(names, self._uniforms, other._uniforms, strict=True):
            if np.asarray(one).tobytes() != np.asarray(another).tobytes():
                raise ValueError(f"parts at different values of a parameter cannot be added: {what} differs")


class Parts(Evaluation):
    """A function whose gradient can be had in parts."""

    def partial_grad(
        self, /, *args: Any, first_row: int, wrt: Any = None, weights: Any = None, threads: int | None = None, **named: Any
    ) -> Partial:
        """Evaluate the part of the gradient that comes from some rows of a larger batch.

        However the batch is cut, wherever the parts are evaluated and in whatever order they are added, the bits are those of `grad` on the
        whole batch.

        Parameters
        ----------
        *args, wrt, threads, **named
            As in `grad`, with these rows. Where only the gradients of parameters are wanted, name them in `wrt`: otherwise a part has those
            of varying leaves too, row by row.
        first_row : int
            The number of the first row in the larger batch, a multiple of 8,192. The number of rows is one, too, but for the last part.
        weights : scalar or array of shape (N,), optional
            Of these rows.

        Returns
        -------
        Partial
            To be added to the others; `total()` of the sum is the gradient.

        Raises
        ------
        TypeError, ValueError
            As `grad`; for a `first_row` that is no multiple of 8,192, and where no argument is a batch.
        """
        self._check_scalar("partial_grad")
        self._check_by_position("partial_grad", args, "first_row")
        first = _checked(first_row)
        recipe, operands = recipe_of(self, "grad", args, named, wrt=wrt, weights=weights, threads=threads)
        arguments, rows = self._arguments(tuple(operands[: len(self.inputs)]), {})
        if rows is None:
            raise ValueError(f"{self.__name__}.partial_grad: no argument is a batch; give the rows of at least one, as an array (N, ...)")
        part = Part(first)
        results = leaves(recipe.run([*arguments, *operands[len(arguments) :]], part))
        alone = [None if recipe.is_summed(number) else each for number, each in enumerate(results)]
        by_row = () if not any(each is not None for each in alone) else ((first, tuple(alone)),)
        uniforms = tuple(np.array(each) for each in recipe.uniforms([*arguments, *operands[len(arguments) :]]))
        return Partial(((first, first + rows),), recipe, uniforms, part.sums, by_row)


def _checked(first_row: Any) -> int:
    """Return the number of a part's first row; `TypeError` or `ValueError` if it is none."""
    try:
        first = operator.index(first_row)
    except TypeError:
        raise TypeError(f"first_row: expected an int, got {first_row!r}") from None
    if first < 0 or first % BLOCK_ROWS:
        raise ValueError(f"first_row: expected a multiple of {BLOCK_ROWS:,}, where blocks of the sums over rows begin, got {first:,}")
    return first


def _joined(a: Sequence[Range], b: Sequence[Range]) -> tuple[Range, ...]:
    """Return all rows of parts; `ValueError` if some are in both, or follow a part that can only be the last."""
    found: list[Range] = []
    for start, stop in sorted((*a, *b)):
        before = found[-1] if found else (0, 0)
        if start < before[1]:
            raise ValueError(f"parts that overlap cannot be added: the rows from {start} to {min(stop, before[1])} are in both")
        if found and before[1] % BLOCK_ROWS and start < stop:
            expected = f"only the last part may have a number of rows that is no multiple of {BLOCK_ROWS:,}"
            raise ValueError(f"the part that ends before row {before[1]} must be the last: {expected}, but one follows from row {start}")
        found[-1:] = [(before[0], stop)] if found and start == before[1] else [*found[-1:], (start, stop)]
    return tuple(found)


def _named(rows: Sequence[Range]) -> str:
    return "rows " + ", ".join(f"{start} to {stop}" for start, stop in rows)
