"""Text of SVG elements."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from .palette import INK, MUTED, PAPER

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
CHARACTER = 0.62  # The width of a character relative to its height, of a wide font.
Point = tuple[float, float]

_ARM = 0.36
_PLUS = [(x * 1.15, y * 1.15) for x, y in (
    (-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM),
    (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM),
)]  # fmt: skip
_HALF = math.sqrt(0.5)
OUTLINES: dict[str, list[Point]] = {
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "diamond": [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)],
    "up": [(0, -1.2), (1.15, 0.9), (-1.15, 0.9)],
    "down": [(0, 1.2), (1.15, -0.9), (-1.15, -0.9)],
    "hexagon": [(1.1 * math.cos(corner * math.pi / 3), 1.1 * math.sin(corner * math.pi / 3)) for corner in range(6)],
    "plus": _PLUS,
    "star": [(far * math.sin(corner * math.pi / 5), -far * math.cos(corner * math.pi / 5)) for corner, far in enumerate([1.3, 0.55] * 5)],
    "cross": [((x - y) * _HALF, (x + y) * _HALF) for x, y in _PLUS],
}


def number(value: float) -> str:
    """Write a coordinate."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(name: str, *children: str, **attributes: str | float | None) -> str:
    """Write an element: its children are markup, its attributes are escaped, and one that is None is left out."""
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    written = "".join(f' {key}="{escape(value) if isinstance(value, str) else number(value)}"' for key, value in pairs)
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def text(x: float, y: float, content: str, *, size: float = 12, anchor: str = "start", fill: str = INK, bold: bool = False) -> str:
    """Write a line of text, its baseline at `y`."""
    weight = "bold" if bold else None
    return element("text", escape(content), x=x, y=y, font_size=size, text_anchor=anchor, fill=fill, font_weight=weight)


def halo(x: float, y: float, content: str, *, size: float) -> str:
    """Write a line of text around `x`, above a white rim that keeps lines out of it."""
    place: dict[str, str | float] = {"x": x, "y": y, "font_size": size, "text_anchor": "middle"}
    rim = element("text", escape(content), **place, fill=PAPER, stroke=PAPER, stroke_width=3, aria_hidden="true")
    return rim + text(x, y, content, size=size, anchor="middle")


def turned(x: float, y: float, content: str, degrees: float, *, size: float = 12, fill: str = INK) -> str:
    """Write a line of text that is turned about its middle."""
    turn = f"rotate({number(degrees)} {number(x)} {number(y)})"
    return element("text", escape(content), x=x, y=y, font_size=size, text_anchor="middle", fill=fill, transform=turn)


def text_width(content: str, size: float = 12) -> float:
    """Estimate the width of a text, rather too wide."""
    return len(content) * CHARACTER * size


def line(start: Point, end: Point, *, stroke: str = INK, width: float = 1, dashes: str = "") -> str:
    """Draw a straight line."""
    (x1, y1), (x2, y2) = start, end
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dashes or None)


def polyline(points: Iterable[Point], *, stroke: str, width: float = 2, dashes: str = "") -> str:
    """Draw a line through points."""
    drawn = _corners(points)
    return element(
        "polyline", points=drawn, fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dashes or None, stroke_linejoin="round"
    )


def rectangle(x: float, y: float, width: float, height: float, fill: str) -> str:
    """Fill a rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, fill=fill)


def marker(shape: str, at: Point, fill: str, *, size: float = 5, hint: str = "") -> str:
    """Draw a marker of half that width, with a hint for the pointer that rests on it."""
    x, y = at
    hints = [element("title", escape(hint))] if hint else []
    if shape == "circle":
        return element("circle", *hints, cx=x, cy=y, r=size, fill=fill, stroke=PAPER, stroke_width=0.8)
    drawn = _corners((x + size * dx, y + size * dy) for dx, dy in OUTLINES[shape])
    return element("polygon", *hints, points=drawn, fill=fill, stroke=PAPER, stroke_width=0.8)


def document(name: str, title: str, description: str, size: tuple[float, float], body: Sequence[str]) -> str:
    """Write a picture: on white, with a title and a description for those who do not see it."""
    width, height = size
    heads = [
        element("title", escape(title), id=f"{name}-title"),
        element("desc", escape(description), id=f"{name}-description"),
        rectangle(0, 0, width, height, PAPER),
        text(16, 24, title, size=15, bold=True),
    ]
    return element(
        "svg", "\n", "\n".join([*heads, *body]), "\n", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {number(width)} {number(height)}",
        width=width, height=height, font_family=FONT, role="img", aria_labelledby=f"{name}-title {name}-description",
    )  # fmt: skip


def blank(name: str, title: str, reason: str) -> str:
    """Write a picture that says why there is none."""
    return document(name, title, reason, (850, 64), [text(16, 48, reason, fill=MUTED)])


def _corners(points: Iterable[Point]) -> str:
    """Write points as an attribute."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
