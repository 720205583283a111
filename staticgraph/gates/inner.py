"""Sums of products along an axis: what `sum(a * b)` is when it runs."""

from .primitives import Value, contract
from .registry import gate

INNER = "inner"


@gate(kind=INNER, symbol="·", commutative=True, public=False, examples=[(([1.0, 2.0], [3.0, 5.0]), 13.0, ([3.0, 5.0], [1.0, 2.0]))])
def sum_of_products(a: Value, b: Value) -> Value:
    """Sum of the products of two arrays' elements along an axis, each added as `fma` does."""
    return contract("bka,bka->ba", a, b)


@sum_of_products.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * b, g * a


@gate(kind=INNER, public=False, examples=[(([1.0, 2.0, -3.0],), 14.0, ([2.0, 4.0, -6.0],))])
def sum_of_squares(a: Value) -> Value:
    """Sum of the squares of an array's elements along an axis, each added as `fma` does."""
    return contract("bka,bka->ba", a, a)


@sum_of_squares.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (a + a)
