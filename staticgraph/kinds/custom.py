"""Functions whose derivative the user gives: no instruction runs them, since their graphs are written out before."""

from ..gates import CUSTOM
from ..nodes.node import Node
from .kind import Kind, kind


@kind
class Custom(Kind):
    """A function with a pullback of its own."""

    name = CUSTOM
    folds = False

    def check(self, node: Node) -> None:
        """Raise `ValueError` unless the function takes the operands, and the pullback a cotangent and these."""
        value, pullback = node.static
        operands = [operand.shape for operand in node.operands]
        found = [[each.shape for each in part] for part in (value.inputs, value.outputs, pullback.inputs, pullback.outputs)]
        expected = [operands, [node.shape], [node.shape, *operands], operands[: len(pullback.outputs)]]
        if found != expected or any(each.boolean for each in (*value.outputs, *pullback.outputs)):
            raise ValueError(f"a custom function and its pullback take and give {found}, expected real nodes of {expected}")
