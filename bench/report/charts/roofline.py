"""How near the machine's limits each case comes."""

import itertools
import math
from collections.abc import Sequence

from .. import svg
from ..axes import WIDTH, Box, Entry, beside, legend, outline, x_axis, y_axis
from ..measurements import Data, entries, grouped, section
from ..palette import MUTED, colour, shape
from ..scales import Scale, log_limits

TITLE = "Roofline: the gradient in float64"
BOX = Box(76, 72, 830, 490)
Roofs = tuple[float, float]


def roofline(data: Data) -> str:
    """Draw every case, by both engines on all threads, below the roofs of memory and of multiplication."""
    points, threads = _points(data)
    if not points:
        return svg.blank("roofline", TITLE, "No gradient in float64 was measured with its flops and bytes.")
    roofs = _roofs(section(data, "machine"), threads)
    x, y = _scales(points, roofs)
    on = "1 thread" if threads == 1 else f"{threads} threads"
    note = "Batches that fit in the caches may lie above memory's roof." if roofs else f"The machine's limits on {on} were not measured."
    engines = list(dict.fromkeys(str(each["engine"]) for each in points))
    body = [
        legend([Entry(engine, colour(engine), shape(engine)) for engine in engines], 16, 50),
        x_axis(x, BOX, "flops a byte of compulsory traffic"),
        y_axis(y, BOX, "GFLOP/s"),
        outline(BOX),
        *(_draw_roofs(roofs, x, y) if roofs else []),
        *_draw_points(points, x, y, _along(_corners(roofs, x, y)) if roofs else []),
        svg.text(16, 552, note, size=11, fill=MUTED),
    ]
    return svg.document("roofline", f"{TITLE}, {on}", _said(points), (WIDTH, 564), body)


def _points(data: Data) -> tuple[list[Data], int]:
    """Select the gradients in float64 on the most threads."""
    known = entries(data, "suite", "nanoseconds", "flops", "bytes", "threads")
    wanted = [each for each in known if each.get("what") == "gradient" and each.get("dtype") == "float64"]
    threads = max((each["threads"] for each in wanted), default=0)
    return [each for each in wanted if each["threads"] == threads], threads


def _roofs(machine: Data, threads: int) -> Roofs | None:
    """Find the peak in GFLOP/s and the bandwidth in GB/s."""
    peak, bandwidth = ((machine.get(name) or {}).get(str(threads)) for name in ("fma", "triad"))
    return (peak, bandwidth) if peak and bandwidth else None


def _scales(points: Sequence[Data], roofs: Roofs | None) -> tuple[Scale, Scale]:
    """Make room for the points, and for the corner where the roofs meet."""
    peak, meeting = ([roofs[0]], [roofs[0] / roofs[1]]) if roofs else ([], [])
    x = Scale(*log_limits([*map(_intensity, points), *meeting], 1.6, 10), BOX.left, BOX.right, room=48)
    y = Scale(*log_limits([*map(_speed, points), *peak], 1.5, 10), BOX.bottom, BOX.top)
    return x, y


def _intensity(point: Data) -> float:
    return float(point["flops"] / point["bytes"])


def _speed(point: Data) -> float:
    return float(point["flops"] / point["nanoseconds"])


def _corners(roofs: Roofs, x: Scale, y: Scale) -> list[svg.Point]:
    """Find the ends of the roofs: where memory's enters the chart, where they meet, and where the peak's leaves."""
    peak, bandwidth = roofs
    start = max(x.low, y.low / bandwidth)
    return [(x(start), y(start * bandwidth)), (x(peak / bandwidth), y(peak)), (x(x.high), y(peak))]


def _draw_roofs(roofs: Roofs, x: Scale, y: Scale) -> list[str]:
    """Draw the slope of memory up to the peak, and the peak from there on."""
    corners = _corners(roofs, x, y)
    (x0, y0), (x1, y1), _ = corners
    angle = math.atan2(y1 - y0, x1 - x0)
    middle = ((x0 + x1) / 2 + 8 * math.sin(angle), (y0 + y1) / 2 - 8 * math.cos(angle))
    peak = f"multiply and add: {roofs[0]:.3g} GFLOP/s"
    return [
        svg.polyline(corners, stroke=MUTED),
        svg.text(BOX.right - 4, y1 - 8, peak, size=11, anchor="end", fill=MUTED),
        svg.turned(*middle, f"memory: {roofs[1]:.3g} GB/s", math.degrees(angle), size=11, fill=MUTED),
    ]


def _along(corners: Sequence[svg.Point]) -> list[Box]:
    """Cover lines with small boxes, for names to keep out of."""
    boxes = []
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        steps = max(math.ceil(math.hypot(x1 - x0, y1 - y0) / 6), 1)
        centres = [(x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps) for step in range(steps + 1)]
        boxes += [Box(across - 3, down - 3, across + 3, down + 3) for across, down in centres]
    return boxes


def _draw_points(points: Sequence[Data], x: Scale, y: Scale, taken: Sequence[Box]) -> list[str]:
    """Draw the engines of a case joined by a line, and name the case at the fastest."""
    joins, markers, named, occupied = [], [], [], list(taken)
    for (case,), members in grouped(points, "case").items():
        places = [(x(_intensity(each)), y(_speed(each))) for each in members]
        joins.append(svg.polyline(places, stroke="#b0b0b0", width=1))
        occupied += [Box(across - 6, down - 6, across + 6, down + 6) for across, down in places]
        hints = [f"{case}, {each['engine']}: {_speed(each):.3g} GFLOP/s" for each in members]
        looks = [(shape(each["engine"]), colour(each["engine"])) for each in members]
        markers += [svg.marker(look[0], place, look[1], hint=hint) for look, place, hint in zip(looks, places, hints, strict=True)]
        named.append((min(places, key=lambda place: place[1]), str(case)))
    return [*joins, beside(sorted(named), occupied, BOX), *markers]


def _said(points: Sequence[Data]) -> str:
    """Say in words what the chart shows."""
    across, upward = sorted(map(_intensity, points)), sorted(map(_speed, points))
    flops = f"flops a byte from {across[0]:.3g} to {across[-1]:.3g}"
    return f"{len(points)} points: {flops}, GFLOP/s from {upward[0]:.3g} to {upward[-1]:.3g}."
