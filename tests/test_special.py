"""The special functions and their derivatives against `mpmath` where they are hard: in the tails, at zeros, beside poles, at the ends.

`tests/test_accuracy.py` has samples of the whole domain, `tests/test_special_values.py` infinities, zeros and poles.
"""

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import staticgraph as sg
from staticgraph.gates import GATES
from tools.exact import DERIVATIVES, VALUES

BITS = 300
DTYPES = [np.float64, np.float32]
ZERO_OF_DIGAMMA = 1.4616321449683623
RNG = np.random.default_rng(11)


def geometric(low, high, count=150):
    return np.exp(RNG.uniform(np.log(low), np.log(high), count))


def both(points):
    return np.concatenate([points, -points])


def beside(*centres):
    """Return points at distances of all magnitudes from some centres."""
    apart = both(geometric(1e-17, 0.45, 50))
    return np.concatenate([centre + apart for centre in centres])


# Name, where, and the units in the last place allowed. In float32 some points round to zeros, to poles or away.
VALUES_WHERE_HARD = {
    "erf of small numbers": ("erf", both(geometric(1e-320, 0.1)), 1.0),
    "erf where its formula changes": ("erf", beside(0.84375, -0.84375), 1.0),
    "erf near its limit": ("erf", both(RNG.uniform(2, 7, 150)), 0.6),
    "erfc in the tail": ("erfc", RNG.uniform(0, 26.5, 300), 1.2),
    "erfc where it is subnormal": ("erfc", np.concatenate([RNG.uniform(26.5, 27.4, 150), RNG.uniform(9.1, 10.2, 150)]), 1.2),
    "ndtr in the tail": ("ndtr", RNG.uniform(-37.5, 0, 300), 1.2),
    "ndtr where it is subnormal": ("ndtr", np.concatenate([RNG.uniform(-38.6, -37.4, 150), RNG.uniform(-14.4, -12.9, 150)]), 1.2),
    "log_ndtr far left": ("log_ndtr", -geometric(1.0, 1e300), 1.0),
    "log_ndtr to the right": ("log_ndtr", RNG.uniform(0, 39, 300), 1.5),
    "log_ndtr around 0": ("log_ndtr", both(geometric(1e-20, 1.0)), 1.5),
    "lgamma at its zeros": ("lgamma", beside(1.0, 2.0), 2.8),
    "lgamma of small numbers": ("lgamma", both(geometric(1e-320, 0.1)), 1.2),
    "lgamma of large numbers": ("lgamma", np.concatenate([geometric(3, 1e4), geometric(1e4, 2.5e305)]), 1.5),
    "lgamma beside poles": ("lgamma", beside(-1.0, -2.0, -3.0, -10.0, -1000.0), 2.8),
    "lgamma between far poles": ("lgamma", -geometric(10, 1e15), 1.5),
    "digamma at its zero": ("digamma", beside(ZERO_OF_DIGAMMA), 1.2),
    "digamma of small numbers": ("digamma", both(geometric(1e-307, 0.1)), 1.2),
    "digamma of large numbers": ("digamma", np.concatenate([geometric(2, 1e4), geometric(1e4, 1.7e308)]), 1.0),
    "digamma beside poles": ("digamma", beside(-1.0, -2.0, -3.0, -10.0, -1000.0), 1.5),
    "digamma between far poles": ("digamma", -geometric(10, 1e15), 5.0),
}
SLOPES_WHERE_HARD = {
    "erf in both tails": ("erf", both(RNG.uniform(0, 27, 200)), 1.0),
    "erfc in both tails": ("erfc", both(RNG.uniform(0, 27, 200)), 1.0),
    "ndtr in both tails": ("ndtr", both(RNG.uniform(0, 38.5, 200)), 1.0),
    "log_ndtr far left": ("log_ndtr", -geometric(1.0, 1e300), 1.5),
    "log_ndtr to the right": ("log_ndtr", RNG.uniform(0, 38.5, 300), 3.5),
    "digamma of positive numbers": ("digamma", geometric(1e-100, 1e6), 3.0),
    "digamma beside poles": ("digamma", beside(-1.0, -2.0, -3.0, -10.0), 3.0),
}
# The derivatives of gates that only backward rules use are graphs: right to these relative errors.
SECOND_SLOPES = {
    "slope_of_erf": (lambda x: -2 * x * DERIVATIVES["erf"](x), both(geometric(1e-3, 20)), 1e-15),
    "normal_density": (lambda x: -x * DERIVATIVES["ndtr"](x), both(geometric(1e-3, 30)), 1e-15),
    "inverse_mills": (
        lambda x: -DERIVATIVES["log_ndtr"](x) * (x + DERIVATIVES["log_ndtr"](x)),
        np.concatenate([-geometric(1e-3, 1e10), geometric(1e-3, 30)]), 5e-12,
    ),
    "trigamma": (lambda x: mpmath.psi(2, x), np.concatenate([geometric(1e-3, 1e3), RNG.uniform(-6, 0, 100)]), 1e-11),
}  # fmt: skip


def points_of(points, dtype):
    """Return the points in a dtype, without what is no normal number there, and without poles."""
    limits = np.finfo(dtype)
    points = points[(np.abs(points) < float(limits.max)) & (np.abs(points) > 0.1 * float(limits.tiny))].astype(dtype)
    return np.unique(points[(points > 0) | (points != np.rint(points))])


def assert_within(allowed, found, points, exact, least=0.0):
    """Assert that the results are within so many units in the last place of the exact ones, or of `least` where those are smaller."""
    with mp.workprec(BITS), np.errstate(over="ignore"):
        for value, point in zip(found, points.tolist(), strict=True):
            right = exact(mpf(point))
            scale = found.dtype.type(max(abs(right), least))
            apart = 0.0 if value == found.dtype.type(right) else abs(mpf(float(value)) - right) / mpf(float(np.spacing(scale)))
            assert apart <= allowed, f"{value!r} at {point!r}, expected {float(right)!r}: {float(apart):.3f} ulps, allowed {allowed}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", VALUES_WHERE_HARD)
def test_values(case, dtype):
    name, points, allowed = VALUES_WHERE_HARD[case]
    points = points_of(points, dtype)
    found = sg.compile(getattr(sg, name)(sg.input("x")), dtype=dtype)(points)
    beside_poles = name in ("lgamma", "digamma") and np.any(points < -0.5)
    assert_within(allowed, found, points, VALUES[name], 0.25 if beside_poles else 0.0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", SLOPES_WHERE_HARD)
def test_gradients(case, dtype):
    name, points, allowed = SLOPES_WHERE_HARD[case]
    points = points_of(points, dtype)
    found = sg.compile(getattr(sg, name)(sg.input("x")), dtype=dtype).grad(points).x
    assert_within(allowed, found, points, DERIVATIVES[name])


@pytest.mark.parametrize("name", SECOND_SLOPES)
def test_gradients_of_gates_of_backward_rules(name):
    exact, points, allowed = SECOND_SLOPES[name]
    found = sg.compile(GATES[name](sg.input("x"))).grad(points).x
    with mp.workprec(BITS):
        expected = np.array([float(exact(mpf(point))) for point in points])
    np.testing.assert_allclose(found, expected, rtol=allowed, atol=1e-300)


@pytest.mark.parametrize("dtype, last", [(np.float64, 2.5599833278516383e305), (np.float32, 4.085003108497519e36)])
def test_the_end_of_the_gamma_function(dtype, last):
    found = sg.compile(sg.lgamma(sg.input("x")), dtype=dtype)(np.array([last, np.nextafter(dtype(last), dtype(np.inf))], dtype))
    assert found[0] > 0.999 * np.finfo(dtype).max
    assert found[1] == np.inf


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gamma_function_at_large_negative_numbers(dtype):
    """From a half of the fraction's bits on there is one number between two poles, then none."""
    scale = 2.0 ** np.finfo(dtype).nmant
    points = -np.array([scale / 2 + 0.5, scale / 2 + 1.0, scale, 2.0 * scale, 1e30], dtype)
    values, slopes = sg.compile(sg.lgamma(sg.input("x")), dtype=dtype).value_and_grad(points)
    assert np.isfinite(values[0])
    assert np.all(values[1:] == np.inf)
    assert np.isfinite(slopes.x[0])
    assert np.all(np.isnan(slopes.x[1:]))
