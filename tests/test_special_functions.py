"""SciPy's special functions called on nodes: values are SciPy's, gradients those of differences, and each is found by its own object."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

import staticgraph as sg
from staticgraph.nodes.numpy_functions import what_nodes_do
from staticgraph.nodes.special_functions import OF_GATES, OF_NORMAL

ROWS = 12
ANY, POSITIVE, SHARE, WIDE = (-3.0, 3.0), (0.2, 5.0), (0.05, 0.95), (0.5, 40.0)
DOMAINS = {
    "beta": (POSITIVE, POSITIVE),
    "betaln": (WIDE, POSITIVE),
    "digamma": (POSITIVE,),
    "psi": (POSITIVE,),
    "entr": (POSITIVE,),
    "erfcinv": ((0.1, 1.9),),
    "erfinv": ((-0.9, 0.9),),
    "gamma": ((-2.9, -2.1),),
    "gammaln": (POSITIVE,),
    "huber": (SHARE, (1.0, 4.0)),
    "kl_div": (POSITIVE, POSITIVE),
    "rel_entr": (POSITIVE, POSITIVE),
    "log1p": (POSITIVE,),
    "cbrt": (POSITIVE,),
    "logit": (SHARE,),
    "ndtri": (SHARE,),
    "pseudo_huber": (POSITIVE, ANY),
    "xlogy": (ANY, POSITIVE),
    "xlog1py": (ANY, POSITIVE),
    "loggamma": (POSITIVE,),
    "gammainc": (WIDE, WIDE),
    "gammaincc": (WIDE, WIDE),
    "betainc": (WIDE, POSITIVE, SHARE),
    "betaincc": (WIDE, POSITIVE, SHARE),
    "boxcox": (POSITIVE, ANY),
    "boxcox1p": (POSITIVE, ANY),
    "inv_boxcox": (POSITIVE, POSITIVE),
    "inv_boxcox1p": (POSITIVE, POSITIVE),
    "binom": ((5.0, 9.0), POSITIVE),
    "poch": (POSITIVE, POSITIVE),
    "rgamma": (ANY,),
    "powm1": (POSITIVE, ANY),
    "chdtr": (WIDE, WIDE),
    "chdtrc": (WIDE, WIDE),
    "gdtr": (POSITIVE, POSITIVE, POSITIVE),
    "gdtrc": (POSITIVE, POSITIVE, POSITIVE),
    "stdtr": (POSITIVE, ANY),
    "fdtr": (WIDE, POSITIVE, POSITIVE),
    "fdtrc": (WIDE, POSITIVE, POSITIVE),
}
NAMES = sorted({*OF_GATES.split(), *DOMAINS})


def check(function, domains, rtol=4e-12):
    """A function of arrays gives the same on nodes, and its gradient agrees with extrapolated central differences of SciPy's values."""
    rng = np.random.default_rng(4)
    columns = [rng.uniform(*domain, ROWS) for domain in domains]
    leaves = [sg.input(name) for name in "abc"[: len(domains)]]
    f = sg.compile(function(*leaves), leaves)
    assert_allclose(f(*columns), function(*columns), rtol=rtol)
    for place, found in enumerate(f.grad(*columns)):

        def slope(step, place=place):
            ahead, behind = ([*columns[:place], columns[place] * (1 + way * step), *columns[place + 1 :]] for way in (1, -1))
            return (function(*ahead) - function(*behind)) / (2 * step * columns[place])

        assert_allclose(found, (4 * slope(5e-4) - slope(1e-3)) / 3, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients(name):
    check(getattr(special, name), DOMAINS.get(name, (ANY,)))


@pytest.mark.parametrize("name", ["pdtr", "pdtrc"])
def test_of_a_whole_number(name):
    check(lambda m: getattr(special, name)(3.0, m), (POSITIVE,))


@pytest.mark.parametrize("name", ["bdtr", "bdtrc", "nbdtr", "nbdtrc"])
def test_of_two_whole_numbers(name):
    check(lambda p: getattr(special, name)(3, 7, p), (SHARE,))


def test_students_t_is_right_in_its_tails():
    f = sg.compile(special.stdtr(sg.input("df"), sg.input("t")))
    degrees, place = [575.6338752371515, 575.6338752371515, 3.0], [-9.59546626531454, -1e-9, -1e40]
    assert_allclose(f(degrees, place), [1.2575326110720355e-20, 0.4999999996012310, 1.1026577908435842e-120], rtol=1e-13)


def test_a_function_is_found_by_itself_and_not_by_its_name():
    """Some other function of that name is no function of SciPy."""

    def expit(x):
        return x

    impostor = np.frompyfunc(expit, 1, 1)
    assert what_nodes_do(special.expit) is not None
    assert what_nodes_do(impostor) is None
    assert what_nodes_do(expit) is None


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_ends(dtype):
    """Of the incomplete functions, of which SciPy says the same."""
    a, x = sg.inputs("a x")
    near = {"rtol": 200 * np.finfo(dtype).eps, "atol": float(np.finfo(dtype).tiny)}
    values = np.array([0.0, 1e-30, 0.5, 1.0, 3.0, np.inf, -1.0, np.nan, 1e-37, 1e-40, np.finfo(dtype).tiny, 1e31])
    first, second = (each.ravel() for each in np.meshgrid(values[1:5], values))
    for function in (special.gammainc, special.gammaincc):
        found = sg.compile(function(a, x), [a, x], dtype=dtype)(first.astype(dtype), second.astype(dtype))
        assert_allclose(found, function(first.astype(dtype), second.astype(dtype)), **near)
    shares = np.array([0.0, 1e-20, 0.25, 1.0, np.nan, 1e-18, np.sqrt(np.finfo(dtype).tiny) * 8])
    found = sg.compile(special.betainc(2.0, 3.0, x), [x], dtype=dtype)(shares.astype(dtype))
    assert_allclose(found, special.betainc(dtype(2.0), dtype(3.0), shares.astype(dtype)), **near)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("logsumexp", {"axis": 1}),
        ("logsumexp", {"axis": 1, "keepdims": True, "b": [1.0, 2.0, -0.25]}),
        ("softmax", {}),
        ("log_softmax", {"axis": 0}),
    ],
)
def test_functions_of_arrays_are_declared_by_their_objects(name, options):
    """SciPy makes arrays of their arguments before it asks anybody, so tracing puts ours in their place."""
    function = getattr(special, name)
    x, batch = sg.input("x", (2, 3)), np.random.default_rng(3).normal(size=(4, 2, 3))
    found = sg.compile(what_nodes_do(function)(x, **options))(batch)
    assert_allclose(found, [function(row, **options) for row in batch], rtol=1e-13)


@pytest.mark.parametrize("name", OF_NORMAL)
def test_the_normal_distribution(name):
    """In both tails, with a place and a scale, and NaN for a scale that is none."""
    method = getattr(stats.norm, name)
    function = what_nodes_do(method)
    rng = np.random.default_rng(5)
    x = rng.uniform(0.01, 0.99, ROWS) if name in ("ppf", "isf") else rng.uniform(-20.0, 20.0, ROWS)
    at, by = rng.uniform(-1.0, 1.0, ROWS), np.append(rng.uniform(0.5, 2.0, ROWS - 1), -1.0)
    leaves = sg.inputs("x loc scale")
    assert_allclose(sg.compile(function(*leaves), leaves)(x, at, by), method(x, at, by), rtol=1e-11, atol=1e-300)
    assert_allclose(sg.compile(function(leaves[0]), leaves[:1])(x), method(x), rtol=1e-11, atol=1e-300)
