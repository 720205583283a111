"""Where a function sits on a kink, for given arguments."""

from typing import Any

import numpy as np

from ..gates import ELEMENTWISE
from ..inspecting.reports import Kink, KinkReport
from ..lanes.ieee import ieee
from ..lowering.lowering import lower
from ..nodes.graph import Graph
from ..nodes.node import Node
from ..passes import contracted, simplify
from ..records.table import Array
from ..running.choice import INTERPRETER, Choice
from ..running.executor import Executor
from ..running.lazily import Lazily
from .destinations import made, of_values
from .evaluation import Evaluation
from .insides import CHECKED_ROWS, chosen
from .plan import Plan, make_plan


class Kinks(Evaluation):
    """A function that knows its kinks."""

    def find_kinks(self, /, *args: Any, **named: Any) -> KinkReport:
        """Return the rows in which a gate sits on a kink: a tie of `maximum`, 0 of `abs`, an end of `clip`.

        Parameters
        ----------
        *args, **named
            As in a call.

        Returns
        -------
        report
            An entry for each gate that does in any row: `.rows .gate .line`.

        Raises
        ------
        TypeError, ValueError
            As in a call.
        """
        arguments, batch = self._arrays(args, named)
        nodes, plan = self._kinks
        rows, found = 1 if batch is None else batch, [list[Array]() for _ in nodes]
        for start in range(0, rows if nodes else 0, CHECKED_ROWS):
            stop = min(start + CHECKED_ROWS, rows)
            results = made(of_values(plan.outputs, self.dtype), stop - start)
            plan.run(chosen(arguments, self.inputs, slice(start, stop)), stop - start, results, ())
            for numbers, result in zip(found, results, strict=True):
                numbers.append(start + np.flatnonzero(result))
        each = [(node, np.concatenate(numbers)) for node, numbers in zip(nodes, found, strict=True) if numbers]
        return KinkReport(Kink(numbers, str(node.gate and node.gate.name), node.line) for node, numbers in each if len(numbers))

    @Lazily
    def _kinks(self) -> tuple[list[Node], Plan]:
        """The gates that have kinks, and what computes whether each sits on one."""
        nodes = [node for node in self.graph.nodes if node.gate is not None and node.gate.kinks is not None]
        conditions = Graph([_on_kink(node) for node in nodes], self.inputs)
        with ieee():
            graph = simplify(conditions, self.dtype)
            executor = Executor(lower(contracted(graph), self.dtype), Choice(INTERPRETER), self.__name__)
        return nodes, make_plan(executor, self.inputs, graph.outputs, [])


def _on_kink(node: Node) -> Node:
    """Return whether a gate sits on a kink in any element; of a reduction, whether several elements are the value."""
    assert node.gate is not None and node.gate.kinks is not None
    _numpy: Any = np
    if node.gate.kind == ELEMENTWISE:
        found: Node = _numpy.any(node.gate.kinks(*node.operands))
        return found
    before, _, after = node.static
    tied = node.gate.kinks(_numpy.reshape(node.operands[0], node.static), _numpy.reshape(node, (before, 1, after)))
    several: Node = _numpy.any(_numpy.count_nonzero(tied, axis=1) > 1.0)
    return several
