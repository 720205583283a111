"""Every case by every peer, relative to native code: the main chart."""

import textwrap
from collections.abc import Sequence

from .. import svg
from ..axes import WIDTH, Box, Entry, legend, x_axis
from ..measurements import BY_HAND, LIBRARY, NATIVE, OURS, Comparison, Data, absences, comparisons, geometric_mean, mean_ratio, peers_of
from ..palette import BAND, MUTED, colour, shape
from ..scales import Scale, digits, log_limits

TITLE = "Time for the value and the gradient, relative to staticgraph's native code"
LEFT, RIGHT, TOP, ROW = 152, 556, 138, 33
LANES = (0, -9, 9)
COLUMNS = {LIBRARY: 638, BY_HAND: 744}
HEADINGS = {OURS: "staticgraph", BY_HAND: "by hand", LIBRARY: "libraries"}


def peers_chart(data: Data) -> str:
    """Draw a line for each case, with a marker for each peer at its time relative to native code."""
    compared = comparisons(data)
    cases = [each for each in compared if NATIVE in each.times]
    if not cases:
        return svg.blank("peers", TITLE, "No case was measured with native code.")
    names = peers_of(cases)
    ratios = [each.ratio(peer) or 1.0 for each in cases for peer in names]
    box = Box(LEFT, TOP, RIGHT, TOP + ROW * (len(cases) + 1))
    scale = Scale(*log_limits([*ratios, 1.0]), box.left, box.right)
    lines = [_case_line(each, names, scale, index) for index, each in enumerate(cases)]
    notes = _missing(compared)
    foot = [svg.text(16, box.bottom + 62 + 16 * index, note, size=11, fill=MUTED) for index, note in enumerate(notes)]
    body = [*_legend(names, cases), _ground(box, scale), *lines, _mean_line(cases, names, scale), *foot]
    size = (WIDTH, box.bottom + 56 + 16 * len(notes) + 4)
    return svg.document("peers", TITLE, _description(cases), size, body)


def _legend(names: Sequence[str], cases: Sequence[Comparison]) -> list[str]:
    """Name the peers, a line for each kind."""
    kinds = cases[0].kinds
    lines = {heading: [name for name in names if kinds.get(name) == kind] for kind, heading in HEADINGS.items()}
    lines["others"] = [name for name in names if kinds.get(name) not in HEADINGS]
    shown = [(heading, [Entry(name, colour(name), shape(name)) for name in members]) for heading, members in lines.items() if members]
    heights = [50 + 21 * index for index in range(len(shown))]
    return [
        part
        for y, (heading, members) in zip(heights, shown, strict=True)
        for part in (svg.text(16, y, heading, fill=MUTED), legend(members, 106, y))
    ]


def _ground(box: Box, scale: Scale) -> str:
    """Draw what lies below the markers: bands, grid, the line of native code, and headings."""
    rows = round((box.bottom - box.top) / ROW)
    bands = [svg.rectangle(8, box.top + ROW * index, WIDTH - 16, ROW, BAND) for index in range(0, rows, 2)]
    one = scale(1.0)
    headings = [svg.text(x, box.top - 8, f"fastest {what}", size=11, fill=MUTED) for what, x in COLUMNS.items()]
    return "\n".join([
        *bands,
        x_axis(scale, box, "times native code's time, logarithmic"),
        svg.line((one, box.top - 4), (one, box.bottom), stroke=colour(NATIVE), width=1.6),
        svg.text(one - 8, box.top - 8, "← faster", size=11, anchor="end", fill=MUTED),
        svg.text(one + 8, box.top - 8, "slower →", size=11, fill=MUTED),
        svg.text(COLUMNS[LIBRARY] - 14, box.top - 8, "native, ns", size=11, anchor="end", fill=MUTED),
        *headings,
    ])  # fmt: skip


def _case_line(case: Comparison, names: Sequence[str], scale: Scale, index: int) -> str:
    """Draw a case: its name, its markers, and in numbers native code's time and the fastest others."""
    middle = TOP + ROW * (index + 0.5)
    parts = [svg.text(LEFT - 10, middle + 4, case.case, anchor="end")]
    parts += _markers({peer: ratio for peer in names if (ratio := case.ratio(peer))}, scale, middle, case)
    parts.append(svg.text(COLUMNS[LIBRARY] - 14, middle + 4, digits(case.times[NATIVE].nanoseconds), anchor="end"))
    for kind, x in COLUMNS.items():
        peer = case.fastest(kind)
        parts += _value(peer, case.ratio(peer), x, middle) if peer else [svg.text(x + 12, middle + 4, "-", fill=MUTED)]
    return "\n".join(parts)


def _mean_line(cases: Sequence[Comparison], names: Sequence[str], scale: Scale) -> str:
    """Draw the geometric means: of each peer that has every case, and of the fastest of each kind."""
    middle = TOP + ROW * (len(cases) + 0.5)
    complete = [peer for peer in names if all(peer in each.times for each in cases)]
    means = {peer: mean for peer in complete if (mean := geometric_mean(each.ratio(peer) for each in cases))}
    parts = [svg.text(LEFT - 10, middle + 4, "geometric mean", anchor="end", bold=True), *_markers(means, scale, middle)]
    for kind, x in COLUMNS.items():
        mean = mean_ratio(cases, kind)
        parts.append(svg.text(x + 12, middle + 4, f"{mean:.2f}" if mean else "-", bold=True))
    return "\n".join(parts)


def _markers(ratios: dict[str, float], scale: Scale, middle: float, case: Comparison | None = None) -> list[str]:
    """Draw markers, native code's on the first lane, then from left to right, each on the first lane with room or on the one with most."""
    lanes: dict[float, list[float]] = {lane: [] for lane in LANES}
    parts = []
    for peer, ratio in sorted(ratios.items(), key=lambda pair: (pair[0] != NATIVE, pair[1])):
        x = scale(ratio)
        free = {lane: min((abs(x - other) for other in others), default=float("inf")) for lane, others in lanes.items()}
        lane = next((lane for lane in LANES if free[lane] > 12), max(LANES, key=free.__getitem__))
        lanes[lane].append(x)
        if case:
            parts.append(_whisker(case, peer, scale, middle + lane))
        where = f" in {case.case}" if case else ", geometric mean"
        parts.append(svg.marker(shape(peer), (x, middle + lane), colour(peer), size=5, hint=f"{peer}{where}: {ratio:.3g}"))
    return parts


def _whisker(case: Comparison, peer: str, scale: Scale, y: float) -> str:
    """Draw a line from the least to the most time."""
    time, native = case.times[peer], case.times[NATIVE].nanoseconds
    ends = [(min(max(scale(value / native), LEFT), RIGHT), y) for value in (time.low, time.high)]
    return svg.line(ends[0], ends[1], stroke=colour(peer), width=1.5)


def _value(peer: str, ratio: float | None, x: float, middle: float) -> list[str]:
    """Write a ratio and whose it is; one below 1, faster than native code, is bold."""
    mark = svg.marker(shape(peer), (x + 3, middle), colour(peer), size=4.5)
    return [mark, svg.text(x + 12, middle + 4, f"{ratio:.2f} {peer}", bold=ratio is not None and ratio < 1)]


def _missing(compared: Sequence[Comparison]) -> list[str]:
    """Say who is missing where."""
    lines = []
    for peer, reasons in absences(compared).items():
        cases = [case for each in reasons.values() for case in each]
        lines.append(f"{peer} ({'all cases' if len(cases) == len(compared) else ', '.join(cases)})")
    return textwrap.wrap(f"Not measured, and without a mean: {'; '.join(lines)}.", 130) if lines else []


def _description(cases: Sequence[Comparison]) -> str:
    """Say in words what the chart shows."""
    means = [(heading, mean_ratio(cases, kind)) for kind, heading in ((LIBRARY, "library"), (BY_HAND, "by hand"))]
    said = [f"the fastest {heading} takes {mean:.2f} times native code's time in the geometric mean" for heading, mean in means if mean]
    return f"{len(cases)} cases, a line each, with a marker for each peer; {', '.join(said) or 'nobody else was measured'}."
