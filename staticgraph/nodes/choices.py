"""Functions that choose among their operands, and those that compare them approximately."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates.arithmetic import sign
from ..gates.selection import clip as clip_gate
from ..gates.selection import equal, isnan, less_equal, logical_or
from ..gates.selection import where_ as where_gate
from ..gates.sign_bits import isfinite
from .declaring import numpy_function, untyped
from .node import Node, apply, as_node
from .numpy_functions import implements
from .options import check_ufunc_options
from .reductions import all as all_of
from .shapes import broadcast


@numpy_function(np.where)
def where(condition: Any, *choices: Any) -> Node:
    """`where(condition, a, b)`: `a` where the condition holds, otherwise `b`, as `numpy.where` with three arguments."""
    if len(choices) != 2:
        raise TypeError(f"where takes a condition and two choices, got {len(choices)} choice(s)")
    return apply(where_gate, (condition, *choices))


@numpy_function(np.clip)
def clip(x: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any) -> Node:
    """Limit to an interval, as `numpy.clip`; a bound of None is no bound. The gradient passes inside and on the bounds."""
    check_ufunc_options("clip", options | {"out": out})
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return apply(clip_gate, (x, -np.inf if low is None else low, np.inf if high is None else high))


@numpy_function(np.select)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Node:
    """Take the choice of the first condition that holds, as `numpy.select`."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(f"select: as many conditions as choices, at least one; got {len(condlist)} and {len(choicelist)}")
    value = as_node(default)
    broadcast("select", [np.shape(each) for each in (*condlist, *choicelist, value)])
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        value = where(condition, choice, value)
    return value


@numpy_function(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Node:
    """Evaluate the function or number of the last condition that holds, as `numpy.piecewise`; a further one is for all other elements."""
    node = as_node(x)
    single = isinstance(condlist, Node) or not isinstance(condlist[0], (list, tuple, np.ndarray, Node))
    if single and not (isinstance(condlist, Node) and condlist.ndim > node.ndim):
        condlist = [condlist]
    conditions, functions = [as_node(each) for each in condlist], list(funclist)
    if len(functions) - len(conditions) not in (0, 1):
        raise ValueError(f"piecewise: {len(conditions)} conditions take as many functions or one more, got {len(functions)}")
    values = [each(node, *args, **kw) if callable(each) else each for each in functions]
    value = values.pop() if len(values) > len(conditions) else 0.0
    value = apply(where_gate, (True, value, value)) if np.shape(value) == node.shape else untyped.broadcast_to(as_node(value), node.shape)
    for condition, each in zip(conditions, values, strict=True):
        value = apply(where_gate, (condition, each, value))
    return as_node(value)


@numpy_function(np.nan_to_num)
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Node:
    """Numbers in place of NaN and infinities, as `numpy.nan_to_num`, whose limits are those of float64; what is replaced has gradient 0."""
    node, largest = as_node(x), float(np.finfo(np.float64).max)
    value = apply(where_gate, (apply(equal, (node, np.inf)), largest if posinf is None else posinf, node))
    value = apply(where_gate, (apply(equal, (node, -np.inf)), -largest if neginf is None else neginf, value))
    return apply(where_gate, (apply(isnan, (node,)), nan, value))


@numpy_function(np.heaviside)
def heaviside(x: Any, h: Any) -> Node:
    """0 left of 0, 1 right of it, and at 0 the second operand, which alone has a gradient."""
    node = as_node(x)
    return apply(where_gate, (apply(equal, (node, 0.0)), h, 0.5 + 0.5 * apply(sign, (node,))))


@numpy_function(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Node:
    """Whether values differ by no more than a tolerance, as `numpy.isclose`."""
    first, second = as_node(a) * 1.0, as_node(b) * 1.0
    within = apply(less_equal, (abs(first - second), atol + rtol * abs(second)))
    close = apply(logical_or, (within & apply(isfinite, (second,)), apply(equal, (first, second))))
    return close | (apply(isnan, (first,)) & apply(isnan, (second,))) if equal_nan else close


@numpy_function(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Node:
    """Whether all values differ by no more than a tolerance, as `numpy.allclose`."""
    return all_of(isclose(a, b, rtol, atol, equal_nan))


@numpy_function(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Node:
    """Whether two arrays have one shape and equal elements, as `numpy.array_equal`."""
    first, second = as_node(a1), as_node(a2)
    if first.shape != second.shape:
        return as_node(False)
    same = apply(equal, (first, second))
    return all_of(same | (apply(isnan, (first,)) & apply(isnan, (second,))) if equal_nan else same)


implements(np.isreal)(lambda x: untyped.broadcast_to(as_node(True), as_node(x).shape))
