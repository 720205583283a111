"""Layered drawing of a graph: which layer each box is in, in which order, and where.

After K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", 1981.
Boxes go by their numbers; an edge leads from the right of one to a port at the left of a later one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

SWEEPS = 12
"""Passes over the layers that order them, and as many that place their boxes."""
GAP = 18.0
"""Between boxes of one layer, in pixels; edges that pass through a layer take a box of this height."""


@dataclass
class Placed:
    """Where boxes and edges are.

    Attributes
    ----------
    layer : list of int
        Of each box; those of later layers are further right.
    middle : list of float
        The height of the middle of each box.
    bends : dict
        For each edge, by source, target and port, the heights at which it passes the layers between.
    height : float
    """

    layer: list[int]
    middle: list[float]
    bends: dict[tuple[int, int, int], list[float]] = field(default_factory=dict)
    height: float = 0.0


def placed(heights: Sequence[float], operands: Sequence[Sequence[int | None]]) -> Placed:
    """Return where boxes of these heights are drawn, given the box at each of their ports (None: nothing leads there).

    Every box stands behind those that lead to it.
    """
    layer = _layers(operands)
    size, above = list(heights), defaultdict[int, list[int]](list)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=0) + 1)]
    for number, own in enumerate(layer):
        rows[own].append(number)
    passing: dict[tuple[int, int, int], list[int]] = {}
    for target, ports in enumerate(operands):
        for port, source in enumerate(ports):
            if source is None:
                continue
            before, way = source, []
            for between in range(layer[source] + 1, layer[target]):
                size.append(GAP)
                rows[between].append(len(size) - 1)
                way.append(len(size) - 1)
                above[way[-1]].append(before)
                before = way[-1]
            above[target].append(before)
            passing[source, target, port] = way
    below = defaultdict[int, list[int]](list)
    for target, sources in above.items():
        for each in sources:
            below[each].append(target)
    _order(rows, above, below)
    middle = _heights(rows, size, above, below)
    top = min((middle[each] - size[each] / 2 for row in rows for each in row), default=0.0)
    middle = [each - top for each in middle]
    bends = {edge: [middle[each] for each in way] for edge, way in passing.items()}
    return Placed(layer, middle[: len(heights)], bends, max((middle[each] + size[each] / 2 for row in rows for each in row), default=0.0))


def _layers(operands: Sequence[Sequence[int | None]]) -> list[int]:
    """Return the layer of each box: right behind the last that leads to it; what nothing leads to stands right before its first reader."""
    layer = [0] * len(operands)
    for number, ports in enumerate(operands):
        layer[number] = 1 + max((layer[each] for each in ports if each is not None), default=-1)
    first: dict[int, int] = {}
    for number, ports in enumerate(operands):
        for each in ports:
            if each is not None:
                first[each] = min(first.get(each, layer[number]), layer[number])
    for number, ports in enumerate(operands):
        if all(each is None for each in ports) and number in first:
            layer[number] = first[number] - 1
    return layer


Neighbours = dict[int, list[int]]


def _order(rows: list[list[int]], above: Neighbours, below: Neighbours) -> None:
    """Order each layer by the mean place of its neighbours, from left to right and back."""
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        place = {each: number for row in rows for number, each in enumerate(row)}
        for row in rows if forward else reversed(rows):
            sides = above if forward else below
            key = {each: _mean([place[other] for other in sides[each]], place[each]) for each in row}
            row.sort(key=key.__getitem__)
            place.update((each, number) for number, each in enumerate(row))


def _heights(rows: list[list[int]], size: Sequence[float], above: Neighbours, below: Neighbours) -> list[float]:
    """Return the middle of each box: as near to its neighbours' as the order and the boxes between them allow."""
    middle = [0.0] * len(size)
    for row in rows:
        _apart(row, size, middle, [0.0] * len(row))
    for sweep in range(SWEEPS):
        sides = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _apart(row, size, middle, [_mean([middle[other] for other in sides[each]], middle[each]) for each in row])
    return middle


def _apart(row: Sequence[int], size: Sequence[float], middle: list[float], wanted: Sequence[float]) -> None:
    """Place a layer's boxes in order, none over another: runs that would overlap stand together around the mean of what they want."""
    runs: list[tuple[float, list[int]]] = []  # where the top would be by the mean of the wishes, and the boxes

    def length(run: Sequence[int]) -> float:
        return sum(size[each] + GAP for each in run)

    for each, wish in zip(row, wanted, strict=True):
        runs.append((wish - size[each] / 2, [each]))
        while len(runs) > 1 and runs[-2][0] + length(runs[-2][1]) > runs[-1][0]:
            (top, boxes), (later, others) = runs[-2:]
            mean = (top * len(boxes) + (later - length(boxes)) * len(others)) / (len(boxes) + len(others))
            runs[-2:] = [(mean, [*boxes, *others])]
    for top, boxes in runs:
        for each in boxes:
            middle[each] = top + size[each] / 2
            top += size[each] + GAP


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
