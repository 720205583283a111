"""The charts: each function makes the text of a picture from the measurements."""

from collections.abc import Callable

from ..measurements import Data
from .costs import compile_chart
from .history import history_chart
from .peers import peers_chart
from .roofline import roofline
from .scaling import batch_chart, graph_chart, threads_chart

CHARTS: dict[str, Callable[[Data], str]] = {
    "peers": peers_chart,
    "roofline": roofline,
    "batch": batch_chart,
    "graph": graph_chart,
    "threads": threads_chart,
    "compile": compile_chart,
    "history": history_chart,
}
