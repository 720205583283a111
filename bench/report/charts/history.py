"""How the times of each case changed from commit to commit."""

import re
from collections.abc import Sequence

from .. import svg
from ..axes import WIDTH, Box, Entry, curve, legend, outline, y_axis
from ..measurements import Data
from ..palette import INK, MUTED, colour, shape
from ..scales import Scale, log_limits

TITLE = "Time of the gradient in float64, relative to the first run"
KEY = re.compile(r"gradient\[(?P<case>.+)-(?P<engine>\w+)-float64-(?P<threads>\w+)\]")
ACROSS, LEFT, TOP = 3, 56, 84
PANEL = (225, 118)
STEP = (272, 176)
Run = tuple[int, float, float]
Lines = dict[tuple[str, str], list[Run]]


def history_chart(data: Data) -> str:
    """Draw a panel for each case, with a line for each engine and number of threads."""
    runs = data.get("history") or []
    cases = _cases(runs)
    if not cases or len(runs) == 1:
        return svg.blank("history", TITLE, "There are no two runs to compare yet.")
    commits = [str(run.get("commit", "")) for run in runs]
    values = [value for lines in cases.values() for line in lines.values() for _, ratio, spread in line for value in _ends(ratio, spread)]
    limits = log_limits([*values, 1.0], 1.05, 1.8)
    panels = [_panel(name, lines, commits, limits, _place(index)) for index, (name, lines) in enumerate(cases.items())]
    height = TOP + STEP[1] * -(-len(cases) // ACROSS)
    body = [_legend(cases), *panels]
    said = f"{len(cases)} cases over {len(runs)} runs, from {commits[0]} to {commits[-1]}; below 1 is faster than the first run."
    return svg.document("history", TITLE, said, (WIDTH, height), body)


def _cases(runs: Sequence[Data]) -> dict[str, Lines]:
    """Collect the ratios of each case's lines, relative to the first run that has the line."""
    cases: dict[str, Lines] = {}
    for index, run in enumerate(runs):
        for key, pair in (run.get("ratios") or {}).items():
            match = KEY.fullmatch(key)
            if match and pair and pair[0]:
                line = cases.setdefault(match["case"], {}).setdefault((match["engine"], match["threads"]), [])
                line.append((index, pair[0], pair[1] or 0.0))
    return {case: {names: _relative(line) for names, line in lines.items()} for case, lines in cases.items()}


def _relative(line: Sequence[Run]) -> list[Run]:
    first = line[0][1]
    return [(index, ratio / first, spread / first) for index, ratio, spread in line]


def _ends(ratio: float, spread: float) -> tuple[float, float]:
    """Find the ends of a spread, the lower one no lower than half."""
    return max(ratio - spread, ratio / 2), ratio + spread


def _place(index: int) -> Box:
    """Find a panel's place on the grid."""
    left, top = LEFT + STEP[0] * (index % ACROSS), TOP + STEP[1] * (index // ACROSS)
    return Box(left, top + 10, left + PANEL[0], top + 10 + PANEL[1])


def _dashes(threads: str) -> str:
    """Draw one thread with dashes, several in full."""
    return "5 3" if threads == "1" else ""


def _legend(cases: dict[str, Lines]) -> str:
    """Name the lines."""
    names = dict.fromkeys(name for lines in cases.values() for name in lines)
    shown = [Entry(f"{engine}, threads: {threads}", colour(engine), shape(engine), _dashes(threads)) for engine, threads in names]
    return legend(shown, 16, 50)


def _panel(name: str, lines: Lines, commits: Sequence[str], limits: tuple[float, float], box: Box) -> str:
    """Draw one case."""
    x = Scale(-0.3, max(len(commits) - 0.7, 0.7), box.left, box.right, logarithmic=False)
    y = Scale(*limits, box.bottom, box.top)
    one = svg.line((box.left, y(1.0)), (box.right, y(1.0)), stroke=MUTED, dashes="2 3")
    heading = svg.text(box.left, box.top - 8, name, bold=True, fill=INK)
    drawn = [_line(names, line, commits, x, y) for names, line in lines.items()]
    return "\n".join([heading, y_axis(y, box, size=10), _commit_axis(commits, x, box), one, outline(box), *drawn])


def _line(names: tuple[str, str], line: Sequence[Run], commits: Sequence[str], x: Scale, y: Scale) -> str:
    """Draw the runs of an engine and a number of threads, with their spreads."""
    engine, threads = names
    spreads = []
    for index, ratio, spread in line:
        low, high = _ends(ratio, spread)
        spreads.append(svg.line((x(index), y(low)), (x(index), y(high)), stroke=colour(engine)))
    hints = [f"{engine}, threads: {threads}, {commits[index]}: {ratio:.3g} ± {spread:.2g}" for index, ratio, spread in line]
    places = [(x(index), y(ratio)) for index, ratio, _ in line]
    return "\n".join([*spreads, curve(places, colour(engine), shape(engine), _dashes(threads), hints, size=2.8)])


def _commit_axis(commits: Sequence[str], x: Scale, box: Box) -> str:
    """Write as many commits as have room below a panel, always the first and the last."""
    room = max(int((box.right - box.left) // (svg.text_width(max(commits, key=len), 10) + 8)), 2)
    step = max(-(-(len(commits) - 1) // (room - 1)), 1)
    last = len(commits) - 1
    chosen = [index for index in range(0, last, step) if last - index >= step] + [last]
    return "\n".join(svg.text(x(index), box.bottom + 14, commits[index], size=10, anchor="middle", fill=MUTED) for index in chosen)
