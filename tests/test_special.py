"""The special functions and their derivatives against `scipy.special`, an independent implementation."""

import numpy as np
import pytest
import scipy.special
from numpy.testing import assert_allclose

import staticgraph as sg

PI = np.pi
MIDDLE, BOTH_TAILS, POSITIVE = np.linspace(-5.0, 5.0, 401), np.linspace(-36.0, 8.0, 401), np.linspace(0.05, 30.0, 401)
NEGATIVE = np.linspace(-7.9, -0.1, 79) + 0.0123


def density(x):
    return np.exp(-0.5 * x * x) / np.sqrt(2 * PI)


# Name: where, value, derivative, and the relative error allowed in each. Near a zero of the value the error is absolute.
CASES = {
    "erf": (MIDDLE, scipy.special.erf, lambda x: 2 / np.sqrt(PI) * np.exp(-x * x), 2e-15, 1e-14),
    "erfc": (np.linspace(-5.0, 20.0, 401), scipy.special.erfc, lambda x: -2 / np.sqrt(PI) * np.exp(-x * x), 5e-13, 1e-13),
    "ndtr": (BOTH_TAILS, scipy.special.ndtr, density, 5e-13, 1e-13),
    "log_ndtr": (BOTH_TAILS, scipy.special.log_ndtr, lambda x: density(x) / scipy.special.ndtr(x), 1e-13, 2e-12),
    "lgamma": (POSITIVE, scipy.special.gammaln, scipy.special.digamma, 1e-13, 1e-12),
    "digamma": (POSITIVE, scipy.special.digamma, lambda x: scipy.special.polygamma(1, x), 1e-13, 1e-12),
}  # fmt: skip
REFLECTED = {
    "lgamma": (scipy.special.gammaln, scipy.special.digamma),
    "digamma": (scipy.special.digamma, lambda x: PI**2 / np.sin(PI * x) ** 2 - scipy.special.polygamma(1, 1 - x)),
}


@pytest.mark.parametrize("name", CASES)
def test_against_scipy(name):
    points, value, slope, for_value, for_slope = CASES[name]
    f = sg.compile(getattr(sg, name)(sg.input("x")))
    found, gradients = f.value_and_grad(points)
    assert_allclose(found, value(points), rtol=for_value, atol=1e-15)
    assert_allclose(gradients.x, slope(points), rtol=for_slope, atol=1e-15 if name != "ndtr" else 1e-300)


@pytest.mark.parametrize("name", REFLECTED)
def test_left_of_zero(name):
    value, slope = REFLECTED[name]
    found, gradients = sg.compile(getattr(sg, name)(sg.input("x"))).value_and_grad(NEGATIVE)
    assert_allclose(found, value(NEGATIVE), rtol=1e-11, atol=1e-12)
    assert_allclose(gradients.x, slope(NEGATIVE), rtol=1e-10, atol=1e-11)


def test_the_far_left_tail_of_the_normal_distribution():
    points = np.array([-36.9, -37.1, -40.0, -100.0, -1e4, -1e10])
    found, gradients = sg.compile(sg.log_ndtr(sg.input("x"))).value_and_grad(points)
    assert_allclose(found, scipy.special.log_ndtr(points), rtol=1e-14)
    assert_allclose(gradients.x, np.sqrt(2 / PI) / scipy.special.erfcx(-points / np.sqrt(2)), rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_single_precision(name):
    points, value, slope, *_ = CASES[name]
    points = points[np.abs(points) < 10].astype(np.float32)
    found, gradients = sg.compile(getattr(sg, name)(sg.input("x")), dtype=np.float32).value_and_grad(points)
    assert found.dtype == gradients.x.dtype == np.float32
    exact = points.astype(float)
    assert_allclose(found, value(exact), rtol=1e-4, atol=1e-6)
    assert_allclose(gradients.x, slope(exact), rtol=2e-4, atol=1e-6)
