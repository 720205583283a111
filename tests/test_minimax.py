"""The tool that fits polynomials: small errors, errors of alternating sign, representable coefficients."""

import itertools

import numpy as np
import pytest
from mpmath import mp, mpf

from tools import minimax

WIDE = ("-0.35", "0.35")


def relative_errors(coefficients, function, interval, count=4001):
    with mp.workdps(80):
        low, high = map(mpf, interval)
        points = [low + (high - low) * number / (count - 1) for number in range(count)]
        return [sum(each * x**power for power, each in enumerate(coefficients)) / function(x) - 1 for x in points]


def test_the_exponential():
    assert minimax.error(minimax.fit(mp.exp, WIDE, 11), mp.exp, WIDE) < 2e-17


def test_the_error_reaches_its_maximum_with_alternating_sign():
    degree = 6
    errors = relative_errors(minimax.fit(mp.exp, WIDE, degree), mp.exp, WIDE)
    largest = max(map(abs, errors))
    signs = [each > 0 for each in errors if abs(each) > 0.95 * largest]
    assert 1 + sum(one != other for one, other in itertools.pairwise(signs)) == degree + 2


@pytest.mark.parametrize(("rounding", "dtype", "degree", "bound"), [("float32", np.float32, 6, 4e-9), ("float64", np.float64, 11, 3e-17)])
def test_rounded_coefficients(rounding, dtype, degree, bound):
    coefficients = minimax.fit(mp.exp, WIDE, degree, rounding=rounding, fixed=(1.0, 1.0))
    assert coefficients[:2] == [1.0, 1.0]
    assert [float(dtype(each)) for each in coefficients] == coefficients
    assert minimax.error(coefficients, mp.exp, WIDE) < bound


def test_odd_terms_and_a_removable_singularity():
    half = (0, mp.pi / 4)
    odd = minimax.fit(mp.sin, half, 13, terms=range(1, 14, 2), rounding="float64", fixed=(0.0, 1.0))
    assert odd[::2] == [0.0] * 7
    assert minimax.error(odd, mp.sin, half) < 2e-16
    quotient = minimax.fit(lambda x: mp.log1p(x) / x, ("-0.2", "0.3"), 14)
    assert minimax.error(quotient, lambda x: mp.log1p(x) / x, ("-0.2", "0.3")) < 1e-12


def test_a_weight_of_one_makes_the_error_absolute():
    """Chebyshev: the monic cubic of the smallest deviation from zero on [-1, 1] deviates by a quarter."""
    coefficients = minimax.fit(lambda x: x**3, (-1, 1), 2, weight=lambda x: 1)
    assert abs(minimax.error(coefficients, lambda x: x**3, (-1, 1), weight=lambda x: 1) - mpf("0.25")) < 1e-3
    assert np.allclose([float(each) for each in coefficients], [0.0, 0.75, 0.0], atol=1e-3)


def test_a_function_that_is_such_a_polynomial():
    assert np.allclose([float(each) for each in minimax.fit(lambda x: 1 + 2 * x, (-0.5, 1), 3)], [1.0, 2.0, 0.0, 0.0], atol=1e-50)
    assert minimax.fit(mp.exp, WIDE, 1, fixed=(1.0, 1.0)) == [1, 1]


def test_an_interval_around_zero_needs_all_terms():
    with pytest.raises(ValueError, match="needs all terms"):
        minimax.fit(mp.cos, (-1, 1), 6, terms=range(0, 7, 2))
