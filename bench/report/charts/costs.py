"""What is paid once: compiling and starting."""

from .. import svg
from ..axes import WIDTH, Box, x_axis
from ..measurements import Data, entries
from ..palette import ACCENT, BAND
from ..scales import Scale, duration, log_limits

TITLE = "Compiling, starting, and single calls"
ROW, TOP, RIGHT = 26, 44, 760


def compile_chart(data: Data) -> str:
    """Draw a bar for each cost, from the left edge, on a logarithmic scale."""
    costs = entries(data, "costs", "seconds")
    if not costs:
        return svg.blank("compile", TITLE, "No costs were measured.")
    left = min(24 + max(svg.text_width(each["name"]) for each in costs), 460)
    box = Box(left, TOP, RIGHT, TOP + ROW * len(costs))
    scale = Scale(*log_limits([each["seconds"] for each in costs], 2.0, 10), box.left, box.right, room=60)
    bands = [svg.rectangle(8, box.top + ROW * index, WIDTH - 16, ROW, BAND) for index in range(0, len(costs), 2)]
    bars = [_bar(each["name"], each["seconds"], scale, box.top + ROW * (index + 0.5)) for index, each in enumerate(costs)]
    body = [*bands, x_axis(scale, box, "time, logarithmic", duration), *bars]
    said = "; ".join(f"{each['name']}: {duration(each['seconds'])}" for each in costs)
    return svg.document("compile", TITLE, f"{said}.", (WIDTH, box.bottom + 50), body)


def _bar(name: str, seconds: float, scale: Scale, middle: float) -> str:
    """Draw a cost: its name, a bar that ends at a marker, and its time."""
    end = scale(seconds)
    return "\n".join([
        svg.text(scale.start - 8, middle + 4, name, anchor="end"),
        svg.line((scale.start, middle), (end, middle), stroke=ACCENT, width=3),
        svg.marker("circle", (end, middle), ACCENT, hint=f"{name}: {duration(seconds)}"),
        svg.text(end + 10, middle + 4, duration(seconds), bold=True),
    ])  # fmt: skip
