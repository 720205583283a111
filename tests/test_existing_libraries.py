"""Functions of SciPy that no protocol of NumPy's reaches: distributions, and what is written in Python."""

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.special
from existing import agrees
from scipy import stats
from scipy.stats import norm

import staticgraph as sg
from staticgraph.tracing.errors import UntraceableError


def likelihood(mu, sigma):
    seen = np.array([0.3, 1.2, -0.4])
    return np.sum(norm.logpdf(seen, mu, sigma)) + norm.logcdf(-1.0, loc=mu, scale=sigma) + norm.logsf(2.0, mu, sigma) + norm.cdf(mu)


def test_the_normal_distribution_of_scipy():
    agrees(likelihood, {"mu": (), "sigma": ()}, low=0.5, high=2.0)
    agrees(lambda x: norm.pdf(x) + norm.sf(x, scale=2.0), {"x": ()})


METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf")
DISTRIBUTIONS = {
    "every method": lambda x, a: [getattr(stats.gamma, name)(x, a, scale=2.0) for name in METHODS],
    "quantiles": lambda x, a: stats.lognorm.ppf(x / 4, a) + stats.weibull_min.isf(x / 4, a, loc=0.5) + stats.norm.ppf(x / 4, a),
    "the ends of a support": lambda x, a: [stats.expon.pdf(x - 1, scale=a), stats.beta.pdf(x - 0.4, a, 2.0), stats.uniform.cdf(x, 0.9, a)],
    "frozen": lambda x, a: stats.t(a, scale=1 / np.sqrt(a)).cdf(x - 1) + stats.norm(a, 2.0).logpdf(x) + stats.norm(a).sf(0.3),
    "an array": lambda x, a: stats.t.logpdf(np.array([x, a]), df=[a, 3.0]) + stats.laplace.logpdf(x, a),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions_of_scipy(name):
    agrees(DISTRIBUTIONS[name], {"x": (), "a": ()}, low=0.5, high=2.0, rtol=1e-11)


def anywhere(x, a, s):
    return [stats.gamma.pdf(x, a, scale=s), stats.gamma.cdf(x, a, scale=s), stats.gamma.logsf(x, a, 0, s), stats.expon.ppf(x, 0, s)]


def test_distributions_are_nan_where_their_parameters_are_none():
    traced = sg.function(inputs={"x": (), "a": (), "s": ()}, engine="interpreter")(anywhere)
    x, a, s = np.array([[1, 2, 1], [-1, 2, 1], [0.5, -1, 1], [0.5, 2, -1], [np.nan, 2, 1], [0, 1, 1], [1, 2, 2]], float).T
    np.testing.assert_allclose(np.array(traced(x, a, s)), anywhere(x, a, s), rtol=1e-12)


OF_SCIPY = {
    "logsumexp": lambda x: scipy.special.logsumexp(x) + scipy.special.softmax(x)[0] + scipy.special.logsumexp(x, b=[1.0, 2.0, 0.5]),
    "rosen": lambda x: scipy.optimize.rosen(x) + scipy.optimize.rosen_hess(x).sum() + scipy.optimize.rosen_der(x),
    "simpson": lambda x: scipy.integrate.simpson(x, x=np.arange(3.0)) + scipy.integrate.cumulative_trapezoid(x, initial=0.0),
    "zscore": lambda x: stats.zscore(x) + stats.gmean(x**2),
}


@pytest.mark.parametrize("name", OF_SCIPY)
def test_functions_of_scipy_that_are_written_in_python_are_followed(name):
    agrees(OF_SCIPY[name], {"x": 3})


def test_what_goes_on_for_as_long_as_values_need_takes_numbers():
    def scaled(x):
        return x * scipy.optimize.brentq(lambda z: z * z - 4.0, 0.0, 3.0)

    assert sg.function(inputs={"x": ()}, engine="interpreter")(scaled)(2.0) == pytest.approx(4.0)


GOING_ON = {
    "brentq": lambda x: scipy.optimize.brentq(lambda z: z * z - x, 0.0, 3.0),
    "newton": lambda x: scipy.optimize.newton(np.square, x),
    "quad": lambda x: scipy.integrate.quad(math.sin, 0, x)[0],
}


@pytest.mark.parametrize("name", GOING_ON)
def test_what_goes_on_says_so_of_others(name):
    with pytest.raises(UntraceableError, match=rf"scipy's {name} goes on.*static graph.*fixed (number|points).*test_existing_libraries"):
        sg.function(inputs={"x": ()})(GOING_ON[name])
