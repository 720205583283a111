"""The trigonometric kernels where reduction of the angle is hard, and at signed zeros and infinities."""

import itertools
import math

import numpy as np
import pytest
from ulps import distance, same_bits, spicy

import staticgraph as sg
from staticgraph.gates import GATES

NAMES = ["sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2"]
DTYPES = [np.float64, np.float32]
# Angle, sine, cosine and tangent from mpmath with 4000 bits; the first of each precision is the closest to a multiple of pi / 2.
HARD = {
    np.float64: [
        (6381956970095103 * 2.0**797, 1.0, -4.687165924254628e-19, -2.133485385753704e18),
        (1.7976931348623157e308, 0.004961954789184062, -0.9999876894265599, -0.004962015874444895),
        (2.0**1000, -0.15920170308624243, 0.9872460775989135, -0.16125837995065806),
        (2.0**30, -0.6173264150460421, 0.7867071229411882, -0.7846966133192005),
        (1e22, -0.8522008497671888, 0.523214785395139, -1.6287782256068988),
    ],
    np.float32: [
        (16367173 * 2.0**72, 1.0, -1.6147697982476211e-09, -619283318.9506139),
        (3.4028234663852886e38, -0.5218765233336585, 0.8530210398303042, -0.6117979498342481),
        (2.0**15, 0.9278563334139247, 0.37293782932771496, 2.4879651793076247),
        (1e10, -0.4875060250875107, 0.873119622676856, -0.5583496378112418),
    ],
}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dtype", DTYPES)
def test_angles_that_are_hard_to_reduce(dtype, sign):
    angles, sines, cosines, tangents = np.array(HARD[dtype]).T
    a = (sign * angles).astype(dtype)
    for gate, expected in ((sg.sin, sign * sines), (sg.cos, cosines), (sg.tan, sign * tangents)):
        assert distance(gate(a), expected.astype(dtype)).max() <= 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_angle_of_points_on_the_axes_and_at_infinity(dtype):
    """The table of the C standard, F.10.1.4, which NumPy follows."""
    a, b = np.array(list(itertools.product(spicy(dtype), repeat=2)), dtype).T
    expected = np.arctan2(a, b)
    assert distance(sg.arctan2(a, b), expected).max() <= 4
    defined = ~np.isnan(expected)
    assert np.array_equal(np.signbit(sg.arctan2(a, b))[defined], np.signbit(expected)[defined])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sin", "tan", "arcsin", "arctan"])
def test_odd_functions_keep_the_sign_of_zero_and_tiny_numbers(name, dtype):
    tiny = np.array([0.0, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).tiny, 1e-12], dtype)
    for sign in (1, -1):
        assert same_bits(GATES[name](sign * tiny), sign * tiny)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gradient_of_an_angle_neither_overflows_nor_vanishes(dtype):
    x, y = sg.inputs("x y")
    limits = np.finfo(dtype)
    size = np.array([limits.tiny * 8, 1.0, limits.max], dtype)
    gradient = sg.compile(np.arctan2(y, x), [y, x], dtype=dtype).grad(dtype(0.75) * size, size)
    exact = size.astype(np.longdouble)
    with np.errstate(all="ignore"):
        assert distance(gradient.y, (16 / (25 * exact)).astype(dtype)).max() <= 3
        assert distance(gradient.x, (-12 / (25 * exact)).astype(dtype)).max() <= 3
    assert math.isclose(gradient.y[1], 0.64, rel_tol=1e-6)
