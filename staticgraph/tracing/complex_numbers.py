"""Complex numbers: pairs of real nodes. Parts that are exactly 0 take no operations.

The square root chooses the form that does not cancel (W. Kahan 1987, "Branch cuts for complex elementary functions").
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..nodes.node import CONSTANT, Node
from .array import Traced, of_pair
from .operations import COMPLEX_RULES, by_nodes, evaluate, plain, rule, wrapped
from .stored import COMPLEX

_numpy: Any = np


def complex_rule_of(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what functions of NumPy do with complex arrays of the trace."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        COMPLEX_RULES.update(dict.fromkeys(functions, function))
        return function

    return declare


def _exact(part: Any) -> Any:
    """Return the Python number 0.0 for a part that is 0 everywhere."""
    numbers = part.static if isinstance(part, Node) and part.role == CONSTANT else part
    return 0.0 if not isinstance(numbers, Node) and not np.any(numbers) else part


def split(value: Any) -> tuple[Any, Any]:
    """Return the real and the imaginary part, as nodes, arrays or numbers."""
    if isinstance(value, Traced):
        numbers = value.numbers
        if numbers is None:
            return (_exact(value.parts[0]), _exact(value.parts[1])) if value.dtype == COMPLEX else (value.node, 0.0)
        value = numbers
    if isinstance(value, Node):
        return value, 0.0
    return _exact(np.real(value)), _exact(np.imag(value))


def _is_zero(part: Any) -> bool:
    return type(part) is float and part == 0.0


def _sum(a: Any, b: Any) -> Any:
    return b if _is_zero(a) else a if _is_zero(b) else np.add(a, b)


def _difference(a: Any, b: Any) -> Any:
    return a if _is_zero(b) else np.negative(b) if _is_zero(a) else np.subtract(a, b)


def _product(a: Any, b: Any, multiply: Any = np.multiply) -> Any:
    return 0.0 if _is_zero(a) or _is_zero(b) else multiply(a, b)


def _pair(real: Any, imaginary: Any, *like: Any) -> Traced:
    """Return a complex array; parts that are 0 take the shape that the operands broadcast to."""
    shape = np.broadcast_shapes(*(np.shape(each) for each in (real, imaginary, *like)))
    parts = [np.zeros(shape) if _is_zero(part) else part for part in (real, imaginary)]
    return of_pair(*(part if np.shape(part) == shape else np.broadcast_to(part, shape) for part in parts))


@complex_rule_of(np.add)
def _add(x: Any, y: Any) -> Any:
    (a, b), (c, d) = split(x), split(y)
    return _pair(_sum(a, c), _sum(b, d), x, y)


@complex_rule_of(np.subtract)
def _subtract(x: Any, y: Any) -> Any:
    (a, b), (c, d) = split(x), split(y)
    return _pair(_difference(a, c), _difference(b, d), x, y)


def _bilinear(multiply: Any, elementwise: bool) -> Callable[..., Any]:
    def apply(x: Any, y: Any) -> Any:
        (a, b), (c, d) = split(x), split(y)
        real = _difference(_product(a, c, multiply), _product(b, d, multiply))
        imaginary = _sum(_product(a, d, multiply), _product(b, c, multiply))
        return _pair(real, imaginary, *((x, y) if elementwise else ()))

    return apply


for _bilinear_one in (np.multiply, np.matmul, np.dot, np.outer, np.inner, np.kron, np.convolve):
    complex_rule_of(_bilinear_one)(_bilinear(_bilinear_one, _bilinear_one is np.multiply))


@complex_rule_of(np.vdot)
def _vdot(x: Any, y: Any) -> Any:
    return _numpy.dot(_numpy.conjugate(x).ravel(), _numpy.ravel(y))


@complex_rule_of(np.divide)
def _divide(x: Any, y: Any) -> Any:
    (a, b), (c, d) = split(x), split(y)
    if _is_zero(d):
        return _pair(np.divide(a, c), 0.0 if _is_zero(b) else np.divide(b, c), x, y)
    size = _sum(_product(c, c), np.square(d))
    real = _sum(_product(a, c), _product(b, d))
    imaginary = _difference(_product(b, c), _product(a, d))
    return _pair(*(0.0 if _is_zero(part) else np.divide(part, size) for part in (real, imaginary)), x, y)


@complex_rule_of(np.reciprocal)
def _reciprocal(x: Any) -> Any:
    return _divide(1.0, x)


@complex_rule_of(np.square)
def _square(x: Any) -> Any:
    a, b = split(x)
    return _pair(_difference(_product(a, a), _product(b, b)), _product(_product(2.0, a), b), x)


def _each(function: Any) -> Callable[..., Any]:
    """Return the rule of a linear function, which takes the parts one by one."""

    def apply(x: Any, *args: Any, **options: Any) -> Any:
        return of_pair(*(plain(function(wrapped(part), *args, **options)) for part in _whole(x)))

    return apply


def _whole(x: Any) -> list[Any]:
    """Return both parts in the array's shape."""
    return [np.zeros(np.shape(x)) if _is_zero(part) and np.shape(x) else part for part in split(x)]


for _linear in (np.negative, np.positive, np.sum, np.mean, np.cumsum, np.trace, np.diff, np.nansum):
    complex_rule_of(_linear)(_each(_linear))


@complex_rule_of(np.where)
def _where(condition: Any, x: Any, y: Any) -> Any:
    (a, b), (c, d) = split(x), split(y)
    chosen = plain(condition)
    return _pair(np.where(chosen, a, c), np.where(chosen, b, d), condition, x, y)


@complex_rule_of(np.conjugate)
def _conjugate(x: Any) -> Any:
    a, b = split(x)
    return _pair(a, _difference(0.0, b), x)


@complex_rule_of(np.absolute)
def _absolute(x: Any) -> Any:
    a, b = split(x)
    return wrapped(np.abs(a) if _is_zero(b) else np.abs(b) if _is_zero(a) else np.hypot(a, b))


@rule(np.angle)
def _angle(x: Any, deg: bool = False) -> Any:
    a, b = split(x)
    angle = wrapped(np.arctan2(b, a))
    return angle * (180.0 / np.pi) if deg else angle


@complex_rule_of(np.exp)
def _exp(x: Any) -> Any:
    a, b = split(x)
    size = 1.0 if _is_zero(a) else np.exp(a)
    if _is_zero(b):
        return _pair(size, 0.0, x)
    return _pair(*(part if _is_zero(a) else np.multiply(size, part) for part in (np.cos(b), np.sin(b))), x)


@complex_rule_of(np.log)
def _log(x: Any) -> Any:
    a, b = split(x)
    return _pair(np.log(plain(_absolute(x))), np.arctan2(b, a), x)


@complex_rule_of(np.log10)
def _log10(x: Any) -> Any:
    return _log(x) * (1.0 / np.log(10.0))


@complex_rule_of(np.sqrt)
def _sqrt(x: Any) -> Any:
    a, b = split(x)
    long = np.sqrt(0.5 * (plain(_absolute(x)) + np.abs(a)))
    short = np.divide(np.abs(b), np.where(np.equal(long, 0.0), 1.0, 2.0 * long))
    right = np.greater_equal(a, 0.0)
    upper = np.where(right, short, long)
    return _pair(np.where(right, long, short), np.copysign(upper, b), x)


@complex_rule_of(np.power, np.float_power)
def _power(x: Any, y: Any) -> Any:
    exponent, imaginary = split(y)
    if _is_zero(imaginary) and np.ndim(exponent) == 0 and not isinstance(exponent, Node) and float(exponent) in range(-16, 17):
        whole = int(exponent)
        made = whole_power(x, abs(whole)) if whole else np.ones_like(x)
        return _reciprocal(made) if whole < 0 else made
    return _exp(_bilinear(np.multiply, True)(y, _log(x)))


def whole_power(x: Any, times: int) -> Any:
    """Return a positive whole power by repeated squaring."""
    if times == 1:
        return x
    half = whole_power(x, times // 2)
    square = evaluate(np.square, (half,))
    return evaluate(np.multiply, (square, x)) if times % 2 else square


def _products(x: Any, *functions: Any) -> list[Any]:
    a, b = split(x)
    outer, inner = functions
    return [np.multiply(outer[0](a), outer[1](b)), np.multiply(inner[0](a), inner[1](b))]


@complex_rule_of(np.sin)
def _sin(x: Any) -> Any:
    return of_pair(*_products(x, (np.sin, np.cosh), (np.cos, np.sinh)))


@complex_rule_of(np.cos)
def _cos(x: Any) -> Any:
    real, imaginary = _products(x, (np.cos, np.cosh), (np.sin, np.sinh))
    return of_pair(real, np.negative(imaginary))


@complex_rule_of(np.sinh)
def _sinh(x: Any) -> Any:
    return of_pair(*_products(x, (np.sinh, np.cos), (np.cosh, np.sin)))


@complex_rule_of(np.cosh)
def _cosh(x: Any) -> Any:
    return of_pair(*_products(x, (np.cosh, np.cos), (np.sinh, np.sin)))


@complex_rule_of(np.tan)
def _tan(x: Any) -> Any:
    return _divide(_sin(x), _cos(x))


@complex_rule_of(np.tanh)
def _tanh(x: Any) -> Any:
    return _divide(_sinh(x), _cosh(x))


@complex_rule_of(np.equal)
def _equal(x: Any, y: Any) -> Any:
    (a, b), (c, d) = split(x), split(y)
    return wrapped(np.logical_and(np.equal(a, c), np.equal(b, d)))


@complex_rule_of(np.not_equal)
def _not_equal(x: Any, y: Any) -> Any:
    (a, b), (c, d) = split(x), split(y)
    return wrapped(np.logical_or(np.not_equal(a, c), np.not_equal(b, d)))


def _of_parts(test: Any, join: Any) -> Callable[..., Any]:
    def apply(x: Any) -> Any:
        first, second = (wrapped(part) for part in split(x))
        return join(test(first), test(second))

    return apply


for _test, _join in ((np.isnan, operator.or_), (np.isinf, operator.or_), (np.isfinite, operator.and_)):
    complex_rule_of(_test)(_of_parts(_test, _join))


@complex_rule_of(np.prod)
def _prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    made: Any = 1.0
    for each in np.moveaxis(np.reshape(x, -1) if axis is None else x, axis or 0, 0):
        made = made * each
    if not keepdims:
        return made
    return np.reshape(made, (1,) * np.ndim(x)) if axis is None else np.expand_dims(made, axis)


def _by_real(function: Any) -> Callable[..., Any]:
    def apply(x: Any, *args: Any, **options: Any) -> Any:
        return by_nodes(function, (_numpy.abs(x), *args), options)

    return apply


complex_rule_of(np.linalg.norm)(_by_real(np.linalg.norm))
