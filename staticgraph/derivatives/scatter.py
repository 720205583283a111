"""Sums of gradients that arrive at single elements: what gates that move elements send back."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..nodes.node import Node
from ..nodes.shapes import Shape
from .building import Array, Builder


class Piece(NamedTuple):
    """Elements `source` of a node, each of which is added to one element, `target`, of a result."""

    node: Node
    source: Array
    target: Array


def scattered(build: Builder, pieces: Sequence[Piece], lead: Shape, shape: Shape) -> Node:
    """Return the sums of what arrives at each element; the constant 0 where nothing does.

    Elements at which as many numbers arrive are summed together, so that no work is done for zeros. `lead` are axes in front of the shape
    of the result and of every node.
    """
    count, size = int(np.prod(lead, dtype=int)), int(np.prod(shape, dtype=int))
    nodes = [piece.node for piece in pieces]
    starts = np.concatenate([[0], np.cumsum([node.size for node in nodes])])[:-1]
    target = np.concatenate([piece.target for piece in pieces])
    place = np.concatenate([start + piece.source for start, piece in zip(starts, pieces, strict=True)])
    step = np.concatenate([np.full(len(piece.source), piece.node.size // count) for piece in pieces])
    order = np.argsort(target, kind="stable")
    place, step = place[order], step[order]
    arriving = np.bincount(target, minlength=size)
    first = np.concatenate([[0], np.cumsum(arriving)])[:-1]
    results: list[Node] = []
    index = np.empty((count, size), np.int64)
    filled = 0
    for number in np.unique(arriving).tolist():
        elements = np.flatnonzero(arriving == number)
        if number:
            rows = first[elements][:, None] + np.arange(number)
            taken = build.pick(place[rows] + np.arange(count)[:, None, None] * step[rows], nodes)
            results.append(build.total(taken, (2,)))
        else:
            results.append(build.zeros((count, len(elements))))
        index[:, elements] = filled + np.arange(count * len(elements)).reshape(count, len(elements))
        filled += count * len(elements)
    return build.pick(index.reshape((*lead, *shape)), results)
