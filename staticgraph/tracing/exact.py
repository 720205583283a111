"""Whether a step has the bits of the loop written out, where what are constants there are slices here.

Written out, the number of a step is a constant, which NumPy computes with and which simplification looks at: `x ** 2` is a product, and
`log(1 + x)` is `log1p(x)`. In a step it is a slice. The arithmetic below is the same either way, unless a slice has one of the numbers
that simplification knows, and a function that is simplified follows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.activation import sigmoid
from ..gates.arithmetic import abs_, add, divide, multiply, negative, square, subtract
from ..gates.arithmetic import copy as copied
from ..gates.exponential import exp, expm1
from ..gates.linear import gather, matmul, view
from ..gates.logarithm import log, log1p
from ..gates.normal import erf, erfc, ndtr
from ..gates.reduction import sum_
from ..gates.selection import where_
from ..nodes.graph import topological
from ..nodes.node import CONSTANT, Node

_COMPARING = frozenset(("maximum", "minimum", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal"))
_MOVING = (view, gather, copied)
_PLAIN = frozenset((add, subtract, multiply, divide, negative, abs_, matmul, where_))
_SIMPLIFIED = frozenset((log, log1p, exp, expm1, erf, erfc, ndtr, sigmoid))
"""Gates that simplification joins with what their operands are made of, or with what is made of them."""
_JOINED = frozenset((exp, sigmoid, ndtr, erf, erfc, sum_))
"""Gates that others are joined with, across one step and the next where the loop is written out; `1 + x` and quotients of them are, too."""
_PRODUCTS = (multiply, square)
"""Gates that become one with a sum, along an axis, of what they make, if nothing else reads that."""
_DEPTH = 3
"""Operations from a carried value to what may be simplified with what has made that: `log(1 + exp(x))`."""


def same_as_written_out(outputs: Sequence[Node], slices: Mapping[Node, Any], carried: Mapping[Node, Node]) -> bool:
    """Return whether a step has the bits of the loop written out.

    Parameters
    ----------
    outputs : sequence of Node
        What a step makes.
    slices : mapping of Node to array
        The leaves that stand for numbers, which differ from step to step, and all of these.
    carried : mapping of Node to Node
        The leaves that stand for what the step before has made, and what each step makes of them.
    """
    numbers, known = set(slices), {leaf for leaf, values in slices.items() if np.any(np.isin(np.abs(values), (0.0, 1.0)))}
    depth = {leaf: 0 for leaf, node in carried.items() if _may_be_joined(node)}
    kept = _kept_products(outputs, carried)
    for node in topological(outputs):
        if node.gate is None:
            continue
        if node.gate is sum_ and not kept.isdisjoint(_sources(node.operands, carried)):
            return False
        if not numbers.isdisjoint(node.operands):
            if node.gate in _MOVING:
                numbers.add(node)
            elif not _is_plain(node.gate) or all(each in numbers or each.role == CONSTANT for each in node.operands):
                return False
        if not known.isdisjoint(node.operands):
            if node.gate in _SIMPLIFIED:
                return False
            known.add(node)
        near = [depth[each] + (node.gate not in _MOVING) for each in node.operands if each in depth]
        if near and min(near) <= _DEPTH:
            if node.gate in (log, log1p) or (min(near) == 1 and _has_one(node)):
                return False
            depth[node] = min(near)
    return True


def _is_plain(gate: Gate) -> bool:
    return gate in _PLAIN or gate.name in _COMPARING


def _has_one(node: Node) -> bool:
    """Whether a node adds 1 or -1, subtracts one, or divides one."""
    ones = (each.role == CONSTANT and bool(np.any(np.abs(each.static) == 1.0)) for each in node.operands)
    return node.gate in (add, subtract, divide) and any(ones)


def _kept_products(outputs: Sequence[Node], carried: Mapping[Node, Node]) -> set[Node]:
    """Return products that a step leaves, and what finds them later: written out, nothing else may read those of some steps."""
    kept, found = set[Node](), {node for node in _sources(outputs, carried) if node.size > 1 and node.gate in _PRODUCTS}
    while len(found) > len(kept):
        kept = found
        found = kept | {leaf for leaf, node in carried.items() if not kept.isdisjoint(_sources([node], carried))}
    return kept


def _sources(nodes: Sequence[Node], carried: Mapping[Node, Node]) -> set[Node]:
    """Return what nodes have the elements of: what is made in a step, or found there."""
    found, waiting = set[Node](), list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.operands if node.gate in _MOVING and node not in carried else ()
    return found


def _may_be_joined(node: Node) -> bool:
    while node.gate in _MOVING and len(node.operands) == 1:
        node = node.operands[0]
    return node.gate in _JOINED or _has_one(node) or (node.gate is divide and node.operands[0].gate is exp)
