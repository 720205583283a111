"""Sums, products, quotients, roots: the gates with exact rules."""

import numpy as np

from .formats import in_range
from .primitives import Value, magnitude, square_root, where, where_any
from .registry import ends, gate

NAN = float("nan")


@gate(symbol="+", ufuncs=[np.add], commutative=True, examples=[((2.0, 3.0), 5.0, (1.0, 1.0))])
def add(a: Value, b: Value) -> Value:
    """Sum. The gradient distributor: each operand receives the upstream gradient.

    Gradient: `g` and `g`.
    """
    return a + b


@add.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g, g


@gate(symbol="-", ufuncs=[np.subtract], examples=[((2.0, 3.0), -1.0, (1.0, -1.0))])
def subtract(a: Value, b: Value) -> Value:
    """Difference: distributes the gradient, with the sign changed for the second operand.

    Gradient: `g` and `-g`.
    """
    return a - b


@subtract.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g, -g


@gate(symbol="*", ufuncs=[np.multiply], commutative=True, examples=[((2.0, 3.0), 6.0, (3.0, 2.0)), ((0.0, -4.0), 0.0, (-4.0, 0.0))])
def multiply(a: Value, b: Value) -> Value:
    """Product. The gradient switcher: each operand receives the other one times the upstream gradient.

    Gradient: `g * b` and `g * a`.
    """
    return a * b


@multiply.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * b, g * a


@gate(symbol="/", ufuncs=[np.divide], domain=[(-3.0, 3.0), (0.5, 3.0)], examples=[((3.0, 2.0), 1.5, (0.5, -0.75))])
def divide(a: Value, b: Value) -> Value:
    """Quotient.

    Gradient: `g / b` and `-g * y / b`.
    """
    return a / b


@divide.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    """A product of three numbers leaves the range on its way only if two of them lie at the same end; then the third comes first."""
    to_a = g / b
    first, second = where_any(~in_range(to_a) & (g != 0), lambda: ((g * y) / b, 1.0), (to_a, y))
    return to_a, -(first * second)


@gate(symbol="/", public=False, domain=[(-3.0, 3.0), (3.0, 3.0)], examples=[((3.0, 2.0), 1.5, (0.5, 0.0))])
def divide_by_constant(a: Value, b: Value) -> Value:
    """Quotient by a constant whose reciprocal is a normal number, which is computed once: a product takes an eighth of the time."""
    return a / b


@divide_by_constant.backward
def _(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g * (1.0 / b), None


@gate(symbol="-", ufuncs=[np.negative], examples=[((2.0,), -2.0, (-1.0,)), *ends((np.inf, -1.0), (-np.inf, -1.0))])
def negative(a: Value) -> Value:
    """Change of sign.

    Gradient: `-g`.
    """
    return -a


@negative.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -g


@gate(ufuncs=[np.square], examples=[((-3.0,), 9.0, (-6.0,)), ((0.0,), 0.0, (0.0,)), *ends((np.inf, -np.inf), (np.inf, np.inf))])
def square(a: Value) -> Value:
    """Product of a value with itself.

    Gradient: `g * 2 * a`.
    """
    return a * a


@square.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g * (a + a)


@gate(ufuncs=[np.reciprocal], domain=[(0.5, 3.0)], examples=[((2.0,), 0.5, (-0.25,))])
def reciprocal(a: Value) -> Value:
    """One divided by the value.

    Gradient: `-g * y**2`.
    """
    return 1.0 / a


@reciprocal.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return -(g * y) * y


@gate(ufuncs=[np.sqrt], domain=[(0.1, 4.0)], examples=[((4.0,), 2.0, (0.25,)), ((0.0,), 0.0, (np.inf,))])
def sqrt(a: Value) -> Value:
    """Square root.

    Gradient: `g / (2 * y)`.
    """
    return square_root(a)


@sqrt.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g / (y + y)


@gate(public=False, domain=[(0.1, 4.0)], examples=[((4.0,), 2.0, (0.25,)), ((0.0,), 0.0, (0.0,))])
def root_of_squares(a: Value) -> Value:
    """Square root of a sum of squares; its gradient at 0 is 0."""
    return square_root(a)


@root_of_squares.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return where(y == 0, 0.0, g / (y + y))


@gate(
    symbol="abs", boolean="operands", ufuncs=[np.absolute], kinks=lambda a: a == 0,
    examples=[((-2.0,), 2.0, (-1.0,)), ((0.0,), 0.0, (0.0,)), *ends((np.inf, -1.0), (np.inf, 1.0))],
)  # fmt: skip
def abs_(a: Value) -> Value:
    """Absolute value; its gradient at 0 is 0.

    Gradient: `g * sign(a)`.
    """
    return magnitude(a)


@abs_.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return where(a > 0, g, where(a < 0, -g, where(a == 0, 0.0, NAN)))


@gate(ufuncs=[np.sign], differentiable=False, kinks=lambda a: a == 0, examples=[((-2.0,), -1.0, (0.0,)), ((0.0,), 0.0, (0.0,))])
def sign(a: Value) -> Value:
    """-1, 0 or 1 (NaN for NaN); its gradient is 0 everywhere."""
    return where(a > 0, 1.0, where(a < 0, -1.0, where(a == 0, 0.0, a)))


@gate(boolean="operands", public=False, examples=[((2.0,), 2.0, (1.0,)), *ends((-np.inf, 1.0), (np.inf, 1.0))])
def copy(a: Value) -> Value:
    """The value itself, in a place of its own."""
    return a


@copy.backward
def _(g: Value, y: Value, a: Value) -> Value:
    return g


@gate(boolean="operands", differentiable=False, examples=[((2.0,), 2.0, (0.0,))])
def stop_gradient(a: Value) -> Value:
    """The value itself, taken as a constant: nothing flows back."""
    return a
