"""The parts that charts share: frames with ticks, lines with markers, legends, and labels that keep out of each other's way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import svg
from .palette import FAINT, MUTED
from .scales import Scale, label

WIDTH = 850


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two rectangles overlap."""
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def within(self, other: "Box") -> bool:
        """Whether the rectangle lies inside another."""
        return other.left <= self.left and self.right <= other.right and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True)
class Entry:
    """A name in a legend: a marker, or a stroke, or both, and what it stands for."""

    name: str
    fill: str
    shape: str = ""
    dashes: str | None = None


def x_axis(scale: Scale, box: Box, title: str = "", write: Callable[[float], str] = label, size: float = 11) -> str:
    """Draw upright grid lines, their values below, and the axis's title."""
    parts = [svg.line((scale(tick), box.top), (scale(tick), box.bottom), stroke=FAINT) for tick in scale.ticks()]
    parts += [svg.text(scale(tick), box.bottom + size + 4, write(tick), size=size, anchor="middle", fill=MUTED) for tick in scale.ticks()]
    parts.append(svg.text((box.left + box.right) / 2, box.bottom + 36, title, anchor="middle") if title else "")
    return "\n".join(filter(None, parts))


def y_axis(scale: Scale, box: Box, title: str = "", write: Callable[[float], str] = label, size: float = 11) -> str:
    """Draw level grid lines, their values at the left, and the axis's title."""
    parts = [svg.line((box.left, scale(tick)), (box.right, scale(tick)), stroke=FAINT) for tick in scale.ticks()]
    parts += [svg.text(box.left - 6, scale(tick) + size / 3, write(tick), size=size, anchor="end", fill=MUTED) for tick in scale.ticks()]
    parts.append(svg.turned(18, (box.top + box.bottom) / 2, title, -90) if title else "")
    return "\n".join(filter(None, parts))


def outline(box: Box) -> str:
    """Draw the two axes."""
    return svg.line((box.left, box.top), (box.left, box.bottom), stroke=MUTED) + svg.line(
        (box.left, box.bottom), (box.right, box.bottom), stroke=MUTED
    )


def curve(points: Sequence[svg.Point], fill: str, shape: str, dashes: str, hints: Sequence[str], size: float = 3.5) -> str:
    """Draw a line with a marker at each point, and a hint for each."""
    markers = [svg.marker(shape, point, fill, size=size, hint=hint) for point, hint in zip(points, hints, strict=True)]
    return "\n".join([svg.polyline(points, stroke=fill, dashes=dashes), *markers])


def legend(entries: Sequence[Entry], left: float, y: float) -> str:
    """Write entries in a row, and on below where it is full."""
    parts, x = [], left
    for entry in entries:
        if x > left and x + 32 + svg.text_width(entry.name) > WIDTH:
            x, y = left, y + 18
        if entry.dashes is not None:
            parts.append(svg.line((x, y - 4), (x + 26, y - 4), stroke=entry.fill, width=2, dashes=entry.dashes))
        swatch = 26 if entry.dashes is not None else 10
        if entry.shape:
            parts.append(svg.marker(entry.shape, (x + swatch / 2, y - 4), entry.fill, size=5))
        parts.append(svg.text(x + swatch + 6, y, entry.name))
        x += swatch + 6 + svg.text_width(entry.name) + 14
    return "\n".join(parts)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move heights apart until neighbours are at least a gap from each other, between two bounds as far as there is room."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    moved = list(wanted)
    floor = low
    for index in order:
        moved[index] = floor = max(wanted[index], floor)
        floor += gap
    ceiling = high
    for index in reversed(order):
        moved[index] = ceiling = min(moved[index], ceiling)
        ceiling -= gap
    return moved


def end_labels(ends: Sequence[tuple[svg.Point, str, str]], box: Box, size: float = 11) -> str:
    """Name lines at their right ends: a point, a name and a colour each."""
    heights = spread([y for (_, y), _, _ in ends], size + 3, box.top + 4, box.bottom)
    parts = []
    for ((x, y), name, fill), height in zip(ends, heights, strict=True):
        parts.append(svg.line((x + 5, y), (box.right + 10, height), stroke=fill, width=0.7))
        parts.append(svg.text(box.right + 14, height + size / 3, name, size=size))
    return "\n".join(parts)


def beside(points: Sequence[tuple[svg.Point, str]], taken: Sequence[Box], inside: Box, size: float = 11) -> str:
    """Name points, each on the first of its sides where the name meets nothing that is there."""
    occupied, parts = list(taken), []
    for (x, y), name in points:
        places = _places(x, y, svg.text_width(name, size), size)
        free = [place for place in places if place.within(inside) and not any(place.meets(other) for other in occupied)]
        place = free[0] if free else places[0]
        occupied.append(place)
        middle = ((place.left + place.right) / 2, (place.top + place.bottom) / 2)
        if abs(middle[1] - y) > 2 * size:
            parts.append(svg.line((x, y), (middle[0], place.top if middle[1] > y else place.bottom), stroke=MUTED, width=0.7))
        parts.append(svg.halo(middle[0], middle[1] + size / 3, name, size=size))
    return "\n".join(parts)


def _places(x: float, y: float, width: float, size: float) -> list[Box]:
    """List the boxes around a point where its name may stand, the best first."""
    half, near, high = width / 2, 8, size / 2 + 1
    centres = [(near + half, 0.0), (-near - half, 0.0), (0.0, -near - high), (0.0, near + high)]
    centres += [(side * (near + half), level * (high + 3)) for level in (-1, 1) for side in (1, -1)]
    centres += [(side * half * 0.8, level * step) for step in (28, 42, 56, 70) for level in (-1, 1) for side in (0, 1, -1)]
    return [Box(x + dx - half, y + dy - high, x + dx + half, y + dy + high) for dx, dy in centres]
