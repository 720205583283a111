"""The functions under `sg.` that follow from the table of gates and from declarations.

Made by `python -m tools.stubs --write`; there is no such module when Python runs.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from .nodes.node import Node

Value: TypeAlias = float | np.number[Any] | np.bool | np.ndarray[Any, Any]
Values: TypeAlias = Value | Sequence[Value] | Sequence[Sequence[Value]]
Nodes: TypeAlias = Node | Value | Sequence[Any]

@overload
def abs(a: Values, /) -> Any:
    """Absolute value; its gradient at 0 is 0.
    
    Gradient: `g * sign(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def abs(a: Nodes, /) -> Node:
    """Absolute value; its gradient at 0 is 0.
    
    Gradient: `g * sign(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def add(a: Values, b: Values, /) -> Any:
    """Sum. The gradient distributor: each operand receives the upstream gradient.
    
    Gradient: `g` and `g`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def add(a: Nodes, b: Nodes, /) -> Node:
    """Sum. The gradient distributor: each operand receives the upstream gradient.
    
    Gradient: `g` and `g`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def all(x: Values, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    """Whether all elements over axes hold (differ from 0), as `numpy.all`."""

@overload
def all(x: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Whether all elements over axes hold (differ from 0), as `numpy.all`."""

@overload
def allclose(a: Values, b: Values, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether all values differ by no more than a tolerance, as `numpy.allclose`."""

@overload
def allclose(a: Nodes, b: Nodes, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Node:
    """Whether all values differ by no more than a tolerance, as `numpy.allclose`."""

@overload
def any(x: Values, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    """Whether any element over axes holds (differs from 0), as `numpy.any`."""

@overload
def any(x: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Whether any element over axes holds (differs from 0), as `numpy.any`."""

@overload
def append(arr: Values, values: Any, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.append` puts them."""

@overload
def append(arr: Nodes, values: Any, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.append` puts them."""

@overload
def arccos(a: Values, /) -> Any:
    """Inverse cosine.
    
    As the inverse sine: `pi / 2 - arcsin(a)`, beyond a half `2 * arcsin(sqrt((1 - a) / 2))`, and of negative numbers what `pi` lacks
    of that.
    
    Gradient: `-g / sqrt(1 - a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arccos(a: Nodes, /) -> Node:
    """Inverse cosine.
    
    As the inverse sine: `pi / 2 - arcsin(a)`, beyond a half `2 * arcsin(sqrt((1 - a) / 2))`, and of negative numbers what `pi` lacks
    of that.
    
    Gradient: `-g / sqrt(1 - a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arccosh(a: Values, /) -> Any:
    """Inverse hyperbolic cosine.
    
    Gradient: `g / sqrt(a**2 - 1)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arccosh(a: Nodes, /) -> Node:
    """Inverse hyperbolic cosine.
    
    Gradient: `g / sqrt(a**2 - 1)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arcsin(a: Values, /) -> Any:
    """Inverse sine.
    
    Up to a half a polynomial, then `pi / 2 - 2 * arcsin(sqrt((1 - a) / 2))`.
    
    Gradient: `g / sqrt(1 - a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arcsin(a: Nodes, /) -> Node:
    """Inverse sine.
    
    Up to a half a polynomial, then `pi / 2 - 2 * arcsin(sqrt((1 - a) / 2))`.
    
    Gradient: `g / sqrt(1 - a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arcsinh(a: Values, /) -> Any:
    """Inverse hyperbolic sine.
    
    Gradient: `g / sqrt(a**2 + 1)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arcsinh(a: Nodes, /) -> Node:
    """Inverse hyperbolic sine.
    
    Gradient: `g / sqrt(a**2 + 1)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arctan(a: Values, /) -> Any:
    """Inverse tangent.
    
    `arctan(c) + arctan((a - c) / (1 + a c))` for the centre `c` of one of sixteen pieces, which takes 0.7 of the time that three take; in
    float32 a polynomial for each piece. Beyond the last one `pi / 2 - arctan(1 / a)`.
    
    Gradient: `g / (1 + a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arctan(a: Nodes, /) -> Node:
    """Inverse tangent.
    
    `arctan(c) + arctan((a - c) / (1 + a c))` for the centre `c` of one of sixteen pieces, which takes 0.7 of the time that three take; in
    float32 a polynomial for each piece. Beyond the last one `pi / 2 - arctan(1 / a)`.
    
    Gradient: `g / (1 + a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arctan2(a: Values, b: Values, /) -> Any:
    """Angle of the point with ordinate `a` and abscissa `b`; its gradient at the origin is 0.
    
    The inverse tangent of a quotient that is never formed, within three intervals, which end at a half and at two. Signed zeros and
    infinities as in the C standard, F.10.1.4.
    
    Gradient: `g * b / (a**2 + b**2)` and `-g * a / (a**2 + b**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arctan2(a: Nodes, b: Nodes, /) -> Node:
    """Angle of the point with ordinate `a` and abscissa `b`; its gradient at the origin is 0.
    
    The inverse tangent of a quotient that is never formed, within three intervals, which end at a half and at two. Signed zeros and
    infinities as in the C standard, F.10.1.4.
    
    Gradient: `g * b / (a**2 + b**2)` and `-g * a / (a**2 + b**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arctanh(a: Values, /) -> Any:
    """Inverse hyperbolic tangent.
    
    `arctanh(c) + arctanh((a - c) / (1 - a c))` for a number `c` near the middle of one of fifteen pieces up to 0.994, which takes 0.6 of
    the time of the logarithm of a quotient; beyond, logarithms.
    
    Gradient: `g / (1 - a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def arctanh(a: Nodes, /) -> Node:
    """Inverse hyperbolic tangent.
    
    `arctanh(c) + arctanh((a - c) / (1 - a c))` for a number `c` near the middle of one of fifteen pieces up to 0.994, which takes 0.6 of
    the time of the logarithm of a quotient; beyond, logarithms.
    
    Gradient: `g / (1 - a**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def array_equal(a1: Values, a2: Values, equal_nan: bool = False) -> Any:
    """Whether two arrays have one shape and equal elements, as `numpy.array_equal`."""

@overload
def array_equal(a1: Nodes, a2: Nodes, equal_nan: bool = False) -> Node:
    """Whether two arrays have one shape and equal elements, as `numpy.array_equal`."""

@overload
def array_split(ary: Values, indices_or_sections: Any, axis: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.array_split` puts them."""

@overload
def array_split(ary: Nodes, indices_or_sections: Any, axis: Any = 0) -> list[Node]:
    """The same elements elsewhere, as `numpy.array_split` puts them."""

@overload
def astype(x: Values, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """The elements as numbers of another kind, as `numpy.astype`: whole numbers lose their fraction, truth is to differ from 0."""

@overload
def astype(x: Nodes, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Node:
    """The elements as numbers of another kind, as `numpy.astype`: whole numbers lose their fraction, truth is to differ from 0."""

def atleast_1d(*arys: Any) -> Any:
    """The same elements elsewhere, as `numpy.atleast_1d` puts them."""

def atleast_2d(*arys: Any) -> Any:
    """The same elements elsewhere, as `numpy.atleast_2d` puts them."""

def atleast_3d(*arys: Any) -> Any:
    """The same elements elsewhere, as `numpy.atleast_3d` puts them."""

def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Weighted mean over axes, as `numpy.average`."""

@overload
def beta(a: Values, b: Values, /) -> Any:
    """Beta function `gamma(a) gamma(b) / gamma(a + b)`.
    
    Gradient: `g * y * (digamma(a) - digamma(a + b))` and `g * y * (digamma(b) - digamma(a + b))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def beta(a: Nodes, b: Nodes, /) -> Node:
    """Beta function `gamma(a) gamma(b) / gamma(a + b)`.
    
    Gradient: `g * y * (digamma(a) - digamma(a + b))` and `g * y * (digamma(b) - digamma(a + b))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def betainc(a: Values, b: Values, x: Values) -> Any:
    """Regularized incomplete beta function, as `scipy.special.betainc`, right to some units in the last place up to parameters of 1,000.
    
    The gradient is right in all arguments.
    """

@overload
def betainc(a: Nodes, b: Nodes, x: Nodes) -> Node:
    """Regularized incomplete beta function, as `scipy.special.betainc`, right to some units in the last place up to parameters of 1,000.
    
    The gradient is right in all arguments.
    """

@overload
def betaln(a: Values, b: Values, /) -> Any:
    """Logarithm of the magnitude of the beta function, right also where one argument is much larger than the other.
    
    Gradient: `g * (digamma(a) - digamma(a + b))` and `g * (digamma(b) - digamma(a + b))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def betaln(a: Nodes, b: Nodes, /) -> Node:
    """Logarithm of the magnitude of the beta function, right also where one argument is much larger than the other.
    
    Gradient: `g * (digamma(a) - digamma(a + b))` and `g * (digamma(b) - digamma(a + b))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def block(arrays: Values) -> Any:
    """The same elements elsewhere, as `numpy.block` puts them."""

@overload
def block(arrays: Nodes) -> Node:
    """The same elements elsewhere, as `numpy.block` puts them."""

def broadcast_arrays(*args: Any, subok: Any = False) -> Any:
    """The same elements elsewhere, as `numpy.broadcast_arrays` puts them."""

@overload
def broadcast_to(x: Values, shape: Any, subok: bool = False) -> Any:
    """Repeat along new axes and axes of length 1, as `numpy.broadcast_to`."""

@overload
def broadcast_to(x: Nodes, shape: Any, subok: bool = False) -> Node:
    """Repeat along new axes and axes of length 1, as `numpy.broadcast_to`."""

@overload
def cbrt(a: Values, /) -> Any:
    """Cube root.
    
    By tables and a polynomial (`cube_root.py`).
    
    Gradient: `g / (3 * y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def cbrt(a: Nodes, /) -> Node:
    """Cube root.
    
    By tables and a polynomial (`cube_root.py`).
    
    Gradient: `g / (3 * y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def ceil(a: Values, /) -> Any:
    """Smallest whole number that is not smaller; its gradient is 0 everywhere."""

@overload
def ceil(a: Nodes, /) -> Node:
    """Smallest whole number that is not smaller; its gradient is 0 everywhere."""

@overload
def choose(a: Values, choices: Any, out: Any = None, mode: Any = 'raise') -> Any:
    """The same elements elsewhere, as `numpy.choose` puts them."""

@overload
def choose(a: Nodes, choices: Any, out: Any = None, mode: Any = 'raise') -> Node:
    """The same elements elsewhere, as `numpy.choose` puts them."""

@overload
def clip(x: Values, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any) -> Any:
    """Limit to an interval, as `numpy.clip`; a bound of None is no bound. The gradient passes inside and on the bounds."""

@overload
def clip(x: Nodes, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any) -> Node:
    """Limit to an interval, as `numpy.clip`; a bound of None is no bound. The gradient passes inside and on the bounds."""

@overload
def column_stack(tup: Values) -> Any:
    """The same elements elsewhere, as `numpy.column_stack` puts them."""

@overload
def column_stack(tup: Nodes) -> Node:
    """The same elements elsewhere, as `numpy.column_stack` puts them."""

@overload
def compress(condition: Values, a: Values, axis: Any = None, out: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.compress` puts them."""

@overload
def compress(condition: Nodes, a: Nodes, axis: Any = None, out: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.compress` puts them."""

@overload
def concatenate(nodes: Values, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = 'same_kind') -> Any:
    """Join along an axis, as `numpy.concatenate`."""

@overload
def concatenate(nodes: Nodes, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = 'same_kind') -> Node:
    """Join along an axis, as `numpy.concatenate`."""

@overload
def convolve(a: Values, v: Values, mode: str = 'full') -> Any:
    """Convolution of two sequences, as `numpy.convolve`: one product of a matrix of shifted copies."""

@overload
def convolve(a: Nodes, v: Nodes, mode: str = 'full') -> Node:
    """Convolution of two sequences, as `numpy.convolve`: one product of a matrix of shifted copies."""

@overload
def copy(a: Values, order: str = 'K', subok: bool = False) -> Any:
    """The node itself, which nothing can change."""

@overload
def copy(a: Nodes, order: str = 'K', subok: bool = False) -> Node:
    """The node itself, which nothing can change."""

@overload
def copysign(a: Values, b: Values, /) -> Any:
    """Magnitude of the first value with the sign of the second; its gradient at 0 is 0.
    
    Gradient: `g * y / a`, and nothing for the sign.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def copysign(a: Nodes, b: Nodes, /) -> Node:
    """Magnitude of the first value with the sign of the second; its gradient at 0 is 0.
    
    Gradient: `g * y / a`, and nothing for the sign.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def correlate(a: Values, v: Values, mode: str = 'valid') -> Any:
    """Correlation of two sequences, as `numpy.correlate`."""

@overload
def correlate(a: Nodes, v: Nodes, mode: str = 'valid') -> Node:
    """Correlation of two sequences, as `numpy.correlate`."""

@overload
def cos(a: Values, /) -> Any:
    """Cosine of an angle in radians.
    
    Gradient: `-g * sin(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def cos(a: Nodes, /) -> Node:
    """Cosine of an angle in radians.
    
    Gradient: `-g * sin(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def cosh(a: Values, /) -> Any:
    """Hyperbolic cosine.
    
    Gradient: `g * sinh(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def cosh(a: Nodes, /) -> Node:
    """Hyperbolic cosine.
    
    Gradient: `g * sinh(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def cosm1(a: Values, /) -> Any:
    """`cos(a) - 1`, accurate near 0.
    
    Gradient: `-g * sin(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def cosm1(a: Nodes, /) -> Node:
    """`cos(a) - 1`, accurate near 0.
    
    Gradient: `-g * sin(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def count_nonzero(x: Values, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many elements over axes differ from 0, as `numpy.count_nonzero`."""

@overload
def count_nonzero(x: Nodes, axis: Any = None, *, keepdims: bool = False) -> Node:
    """How many elements over axes differ from 0, as `numpy.count_nonzero`."""

@overload
def cov(m: Values, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    """Covariances of variables in rows, as `numpy.cov` without weights."""

@overload
def cov(m: Nodes, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Node:
    """Covariances of variables in rows, as `numpy.cov` without weights."""

@overload
def cross(a: Values, b: Values, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    """Vector product, as `numpy.cross`; of vectors of two components its third component, as NumPy had it."""

@overload
def cross(a: Nodes, b: Nodes, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Node:
    """Vector product, as `numpy.cross`; of vectors of two components its third component, as NumPy had it."""

@overload
def cummax(x: Values, axis: Any = None) -> Any:
    """Largest element up to each, as `numpy.maximum.accumulate` (along all elements for None); a tie is shared, and a NaN stays."""

@overload
def cummax(x: Nodes, axis: Any = None) -> Node:
    """Largest element up to each, as `numpy.maximum.accumulate` (along all elements for None); a tie is shared, and a NaN stays."""

@overload
def cummin(x: Values, axis: Any = None) -> Any:
    """Smallest element up to each, as `numpy.minimum.accumulate` (along all elements for None); a tie is shared, and a NaN stays."""

@overload
def cummin(x: Nodes, axis: Any = None) -> Node:
    """Smallest element up to each, as `numpy.minimum.accumulate` (along all elements for None); a tie is shared, and a NaN stays."""

@overload
def cumprod(x: Values, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Products of the elements up to each, as `numpy.cumprod`."""

@overload
def cumprod(x: Nodes, axis: Any = None, dtype: Any = None, out: Any = None) -> Node:
    """Products of the elements up to each, as `numpy.cumprod`."""

@overload
def cumsum(x: Values, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Sums of the elements up to each, as `numpy.cumsum`."""

@overload
def cumsum(x: Nodes, axis: Any = None, dtype: Any = None, out: Any = None) -> Node:
    """Sums of the elements up to each, as `numpy.cumsum`."""

@overload
def deg2rad(x: Values) -> Any:
    """Angle in radians of one in degrees."""

@overload
def deg2rad(x: Nodes) -> Node:
    """Angle in radians of one in degrees."""

@overload
def degrees(x: Values) -> Any:
    """Angle in degrees of one in radians."""

@overload
def degrees(x: Nodes) -> Node:
    """Angle in degrees of one in radians."""

@overload
def delete(arr: Values, obj: Any, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.delete` puts them."""

@overload
def delete(arr: Nodes, obj: Any, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.delete` puts them."""

@overload
def diag(v: Values, k: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.diag`, with zeros beside them."""

@overload
def diag(v: Nodes, k: Any = 0) -> Node:
    """The same elements elsewhere, as `numpy.diag`, with zeros beside them."""

@overload
def diagflat(v: Values, k: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.diagflat`, with zeros beside them."""

@overload
def diagflat(v: Nodes, k: Any = 0) -> Node:
    """The same elements elsewhere, as `numpy.diagflat`, with zeros beside them."""

@overload
def diagonal(a: Values, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Any:
    """The same elements elsewhere, as `numpy.diagonal` puts them."""

@overload
def diagonal(a: Nodes, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Node:
    """The same elements elsewhere, as `numpy.diagonal` puts them."""

@overload
def diff(a: Values, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis, `n` times, as `numpy.diff`."""

@overload
def diff(a: Nodes, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Node:
    """Differences of neighbours along an axis, `n` times, as `numpy.diff`."""

@overload
def digamma(a: Values, /) -> Any:
    """Derivative of `lgamma`.
    
    Within 1.2 units in the last place, also near its positive zero; near those of negative arguments within 1.5 units of 1/4, and within
    5 far left, where two numbers of some 30 cancel.
    
    Gradient: `g * trigamma(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, of a larger number where the result is a difference near 0, in float64 and in float32.
    """

@overload
def digamma(a: Nodes, /) -> Node:
    """Derivative of `lgamma`.
    
    Within 1.2 units in the last place, also near its positive zero; near those of negative arguments within 1.5 units of 1/4, and within
    5 far left, where two numbers of some 30 cancel.
    
    Gradient: `g * trigamma(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, of a larger number where the result is a difference near 0, in float64 and in float32.
    """

@overload
def divide(a: Values, b: Values, /) -> Any:
    """Quotient.
    
    Gradient: `g / b` and `-g * y / b`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def divide(a: Nodes, b: Nodes, /) -> Node:
    """Quotient.
    
    Gradient: `g / b` and `-g * y / b`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def divmod(x: Values, y: Values) -> Any:
    """Whole quotient and remainder, as `numpy.divmod`."""

@overload
def divmod(x: Nodes, y: Nodes) -> tuple[Node, Node]:
    """Whole quotient and remainder, as `numpy.divmod`."""

@overload
def dot(a: Values, b: Values, out: Any = None) -> Any:
    """Dot product, as `numpy.dot`: over the last axis of the first operand and the last but one of the second."""

@overload
def dot(a: Nodes, b: Nodes, out: Any = None) -> Node:
    """Dot product, as `numpy.dot`: over the last axis of the first operand and the last but one of the second."""

@overload
def dsplit(ary: Values, indices_or_sections: Any) -> Any:
    """The same elements elsewhere, as `numpy.dsplit` puts them."""

@overload
def dsplit(ary: Nodes, indices_or_sections: Any) -> list[Node]:
    """The same elements elsewhere, as `numpy.dsplit` puts them."""

@overload
def dstack(tup: Values) -> Any:
    """The same elements elsewhere, as `numpy.dstack` puts them."""

@overload
def dstack(tup: Nodes) -> Node:
    """The same elements elsewhere, as `numpy.dstack` puts them."""

@overload
def ediff1d(ary: Values, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours among all elements, as `numpy.ediff1d`."""

@overload
def ediff1d(ary: Nodes, to_end: Any = None, to_begin: Any = None) -> Node:
    """Differences of neighbours among all elements, as `numpy.ediff1d`."""

@overload
def einsum(*operands: str | Values, out: Any = None, optimize: Any = False, **options: Any) -> Any:
    """Sum of products that Einstein's convention says, as `numpy.einsum`, the operands joined from left to right."""

@overload
def einsum(*operands: str | Nodes, out: Any = None, optimize: Any = False, **options: Any) -> Node:
    """Sum of products that Einstein's convention says, as `numpy.einsum`, the operands joined from left to right."""

@overload
def empty_like(a: Values, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
    """Constant zeros of a node's shape, where `numpy.empty_like` promises nothing."""

@overload
def empty_like(a: Nodes, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """Constant zeros of a node's shape, where `numpy.empty_like` promises nothing."""

@overload
def entr(a: Values, /) -> Any:
    """`-a log(a)`, a term of an entropy: 0 at 0, minus infinity left of it.
    
    Gradient: `-g * (log(a) + 1)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def entr(a: Nodes, /) -> Node:
    """`-a log(a)`, a term of an entropy: 0 at 0, minus infinity left of it.
    
    Gradient: `-g * (log(a) + 1)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def equal(a: Values, b: Values, /) -> Any:
    """Whether two values are equal."""

@overload
def equal(a: Nodes, b: Nodes, /) -> Node:
    """Whether two values are equal."""

@overload
def erf(a: Values, /) -> Any:
    """Error function.
    
    Up to 27 / 32 it is `a` times a polynomial in its square; from there on it is 1 less the exponential of a polynomial around 1.
    Within 0.9 units in the last place.
    
    Gradient: `g * 2 / sqrt(pi) * exp(-(a**2))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def erf(a: Nodes, /) -> Node:
    """Error function.
    
    Up to 27 / 32 it is `a` times a polynomial in its square; from there on it is 1 less the exponential of a polynomial around 1.
    Within 0.9 units in the last place.
    
    Gradient: `g * 2 / sqrt(pi) * exp(-(a**2))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def erfc(a: Values, /) -> Any:
    """Complementary error function, `1 - erf(a)`, accurate in the tail.
    
    Within 1.1 units in the last place, in float32 1.2.
    
    Gradient: `-g * 2 / sqrt(pi) * exp(-(a**2))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def erfc(a: Nodes, /) -> Node:
    """Complementary error function, `1 - erf(a)`, accurate in the tail.
    
    Within 1.1 units in the last place, in float32 1.2.
    
    Gradient: `-g * 2 / sqrt(pi) * exp(-(a**2))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def erfcinv(a: Values, /) -> Any:
    """Inverse of `erfc`, right for the smallest numbers.
    
    Within 1 unit in the last place.
    
    Gradient: `-g * sqrt(pi) / 2 * exp(y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def erfcinv(a: Nodes, /) -> Node:
    """Inverse of `erfc`, right for the smallest numbers.
    
    Within 1 unit in the last place.
    
    Gradient: `-g * sqrt(pi) / 2 * exp(y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def erfcx(a: Values, /) -> Any:
    """`exp(a**2) erfc(a)`, which stays right where `erfc` is 0.
    
    Within 3 units in the last place.
    
    Gradient: `g * (2 * a * y - 2 / sqrt(pi))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def erfcx(a: Nodes, /) -> Node:
    """`exp(a**2) erfc(a)`, which stays right where `erfc` is 0.
    
    Within 3 units in the last place.
    
    Gradient: `g * (2 * a * y - 2 / sqrt(pi))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def erfinv(a: Values, /) -> Any:
    """Inverse of `erf`.
    
    Within 1 unit in the last place.
    
    Gradient: `g * sqrt(pi) / 2 * exp(y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def erfinv(a: Nodes, /) -> Node:
    """Inverse of `erf`.
    
    Within 1 unit in the last place.
    
    Gradient: `g * sqrt(pi) / 2 * exp(y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exp(a: Values, /) -> Any:
    """Exponential: its own derivative.
    
    Gradient: `g * y`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exp(a: Nodes, /) -> Node:
    """Exponential: its own derivative.
    
    Gradient: `g * y`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exp10(a: Values, /) -> Any:
    """Ten to the power of the value.
    
    Gradient: `g * y * log(10)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exp10(a: Nodes, /) -> Node:
    """Ten to the power of the value.
    
    Gradient: `g * y * log(10)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exp2(a: Values, /) -> Any:
    """Two to the power of the value.
    
    Gradient: `g * y * log(2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exp2(a: Nodes, /) -> Node:
    """Two to the power of the value.
    
    Gradient: `g * y * log(2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def expand_dims(a: Values, axis: Any) -> Any:
    """The same elements elsewhere, as `numpy.expand_dims` puts them."""

@overload
def expand_dims(a: Nodes, axis: Any) -> Node:
    """The same elements elsewhere, as `numpy.expand_dims` puts them."""

@overload
def expm1(a: Values, /) -> Any:
    """`exp(a) - 1`, accurate near 0.
    
    Gradient: `g * exp(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def expm1(a: Nodes, /) -> Node:
    """`exp(a) - 1`, accurate near 0.
    
    Gradient: `g * exp(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def exprel(a: Values, /) -> Any:
    """`(exp(a) - 1) / a`, accurate near 0.
    
    Gradient: `g * (exp(a) - y) / a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def exprel(a: Nodes, /) -> Node:
    """`(exp(a) - 1) / a`, accurate near 0.
    
    Gradient: `g * (exp(a) - y) / a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def extract(condition: Values, arr: Any) -> Any:
    """The same elements elsewhere, as `numpy.extract` puts them."""

@overload
def extract(condition: Nodes, arr: Any) -> Node:
    """The same elements elsewhere, as `numpy.extract` puts them."""

@overload
def fabs(x: Values) -> Any:
    """Absolute value; its gradient at 0 is 0."""

@overload
def fabs(x: Nodes) -> Node:
    """Absolute value; its gradient at 0 is 0."""

@overload
def fix(x: Values, out: Any = None) -> Any:
    """Value without its fraction, as `numpy.fix`."""

@overload
def fix(x: Nodes, out: Any = None) -> Node:
    """Value without its fraction, as `numpy.fix`."""

@overload
def flip(m: Values, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.flip` puts them."""

@overload
def flip(m: Nodes, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.flip` puts them."""

@overload
def fliplr(m: Values) -> Any:
    """The same elements elsewhere, as `numpy.fliplr` puts them."""

@overload
def fliplr(m: Nodes) -> Node:
    """The same elements elsewhere, as `numpy.fliplr` puts them."""

@overload
def flipud(m: Values) -> Any:
    """The same elements elsewhere, as `numpy.flipud` puts them."""

@overload
def flipud(m: Nodes) -> Node:
    """The same elements elsewhere, as `numpy.flipud` puts them."""

@overload
def float_power(x: Values, y: Values) -> Any:
    """First value to the power of the second, as `numpy.float_power`."""

@overload
def float_power(x: Nodes, y: Nodes) -> Node:
    """First value to the power of the second, as `numpy.float_power`."""

@overload
def floor(a: Values, /) -> Any:
    """Largest whole number that is not larger; its gradient is 0 everywhere."""

@overload
def floor(a: Nodes, /) -> Node:
    """Largest whole number that is not larger; its gradient is 0 everywhere."""

@overload
def floor_divide(a: Values, b: Values, /) -> Any:
    """Whole quotient that belongs to the remainder, Python's `//`; its gradient is 0 everywhere."""

@overload
def floor_divide(a: Nodes, b: Nodes, /) -> Node:
    """Whole quotient that belongs to the remainder, Python's `//`; its gradient is 0 everywhere."""

@overload
def fmax(a: Values, b: Values, /) -> Any:
    """Larger operand, or the one that is not NaN: it receives the gradient, each receives half on a tie.
    
    Gradient: `where(a > b, g, where(a == b, g / 2, 0))` and `where(b > a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def fmax(a: Nodes, b: Nodes, /) -> Node:
    """Larger operand, or the one that is not NaN: it receives the gradient, each receives half on a tie.
    
    Gradient: `where(a > b, g, where(a == b, g / 2, 0))` and `where(b > a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def fmin(a: Values, b: Values, /) -> Any:
    """Smaller operand, or the one that is not NaN: it receives the gradient, each receives half on a tie.
    
    Gradient: `where(a < b, g, where(a == b, g / 2, 0))` and `where(b < a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def fmin(a: Nodes, b: Nodes, /) -> Node:
    """Smaller operand, or the one that is not NaN: it receives the gradient, each receives half on a tie.
    
    Gradient: `where(a < b, g, where(a == b, g / 2, 0))` and `where(b < a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def fmod(a: Values, b: Values, /) -> Any:
    """Remainder with the sign of the first value, exact; its gradient is 1 and minus the whole quotient.
    
    Gradient: `g` and `-g * trunc(a / b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def fmod(a: Nodes, b: Nodes, /) -> Node:
    """Remainder with the sign of the first value, exact; its gradient is 1 and minus the whole quotient.
    
    Gradient: `g` and `-g * trunc(a / b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

def fori(start: int, stop: int, body: Callable[[Any, Any], Any], carry: Any) -> Any:
    """Repeat `carry = body(k, carry)` for `k` from `start` to `stop - 1`; see `scan`."""

@overload
def full_like(a: Values, fill_value: Any, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
    """A number or node repeated to a node's shape, as `numpy.full_like`."""

@overload
def full_like(a: Nodes, fill_value: Any, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """A number or node repeated to a node's shape, as `numpy.full_like`."""

@overload
def gamma(a: Values, /) -> Any:
    """Gamma function; NaN at its poles left of 0.
    
    Within 2 units in the last place.
    
    Gradient: `g * y * digamma(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def gamma(a: Nodes, /) -> Node:
    """Gamma function; NaN at its poles left of 0.
    
    Within 2 units in the last place.
    
    Gradient: `g * y * digamma(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def gammainc(a: Values, x: Values) -> Any:
    """Regularized lower incomplete gamma function, as `scipy.special.gammainc`, right to some units in the last place up to `a` of 1,000.
    
    The gradient is right in both arguments.
    """

@overload
def gammainc(a: Nodes, x: Nodes) -> Node:
    """Regularized lower incomplete gamma function, as `scipy.special.gammainc`, right to some units in the last place up to `a` of 1,000.
    
    The gradient is right in both arguments.
    """

@overload
def gammaincc(a: Values, x: Values) -> Any:
    """Regularized upper incomplete gamma function, as `scipy.special.gammaincc`; see `gammainc`."""

@overload
def gammaincc(a: Nodes, x: Nodes) -> Node:
    """Regularized upper incomplete gamma function, as `scipy.special.gammaincc`; see `gammainc`."""

@overload
def greater(a: Values, b: Values, /) -> Any:
    """Whether the first value is larger."""

@overload
def greater(a: Nodes, b: Nodes, /) -> Node:
    """Whether the first value is larger."""

@overload
def greater_equal(a: Values, b: Values, /) -> Any:
    """Whether the first value is larger or equal."""

@overload
def greater_equal(a: Nodes, b: Nodes, /) -> Node:
    """Whether the first value is larger or equal."""

@overload
def heaviside(x: Values, h: Values) -> Any:
    """0 left of 0, 1 right of it, and at 0 the second operand, which alone has a gradient."""

@overload
def heaviside(x: Nodes, h: Nodes) -> Node:
    """0 left of 0, 1 right of it, and at 0 the second operand, which alone has a gradient."""

@overload
def hsplit(ary: Values, indices_or_sections: Any) -> Any:
    """The same elements elsewhere, as `numpy.hsplit` puts them."""

@overload
def hsplit(ary: Nodes, indices_or_sections: Any) -> list[Node]:
    """The same elements elsewhere, as `numpy.hsplit` puts them."""

@overload
def hstack(tup: Values, *, dtype: Any = None, casting: Any = 'same_kind') -> Any:
    """The same elements elsewhere, as `numpy.hstack` puts them."""

@overload
def hstack(tup: Nodes, *, dtype: Any = None, casting: Any = 'same_kind') -> Node:
    """The same elements elsewhere, as `numpy.hstack` puts them."""

@overload
def huber(delta: Values, r: Values, /) -> Any:
    """`r**2 / 2` up to `delta`, from there on the line that continues it; infinite for a negative `delta`.
    
    Gradient: `where(abs(r) > delta, g * (abs(r) - delta), 0)` and `g * clip(r, -delta, delta)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def huber(delta: Nodes, r: Nodes, /) -> Node:
    """`r**2 / 2` up to `delta`, from there on the line that continues it; infinite for a negative `delta`.
    
    Gradient: `where(abs(r) > delta, g * (abs(r) - delta), 0)` and `g * clip(r, -delta, delta)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def hypot(a: Values, b: Values, /) -> Any:
    """Length of the hypotenuse, `sqrt(a * a + b * b)`; its gradient at the origin is 0.
    
    Source: C. F. Borges, "An improved algorithm for hypot(a,b)" (2019): the error of the sum of squares goes into one step of Newton's.
    
    Gradient: `g * a / y` and `g * b / y`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def hypot(a: Nodes, b: Nodes, /) -> Node:
    """Length of the hypotenuse, `sqrt(a * a + b * b)`; its gradient at the origin is 0.
    
    Source: C. F. Borges, "An improved algorithm for hypot(a,b)" (2019): the error of the sum of squares goes into one step of Newton's.
    
    Gradient: `g * a / y` and `g * b / y`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def i0(a: Values, /) -> Any:
    """Modified Bessel function of order 0.
    
    Gradient: `g * i1(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 5 units in the last place, in float64 and in float32.
    """

@overload
def i0(a: Nodes, /) -> Node:
    """Modified Bessel function of order 0.
    
    Gradient: `g * i1(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 5 units in the last place, in float64 and in float32.
    """

@overload
def i0e(a: Values, /) -> Any:
    """`exp(-|a|) i0(a)`.
    
    Gradient: `g * (i1e(a) - sign(a) * y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def i0e(a: Nodes, /) -> Node:
    """`exp(-|a|) i0(a)`.
    
    Gradient: `g * (i1e(a) - sign(a) * y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def i1(a: Values, /) -> Any:
    """Modified Bessel function of order 1.
    
    Gradient: `g * (i0(a) - y / a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 5 units in the last place, in float64 and in float32.
    """

@overload
def i1(a: Nodes, /) -> Node:
    """Modified Bessel function of order 1.
    
    Gradient: `g * (i0(a) - y / a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 5 units in the last place, in float64 and in float32.
    """

@overload
def i1e(a: Values, /) -> Any:
    """`exp(-|a|) i1(a)`.
    
    Gradient: `g * (i0e(a) - y / a - sign(a) * y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def i1e(a: Nodes, /) -> Node:
    """`exp(-|a|) i1(a)`.
    
    Gradient: `g * (i0e(a) - y / a - sign(a) * y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def inner(a: Values, b: Values) -> Any:
    """Sums of products over the last axes, as `numpy.inner`."""

@overload
def inner(a: Nodes, b: Nodes) -> Node:
    """Sums of products over the last axes, as `numpy.inner`."""

@overload
def insert(arr: Values, obj: Any, values: Any, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.insert` puts them."""

@overload
def insert(arr: Nodes, obj: Any, values: Any, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.insert` puts them."""

@overload
def interp(x: Values, xp: Values, fp: Values, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Linear interpolation, as `numpy.interp`: each piece is computed, and the right one chosen by halving; all operands may be nodes.
    
    The places `xp` increase; with a period they are constant.
    """

@overload
def interp(x: Nodes, xp: Nodes, fp: Nodes, left: Any = None, right: Any = None, period: Any = None) -> Node:
    """Linear interpolation, as `numpy.interp`: each piece is computed, and the right one chosen by halving; all operands may be nodes.
    
    The places `xp` increase; with a period they are constant.
    """

@overload
def isclose(a: Values, b: Values, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether values differ by no more than a tolerance, as `numpy.isclose`."""

@overload
def isclose(a: Nodes, b: Nodes, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Node:
    """Whether values differ by no more than a tolerance, as `numpy.isclose`."""

@overload
def isfinite(a: Values, /) -> Any:
    """Whether the value is a number, neither infinite nor NaN."""

@overload
def isfinite(a: Nodes, /) -> Node:
    """Whether the value is a number, neither infinite nor NaN."""

@overload
def isinf(a: Values, /) -> Any:
    """Whether the value is infinite."""

@overload
def isinf(a: Nodes, /) -> Node:
    """Whether the value is infinite."""

@overload
def isnan(a: Values, /) -> Any:
    """Whether the value is NaN."""

@overload
def isnan(a: Nodes, /) -> Node:
    """Whether the value is NaN."""

@overload
def kl_div(a: Values, b: Values, /) -> Any:
    """`a log(a / b) - a + b`: a term of a relative entropy that is never negative.
    
    Gradient: `g * log(a / b)` and `g * (1 - a / b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def kl_div(a: Nodes, b: Nodes, /) -> Node:
    """`a log(a / b) - a + b`: a term of a relative entropy that is never negative.
    
    Gradient: `g * log(a / b)` and `g * (1 - a / b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def kron(a: Values, b: Values) -> Any:
    """Kronecker's product, as `numpy.kron`."""

@overload
def kron(a: Nodes, b: Nodes) -> Node:
    """Kronecker's product, as `numpy.kron`."""

@overload
def less(a: Values, b: Values, /) -> Any:
    """Whether the first value is smaller."""

@overload
def less(a: Nodes, b: Nodes, /) -> Node:
    """Whether the first value is smaller."""

@overload
def less_equal(a: Values, b: Values, /) -> Any:
    """Whether the first value is smaller or equal."""

@overload
def less_equal(a: Nodes, b: Nodes, /) -> Node:
    """Whether the first value is smaller or equal."""

@overload
def lgamma(a: Values, /) -> Any:
    """Logarithm of the absolute value of the gamma function.
    
    Within 2.1 units in the last place (2.7 in float32), also near its zeros at 1 and 2; near those of negative arguments within 2.7 units
    of 1/4.
    
    Gradient: `g * digamma(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, of a larger number where the result is a difference near 0, in float64 and in float32.
    """

@overload
def lgamma(a: Nodes, /) -> Node:
    """Logarithm of the absolute value of the gamma function.
    
    Within 2.1 units in the last place (2.7 in float32), also near its zeros at 1 and 2; near those of negative arguments within 2.7 units
    of 1/4.
    
    Gradient: `g * digamma(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, of a larger number where the result is a difference near 0, in float64 and in float32.
    """

def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0) -> Any:
    """Evenly spaced numbers between nodes, as `numpy.linspace`."""

@overload
def log(a: Values, /) -> Any:
    """Natural logarithm.
    
    Gradient: `g / a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log(a: Nodes, /) -> Node:
    """Natural logarithm.
    
    Gradient: `g / a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log10(a: Values, /) -> Any:
    """Logarithm to the base 10.
    
    Gradient: `g / (a * log(10))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log10(a: Nodes, /) -> Node:
    """Logarithm to the base 10.
    
    Gradient: `g / (a * log(10))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log1p(a: Values, /) -> Any:
    """`log(1 + a)`, accurate near 0.
    
    Gradient: `g / (1 + a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log1p(a: Nodes, /) -> Node:
    """`log(1 + a)`, accurate near 0.
    
    Gradient: `g / (1 + a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log2(a: Values, /) -> Any:
    """Logarithm to the base 2.
    
    Gradient: `g / (a * log(2))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log2(a: Nodes, /) -> Node:
    """Logarithm to the base 2.
    
    Gradient: `g / (a * log(2))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log_expit(a: Values, /) -> Any:
    """Logarithm of `sigmoid`, right where that is 0 or 1.
    
    Gradient: `g * sigmoid(-a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log_expit(a: Nodes, /) -> Node:
    """Logarithm of `sigmoid`, right where that is 0 or 1.
    
    Gradient: `g * sigmoid(-a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def log_ndtr(a: Values, /) -> Any:
    """Logarithm of the standard normal distribution function, accurate in both tails.
    
    On the left it is the logarithm of the tail without its exponential, and the exponent. On the right it is that of 1 less the tail.
    Within 1.4 units in the last place, in float32 1.5.
    
    Gradient: `g * exp(-(a**2) / 2 - y) / sqrt(2 * pi)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def log_ndtr(a: Nodes, /) -> Node:
    """Logarithm of the standard normal distribution function, accurate in both tails.
    
    On the left it is the logarithm of the tail without its exponential, and the exponent. On the right it is that of 1 less the tail.
    Within 1.4 units in the last place, in float32 1.5.
    
    Gradient: `g * exp(-(a**2) / 2 - y) / sqrt(2 * pi)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def log_softmax(x: Values, axis: Any = -1) -> Any:
    """`x - log(sum(exp(x)))` over axes: the logarithm of the softmax, right where that is 0."""

@overload
def log_softmax(x: Nodes, axis: Any = -1) -> Node:
    """`x - log(sum(exp(x)))` over axes: the logarithm of the softmax, right where that is 0."""

@overload
def logaddexp(a: Values, b: Values, /) -> Any:
    """`log(exp(a) + exp(b))`, without overflow; each operand receives its share of the sum.
    
    Gradient: `g * exp(a - y)` and `g * exp(b - y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def logaddexp(a: Nodes, b: Nodes, /) -> Node:
    """`log(exp(a) + exp(b))`, without overflow; each operand receives its share of the sum.
    
    Gradient: `g * exp(a - y)` and `g * exp(b - y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def logaddexp2(a: Values, b: Values, /) -> Any:
    """`log2(2**a + 2**b)`, without overflow; each operand receives its share of the sum.
    
    Gradient: `g * exp2(a - y)` and `g * exp2(b - y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def logaddexp2(a: Nodes, b: Nodes, /) -> Node:
    """`log2(2**a + 2**b)`, without overflow; each operand receives its share of the sum.
    
    Gradient: `g * exp2(a - y)` and `g * exp2(b - y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def logcumsumexp(x: Values, axis: Any = None) -> Any:
    """`log(cumsum(exp(x)))` without overflow, as `numpy.logaddexp.accumulate` (along all elements for None)."""

@overload
def logcumsumexp(x: Nodes, axis: Any = None) -> Node:
    """`log(cumsum(exp(x)))` without overflow, as `numpy.logaddexp.accumulate` (along all elements for None)."""

@overload
def loggamma(x: Values) -> Any:
    """Logarithm of the gamma function of positive numbers, as `scipy.special.loggamma`; NaN left of 0."""

@overload
def loggamma(x: Nodes) -> Node:
    """Logarithm of the gamma function of positive numbers, as `scipy.special.loggamma`; NaN left of 0."""

@overload
def logical_and(a: Values, b: Values, /) -> Any:
    """Whether both values hold (differ from 0)."""

@overload
def logical_and(a: Nodes, b: Nodes, /) -> Node:
    """Whether both values hold (differ from 0)."""

@overload
def logical_not(a: Values, /) -> Any:
    """Whether the value does not hold (is 0)."""

@overload
def logical_not(a: Nodes, /) -> Node:
    """Whether the value does not hold (is 0)."""

@overload
def logical_or(a: Values, b: Values, /) -> Any:
    """Whether any of the values holds (differs from 0)."""

@overload
def logical_or(a: Nodes, b: Nodes, /) -> Node:
    """Whether any of the values holds (differs from 0)."""

@overload
def logical_xor(a: Values, b: Values, /) -> Any:
    """Whether exactly one of the values holds (differs from 0)."""

@overload
def logical_xor(a: Nodes, b: Nodes, /) -> Node:
    """Whether exactly one of the values holds (differs from 0)."""

@overload
def logit(a: Values, /) -> Any:
    """`log(a / (1 - a))`, the inverse of `sigmoid`; in the middle by `arctanh`, as the quotient is near 1 there.
    
    Within 2 units in the last place.
    
    Gradient: `g / (a * (1 - a))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def logit(a: Nodes, /) -> Node:
    """`log(a / (1 - a))`, the inverse of `sigmoid`; in the middle by `arctanh`, as the quotient is near 1 there.
    
    Within 2 units in the last place.
    
    Gradient: `g / (a * (1 - a))`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def logsumexp(x: Values, axis: Any = None, keepdims: bool = False) -> Any:
    """`log(sum(exp(x)))` over axes, without overflow; its gradient is the softmax.
    
    Accuracy: within 1 unit in the last place, of a larger number where the result is a difference near 0, in float64 and in float32.
    """

@overload
def logsumexp(x: Nodes, axis: Any = None, keepdims: bool = False) -> Node:
    """`log(sum(exp(x)))` over axes, without overflow; its gradient is the softmax.
    
    Accuracy: within 1 unit in the last place, of a larger number where the result is a difference near 0, in float64 and in float32.
    """

@overload
def matmul(a: Values, b: Values, **options: Any) -> Any:
    """Matrix product, as `numpy.matmul`: of vectors, matrices, and stacks of matrices, which broadcast."""

@overload
def matmul(a: Nodes, b: Nodes, **options: Any) -> Node:
    """Matrix product, as `numpy.matmul`: of vectors, matrices, and stacks of matrices, which broadcast."""

@overload
def matrix_transpose(x: Values, /) -> Any:
    """The same elements elsewhere, as `numpy.matrix_transpose` puts them."""

@overload
def matrix_transpose(x: Nodes, /) -> Node:
    """The same elements elsewhere, as `numpy.matrix_transpose` puts them."""

@overload
def max(x: Values, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Maximum over axes, as `numpy.max`: NaN if any element is; the tied share the gradient equally."""

@overload
def max(x: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Maximum over axes, as `numpy.max`: NaN if any element is; the tied share the gradient equally."""

@overload
def maximum(a: Values, b: Values, /) -> Any:
    """Larger operand. The gradient router: the larger one receives the gradient, each receives half on a tie; NaN if either is.
    
    Gradient: `where(a > b, g, where(a == b, g / 2, 0))` and `where(b > a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def maximum(a: Nodes, b: Nodes, /) -> Node:
    """Larger operand. The gradient router: the larger one receives the gradient, each receives half on a tie; NaN if either is.
    
    Gradient: `where(a > b, g, where(a == b, g / 2, 0))` and `where(b > a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def mean(x: Values, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    """Mean over axes, as `numpy.mean`."""

@overload
def mean(x: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Mean over axes, as `numpy.mean`."""

@overload
def median(a: Values, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """Middle element over axes of up to 64 elements, as `numpy.median`."""

@overload
def median(a: Nodes, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Node:
    """Middle element over axes of up to 64 elements, as `numpy.median`."""

def meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = 'xy') -> Any:
    """The same elements elsewhere, as `numpy.meshgrid` puts them."""

@overload
def min(x: Values, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Minimum over axes, as `numpy.min`: NaN if any element is; the tied share the gradient equally."""

@overload
def min(x: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Minimum over axes, as `numpy.min`: NaN if any element is; the tied share the gradient equally."""

@overload
def minimum(a: Values, b: Values, /) -> Any:
    """Smaller operand: it receives the gradient, each receives half on a tie; NaN if either is.
    
    Gradient: `where(a < b, g, where(a == b, g / 2, 0))` and `where(b < a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def minimum(a: Nodes, b: Nodes, /) -> Node:
    """Smaller operand: it receives the gradient, each receives half on a tie; NaN if either is.
    
    Gradient: `where(a < b, g, where(a == b, g / 2, 0))` and `where(b < a, g, where(a == b, g / 2, 0))`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def modf(x: Values) -> Any:
    """Fraction, which has the gradient, and whole part, both with the sign of the value, as `numpy.modf`."""

@overload
def modf(x: Nodes) -> tuple[Node, Node]:
    """Fraction, which has the gradient, and whole part, both with the sign of the value, as `numpy.modf`."""

@overload
def moveaxis(a: Values, source: Any, destination: Any) -> Any:
    """The same elements elsewhere, as `numpy.moveaxis` puts them."""

@overload
def moveaxis(a: Nodes, source: Any, destination: Any) -> Node:
    """The same elements elsewhere, as `numpy.moveaxis` puts them."""

@overload
def multiply(a: Values, b: Values, /) -> Any:
    """Product. The gradient switcher: each operand receives the other one times the upstream gradient.
    
    Gradient: `g * b` and `g * a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def multiply(a: Nodes, b: Nodes, /) -> Node:
    """Product. The gradient switcher: each operand receives the other one times the upstream gradient.
    
    Gradient: `g * b` and `g * a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def nan_to_num(x: Values, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Numbers in place of NaN and infinities, as `numpy.nan_to_num`, whose limits are those of float64; what is replaced has gradient 0."""

@overload
def nan_to_num(x: Nodes, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Node:
    """Numbers in place of NaN and infinities, as `numpy.nan_to_num`, whose limits are those of float64; what is replaced has gradient 0."""

@overload
def nanmax(a: Values, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Maximum over axes of what is not NaN, as `numpy.nanmax`."""

@overload
def nanmax(a: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Maximum over axes of what is not NaN, as `numpy.nanmax`."""

@overload
def nanmean(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    """Mean over axes of what is not NaN, as `numpy.nanmean`."""

@overload
def nanmean(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Node:
    """Mean over axes of what is not NaN, as `numpy.nanmean`."""

@overload
def nanmin(a: Values, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Minimum over axes of what is not NaN, as `numpy.nanmin`."""

@overload
def nanmin(a: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Minimum over axes of what is not NaN, as `numpy.nanmin`."""

@overload
def nanprod(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Product over axes of what is not NaN, as `numpy.nanprod`."""

@overload
def nanprod(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Product over axes of what is not NaN, as `numpy.nanprod`."""

@overload
def nanstd(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True) -> Any:
    """Standard deviation over axes of what is not NaN, as `numpy.nanstd`."""

@overload
def nanstd(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True) -> Node:
    """Standard deviation over axes of what is not NaN, as `numpy.nanstd`."""

@overload
def nansum(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Sum over axes of what is not NaN, as `numpy.nansum`."""

@overload
def nansum(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Sum over axes of what is not NaN, as `numpy.nansum`."""

@overload
def nanvar(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True) -> Any:
    """Mean square deviation over axes of what is not NaN, as `numpy.nanvar`."""

@overload
def nanvar(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True) -> Node:
    """Mean square deviation over axes of what is not NaN, as `numpy.nanvar`."""

@overload
def ndtr(a: Values, /) -> Any:
    """Distribution function of the standard normal distribution.
    
    Within 1.1 units in the last place in both tails, in float32 1.4.
    
    Gradient: `g * exp(-(a**2) / 2) / sqrt(2 * pi)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def ndtr(a: Nodes, /) -> Node:
    """Distribution function of the standard normal distribution.
    
    Within 1.1 units in the last place in both tails, in float32 1.4.
    
    Gradient: `g * exp(-(a**2) / 2) / sqrt(2 * pi)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def ndtri(a: Values, /) -> Any:
    """Inverse of `ndtr`: quantiles of the standard normal distribution, right for the smallest numbers.
    
    Within 1 unit in the last place.
    
    Gradient: `g * sqrt(2 * pi) * exp(y**2 / 2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def ndtri(a: Nodes, /) -> Node:
    """Inverse of `ndtr`: quantiles of the standard normal distribution, right for the smallest numbers.
    
    Within 1 unit in the last place.
    
    Gradient: `g * sqrt(2 * pi) * exp(y**2 / 2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def negative(a: Values, /) -> Any:
    """Change of sign.
    
    Gradient: `-g`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def negative(a: Nodes, /) -> Node:
    """Change of sign.
    
    Gradient: `-g`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def nextafter(x: Values, y: Values) -> Any:
    """Refused: which number is next depends on the compiled function's dtype."""

@overload
def nextafter(x: Nodes, y: Nodes) -> Node:
    """Refused: which number is next depends on the compiled function's dtype."""

@overload
def norm(x: Values, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Norm, as `numpy.linalg.norm`, of all orders; gradient 0 at the origin.
    
    Raises
    ------
    ValueError
        For an order that does not exist, and for 2, -2 and 'nuc' of matrices of more than 3 rows and columns.
    """

@overload
def norm(x: Nodes, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Node:
    """Norm, as `numpy.linalg.norm`, of all orders; gradient 0 at the origin.
    
    Raises
    ------
    ValueError
        For an order that does not exist, and for 2, -2 and 'nuc' of matrices of more than 3 rows and columns.
    """

@overload
def not_equal(a: Values, b: Values, /) -> Any:
    """Whether two values differ."""

@overload
def not_equal(a: Nodes, b: Nodes, /) -> Node:
    """Whether two values differ."""

@overload
def ones_like(a: Values, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
    """Constant ones of a node's shape, as `numpy.ones_like`."""

@overload
def ones_like(a: Nodes, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """Constant ones of a node's shape, as `numpy.ones_like`."""

@overload
def outer(a: Values, b: Values, out: Any = None) -> Any:
    """Product of every element of one operand with every element of the other, as `numpy.outer`."""

@overload
def outer(a: Nodes, b: Nodes, out: Any = None) -> Node:
    """Product of every element of one operand with every element of the other, as `numpy.outer`."""

@overload
def pad(array: Values, pad_width: Any, mode: str = 'constant', **options: Any) -> Any:
    """Put elements around an array, as `numpy.pad` does in the modes that compute nothing."""

@overload
def pad(array: Nodes, pad_width: Any, mode: str = 'constant', **options: Any) -> Node:
    """Put elements around an array, as `numpy.pad` does in the modes that compute nothing."""

@overload
def percentile(a: Values, q: Values, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = 'linear', keepdims: bool = False) -> Any:
    """Percentiles over axes of up to 64 elements, interpolated linearly, as `numpy.percentile`."""

@overload
def percentile(a: Nodes, q: Nodes, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = 'linear', keepdims: bool = False) -> Node:
    """Percentiles over axes of up to 64 elements, interpolated linearly, as `numpy.percentile`."""

@overload
def piecewise(x: Values, condlist: Any, funclist: Sequence[Any], *args: Values, **kw: Any) -> Any:
    """Evaluate the function or number of the last condition that holds, as `numpy.piecewise`; a further one is for all other elements."""

@overload
def piecewise(x: Nodes, condlist: Any, funclist: Sequence[Any], *args: Nodes, **kw: Any) -> Node:
    """Evaluate the function or number of the last condition that holds, as `numpy.piecewise`; a further one is for all other elements."""

@overload
def polyval(p: Values, x: Values) -> Any:
    """Value of a polynomial whose highest coefficient comes first, as `numpy.polyval`."""

@overload
def polyval(p: Nodes, x: Nodes) -> Node:
    """Value of a polynomial whose highest coefficient comes first, as `numpy.polyval`."""

@overload
def power(a: Values, b: Values, /) -> Any:
    """First value to the power of the second; `0 ** b` has gradient 0 in `b` for positive `b`, and `a ** 0` has gradient 0 in `a`.
    
    The exponential of `b log(a)`, where the logarithm and the product are pairs right to `2**-64` (`2**-34`) of their value. Largest
    error found: 0.85 units in the last place, 0.75 in float32.
    
    Gradient: `g * b * a ** (b - 1)` and `g * y * log(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def power(a: Nodes, b: Nodes, /) -> Node:
    """First value to the power of the second; `0 ** b` has gradient 0 in `b` for positive `b`, and `a ** 0` has gradient 0 in `a`.
    
    The exponential of `b log(a)`, where the logarithm and the product are pairs right to `2**-64` (`2**-34`) of their value. Largest
    error found: 0.85 units in the last place, 0.75 in float32.
    
    Gradient: `g * b * a ** (b - 1)` and `g * y * log(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def prod(x: Values, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Product over axes, as `numpy.prod`, by halving, so that its gradient is right where elements are 0."""

@overload
def prod(x: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Product over axes, as `numpy.prod`, by halving, so that its gradient is right where elements are 0."""

@overload
def pseudo_huber(delta: Values, r: Values, /) -> Any:
    """`delta**2 (sqrt(1 + (r / delta)**2) - 1)`, a smooth `huber`; infinite for a negative `delta`.
    
    Gradient: `g * (hypot(delta, r) - delta) ** 2 / hypot(delta, r)` and `g * delta * r / hypot(delta, r)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def pseudo_huber(delta: Nodes, r: Nodes, /) -> Node:
    """`delta**2 (sqrt(1 + (r / delta)**2) - 1)`, a smooth `huber`; infinite for a negative `delta`.
    
    Gradient: `g * (hypot(delta, r) - delta) ** 2 / hypot(delta, r)` and `g * delta * r / hypot(delta, r)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def ptp(a: Values, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Largest less smallest element over axes, as `numpy.ptp`."""

@overload
def ptp(a: Nodes, axis: Any = None, out: Any = None, keepdims: bool = False) -> Node:
    """Largest less smallest element over axes, as `numpy.ptp`."""

@overload
def quantile(a: Values, q: Values, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = 'linear', keepdims: bool = False) -> Any:
    """Quantiles over axes of up to 64 elements, interpolated linearly, as `numpy.quantile`."""

@overload
def quantile(a: Nodes, q: Nodes, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = 'linear', keepdims: bool = False) -> Node:
    """Quantiles over axes of up to 64 elements, interpolated linearly, as `numpy.quantile`."""

@overload
def rad2deg(x: Values) -> Any:
    """Angle in degrees of one in radians."""

@overload
def rad2deg(x: Nodes) -> Node:
    """Angle in degrees of one in radians."""

@overload
def radians(x: Values) -> Any:
    """Angle in radians of one in degrees."""

@overload
def radians(x: Nodes) -> Node:
    """Angle in radians of one in degrees."""

@overload
def ravel(x: Values, order: Any = 'C') -> Any:
    """The same elements along one axis, as `numpy.ravel`."""

@overload
def ravel(x: Nodes, order: Any = 'C') -> Node:
    """The same elements along one axis, as `numpy.ravel`."""

@overload
def reciprocal(a: Values, /) -> Any:
    """One divided by the value.
    
    Gradient: `-g * y**2`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def reciprocal(a: Nodes, /) -> Node:
    """One divided by the value.
    
    Gradient: `-g * y**2`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def rel_entr(a: Values, b: Values, /) -> Any:
    """`a log(a / b)`, a term of a relative entropy: 0 where `a` is, infinite where one of them is negative.
    
    Gradient: `g * (log(a / b) + 1)` and `-g * a / b`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def rel_entr(a: Nodes, b: Nodes, /) -> Node:
    """`a log(a / b)`, a term of a relative entropy: 0 where `a` is, infinite where one of them is negative.
    
    Gradient: `g * (log(a / b) + 1)` and `-g * a / b`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def relu(a: Values, /) -> Any:
    """`max(a, 0)`; its gradient at 0 is 0.
    
    Gradient: `where(a > 0, g, 0)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def relu(a: Nodes, /) -> Node:
    """`max(a, 0)`; its gradient at 0 is 0.
    
    Gradient: `where(a > 0, g, 0)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def remainder(a: Values, b: Values, /) -> Any:
    """Remainder with the sign of the second value, Python's `%`; its gradient is 1 and minus the whole quotient.
    
    Gradient: `g` and `-g * floor(a / b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def remainder(a: Nodes, b: Nodes, /) -> Node:
    """Remainder with the sign of the second value, Python's `%`; its gradient is 1 and minus the whole quotient.
    
    Gradient: `g` and `-g * floor(a / b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def repeat(a: Values, repeats: Any, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.repeat` puts them."""

@overload
def repeat(a: Nodes, repeats: Any, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.repeat` puts them."""

@overload
def reshape(x: Values, shape: Any, order: Any = 'C', *, copy: Any = None) -> Any:
    """The same elements under another shape, as `numpy.reshape`."""

@overload
def reshape(x: Nodes, shape: Any, order: Any = 'C', *, copy: Any = None) -> Node:
    """The same elements under another shape, as `numpy.reshape`."""

@overload
def resize(a: Values, new_shape: Any) -> Any:
    """The same elements elsewhere, as `numpy.resize` puts them."""

@overload
def resize(a: Nodes, new_shape: Any) -> Node:
    """The same elements elsewhere, as `numpy.resize` puts them."""

@overload
def rint(a: Values, /) -> Any:
    """Nearest whole number, the even one of two; its gradient is 0 everywhere."""

@overload
def rint(a: Nodes, /) -> Node:
    """Nearest whole number, the even one of two; its gradient is 0 everywhere."""

@overload
def roll(a: Values, shift: Any, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.roll` puts them."""

@overload
def roll(a: Nodes, shift: Any, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.roll` puts them."""

@overload
def rollaxis(a: Values, axis: Any, start: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.rollaxis` puts them."""

@overload
def rollaxis(a: Nodes, axis: Any, start: Any = 0) -> Node:
    """The same elements elsewhere, as `numpy.rollaxis` puts them."""

@overload
def rot90(m: Values, k: Any = 1, axes: Any = Ellipsis) -> Any:
    """The same elements elsewhere, as `numpy.rot90` puts them."""

@overload
def rot90(m: Nodes, k: Any = 1, axes: Any = Ellipsis) -> Node:
    """The same elements elsewhere, as `numpy.rot90` puts them."""

@overload
def round(a: Values, decimals: int = 0, out: Any = None) -> Any:
    """Nearest number with so many decimals, as `numpy.round`, the even one of two; a step, so its gradient is 0."""

@overload
def round(a: Nodes, decimals: int = 0, out: Any = None) -> Node:
    """Nearest number with so many decimals, as `numpy.round`, the even one of two; a step, so its gradient is 0."""

def scan(step: Callable[[Any, Any], Any], carry: Any, xs: Any = None, length: int | None = None) -> tuple[Any, Any]:
    """Repeat a step: `carry, y = step(carry, x)` for each slice `x` of `xs` along the first axis.
    
    The step is traced once, and program, compile time and memory do not grow with the number of steps. The values have the bits of the
    loop written out.
    """

def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Node:
    """Take the choice of the first condition that holds, as `numpy.select`."""

@overload
def sigmoid(a: Values, /) -> Any:
    """`1 / (1 + exp(-a))`, without overflow; its local gradient is `(1 - y) * y`.
    
    Gradient: `g * y * (1 - y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def sigmoid(a: Nodes, /) -> Node:
    """`1 / (1 + exp(-a))`, without overflow; its local gradient is `(1 - y) * y`.
    
    Gradient: `g * y * (1 - y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def sign(a: Values, /) -> Any:
    """-1, 0 or 1 (NaN for NaN); its gradient is 0 everywhere."""

@overload
def sign(a: Nodes, /) -> Node:
    """-1, 0 or 1 (NaN for NaN); its gradient is 0 everywhere."""

@overload
def signbit(a: Values, /) -> Any:
    """Whether the sign bit is set, as that of -0.0 is."""

@overload
def signbit(a: Nodes, /) -> Node:
    """Whether the sign bit is set, as that of -0.0 is."""

@overload
def sin(a: Values, /) -> Any:
    """Sine of an angle in radians.
    
    Gradient: `g * cos(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def sin(a: Nodes, /) -> Node:
    """Sine of an angle in radians.
    
    Gradient: `g * cos(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def sinc(a: Values, /) -> Any:
    """`sin(pi a) / (pi a)`, exactly 0 at whole numbers.
    
    Largest error found: 1.1 units in the last place, also near its zeros.
    
    Gradient: `g * (cos(pi * a) - y) / a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2.5 units in the last place, in float64 and in float32.
    """

@overload
def sinc(a: Nodes, /) -> Node:
    """`sin(pi a) / (pi a)`, exactly 0 at whole numbers.
    
    Largest error found: 1.1 units in the last place, also near its zeros.
    
    Gradient: `g * (cos(pi * a) - y) / a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2.5 units in the last place, in float64 and in float32.
    """

@overload
def sinh(a: Values, /) -> Any:
    """Hyperbolic sine.
    
    Gradient: `g * cosh(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def sinh(a: Nodes, /) -> Node:
    """Hyperbolic sine.
    
    Gradient: `g * cosh(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def softmax(x: Values, axis: Any = -1) -> Any:
    """`exp(x) / sum(exp(x))` over axes, without overflow.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def softmax(x: Nodes, axis: Any = -1) -> Node:
    """`exp(x) / sum(exp(x))` over axes, without overflow.
    
    Accuracy: within 4 units in the last place, in float64 and in float32.
    """

@overload
def softplus(a: Values, /) -> Any:
    """`log(1 + exp(a))`, without overflow; its local gradient is the sigmoid.
    
    The logarithm of `1 + e` for `e = exp(-|a|)` is that of one of sixteen numbers, and of a quotient near 1. That of the former is so
    short that what is lost where it is added to `a` is known.
    
    Gradient: `g * sigmoid(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def softplus(a: Nodes, /) -> Node:
    """`log(1 + exp(a))`, without overflow; its local gradient is the sigmoid.
    
    The logarithm of `1 + e` for `e = exp(-|a|)` is that of one of sixteen numbers, and of a quotient near 1. That of the former is so
    short that what is lost where it is added to `a` is known.
    
    Gradient: `g * sigmoid(a)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def sort(a: Values, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """Elements in order along an axis of up to 64, as `numpy.sort`; each receives the gradient of its place, the tied share it."""

@overload
def sort(a: Nodes, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Node:
    """Elements in order along an axis of up to 64, as `numpy.sort`; each receives the gradient of its place, the tied share it."""

@overload
def split(ary: Values, indices_or_sections: Any, axis: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.split` puts them."""

@overload
def split(ary: Nodes, indices_or_sections: Any, axis: Any = 0) -> list[Node]:
    """The same elements elsewhere, as `numpy.split` puts them."""

@overload
def sqrt(a: Values, /) -> Any:
    """Square root.
    
    Gradient: `g / (2 * y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def sqrt(a: Nodes, /) -> Node:
    """Square root.
    
    Gradient: `g / (2 * y)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def square(a: Values, /) -> Any:
    """Product of a value with itself.
    
    Gradient: `g * 2 * a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def square(a: Nodes, /) -> Node:
    """Product of a value with itself.
    
    Gradient: `g * 2 * a`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def squeeze(a: Values, axis: Any = None) -> Any:
    """The same elements elsewhere, as `numpy.squeeze` puts them."""

@overload
def squeeze(a: Nodes, axis: Any = None) -> Node:
    """The same elements elsewhere, as `numpy.squeeze` puts them."""

@overload
def stack(nodes: Values, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = 'same_kind') -> Any:
    """Join along a new axis, as `numpy.stack`."""

@overload
def stack(nodes: Nodes, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = 'same_kind') -> Node:
    """Join along a new axis, as `numpy.stack`."""

@overload
def std(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None) -> Any:
    """Standard deviation over axes, as `numpy.std`; gradient 0 where all elements are equal."""

@overload
def std(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None) -> Node:
    """Standard deviation over axes, as `numpy.std`; gradient 0 where all elements are equal."""

@overload
def stop_gradient(a: Values, /) -> Any:
    """The value itself, taken as a constant: nothing flows back."""

@overload
def stop_gradient(a: Nodes, /) -> Node:
    """The value itself, taken as a constant: nothing flows back."""

@overload
def subtract(a: Values, b: Values, /) -> Any:
    """Difference: distributes the gradient, with the sign changed for the second operand.
    
    Gradient: `g` and `-g`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def subtract(a: Nodes, b: Nodes, /) -> Node:
    """Difference: distributes the gradient, with the sign changed for the second operand.
    
    Gradient: `g` and `-g`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: correctly rounded.
    """

@overload
def sum(x: Values, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """Sum over axes, as `numpy.sum`: each element receives the upstream gradient."""

@overload
def sum(x: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Node:
    """Sum over axes, as `numpy.sum`: each element receives the upstream gradient."""

@overload
def swapaxes(a: Values, axis1: Any, axis2: Any) -> Any:
    """The same elements elsewhere, as `numpy.swapaxes` puts them."""

@overload
def swapaxes(a: Nodes, axis1: Any, axis2: Any) -> Node:
    """The same elements elsewhere, as `numpy.swapaxes` puts them."""

@overload
def take(a: Values, indices: Any, axis: Any = None, out: Any = None, mode: Any = 'raise') -> Any:
    """The same elements elsewhere, as `numpy.take` puts them."""

@overload
def take(a: Nodes, indices: Any, axis: Any = None, out: Any = None, mode: Any = 'raise') -> Node:
    """The same elements elsewhere, as `numpy.take` puts them."""

@overload
def take_along_axis(arr: Values, indices: Any, axis: Any = -1) -> Any:
    """The same elements elsewhere, as `numpy.take_along_axis` puts them."""

@overload
def take_along_axis(arr: Nodes, indices: Any, axis: Any = -1) -> Node:
    """The same elements elsewhere, as `numpy.take_along_axis` puts them."""

@overload
def tan(a: Values, /) -> Any:
    """Tangent of an angle in radians.
    
    Gradient: `g * (1 + y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def tan(a: Nodes, /) -> Node:
    """Tangent of an angle in radians.
    
    Gradient: `g * (1 + y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 2 units in the last place, in float64 and in float32.
    """

@overload
def tanh(a: Values, /) -> Any:
    """Hyperbolic tangent.
    
    `p / (p + 2)` for `p = exp(2 a) - 1`, a pair, so that small arguments need no case of their own; in float32 by polynomials for sixteen
    pieces, which take half of the time.
    
    Gradient: `g * (1 - y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def tanh(a: Nodes, /) -> Node:
    """Hyperbolic tangent.
    
    `p / (p + 2)` for `p = exp(2 a) - 1`, a pair, so that small arguments need no case of their own; in float32 by polynomials for sixteen
    pieces, which take half of the time.
    
    Gradient: `g * (1 - y**2)`.
    
    Here `g` is the upstream gradient and `y` the value.
    
    Accuracy: within 1 unit in the last place, in float64 and in float32.
    """

@overload
def tensordot(a: Values, b: Values, axes: Any = 2) -> Any:
    """Sums of products over some axes of each operand, as `numpy.tensordot`: one product of matrices."""

@overload
def tensordot(a: Nodes, b: Nodes, axes: Any = 2) -> Node:
    """Sums of products over some axes of each operand, as `numpy.tensordot`: one product of matrices."""

@overload
def tile(A: Values, reps: Any) -> Any:
    """The same elements elsewhere, as `numpy.tile` puts them."""

@overload
def tile(A: Nodes, reps: Any) -> Node:
    """The same elements elsewhere, as `numpy.tile` puts them."""

@overload
def transpose(x: Values, axes: Any = None) -> Any:
    """Permute the axes, as `numpy.transpose`."""

@overload
def transpose(x: Nodes, axes: Any = None) -> Node:
    """Permute the axes, as `numpy.transpose`."""

@overload
def trapezoid(y: Values, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integral by the trapezoidal rule, as `numpy.trapezoid`."""

@overload
def trapezoid(y: Nodes, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Node:
    """Integral by the trapezoidal rule, as `numpy.trapezoid`."""

@overload
def tril(m: Values, k: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.tril`, with zeros beside them."""

@overload
def tril(m: Nodes, k: Any = 0) -> Node:
    """The same elements elsewhere, as `numpy.tril`, with zeros beside them."""

@overload
def triu(m: Values, k: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.triu`, with zeros beside them."""

@overload
def triu(m: Nodes, k: Any = 0) -> Node:
    """The same elements elsewhere, as `numpy.triu`, with zeros beside them."""

@overload
def trunc(a: Values, /) -> Any:
    """Value without its fraction; its gradient is 0 everywhere."""

@overload
def trunc(a: Nodes, /) -> Node:
    """Value without its fraction; its gradient is 0 everywhere."""

def unstack(x: Any, /, *, axis: Any = 0) -> Any:
    """The same elements elsewhere, as `numpy.unstack` puts them."""

@overload
def unwrap(p: Values, discont: Any = None, axis: int = -1, *, period: Any = 6.283185307179586) -> Any:
    """Angles without the jumps of a period, as `numpy.unwrap`: whole periods, which have gradient 0, are added."""

@overload
def unwrap(p: Nodes, discont: Any = None, axis: int = -1, *, period: Any = 6.283185307179586) -> Node:
    """Angles without the jumps of a period, as `numpy.unwrap`: whole periods, which have gradient 0, are added."""

@overload
def vander(x: Values, N: Any = None, increasing: bool = False) -> Any:
    """Powers of the elements as columns, as `numpy.vander`."""

@overload
def vander(x: Nodes, N: Any = None, increasing: bool = False) -> Node:
    """Powers of the elements as columns, as `numpy.vander`."""

@overload
def var(a: Values, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None) -> Any:
    """Mean square deviation over axes, as `numpy.var`."""

@overload
def var(a: Nodes, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *, where: Any = True, mean: Any = None, correction: Any = None) -> Node:
    """Mean square deviation over axes, as `numpy.var`."""

@overload
def vdot(a: Values, b: Values) -> Any:
    """Dot product of all elements in order, as `numpy.vdot`."""

@overload
def vdot(a: Nodes, b: Nodes) -> Node:
    """Dot product of all elements in order, as `numpy.vdot`."""

@overload
def vecdot(a: Values, b: Values, *, axis: int = -1, **options: Any) -> Any:
    """Sums of products along one axis, as `numpy.vecdot`."""

@overload
def vecdot(a: Nodes, b: Nodes, *, axis: int = -1, **options: Any) -> Node:
    """Sums of products along one axis, as `numpy.vecdot`."""

@overload
def vsplit(ary: Values, indices_or_sections: Any) -> Any:
    """The same elements elsewhere, as `numpy.vsplit` puts them."""

@overload
def vsplit(ary: Nodes, indices_or_sections: Any) -> list[Node]:
    """The same elements elsewhere, as `numpy.vsplit` puts them."""

@overload
def vstack(tup: Values, *, dtype: Any = None, casting: Any = 'same_kind') -> Any:
    """The same elements elsewhere, as `numpy.vstack` puts them."""

@overload
def vstack(tup: Nodes, *, dtype: Any = None, casting: Any = 'same_kind') -> Node:
    """The same elements elsewhere, as `numpy.vstack` puts them."""

@overload
def where(condition: Values, *choices: Values) -> Any:
    """`where(condition, a, b)`: `a` where the condition holds, otherwise `b`, as `numpy.where` with three arguments."""

@overload
def where(condition: Nodes, *choices: Nodes) -> Node:
    """`where(condition, a, b)`: `a` where the condition holds, otherwise `b`, as `numpy.where` with three arguments."""

@overload
def xlog1py(a: Values, b: Values, /) -> Any:
    """`a log(1 + b)`, 0 where `a` is.
    
    Gradient: `g * log1p(b)` and `g * a / (1 + b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def xlog1py(a: Nodes, b: Nodes, /) -> Node:
    """`a log(1 + b)`, 0 where `a` is.
    
    Gradient: `g * log1p(b)` and `g * a / (1 + b)`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def xlogy(a: Values, b: Values, /) -> Any:
    """`a log(b)`, 0 where `a` is.
    
    Gradient: `g * log(b)` and `g * a / b`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def xlogy(a: Nodes, b: Nodes, /) -> Node:
    """`a log(b)`, 0 where `a` is.
    
    Gradient: `g * log(b)` and `g * a / b`.
    
    Here `g` is the upstream gradient and `y` the value.
    """

@overload
def zeros_like(a: Values, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Any:
    """Constant zeros of a node's shape, as `numpy.zeros_like`."""

@overload
def zeros_like(a: Nodes, dtype: Any = None, order: str = 'K', subok: bool = True, shape: Any = None, *, device: Any = None) -> Node:
    """Constant zeros of a node's shape, as `numpy.zeros_like`."""
