"""Products of the chain rule: a zero upstream gradient stops, whatever the local derivative, at every order."""

from .primitives import Value, fma, where
from .registry import gate


@gate(symbol="*", public=False, examples=[((2.0, 3.0), 6.0, (3.0, 2.0)), ((0.0, float("inf")), 0.0, (float("inf"), 0.0))])
def chain(upstream: Value, slope: Value) -> Value:
    """Upstream gradient times local derivative; a zero upstream gradient stops."""
    return where(upstream != 0, upstream * slope, 0.0)


@chain.backward
def _(g: Value, y: Value, upstream: Value, slope: Value) -> Value:
    """An upstream gradient of 0 stops its slope's gradient too: nothing of an untaken branch counts, at any order."""
    return g * slope, where(upstream != 0, g * upstream, 0.0)


@gate(
    public=False, kinks=lambda sofar, upstream, slope: upstream == 0,
    examples=[((1.0, 2.0, 3.0), 7.0, (1.0, 3.0, 2.0)), ((1.0, 0.0, float("inf")), 1.0, (1.0, float("inf"), 0.0))],
)  # fmt: skip
def accumulate(sofar: Value, upstream: Value, slope: Value) -> Value:
    """A sum so far, and what the chain rule adds to it: with one rounding, as the machine accumulates."""
    return where(upstream != 0, fma(upstream, slope, sofar), sofar)


@accumulate.backward
def _(g: Value, y: Value, sofar: Value, upstream: Value, slope: Value) -> Value:
    return g, g * slope, where(upstream != 0, g * upstream, 0.0)


@gate(
    symbol="*", public=False, commutative=True,
    examples=[((2.0, 3.0), 6.0, (3.0, 2.0)), ((0.0, float("inf")), 0.0, (float("inf"), 0.0))],
)  # fmt: skip
def directional(a: Value, b: Value) -> Value:
    """Local derivative times tangent; a zero stops on either side."""
    return where((a != 0) & (b != 0), a * b, 0.0)


@directional.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return where(b != 0, g * b, 0.0), where(a != 0, g * a, 0.0)


@gate(public=False, examples=[((2.0, 3.0, 1.0), 7.0, (3.0, 2.0, 1.0))])
def multiply_add(a: Value, b: Value, c: Value) -> Value:
    """`a * b + c` with one rounding."""
    return fma(a, b, c)


@multiply_add.backward
def _(g: Value, y: Value, a: Value, b: Value, c: Value) -> Value:
    return g * b, g * a, g
