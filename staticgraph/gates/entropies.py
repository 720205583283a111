"""Products with logarithms that are 0 where their factor is, and what relative entropies are made of."""

import math

from .logarithm import log, log1p
from .primitives import Value, where
from .registry import gate

INFINITY, NAN = math.inf, math.nan


@gate(
    domain=[(-3.0, 3.0), (0.2, 3.0)],
    examples=[((0.0, 0.0), 0.0, (-INFINITY, 0.0)), ((2.0, 1.0), 0.0, (0.0, 2.0)), ((0.0, NAN), NAN, (NAN, 0.0))],
)  # fmt: skip
def xlogy(a: Value, b: Value) -> Value:
    """`a log(b)`, 0 where `a` is.

    Gradient: `g * log(b)` and `g * a / b`.
    """
    return where((a == 0) & (b == b), 0.0, a * log(b))


@xlogy.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * log(b), where(a == 0, 0.0, g * a / b)


@gate(domain=[(-3.0, 3.0), (-0.8, 3.0)], examples=[((0.0, -1.0), 0.0, (-INFINITY, 0.0)), ((2.0, 0.0), 0.0, (0.0, 2.0))])
def xlog1py(a: Value, b: Value) -> Value:
    """`a log(1 + b)`, 0 where `a` is.

    Gradient: `g * log1p(b)` and `g * a / (1 + b)`.
    """
    return where((a == 0) & (b == b), 0.0, a * log1p(b))


@xlog1py.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * log1p(b), where(a == 0, 0.0, g * a / (1.0 + b))


@gate(domain=[(0.1, 4.0)], examples=[((0.0,), 0.0, (INFINITY,)), ((1.0,), -0.0, (-1.0,)), ((-1.0,), -INFINITY, (NAN,))])
def entr(a: Value) -> Value:
    """`-a log(a)`, a term of an entropy: 0 at 0, minus infinity left of it.

    Gradient: `-g * (log(a) + 1)`.
    """
    return where(a == 0, 0.0, where(a < 0, -INFINITY, -(a * log(a))))


@entr.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * (log(a) + 1.0))


def log_quotient_of(a: Value, b: Value) -> Value:
    """Return `log(a / b)`, of near numbers by their difference, of those whose quotient leaves the range by two logarithms."""
    quotient = a / b
    near = (quotient > 0.5) & (quotient < 2.0)
    value = where(near, log1p(where(near, (a - b) / b, 0.0)), log(quotient))
    return where((quotient == 0) | (quotient == INFINITY), log(a) - log(b), value)


@gate(
    domain=[(0.2, 3.0), (0.2, 3.0)],
    examples=[((0.0, 1.0), 0.0, (-INFINITY, 0.0)), ((1.0, 1.0), 0.0, (1.0, -1.0)), ((1.0, 0.0), INFINITY, (INFINITY, -INFINITY))],
)  # fmt: skip
def rel_entr(a: Value, b: Value) -> Value:
    """`a log(a / b)`, a term of a relative entropy: 0 where `a` is, infinite where one of them is negative.

    Gradient: `g * (log(a / b) + 1)` and `-g * a / b`.
    """
    inside = where((a > 0) & (b > 0), a * log_quotient_of(a, b), where((a == 0) & (b >= 0), 0.0 * a, INFINITY))
    return where((a != a) | (b != b), NAN, inside)


@rel_entr.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * (log_quotient_of(a, b) + 1.0), -(g * (a / b))


@gate(
    domain=[(0.2, 3.0), (0.2, 3.0)],
    examples=[((0.0, 1.0), 1.0, (-INFINITY, 1.0)), ((1.0, 1.0), 0.0, (0.0, 0.0)), ((1.0, 0.0), INFINITY, (INFINITY, -INFINITY))],
)  # fmt: skip
def kl_div(a: Value, b: Value) -> Value:
    """`a log(a / b) - a + b`: a term of a relative entropy that is never negative.

    Gradient: `g * log(a / b)` and `g * (1 - a / b)`.
    """
    rest = (b - a) / a
    near = (rest > -0.5) & (rest < 0.5)
    inside = where(near, a * (rest - log1p(where(near, rest, 0.0))), a * log_quotient_of(a, b) + (b - a))
    inside = where((a > 0) & (b > 0), inside, where((a == 0) & (b >= 0), b, INFINITY))
    return where((a != a) | (b != b), NAN, inside)


@kl_div.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * log_quotient_of(a, b), g * ((b - a) / b)
