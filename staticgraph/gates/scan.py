"""The gate of loops: its node has the graph of one step, and the instruction repeats the instructions of that graph."""

from .primitives import Value
from .registry import Gate

SCAN = "scan"


def _scan(value: Value) -> Value:
    """Steps one after another, each of the result of the one before."""
    return value


_scan.__name__ = SCAN
scan = Gate(_scan, kind=SCAN, public=False)
"""A node of it has a `Loop` (`static`), and any number of operands. It stands apart from the other gates, as its rule is that graph."""
