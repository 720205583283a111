"""The gate of functions whose derivative the user gives: no instruction runs it, its graph is written out."""

from .primitives import Value
from .registry import CUSTOM, Gate


def _custom(value: Value) -> Value:
    """A function with a pullback of its own."""
    return value


custom = Gate(_custom, kind=CUSTOM, public=False)
"""A node of it has the function and the pullback as graphs (`static`), and any number of operands."""
custom.name = custom.symbol = "custom"
