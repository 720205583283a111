"""From the arrays of a call to its table: made once for a signature (which arrays, with which strides), then only filled in."""

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from ..native import frame
from ..native.frame import Build, entry
from ..native.running import Running, columns_of
from ..native.size import runs_in_loops
from ..program.program import Program

# isort: off
from ..records.table import (
    ADDRESS, Array, BACKWARD, BOOLEAN, COLUMNS, DISCARDS, END, ENTRY_BYTES, FIRST_OBJECT, FORWARD, GIVEN, GRADIENT, GRADIENTS, GUARDED,
    HEADER, INPUTS, MODE, NOWHERE, OBJECT, OFFSETS, PACKED, PARAMETERS, REAL, SEEDS, STEP, SUMS, VALUES, WEIGHTS, WHAT, WORD_BYTES,
)  # fmt: skip
# isort: on

MOST_BINDINGS = 16
"""Signatures that a form remembers, ..."""
MOST_PLACES = 1 << 12
"""... but for those whose arrays lie so oddly that the offsets of this many elements had to be written down."""


class Place(NamedTuple):
    """One array of the table, without what a call decides.

    `row` and `size` are its rows in the tile, `axes` those of its value in one row of the batch, `entry` is that of compiled code's frame.
    """

    group: int
    row: int
    size: int
    axes: int
    kind: int
    entry: int

    @property
    def written(self) -> bool:
        """Whether it is a result."""
        return self.group in (VALUES, GRADIENTS, SUMS)


class Form:
    """One way to call a program: which arrays there are.

    Parameters
    ----------
    program : Program
    axes : mapping of str to int
        For each leaf the number of axes of its value in one row of the batch.
    results : sequence of int
        The same for each output.
    values : bool
        Whether the outputs' values are asked for.
    weights, cotangents : bool
        Whether these come from outside.

    Attributes
    ----------
    places : list of Place
        Of the arrays that a call brings, in the order in which it brings them: the weights, the cotangents of outputs that have a gradient,
        inputs, values, gradients of inputs, parameters, gradients of parameters.
    fixed : list of Place
        Of the arrays that it does not bring: upstream gradients of 1, and values that nobody asked for.
    seeded, backward : bool
        Whether upstream gradients come from outside, and whether there are any.
    in_columns : bool
        Whether compiled code may have arrays in columns.
    """

    def __init__(
        self, program: Program, axes: Mapping[str, int], results: Sequence[int], *, values: bool, weights: bool, cotangents: bool
    ) -> None:
        leaves = (*program.inputs, *program.parameters)
        self.program, self.seeded = program, weights or cotangents
        self.backward = any(leaf.gradient is not None for leaf in leaves)
        self.what = FORWARD | (BACKWARD if self.backward else 0) | (GUARDED if self.seeded else 0)
        self.in_columns = not runs_in_loops(program)
        self.bindings: dict[Any, list[Binding]] = {}
        self.places: list[Place] = []
        self.fixed: list[Place] = []
        if self.backward:
            (self.places if weights else self.fixed).append(Place(WEIGHTS, 0, 1, 0, REAL, NOWHERE))
        for number, output in enumerate(program.outputs):
            if self.backward and output.gradient is not None:
                at = entry(program, frame.SEEDS, number) if self.seeded else NOWHERE
                (self.places if cotangents else self.fixed).append(Place(SEEDS, output.gradient, output.size, results[number], REAL, at))
        for number, leaf in enumerate(program.inputs):
            self.places.append(Place(INPUTS, leaf.row, leaf.size, axes[leaf.name], REAL, entry(program, frame.INPUTS, number)))
        for number, output in enumerate(program.outputs):
            kind, at = BOOLEAN if output.boolean else REAL, entry(program, frame.VALUES, number)
            place = Place(VALUES if values else DISCARDS, output.row, output.size, results[number], kind, at)
            (self.places if values else self.fixed).append(place)
        for number, leaf in enumerate(program.inputs):
            if leaf.gradient is not None:
                at = entry(program, frame.GRADIENTS, number)
                self.places.append(Place(GRADIENTS, leaf.gradient, leaf.size, axes[leaf.name], GRADIENT, at))
        for leaf in program.parameters:
            self.places.append(Place(PARAMETERS, leaf.row, leaf.size, axes[leaf.name], PACKED if leaf.packed else REAL, NOWHERE))
        for leaf in program.parameters:
            if leaf.gradient is not None:
                self.places.append(Place(SUMS, leaf.gradient, leaf.size, axes[leaf.name], GRADIENT, NOWHERE))

    def take(self, key: Any, arrays: Sequence[Array], header: Sequence[int]) -> "Binding":
        """Return a binding for arrays of these strides that no other call uses."""
        kept = self.bindings.get(key)
        return kept.pop() if kept else Binding(self, arrays, header)

    def give_back(self, key: Any, binding: "Binding") -> None:
        """Keep a binding for the next call of its signature; too many signatures, or too large ones, are forgotten."""
        kept = self.bindings.get(key)
        if kept is None:
            if len(binding.offsets) > MOST_PLACES:
                return
            if len(self.bindings) >= MOST_BINDINGS:
                self.bindings.clear()
            kept = self.bindings[key] = []
        kept.append(binding)


class Binding:
    """The table of the calls of one signature; one call at a time uses it."""

    def __init__(self, form: Form, arrays: Sequence[Array], header: Sequence[int]) -> None:
        dtype = form.program.dtype
        self.one = np.ones((), dtype)
        placed = [*zip(form.places, arrays, strict=True), *((place, self.one) for place in form.fixed)]
        order = sorted(range(len(placed)), key=lambda number: placed[number][0].group)
        rows, offsets, length = [], [np.zeros(1, np.int64)], 1
        for number in order:
            place, array = placed[number]
            row, irregular = described(place, array, array.ndim > place.axes, length)
            row[OBJECT] = number
            if number >= len(arrays):  # the same number for every element
                row[OBJECT], row[ADDRESS], row[STEP] = -1, self.one.ctypes.data, 0
            rows.append(row)
            offsets += irregular
            length += sum(map(len, irregular))
        self.offsets = np.concatenate(offsets)
        groups = np.array([placed[number][0].group for number in order], np.int64)
        starts = [int(np.searchsorted(groups, group)) for group in range(WEIGHTS, END + 1)]
        self.given = np.zeros(FIRST_OBJECT + len(arrays), np.int64)
        self.memory = self.given.data.cast("B")
        self.give = Struct(f"={len(self.given)}q").pack_into
        self.call = np.array([*header, *starts, *np.ravel(np.array(rows, np.int64))], np.int64)
        self.address = self.call.ctypes.data
        self.call[WEIGHTS : END + 1] = self.address + HEADER * WORD_BYTES + self.call[WEIGHTS : END + 1] * ENTRY_BYTES
        self.call[WHAT] = form.what
        self.call[OFFSETS], self.call[GIVEN] = self.offsets.ctypes.data, self.given.ctypes.data
        self.build = Build(form.seeded, columns_of(self.call, dtype.itemsize) if form.in_columns else frozenset())
        self.interpreted: Callable[[int, int, int, int], int] | None = None
        self.running: Running | None = None

    def set(self, arrays: Sequence[Array], rows: int, uniforms: int) -> None:
        """Enter what a call decides: in one step, as its items one by one took twice as long."""
        self.give(self.memory, 0, rows, uniforms, *map(id, arrays))


def described(place: Place, array: Array, batched: bool, length: int) -> tuple[list[int], list[Array]]:
    """Return an array's row of the table, and its elements' offsets if they are irregular; `length` offsets stand before these."""
    shape, strides = (array.shape[1:], array.strides[1:]) if batched else (array.shape, array.strides)
    step, irregular = regular_step(shape, strides, array.itemsize), []
    if step is None:
        irregular.append(element_offsets(shape, strides))
    spans = [(count - 1) * stride for count, stride in zip(shape, strides, strict=True)]
    low, high = sum(min(0, span) for span in spans), sum(max(0, span) for span in spans) + array.itemsize
    if 0 in shape:
        low = high = 0
    batch = array.strides[0] if batched else 0
    places, native = length if irregular else -1, [0] * (COLUMNS - MODE)
    return [0, batch, place.row, place.size, step or 0, places, place.kind, 0, low, high, place.entry, *native], irregular


def regular_step(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> int | None:
    """Return the bytes from one element to the next, None if these differ."""
    step, behind = None, 0
    for count, stride in zip(reversed(shape), reversed(strides), strict=True):
        if count != 1:
            if step is None:
                step = stride
            elif stride != behind:
                return None
            behind = stride * count
    return itemsize if step is None else step


def element_offsets(shape: Sequence[int], strides: Sequence[int]) -> Array:
    """Return how many bytes each element lies behind the first one."""
    offsets = np.zeros(1, np.int64)
    for count, stride in zip(shape, strides, strict=True):
        offsets = np.add.outer(offsets, np.arange(count) * stride).ravel()
    return offsets
