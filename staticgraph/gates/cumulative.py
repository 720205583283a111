"""Gates that accumulate along an axis.

A rule is of one step: the result so far, and the elements of the operands there, to the next result.
The first result is the first element of the last operand.
"""

from .activation import sigmoid, softplus
from .primitives import Value, fma, magnitude, where
from .registry import gate
from .selection import maximum, minimum, routed

CUMULATIVE = "cumulative"
NAN, INF = float("nan"), float("inf")


@gate(kind=CUMULATIVE, examples=[(([1.0, 2.0, 4.0],), [1.0, 3.0, 7.0], ([3.0, 2.0, 1.0],))])
def cumsum(sofar: Value, x: Value) -> Value:
    """Sums of the elements up to each: distributes the gradient of each sum."""
    return sofar + x


@cumsum.backward
def _(g: Value, y: Value, sofar: Value, x: Value) -> Value:
    return g, g


@gate(
    kind=CUMULATIVE,
    examples=[(([2.0, 3.0, 5.0],), [2.0, 6.0, 30.0], ([19.0, 12.0, 6.0],)), (([2.0, 0.0, 5.0],), [2.0, 0.0, 0.0], ([1.0, 12.0, 0.0],))],
)  # fmt: skip
def cumprod(sofar: Value, x: Value) -> Value:
    """Products of the elements up to each; the gradient needs no division, so it is right where elements are 0."""
    return sofar * x


@cumprod.backward
def _(g: Value, y: Value, sofar: Value, x: Value) -> Value:
    return g * x, g * sofar


@gate(
    kind=CUMULATIVE, boolean="operands",
    examples=[
        (([1.0, 3.0, 2.0],), [1.0, 3.0, 3.0], ([1.0, 2.0, 0.0],)), (([2.0, 2.0],), [2.0, 2.0], ([1.5, 0.5],)),
        (([1.0, NAN, 2.0],), [1.0, NAN, NAN], ([NAN, NAN, NAN],)),
    ],
)  # fmt: skip
def cummax(sofar: Value, x: Value) -> Value:
    """Largest element up to each, as a chain of `maximum`: a tie is shared, and a NaN stays."""
    return maximum.forward(sofar, x)


@cummax.backward
def _(g: Value, y: Value, sofar: Value, x: Value) -> Value:
    return routed(g, sofar >= x, x >= sofar)


@gate(
    kind=CUMULATIVE, boolean="operands",
    examples=[
        (([3.0, 1.0, 2.0],), [3.0, 1.0, 1.0], ([1.0, 2.0, 0.0],)), (([2.0, 2.0],), [2.0, 2.0], ([1.5, 0.5],)),
        (([1.0, NAN, 2.0],), [1.0, NAN, NAN], ([NAN, NAN, NAN],)),
    ],
)  # fmt: skip
def cummin(sofar: Value, x: Value) -> Value:
    """Smallest element up to each, as a chain of `minimum`: a tie is shared, and a NaN stays."""
    return minimum.forward(sofar, x)


@cummin.backward
def _(g: Value, y: Value, sofar: Value, x: Value) -> Value:
    return routed(g, sofar <= x, x <= sofar)


@gate(
    kind=CUMULATIVE,
    examples=[
        (([0.0, 0.0],), [0.0, 0.6931471805599453], ([1.5, 0.5],)), (([1000.0, 0.0],), [1000.0, 1000.0], ([2.0, 0.0],)),
        (([-INF, -INF, 1.0],), [-INF, -INF, 1.0], ([1.5, 0.5, 1.0],)), (([INF, 0.0],), [INF, INF], ([2.0, 0.0],)),
    ],
)  # fmt: skip
def logcumsumexp(sofar: Value, x: Value) -> Value:
    """`log(cumsum(exp(x)))`, without overflow; each element receives its share of each sum."""
    difference = where(sofar == x, 0.0, sofar - x)
    return maximum.forward(sofar, x) + softplus(-magnitude(difference))


@logcumsumexp.backward
def _(g: Value, y: Value, sofar: Value, x: Value) -> Value:
    difference = where(sofar == x, 0.0, sofar - x)
    return g * sigmoid(difference), g * sigmoid(-difference)


@gate(
    kind=CUMULATIVE, public=False,
    examples=[
        (([9.0, 2.0, 3.0], [1.0, 1.0, 1.0]), [1.0, 3.0, 10.0], ([0.0, 4.0, 3.0], [9.0, 4.0, 1.0])),
        (([0.0, INF], [0.0, 1.0]), [0.0, 1.0], ([0.0, 0.0], [INF, 1.0])),
    ],
)  # fmt: skip
def chain_recurrence(sofar: Value, a: Value, x: Value) -> Value:
    """`y[k] = a[k] * y[k - 1] + x[k]`, where a zero `y[k - 1]` adds nothing: so gradients are passed on, from the end."""
    return where(sofar == 0, x, fma(a, sofar, x))


@chain_recurrence.backward
def _(g: Value, y: Value, sofar: Value, a: Value, x: Value) -> Value:
    return g * a, where(sofar == 0, 0.0, g * sofar), g
