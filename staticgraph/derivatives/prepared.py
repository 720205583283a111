"""A graph made ready for differentiation: simplified as `compile` does it, as a function of the nodes that it is differentiated by."""

from collections.abc import Sequence

from ..nodes.composing import applied
from ..nodes.graph import Graph
from ..nodes.node import INPUT, LEAVES, PARAMETER, Node
from .building import Builder


class Prepared:
    """Outputs as functions of some nodes.

    Known compositions become one gate first, so that corners are those of a compiled function. A node between leaves and outputs gives way
    to a leaf while derivatives are made, so that no pass looks through it.

    Attributes
    ----------
    build : Builder
    outputs : list of Node
    variables : list of Node
        What stands for each of the nodes.
    """

    def __init__(self, outputs: Sequence[Node], by: Sequence[Node]) -> None:
        self.build = Builder()
        self.by = list(by)
        self.variables = [node if node.role in LEAVES else Node(INPUT if node.varying else PARAMETER, node.shape) for node in by]
        for node, variable in zip(by, self.variables, strict=True):
            self.build.keep(node, variable)
            self.build.keep(variable)
        self.outputs = self.build.build(outputs)

    def built(self, nodes: Sequence[Node]) -> list[Node]:
        """Return nodes that do not depend on the variables, as the builder has them."""
        return self.build.build(nodes)

    def restored(self, nodes: Sequence[Node]) -> list[Node]:
        """Return nodes as functions of the original ones."""
        stand_ins = [(variable, node) for variable, node in zip(self.variables, self.by, strict=True) if variable is not node]
        if not stand_ins:
            return list(nodes)
        graph = Graph(nodes, [variable for variable, _ in stand_ins])
        return applied("derivative", graph, [node for _, node in stand_ins])
