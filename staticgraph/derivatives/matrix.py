"""The entries of a Jacobian or Hessian matrix, in the form that takes less work."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..nodes.node import Node
from ..nodes.shapes import Shape
from .building import Array, Builder
from .colouring import column_colours, star_colours
from .elements import Elements
from .elimination import Elimination, ordered
from .pattern import Structure, structure
from .transforms import pulled, pushed

MOST_PRODUCTS = 10_000
"""Products of scalars that elimination may take: native code of more takes over two seconds to compile. Beyond, and where colours need
fewer operations, it is the array form: strips and products of matrices stay whole (written out they take 5 to 10 times as long)."""


FEWER = 0.8
"""Elimination pays from here on: with 0.6 of the operations it takes 0.8 of the time (an arm of 7 joints), and with as many as long, where
strips are fewer instructions to compile and to interpret."""


class Entries(NamedTuple):
    """The entries of a matrix in the order of its structure: elements `place` of the nodes, one after another."""

    structure: Structure
    nodes: list[Node]
    place: Array

    def values(self, build: Builder, kept: Array | None = None) -> Node:
        """Return the entries, or those of them that are kept, along one axis."""
        return build.pick(self.place if kept is None else self.place[kept], self.nodes)

    def dense(self, build: Builder, rows: range, columns: range, shape: Shape) -> Node:
        """Return a block of the matrix under a shape, 0 where there is no entry."""
        found, inside = self.structure, self._inside(rows, columns)
        index = np.full((len(rows), len(columns)), sum(node.size for node in self.nodes))
        index[found.rows[inside] - rows.start, found.columns[inside] - columns.start] = self.place[inside]
        return build.pick(index.reshape(shape), [*self.nodes, build.constant(0.0)])

    def _inside(self, rows: range, columns: range) -> Array:
        found = self.structure
        below = (found.rows < rows.stop) & (found.columns < columns.stop)
        return np.flatnonzero((found.rows >= rows.start) & (found.columns >= columns.start) & below)


def entries(build: Builder, outputs: Sequence[Node], variables: Sequence[Node], symmetric: bool = False) -> Entries:
    """Return the entries of the derivatives of outputs in variables.

    Of a symmetric matrix those of the lower triangle are computed, and stand for their mirrors, so that it is symmetric to the bit.
    """
    elements = Elements(build, outputs, variables)
    found = symmetrical(structure(elements)) if symmetric else structure(elements)
    if not len(found.rows):
        return Entries(found, [], found.rows)
    forward = star_colours(found) if symmetric else column_colours(found)
    turned = Structure(found.columns, found.rows, (found.shape[1], found.shape[0]))
    reverse = forward if symmetric else column_colours(turned)
    work = sum(len(part.out) for part in elements.parts)
    by_colours = _work(elements, _count(forward), None if symmetric else _count(reverse))
    plan = ordered(elements, MOST_PRODUCTS) if elements.eliminable and work <= 4 * MOST_PRODUCTS else None
    if plan is not None and eliminates(plan.products, by_colours):
        eliminated = Elimination(build, elements)
        eliminated.run(plan, set(elements.outputs.tolist()))
        rows, columns = lower(found) if symmetric else (found.rows, found.columns)
        pairs = zip(elements.outputs[rows].tolist(), columns.tolist(), strict=True)
        return _listed(build, found, [eliminated.entry(row, column) for row, column in pairs])
    if not symmetric and _count(reverse) < _count(forward):
        return _compressed(build, found, (found.columns, found.rows), reverse, outputs, variables, forward=False)
    where = alone(found, forward) if symmetric else (found.rows, found.columns)
    return _compressed(build, found, where, forward, outputs, variables, forward=True)


def eliminates(products: int, by_colours: int) -> bool:
    """Whether elimination takes fewer operations than products with a vector a colour do."""
    return products < FEWER * by_colours


def _work(elements: Elements, forward: int, reverse: int | None) -> int:
    """Return how many products of scalars vectors of so many colours take: seeds, which are 1, are not multiplied."""
    ends = np.unique(elements.outputs)
    beyond = sum(int(np.count_nonzero(part.into >= elements.inputs)) for part in elements.parts)
    before = sum(int(np.count_nonzero(~np.isin(part.out, ends))) for part in elements.parts)
    return forward * beyond if reverse is None else min(forward * beyond, reverse * before)


def _count(colours: Array) -> int:
    return int(colours.max()) + 1


def symmetrical(found: Structure) -> Structure:
    """Return the entries whose mirrors can differ from 0 too: where one of two equal numbers is 0, both are."""
    count = found.shape[0]
    kept = np.isin(found.rows * count + found.columns, found.columns * count + found.rows)
    return Structure(found.rows[kept], found.columns[kept], found.shape)


def lower(found: Structure) -> tuple[Array, Array]:
    """Return row and column of each entry of a symmetric matrix, or of its mirror in the lower triangle."""
    return np.maximum(found.rows, found.columns), np.minimum(found.rows, found.columns)


def alone(found: Structure, colours: Array) -> tuple[Array, Array]:
    """Return row and column of each entry of a symmetric matrix, or of its mirror, so that it is alone in its row with its colour."""
    rows, columns = lower(found)
    together = np.zeros((found.shape[0], _count(colours)), np.int64)
    np.add.at(together, (found.rows, colours[found.columns]), 1)
    shared = together[rows, colours[columns]] > 1
    return np.where(shared, columns, rows), np.where(shared, rows, columns)


def _listed(build: Builder, found: Structure, weights: Sequence[Node | float]) -> Entries:
    """Return scalars as entries: each node once, and all numbers in one constant."""
    numbers = sorted({weight for weight in weights if isinstance(weight, float)})
    nodes = [build.constant(np.array(numbers))] if numbers else []
    position: dict[int, int] = {}
    place = np.empty(len(weights), np.int64)
    of_number = {number: each for each, number in enumerate(numbers)}
    for entry, weight in enumerate(weights):
        if isinstance(weight, float):
            place[entry] = of_number[weight]
        else:
            if id(weight) not in position:
                position[id(weight)] = len(numbers) + len(position)
                nodes.append(weight)
            place[entry] = position[id(weight)]
    return Entries(found, nodes, place)


def _compressed(
    build: Builder, found: Structure, where: tuple[Array, Array], colours: Array, outputs: Sequence[Node], variables: Sequence[Node],
    forward: bool,
) -> Entries:  # fmt: skip
    """Return entries from products with a vector for each colour, all at once.

    `where` has for each entry the element of the product, and the element whose colour the product has.
    """
    seeded, reached = (variables, outputs) if forward else (outputs, variables)
    lead = (_count(colours),)
    seeds = _seeds(build, colours, lead[0], seeded)
    if forward:
        products = pushed(build, outputs, {id(node): seed for node, seed in zip(variables, seeds, strict=True)}, lead)
    else:
        products = pulled(build, outputs, seeds, variables, lead)
    nodes = [build.zeros((*lead, *node.shape)) if each is None else each for each, node in zip(products, reached, strict=True)]
    sizes = [node.size for node in reached]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    element, seed = where
    number = np.searchsorted(starts, element, side="right") - 1
    return Entries(found, nodes, lead[0] * starts[number] + colours[seed] * np.array([*sizes, 0])[number] + element - starts[number])


def _seeds(build: Builder, colours: Array, count: int, nodes: Sequence[Node]) -> list[Node]:
    """Return for each node a vector a colour: 1 at the elements of that colour."""
    chosen = (colours == np.arange(count)[:, None]).astype(float)
    ends = np.cumsum([node.size for node in nodes])
    return [
        build.constant(part.reshape((count, *node.shape))) for part, node in zip(np.split(chosen, ends[:-1], axis=1), nodes, strict=True)
    ]


