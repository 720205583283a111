"""Pictures of graphs: values flow from left to right, gradients back."""

import html
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..gates.linear import gather, view
from .layered import placed
from .naming import names_of
from .node import CONSTANT, OPERATION, Node

MOST_NODES = 300
"""Larger graphs show what is near their outputs."""
LINE, LETTER, MARGIN = 17.0, 7.6, 12.0
"""The height of a line of text, the width of a letter, and what is left free around."""
LONGEST = 22
"""Letters of a name that a box shows."""

STYLE = """
.staticgraph text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}
.staticgraph rect{fill:#f6f8fa;stroke:#59636e;stroke-width:1.2}
.staticgraph .leaf{fill:#ddf4ff}
.staticgraph .left{stroke-dasharray:4 3}
.staticgraph path{fill:none;stroke:#818b98;stroke-width:1.2}
.staticgraph .value{fill:#116329}
.staticgraph .gradient{fill:#b3261e}
.staticgraph .small{font-size:10px;fill:#59636e}
.staticgraph .paper{fill:#ffffff;stroke:none}
@media (prefers-color-scheme:dark){
.staticgraph text{fill:#e6edf3}
.staticgraph rect{fill:#161b22;stroke:#8b949e}
.staticgraph .leaf{fill:#0c2d4a}
.staticgraph path{stroke:#6e7681}
.staticgraph .value{fill:#56d364}
.staticgraph .gradient{fill:#ff8e86}
.staticgraph .small{fill:#9da7b3}
.staticgraph .paper{fill:#0d1117}
}
"""


class Picture:
    """A picture of a graph: notebooks show it.

    Attributes
    ----------
    svg : str
        The picture as SVG text; colours follow the reader's preference for light or dark.
    """

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: Any) -> None:
        """Write the picture to a file.

        Parameters
        ----------
        path : path-like
            Ending with `.svg`.

        Raises
        ------
        ValueError
            For another ending.
        """
        if Path(path).suffix.lower() != ".svg":
            raise ValueError(f"save: pictures are SVG, so the path must end with .svg, got {os.fspath(path)!r}")
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Picture of {self.svg.count('<g class=')} boxes; .save('graph.svg') writes it>"


Flow = Callable[[Node, int], tuple[str, str]]
"""From a gate and the number of an operand to what its edge shows: the value that flows forward, and the gradient that flows back."""


def nothing(_node: Node, _number: int) -> tuple[str, str]:
    """Return that nothing has flowed."""
    return "", ""


def drawn(
    nodes: Sequence[Node], outputs: Sequence[Node], depth: int | None, flow: Flow = nothing,
    ends: Mapping[int, tuple[str, str]] | None = None,
) -> Picture:  # fmt: skip
    """Return the picture of a graph.

    Parameters
    ----------
    nodes, outputs : sequence of Node
        In topological order.
    depth : int or None
        How far from the outputs nodes are shown; None for all, or as many as can be read.
    flow : callable, optional
        What edges show.
    ends : mapping, optional
        The same for what leaves the outputs, by their place among them.
    """
    shown = _shown(nodes, outputs, depth)
    names = names_of(nodes)
    boxes: list[_Box] = []
    place: dict[int, int] = {}
    left_out: dict[int, int] = {}
    for node in nodes:
        if id(node) not in shown:
            continue
        ports: list[int | None] = []
        for operand in node.operands:
            if operand.role == CONSTANT:
                ports.append(None)
            elif id(operand) in place:
                ports.append(place[id(operand)])
            else:
                if id(operand) not in left_out:
                    left_out[id(operand)] = len(boxes)
                    boxes.append(_Box("left", [f"... {names[id(operand)]}"], "", [], []))
                ports.append(left_out[id(operand)])
        labels = [
            (_constant(operand), "") if operand.role == CONSTANT else flow(node, number) for number, operand in enumerate(node.operands)
        ]
        place[id(node)] = len(boxes)
        boxes.append(_Box("gate" if node.role == OPERATION else "leaf", _title(node, names), _shape(node), ports, labels))
    for number, output in enumerate(outputs):
        name = "output" if len(outputs) == 1 else f"output {number}"
        boxes.append(_Box("leaf", [name], _shape(output), [place[id(output)]], [(ends or {}).get(number, ("", ""))]))
    return Picture(_svg(boxes))


def short(value: Any) -> str:
    """Return a value as a label: a number, or the first ones and how many there are."""
    array = np.asarray(value)
    if not array.size:
        return "[]"
    numbers = [str(bool(each)) if array.dtype == bool else f"{float(each):.4g}" for each in array.ravel()[:2]]
    return numbers[0] if array.size == 1 else f"[{' '.join(numbers)}{' …' if array.size > 2 else ''}]"


def _shown(nodes: Sequence[Node], outputs: Sequence[Node], depth: int | None) -> set[int]:
    """Return the nodes that are shown: those within a depth of the outputs."""
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, (int, np.integer)) or depth < 0):
        raise ValueError(f"depth: expected how many gates from the outputs are shown, got {depth!r}")
    distance = {id(output): 0 for output in outputs}
    for node in reversed(nodes):
        own = distance.get(id(node), 0)
        for operand in node.operands:
            distance[id(operand)] = min(distance.get(id(operand), own + 1), own + 1)
    drawn_at = sorted(distance[id(node)] for node in nodes if node.role != CONSTANT) or [0]
    most = depth if depth is not None else drawn_at[-1] if len(drawn_at) <= MOST_NODES else max(1, drawn_at[MOST_NODES] - 1)
    found = {id(node) for node in nodes if distance[id(node)] <= most and node.role != CONSTANT}
    return found | {id(output) for output in outputs}


def _title(node: Node, names: Mapping[int, str]) -> list[str]:
    if node.gate is None:
        name = str(node.name) if node.role != CONSTANT else _constant(node)
        return [_cut(name)] if node.role not in ("parameter", "data") else [_cut(name), node.role]
    if node.gate is view:
        name, whole = names[id(node)], names[id(node.operands[0])]
        return [_cut(name[len(whole) :].removeprefix(".ravel()"))]
    return ["pick" if node.gate is gather else _cut(node.gate.symbol)]


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _shape(node: Node) -> str:
    return str(node.shape) if node.shape else ""


def _constant(node: Node) -> str:
    return short(node.static)


class _Box:
    """A box of the picture: its kind, its lines of text, the box at each port, and what the edge to each shows."""

    def __init__(self, kind: str, title: list[str], shape: str, ports: list[int | None], labels: list[tuple[str, str]]) -> None:
        self.kind, self.lines, self.ports, self.labels = kind, [*title, *([shape] if shape else [])], ports, labels
        self.plain = len(title[:1])
        lines = max(len(self.lines), sum(max(1, sum(map(bool, each))) for each in labels))
        self.height = max(2.0, lines + 0.6) * LINE
        self.width = max(5, max(map(len, self.lines)) + 2) * LETTER
        self.gutter = max([len(text) for each in labels for text in each] or [0]) * LETTER + 10

    def port(self, number: int) -> float:
        """Return how far below the box's middle an edge arrives."""
        return self.height * ((number + 0.5) / len(self.ports) - 0.5)


def _svg(boxes: Sequence[_Box]) -> str:
    found = placed([box.height for box in boxes], [box.ports for box in boxes])
    layers = max(found.layer) + 1
    width, gutter = [0.0] * layers, [0.0] * layers
    for box, layer in zip(boxes, found.layer, strict=True):
        width[layer], gutter[layer] = max(width[layer], box.width), max(gutter[layer], box.gutter)
    start, x = [], MARGIN
    for layer in range(layers):
        x += gutter[layer]
        start.append(x)
        x += width[layer] + 34
    total, height = x - 34 + MARGIN, found.height + 2 * MARGIN
    lines = [
        f'<svg class="staticgraph" xmlns="http://www.w3.org/2000/svg" width="{total:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {total:.0f} {height:.0f}" role="img" aria-label="graph of {len(boxes)} boxes">',
        f"<style>{STYLE}</style>", f'<rect class="paper" width="{total:.0f}" height="{height:.0f}"/>',
    ]  # fmt: skip
    for (source, target, port), bends in found.bends.items():
        lines.append(_edge(boxes, found.layer, found.middle, (start, width, gutter), source, target, port, bends))
    for number, box in enumerate(boxes):
        left, top = start[found.layer[number]], found.middle[number] - box.height / 2 + MARGIN
        lines.append(f'<g class="{box.kind}"><rect class="{box.kind}" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" ')
        lines[-1] += f'height="{box.height:.1f}" rx="6"/>'
        first = top + box.height / 2 - (len(box.lines) - 1) * LINE / 2 + 4
        for row, text in enumerate(box.lines):
            small = ' class="small"' if row >= box.plain else ""
            place = f'x="{left + box.width / 2:.1f}" y="{first + row * LINE:.1f}"'
            lines.append(f'<text{small} {place} text-anchor="middle">{_safe(text)}</text>')
        for port, (value, gradient) in enumerate(box.labels):
            y = found.middle[number] + box.port(port) + MARGIN
            for text, kind, offset in ((value, "value", -3.0), (gradient, "gradient", 12.0)):
                if text:
                    kind = "small" if box.ports[port] is None else kind
                    lines.append(f'<text class="{kind}" x="{left - 5:.1f}" y="{y + offset:.1f}" text-anchor="end">{_safe(text)}</text>')
        lines.append("</g>")
    return "\n".join([*lines, "</svg>"])


def _edge(
    boxes: Sequence[_Box], layer: Sequence[int], middle: Sequence[float], across: tuple[list[float], list[float], list[float]],
    source: int, target: int, port: int, bends: Sequence[float],
) -> str:  # fmt: skip
    """Return the path of an edge: level through layers and along its label, curved between."""
    start, width, gutter = across
    x, y = start[layer[source]] + boxes[source].width, middle[source] + MARGIN
    path = [f"M{x:.1f} {y:.1f}"]
    stops = [*(MARGIN + each for each in bends), middle[target] + boxes[target].port(port) + MARGIN]
    for between, height in enumerate(stops, layer[source] + 1):
        near = start[between] - gutter[between]
        path.append(f"C{(x + near) / 2:.1f} {y:.1f} {(x + near) / 2:.1f} {height:.1f} {near:.1f} {height:.1f}")
        x, y = start[between] + (width[between] if between < layer[target] else 0.0), height
        path.append(f"H{x:.1f}")
    return f'<path d="{"".join(path)}"/>'


def _safe(text: str) -> str:
    return html.escape(text, quote=False)
