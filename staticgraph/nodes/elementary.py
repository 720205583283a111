"""Elementwise functions that are made of gates, under NumPy's names."""

import math
from typing import Any

import numpy as np

from ..gates.arithmetic import abs_, divide, multiply
from ..gates.powers import power
from ..gates.remainders import floor_divide, fmod, remainder
from ..gates.rounding import rint, trunc
from ..gates.selection import equal
from ..gates.selection import where_ as where_gate
from ..gates.sign_bits import copysign, isinf
from .declaring import numpy_function, untyped
from .node import Node, apply, as_node
from .numpy_functions import implements
from .options import without_out
from .reductions import counted

DEGREE = math.pi / 180.0


@numpy_function(np.radians)
def radians(x: Any) -> Node:
    """Angle in radians of one in degrees."""
    return apply(multiply, (x, DEGREE))


@numpy_function(np.deg2rad)
def deg2rad(x: Any) -> Node:
    """Angle in radians of one in degrees."""
    return apply(multiply, (x, DEGREE))


@numpy_function(np.degrees)
def degrees(x: Any) -> Node:
    """Angle in degrees of one in radians."""
    return apply(multiply, (x, 180.0 / math.pi))


@numpy_function(np.rad2deg)
def rad2deg(x: Any) -> Node:
    """Angle in degrees of one in radians."""
    return apply(multiply, (x, 180.0 / math.pi))


@numpy_function(np.fabs)
def fabs(x: Any) -> Node:
    """Absolute value; its gradient at 0 is 0."""
    return apply(abs_, (counted(as_node(x)),))


@numpy_function(np.float_power)
def float_power(x: Any, y: Any) -> Node:
    """First value to the power of the second, as `numpy.float_power`."""
    return apply(power, (x, y))


@numpy_function(np.round, np.around)
def round(a: Any, decimals: int = 0, out: Any = None) -> Node:
    """Nearest number with so many decimals, as `numpy.round`, the even one of two; a step, so its gradient is 0."""
    without_out("round", out)
    scale = 10.0 ** abs(int(decimals))
    if decimals == 0:
        return apply(rint, (a,))
    up, back = (multiply, divide) if decimals > 0 else (divide, multiply)
    return apply(back, (apply(rint, (apply(up, (a, scale)),)), scale))


@numpy_function(np.fix)
def fix(x: Any, out: Any = None) -> Node:
    """Value without its fraction, as `numpy.fix`."""
    without_out("fix", out)
    return apply(trunc, (x,))


@numpy_function(np.modf)
def modf(x: Any) -> tuple[Node, Node]:
    """Fraction, which has the gradient, and whole part, both with the sign of the value, as `numpy.modf`."""
    node = as_node(x)
    fraction = apply(where_gate, (apply(isinf, (node,)), apply(copysign, (0.0, node)), apply(fmod, (node, 1.0))))
    return fraction, apply(trunc, (node,))


@numpy_function(np.divmod)
def divmod(x: Any, y: Any) -> tuple[Node, Node]:
    """Whole quotient and remainder, as `numpy.divmod`."""
    return apply(floor_divide, (x, y)), apply(remainder, (x, y))


@numpy_function(np.nextafter)
def nextafter(x: Any, y: Any) -> Node:
    """Refused: which number is next depends on the compiled function's dtype."""
    raise TypeError("nextafter is not supported for nodes: which number is next depends on the compiled function's dtype")


@numpy_function(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2.0 * math.pi) -> Node:
    """Angles without the jumps of a period, as `numpy.unwrap`: whole periods, which have gradient 0, are added."""
    node = as_node(untyped.moveaxis(as_node(p), axis, -1))
    step = node[..., 1:] - node[..., :-1]
    half = 0.5 * period
    turned = (step + half) % period - half
    turned = apply(where_gate, (apply(equal, (turned, -half)) & (step > 0), half, turned))
    limit = half if discont is None else max(discont, half)
    added = apply(where_gate, (abs(step) < limit, 0.0, period * apply(rint, ((turned - step) / period,))))
    total: Any = untyped.concatenate([node[..., :1], node[..., 1:] + untyped.cumsum(added, axis=-1)], axis=-1)
    return as_node(untyped.moveaxis(total, -1, axis))


for _function in (np.conjugate, np.real):
    implements(_function)(as_node)
implements(np.imag)(lambda x: as_node(x) * 0.0)
implements(np.real_if_close)(lambda x, tol=100: as_node(x))
implements(np.iscomplexobj)(lambda x: False)
implements(np.isrealobj)(lambda x: True)
implements(np.isposinf)(lambda x, out=None: as_node(x) == np.inf)
implements(np.isneginf)(lambda x, out=None: as_node(x) == -np.inf)
implements(np.angle)(lambda z, deg=False: apply(where_gate, (as_node(z) < 0.0, 180.0 if deg else math.pi, 0.0)))
