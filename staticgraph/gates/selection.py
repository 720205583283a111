"""Gates that compare and choose: they route the gradient."""

import numpy as np

from .primitives import Value, where
from .registry import gate

NAN = float("nan")


@gate(
    symbol="max", ufuncs=[np.maximum], commutative=True, boolean="operands", kinks=lambda a, b: a == b,
    examples=[((2.0, -1.0), 2.0, (1.0, 0.0)), ((2.0, 2.0), 2.0, (0.5, 0.5)), ((NAN, 1.0), NAN, (NAN, NAN)), ((1.0, NAN), NAN, (NAN, NAN))],
)  # fmt: skip
def maximum(a: Value, b: Value) -> Value:
    """Larger operand. The gradient router: the larger one receives the gradient, each receives half on a tie; NaN if either is.

    Gradient: `where(a > b, g, where(a == b, g / 2, 0))` and `where(b > a, g, where(a == b, g / 2, 0))`.
    """
    return where(a != a, a, where(a > b, a, b))


@maximum.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return routed(g, a >= b, b >= a)


def routed(g: Value, to_a: Value, to_b: Value) -> tuple[Value, Value]:
    """Send the gradient to one of two operands, half of it to each if both are right, NaN to each if neither is: then one is NaN."""
    share = where(to_a & to_b, 0.5 * g, g)
    rest = where(~(to_a | to_b) & (g != 0), NAN, 0.0)
    return where(to_a, share, rest), where(to_b, share, rest)


@gate(
    symbol="min", ufuncs=[np.minimum], commutative=True, boolean="operands", kinks=lambda a, b: a == b,
    examples=[((2.0, -1.0), -1.0, (0.0, 1.0)), ((2.0, 2.0), 2.0, (0.5, 0.5)), ((NAN, 1.0), NAN, (NAN, NAN)), ((1.0, NAN), NAN, (NAN, NAN))],
)  # fmt: skip
def minimum(a: Value, b: Value) -> Value:
    """Smaller operand: it receives the gradient, each receives half on a tie; NaN if either is.

    Gradient: `where(a < b, g, where(a == b, g / 2, 0))` and `where(b < a, g, where(a == b, g / 2, 0))`.
    """
    return where(a != a, a, where(a < b, a, b))


@minimum.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return routed(g, a <= b, b <= a)


NOT_OF_NAN = [((NAN, 1.0), 1.0, (0.0, 1.0)), ((1.0, NAN), 1.0, (1.0, 0.0)), ((NAN, NAN), NAN, (NAN, NAN))]


@gate(
    ufuncs=[np.fmax], commutative=True, boolean="operands", kinks=lambda a, b: a == b,
    examples=[((2.0, -1.0), 2.0, (1.0, 0.0)), ((2.0, 2.0), 2.0, (0.5, 0.5)), *NOT_OF_NAN],
)  # fmt: skip
def fmax(a: Value, b: Value) -> Value:
    """Larger operand, or the one that is not NaN: it receives the gradient, each receives half on a tie.

    Gradient: `where(a > b, g, where(a == b, g / 2, 0))` and `where(b > a, g, where(a == b, g / 2, 0))`.
    """
    return where(b != b, a, where(a > b, a, b))


@fmax.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return routed(g, (a >= b) | ((b != b) & (a == a)), (b >= a) | ((a != a) & (b == b)))


@gate(
    ufuncs=[np.fmin], commutative=True, boolean="operands", kinks=lambda a, b: a == b,
    examples=[((2.0, -1.0), -1.0, (0.0, 1.0)), ((2.0, 2.0), 2.0, (0.5, 0.5)), *NOT_OF_NAN],
)  # fmt: skip
def fmin(a: Value, b: Value) -> Value:
    """Smaller operand, or the one that is not NaN: it receives the gradient, each receives half on a tie.

    Gradient: `where(a < b, g, where(a == b, g / 2, 0))` and `where(b < a, g, where(a == b, g / 2, 0))`.
    """
    return where(b != b, a, where(a < b, a, b))


@fmin.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return routed(g, (a <= b) | ((b != b) & (a == a)), (b <= a) | ((a != a) & (b == b)))


@gate(
    kinks=lambda a, low, high: (a == low) | (a == high) | (low == high),
    examples=[
        ((0.5, 0.0, 1.0), 0.5, (1.0, 0.0, 0.0)), ((0.0, 0.0, 1.0), 0.0, (1.0, 0.0, 0.0)), ((1.0, 0.0, 1.0), 1.0, (1.0, 0.0, 0.0)),
        ((-1.0, 0.0, 1.0), 0.0, (0.0, 1.0, 0.0)), ((2.0, 0.0, 1.0), 1.0, (0.0, 0.0, 1.0)), ((0.5, 2.0, 1.0), 1.0, (0.0, 0.0, 1.0)),
        ((NAN, 0.0, 1.0), NAN, (NAN, NAN, NAN)),
    ],
)  # fmt: skip
def clip(a: Value, low: Value, high: Value) -> Value:
    """Value limited to an interval (`minimum(maximum(a, low), high)`): inside and on the bounds the gradient is the value's own.

    Gradient: `where((low <= a) & (a <= high), g, 0)`,
    `where((a < low) & (low <= high), g, 0)` and `where((a > high) | (low > high), g, 0)`.
    """
    raised = where(a != a, a, where(a < low, low, where(low != low, low, a)))
    return where(raised != raised, raised, where(raised > high, high, where(high != high, high, raised)))


@clip.backward
def _(g: Value, y: Value, a: Value, low: Value, high: Value) -> Value:
    above = (a > high) | (low > high)
    below = (a < low) & ~above
    undefined = (y != y) & (g != 0)
    return (
        where(undefined, NAN, where(above | below, 0.0, g)),
        where(undefined, NAN, where(below, g, 0.0)),
        where(undefined, NAN, where(above, g, 0.0)),
    )


@gate(
    boolean="choices", domain=[(0.0, 0.0), (-3.0, 3.0), (-3.0, 3.0)],
    examples=[((1.0, 2.0, 3.0), 2.0, (0.0, 1.0, 0.0)), ((0.0, 2.0, 3.0), 3.0, (0.0, 0.0, 1.0))],
)  # fmt: skip
def where_(condition: Value, a: Value, b: Value) -> Value:
    """`a` where the condition holds, otherwise `b`; the one that is taken receives the gradient.

    Gradient: nothing for the condition, `where(condition, g, 0)` and `where(condition, 0, g)`.
    """
    return where(condition != 0, a, b)


@where_.backward
def _(g: Value, y: Value, condition: Value, a: Value, b: Value) -> Value:
    return None, where(condition != 0, g, 0.0), where(condition != 0, 0.0, g)


@gate(ufuncs=[np.isnan], boolean="always", examples=[((NAN,), True, (0.0,)), ((1.0,), False, (0.0,))])
def isnan(a: Value) -> Value:
    """Whether the value is NaN."""
    return a != a


@gate(
    symbol="==", ufuncs=[np.equal], boolean="always", commutative=True,
    examples=[((1.0, 1.0), True, (0.0, 0.0)), ((NAN, NAN), False, (0.0, 0.0))],
)  # fmt: skip
def equal(a: Value, b: Value) -> Value:
    """Whether two values are equal."""
    return a == b


@gate(symbol="!=", ufuncs=[np.not_equal], boolean="always", commutative=True, examples=[((1.0, 1.0), False, (0.0, 0.0))])
def not_equal(a: Value, b: Value) -> Value:
    """Whether two values differ."""
    return a != b


@gate(symbol="<", ufuncs=[np.less], boolean="always", examples=[((1.0, 2.0), True, (0.0, 0.0))])
def less(a: Value, b: Value) -> Value:
    """Whether the first value is smaller."""
    return a < b


@gate(symbol="<=", ufuncs=[np.less_equal], boolean="always", examples=[((2.0, 2.0), True, (0.0, 0.0))])
def less_equal(a: Value, b: Value) -> Value:
    """Whether the first value is smaller or equal."""
    return a <= b


@gate(symbol=">", ufuncs=[np.greater], boolean="always", examples=[((1.0, 2.0), False, (0.0, 0.0))])
def greater(a: Value, b: Value) -> Value:
    """Whether the first value is larger."""
    return a > b


@gate(symbol=">=", ufuncs=[np.greater_equal], boolean="always", examples=[((2.0, 2.0), True, (0.0, 0.0))])
def greater_equal(a: Value, b: Value) -> Value:
    """Whether the first value is larger or equal."""
    return a >= b


@gate(symbol="and", ufuncs=[np.logical_and], boolean="always", commutative=True, examples=[((1.0, 0.0), False, (0.0, 0.0))])
def logical_and(a: Value, b: Value) -> Value:
    """Whether both values hold (differ from 0)."""
    return (a != 0) & (b != 0)


@gate(symbol="or", ufuncs=[np.logical_or], boolean="always", commutative=True, examples=[((1.0, 0.0), True, (0.0, 0.0))])
def logical_or(a: Value, b: Value) -> Value:
    """Whether any of the values holds (differs from 0)."""
    return (a != 0) | (b != 0)


@gate(symbol="xor", ufuncs=[np.logical_xor], boolean="always", commutative=True, examples=[((1.0, 0.0), True, (0.0, 0.0))])
def logical_xor(a: Value, b: Value) -> Value:
    """Whether exactly one of the values holds (differs from 0)."""
    return ((a != 0) | (b != 0)) & ((a == 0) | (b == 0))


@gate(symbol="not", ufuncs=[np.logical_not], boolean="always", examples=[((1.0,), False, (0.0,))])
def logical_not(a: Value) -> Value:
    """Whether the value does not hold (is 0)."""
    return a == 0
