"""Gradients whose steps could leave the range although the result does not, against `mpmath`; and gradients at the ends of the range."""

import itertools
import math

import mpmath
import numpy as np
import pytest

import staticgraph as sg
from staticgraph.gates import GATES

INF, NAN = math.inf, math.nan
LN2, LN10 = mpmath.log(2), mpmath.log(10)


def power_slope(a, b):
    return b * mpmath.power(a, b - 1)


DERIVATIVES = {
    "multiply": (lambda a, b: b, lambda a, b: a),
    "divide": (lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "square": (lambda a: 2 * a,),
    "reciprocal": (lambda a: -1 / a**2,),
    "sqrt": (lambda a: 1 / (2 * mpmath.sqrt(a)),),
    "log": (lambda a: 1 / a,),
    "log2": (lambda a: 1 / (a * LN2),),
    "log10": (lambda a: 1 / (a * LN10),),
    "log1p": (lambda a: 1 / (1 + a),),
    "exp": (mpmath.exp,),
    "exp2": (lambda a: LN2 * mpmath.power(2, a),),
    "sinh": (mpmath.cosh,),
    "cosh": (mpmath.sinh,),
    "tanh": (lambda a: mpmath.sech(a) ** 2,),
    "arcsinh": (lambda a: 1 / mpmath.sqrt(1 + a**2),),
    "arccosh": (lambda a: 1 / mpmath.sqrt(a**2 - 1),),
    "arctan": (lambda a: 1 / (1 + a**2),),
    "arctan2": (lambda a, b: b / (a**2 + b**2), lambda a, b: -a / (a**2 + b**2)),
    "cbrt": (lambda a: 1 / (3 * mpmath.cbrt(abs(a)) ** 2),),
    "hypot": (lambda a, b: a / mpmath.sqrt(a**2 + b**2), lambda a, b: b / mpmath.sqrt(a**2 + b**2)),
    "power": (power_slope, lambda a, b: mpmath.power(a, b) * mpmath.log(a)),
    "whole_power": (power_slope, None),
    "inverse_cube": (lambda a: -3 / a**4,),
    "softplus": (lambda a: 1 / (1 + mpmath.exp(-a)),),
    "lgamma": (mpmath.digamma,),
    "digamma": (lambda a: mpmath.polygamma(1, a) if a < 2**40 else 1 / a,),
    "trigamma": (lambda a: mpmath.polygamma(2, a) if a < 2**40 else -1 / a**2,),
}
POSITIVE = {"sqrt", "log", "log2", "log10", "power", "lgamma", "digamma", "trigamma"}
WHOLE = (-64, -33, -5, 5, 33, 64)


def spread(dtype, steps):
    """Numbers over the whole range, crowded at its ends, where steps leave it first."""
    most = np.finfo(dtype).maxexp
    return np.array([*(1.2 * 2.0 ** (most * step) for step in steps), 1.1 * 2.0 ** (2 - most), 0.9 * 2.0 ** (most - 0.1)], dtype)


def arguments(name, dtype):
    arity = len(DERIVATIVES[name])
    sides = spread(dtype, [-0.96, -0.7, -0.45, -0.05, 0.0, 0.006, 0.3, 0.52, 0.8, 0.97] if arity == 2 else np.arange(-0.97, 1.0, 0.06))
    signed = sides if name in POSITIVE else np.concatenate([-sides, sides])
    if name == "arccosh":
        signed = sides[sides > 1]
    if arity == 1:
        return [signed]
    second = np.array(WHOLE, dtype) if name == "whole_power" else np.concatenate([-sides, sides])
    return [np.array(each, dtype) for each in zip(*itertools.product(signed, second), strict=True)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_gradient_within_the_range_is_right(name, dtype):
    limits, gate, given = np.finfo(dtype), GATES[name], arguments(name, dtype)
    leaves = [sg.input(leaf) for leaf in "ab"[: len(given)]]
    f = sg.compile(gate(*leaves), leaves, dtype=dtype)
    values = f(*given)
    with mpmath.workprec(100):
        points = list(zip(*([mpmath.mpf(float(number)) for number in each] for each in given), strict=True))
        slopes = [None if rule is None else [rule(*point) for point in points] for rule in DERIVATIVES[name]]
        checked = 0
        for upstream in spread(dtype, [-0.75, -0.3, 0.0, 0.3, 0.75]):
            found = f.vjp(np.full(len(values), upstream), *given)
            for operand, slope in enumerate(slopes):
                for place, derivative in enumerate(slope or ()):
                    exact = derivative * float(upstream)
                    if limits.tiny <= abs(values[place]) <= limits.max and 4 * limits.tiny <= abs(exact) <= 0.999 * limits.max:
                        checked += 1
                        error = abs(float(found[operand][place]) - exact) / abs(exact)
                        assert error < 64 * limits.eps, (operand, upstream, [each[place] for each in given], found[operand][place], exact)
    assert checked > 20


ENDS = {
    "exp": (0.0, 0.0, 1.0, INF, INF),
    "exp2": (0.0, 0.0, math.log(2.0), INF, INF),
    "expm1": (0.0, 0.0, 1.0, INF, INF),
    "log1p": (None, None, 1.0, 0.0, 0.0),
    "relu": (0.0, 0.0, 0.0, 1.0, 1.0),
    "sigmoid": (0.0, 0.0, 0.25, 0.0, 0.0),
    "softplus": (0.0, 0.0, 0.5, 1.0, 1.0),
    "square": (-INF, -INF, 0.0, INF, INF),
    "reciprocal": (0.0, 0.0, -INF, 0.0, 0.0),
    "abs": (-1.0, -1.0, 0.0, 1.0, 1.0),
    "cbrt": (0.0, None, INF, None, 0.0),
    "inverse_cube": (0.0, 0.0, -INF, 0.0, 0.0),
    "sinh": (INF, INF, 1.0, INF, INF),
    "cosh": (-INF, -INF, 0.0, INF, INF),
    "tanh": (0.0, 0.0, 1.0, 0.0, 0.0),
    "arcsinh": (0.0, 0.0, 1.0, 0.0, 0.0),
    "arccosh": (None, None, None, 0.0, 0.0),
    "arctan": (0.0, 0.0, 1.0, 0.0, 0.0),
    "erf": (0.0, 0.0, 2.0 / math.sqrt(math.pi), 0.0, 0.0),
    "erfc": (0.0, 0.0, -2.0 / math.sqrt(math.pi), 0.0, 0.0),
    "ndtr": (0.0, 0.0, 1.0 / math.sqrt(2.0 * math.pi), 0.0, 0.0),
    "slope_of_erf": (0.0, 0.0, 0.0, 0.0, 0.0),
    "normal_density": (0.0, 0.0, 0.0, 0.0, 0.0),
    "log_ndtr": (INF, None, math.sqrt(2.0 / math.pi), 0.0, 0.0),
    "inverse_mills": (-1.0, -1.0, -2.0 / math.pi, 0.0, 0.0),
    "sin": (NAN, None, 1.0, None, NAN),
    "cos": (NAN, None, 0.0, None, NAN),
    "tan": (NAN, None, 1.0, None, NAN),
    "log": (None, None, None, 0.0, 0.0),
    "log2": (None, None, None, 0.0, 0.0),
    "log10": (None, None, None, 0.0, 0.0),
    "sqrt": (None, None, None, 0.0, 0.0),
    "lgamma": (None, None, None, None, INF),
    "digamma": (None, None, INF, 0.0, 0.0),
    "trigamma": (None, None, None, 0.0, 0.0),
}
"""The derivative's limit at -infinity, the smallest number, 0, the largest number and infinity; None where there is none."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ENDS)
def test_gradients_at_the_ends_of_the_range(name, dtype):
    x, limits = sg.input("x"), np.finfo(dtype)
    points = np.array([-INF, -limits.max, 0.0, limits.max, INF, NAN], dtype)
    found = sg.compile(GATES[name](x), dtype=dtype).grad(points).x
    assert np.isnan(found[-1])
    for point, each, expected in zip(points, found, ENDS[name], strict=False):
        if expected is not None:
            np.testing.assert_allclose(each, expected, rtol=16 * limits.eps, atol=1e-19, err_msg=f"at {point}")
