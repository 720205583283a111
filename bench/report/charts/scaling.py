"""How times grow with the batch, with the graph, and shrink with threads."""

from collections.abc import Sequence

from .. import svg
from ..axes import WIDTH, Box, Entry, curve, end_labels, legend, outline, x_axis, y_axis
from ..measurements import Data, entries, grouped, section
from ..palette import DASHES, MUTED, colour, shape
from ..scales import Scale, log_limits

LEFT, TOP, RIGHT, HEIGHT, LINE = 76, 72, 614, 300, 14
Curves = dict[tuple[str, ...], list[tuple[float, float]]]


def batch_chart(data: Data) -> str:
    """Draw nanoseconds a row against the rows of the batch."""
    title = "Nanoseconds a row against the rows of a batch"
    known = entries(section(data, "scaling"), "batch", "rows", "nanoseconds")
    curves = _curves(known, ("case", "engine"), "rows")
    return _logarithmic("batch", title, curves, "rows of the batch", "ns a row")


def graph_chart(data: Data) -> str:
    """Draw nanoseconds a row and instruction against the size of the graph."""
    title = "Nanoseconds a row and instruction against the instructions of a graph"
    known = entries(section(data, "scaling"), "graph", "instructions", "nanoseconds")
    curves = _curves(known, ("engine",), "instructions")
    return _logarithmic("graph", title, curves, "instructions", "ns a row and instruction")


def threads_chart(data: Data) -> str:
    """Draw how many times as fast more threads are than one."""
    title = "Speed-up by threads"
    known = entries(section(data, "scaling"), "threads", "threads", "nanoseconds")
    curves = {names: speeds for names, times in _curves(known, ("case", "engine"), "threads").items() if (speeds := _speed_ups(times))}
    if not curves:
        return svg.blank("threads", title, "No times of one thread and of several were measured.")
    points = [point for each in curves.values() for point in each]
    most = max(across for across, _ in points)
    box = _box(curves)
    x = Scale(1, max(most, 2), box.left, box.right, logarithmic=False, whole=True)
    y = Scale(0, max(most, 2, *(upward for _, upward in points)) * 1.05, box.bottom, box.top, logarithmic=False)
    ideal = svg.line((x(1), y(1)), (x(x.high), y(x.high)), stroke=MUTED, dashes="4 4")
    axes = [x_axis(x, box, "threads"), y_axis(y, box, "times as fast as one thread"), outline(box), ideal]
    engines = _engines(curves)
    body = [_legend(engines, ideal=True), *axes, *_draw(curves, x, y, box)]
    return svg.document("threads", title, _said(curves), (WIDTH, box.bottom + 52), body)


def _curves(known: Sequence[Data], names: tuple[str, ...], across: str) -> Curves:
    """Collect the points of each curve, from left to right."""
    groups = grouped(known, *names)
    return {key: sorted((each[across], each["nanoseconds"]) for each in members) for key, members in groups.items()}


def _speed_ups(times: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Relate times to that of one thread; without it or without another there is nothing to relate."""
    alone = dict(times).get(1)
    return [(threads, alone / time) for threads, time in times] if alone and len(times) > 1 else []


def _logarithmic(name: str, title: str, curves: Curves, across: str, upward: str) -> str:
    """Draw curves on logarithmic axes."""
    if not curves:
        return svg.blank(name, title, "This was not measured.")
    points = [point for each in curves.values() for point in each]
    box = _box(curves)
    x = Scale(*log_limits([point[0] for point in points], 1.0, 10), box.left, box.right, room=60)
    y = Scale(*log_limits([point[1] for point in points], 1.3), box.bottom, box.top)
    axes = [x_axis(x, box, across), y_axis(y, box, upward), outline(box)]
    body = [_legend(_engines(curves)), *axes, *_draw(curves, x, y, box)]
    return svg.document(name, title, _said(curves), (WIDTH, box.bottom + 52), body)


def _box(curves: Curves) -> Box:
    """Leave a line for the name of each curve."""
    return Box(LEFT, TOP, RIGHT, TOP + max(HEIGHT, LINE * len(curves)))


def _engines(curves: Curves) -> list[str]:
    """List the engines: the last name of each curve."""
    return list(dict.fromkeys(names[-1] for names in curves))


def _legend(engines: Sequence[str], *, ideal: bool = False) -> str:
    """Name the engines, and the line of perfect speed-up."""
    shown = [Entry(engine, colour(engine), shape(engine), "") for engine in engines]
    return legend([*shown, Entry("as many times as threads", MUTED, dashes="4 4")] if ideal else shown, 16, 50)


def _draw(curves: Curves, x: Scale, y: Scale, box: Box) -> list[str]:
    """Draw the curves, a colour for each engine and dashes for each case, and name them at their ends."""
    cases = list(dict.fromkeys(names[:-1] for names in curves))
    drawn, ends = [], []
    for names, points in curves.items():
        engine, dashes = names[-1], DASHES[cases.index(names[:-1]) % len(DASHES)]
        places = [(x(across), y(upward)) for across, upward in points]
        hints = [f"{', '.join(names)}: {upward:.3g} at {across:,g}" for across, upward in points]
        drawn.append(curve(places, colour(engine), shape(engine), dashes, hints))
        ends.append((places[-1], ", ".join(names), colour(engine)))
    return [*drawn, end_labels(ends, box)]


def _said(curves: Curves) -> str:
    """Say in words what the chart shows: each curve's ends."""
    ends = [f"{', '.join(names)} from {points[0][1]:.3g} to {points[-1][1]:.3g}" for names, points in curves.items()]
    return "; ".join(ends) + "."
