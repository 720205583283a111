"""Special values of the elementary functions: the tables of C99, Annex F.9, and results that are exact. Signs of zeros count."""

import math

import numpy as np
import pytest
from ulps import same_bits, spicy

import staticgraph as sg

INF, NAN, PI = math.inf, math.nan, math.pi
DTYPES = [np.float64, np.float32]

UNARY = {
    "exp": [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (1e4, INF), (-1e4, 0.0)],
    "exp2": [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (1e4, INF), (-1e4, 0.0), (10.0, 1024.0), (-3.0, 0.125)],
    "expm1": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1.0), (1e4, INF), (-1e4, -1.0)],
    "log": [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN), (-INF, NAN)],
    "log2": [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN), (-INF, NAN)],
    "log10": [(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN), (-INF, NAN)],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (INF, INF), (-2.0, NAN), (-INF, NAN)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN)],
    "cos": [(0.0, 1.0), (-0.0, 1.0), (INF, NAN), (-INF, NAN)],
    "tan": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN)],
    "arcsin": [(0.0, 0.0), (-0.0, -0.0), (1.0, PI / 2), (-1.0, -PI / 2), (1.5, NAN), (-1.5, NAN), (INF, NAN), (-INF, NAN)],
    "arccos": [(1.0, 0.0), (0.0, PI / 2), (-0.0, PI / 2), (-1.0, PI), (1.5, NAN), (-1.5, NAN), (INF, NAN), (-INF, NAN)],
    "arctan": [(0.0, 0.0), (-0.0, -0.0), (INF, PI / 2), (-INF, -PI / 2)],
    "sinh": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (1e4, INF), (-1e4, -INF)],
    "cosh": [(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, INF), (1e4, INF), (-1e4, INF)],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (1e4, 1.0), (-1e4, -1.0)],
    "arcsinh": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF)],
    "arccosh": [(1.0, 0.0), (INF, INF), (0.5, NAN), (0.0, NAN), (-1.0, NAN), (-2.0, NAN), (-INF, NAN)],
    "arctanh": [(0.0, 0.0), (-0.0, -0.0), (1.0, INF), (-1.0, -INF), (1.5, NAN), (-1.5, NAN), (INF, NAN), (-INF, NAN)],
    "cbrt": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (27.0, 3.0), (-1000.0, -10.0)],
    "sqrt": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-1.0, NAN), (-INF, NAN)],
    "sigmoid": [(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (1e4, 1.0), (-1e4, 0.0)],
    "softplus": [(INF, INF), (-INF, 0.0), (1e4, 1e4), (-1e4, 0.0)],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0)],
    "erfc": [(0.0, 1.0), (-0.0, 1.0), (INF, 0.0), (-INF, 2.0)],
    "ndtr": [(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0)],
    "log_ndtr": [(INF, -0.0), (-INF, -INF)],
    "lgamma": [(1.0, 0.0), (2.0, 0.0), (0.0, INF), (-0.0, INF), (-1.0, INF), (-7.0, INF), (INF, INF), (-INF, INF)],
    "digamma": [(0.0, -INF), (-0.0, INF), (-1.0, NAN), (-7.0, NAN), (INF, INF), (-INF, NAN)],
}
ODD = ["sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "cbrt", "erf"]
EVEN = ["cos", "cosh"]

WHOLE_ODD, WHOLE_EVEN, BROKEN = (1.0, 3.0, 2.0**23 - 1), (2.0, 4.0, 2.0**60), (0.5, 2.5, 1e-3)
POWER = [
    *((-0.0, -n, -INF) for n in WHOLE_ODD), *((0.0, -n, INF) for n in WHOLE_ODD),
    *((zero, -n, INF) for zero in (0.0, -0.0) for n in (*WHOLE_EVEN, *BROKEN, INF)),
    *((-0.0, n, -0.0) for n in WHOLE_ODD), *((0.0, n, 0.0) for n in WHOLE_ODD),
    *((zero, n, 0.0) for zero in (0.0, -0.0) for n in (*WHOLE_EVEN, *BROKEN, INF)),
    (-1.0, INF, 1.0), (-1.0, -INF, 1.0),
    *((1.0, n, 1.0) for n in (0.0, -0.0, 3.0, -0.5, INF, -INF, NAN)),
    *((x, zero, 1.0) for x in (0.0, -0.0, 2.0, -2.0, INF, -INF, NAN) for zero in (0.0, -0.0)),
    *((x, n, NAN) for x in (-1.0, -0.5, -7.0) for n in (*BROKEN, *(-n for n in BROKEN))),
    *((x, -INF, INF) for x in (0.5, -0.5)), *((x, -INF, 0.0) for x in (2.0, -2.0)),
    *((x, INF, 0.0) for x in (0.5, -0.5)), *((x, INF, INF) for x in (2.0, -2.0)),
    *((-INF, -n, -0.0) for n in WHOLE_ODD), *((-INF, -n, 0.0) for n in (*WHOLE_EVEN, *BROKEN, INF)),
    *((-INF, n, -INF) for n in WHOLE_ODD), *((-INF, n, INF) for n in (*WHOLE_EVEN, *BROKEN, INF)),
    *((INF, -n, 0.0) for n in (*WHOLE_ODD, *WHOLE_EVEN, *BROKEN, INF)), *((INF, n, INF) for n in (*WHOLE_ODD, *WHOLE_EVEN, *BROKEN, INF)),
    *((NAN, n, NAN) for n in (1.0, -2.0, 0.5, INF, NAN)), *((x, NAN, NAN) for x in (0.0, -1.0, 2.0, INF, -INF)),
    (2.0, 10.0, 1024.0), (-2.0, 3.0, -8.0), (-2.0, -2.0, 0.25), (3.0, 4.0, 81.0), (-3.0, 3.0, -27.0), (7.0, 1.0, 7.0), (0.1, 1.0, 0.1),
    (-1.0, 2.0**24 - 1, -1.0), (-1.0, 2.0**24, 1.0), (10.0, 1e4, INF), (10.0, -1e4, 0.0), (-10.0, 9999.0, -INF), (-10.0, -9999.0, -0.0),
]  # fmt: skip
HYPOT = [
    *((a, b, INF) for a in (INF, -INF) for b in (0.0, 1.0, INF, -INF, NAN)), *((b, INF, INF) for b in (0.0, 1.0, NAN)),
    (NAN, 1.0, NAN), (0.0, NAN, NAN), (0.0, -0.0, 0.0), (-0.0, -0.0, 0.0), (3.0, -4.0, 5.0), (-0.0, -2.5, 2.5), (2.0**100, 0.0, 2.0**100),
]  # fmt: skip
ARCTAN2 = [
    (0.0, -0.0, PI), (-0.0, -0.0, -PI), (0.0, 0.0, 0.0), (-0.0, 0.0, -0.0), (0.0, -2.0, PI), (-0.0, -2.0, -PI), (0.0, 2.0, 0.0),
    (-0.0, 2.0, -0.0), (-2.0, 0.0, -PI / 2), (-2.0, -0.0, -PI / 2), (2.0, 0.0, PI / 2), (2.0, -0.0, PI / 2), (2.0, -INF, PI),
    (-2.0, -INF, -PI), (2.0, INF, 0.0), (-2.0, INF, -0.0), (INF, 2.0, PI / 2), (-INF, 2.0, -PI / 2), (INF, -INF, 3 * PI / 4),
    (-INF, -INF, -3 * PI / 4), (INF, INF, PI / 4), (-INF, INF, -PI / 4), (NAN, 1.0, NAN), (1.0, NAN, NAN), (1.0, 1.0, PI / 4),
    (1.0, -1.0, 3 * PI / 4), (-1.0, 1.0, -PI / 4),
]  # fmt: skip
BINARY = {"power": POWER, "hypot": HYPOT, "arctan2": ARCTAN2}


def compiled(name, dtype, arity=1):
    leaves = [sg.input(letter) for letter in "ab"[:arity]]
    return sg.compile(getattr(sg, name)(*leaves), leaves, dtype=dtype)


def assert_bits(found, expected, arguments, dtype):
    for each, right, *given in zip(found, np.asarray(expected, dtype), *arguments, strict=True):
        assert same_bits(each, right), f"{each!r} for {given}, expected {right!r}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_one_argument(name, dtype):
    arguments, expected = np.array([*UNARY[name], (NAN, NAN)], dtype).T
    assert_bits(compiled(name, dtype)(arguments), expected, [arguments], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_two_arguments(name, dtype):
    *arguments, expected = np.array(BINARY[name]).T
    assert_bits(compiled(name, dtype, 2)(*arguments), expected, arguments, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ODD + EVEN)
def test_symmetry(name, dtype):
    f = compiled(name, dtype)
    samples = np.concatenate([spicy(dtype), np.geomspace(1e-30, 1e30, 2001), np.linspace(0, 12, 2001)]).astype(dtype)
    mirrored = f(-samples)
    assert same_bits(f(samples), -mirrored if name in ODD else mirrored)


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_two_and_ten_and_cubes_are_exact(dtype):
    limits = np.finfo(dtype)
    exponents = np.arange(limits.minexp - limits.nmant, limits.maxexp, dtype=dtype)
    powers = np.ldexp(dtype(1), exponents.astype(int))
    assert same_bits(compiled("exp2", dtype)(exponents), powers)
    assert same_bits(compiled("log2", dtype)(powers), exponents)
    assert same_bits(compiled("power", dtype, 2)(dtype(2), exponents), powers)
    tens = np.arange(23 if dtype is np.float64 else 11, dtype=dtype)
    assert same_bits(compiled("log10", dtype)(np.array([10 ** int(each) for each in tens], dtype)), tens)
    roots = np.arange(-200, 201, dtype=dtype)
    assert same_bits(compiled("cbrt", dtype)(roots**3), roots)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("exponents", [range(-64, -32), range(-32, 0), range(1, 33), range(33, 65)], ids=str)
def test_whole_powers(exponents, dtype):
    """Constant ones within 2 ulps, and for any base what the general power gives there, the products of up to four excepted."""
    leaves = [sg.input(f"x{exponent}".replace("-", "_")) for exponent in exponents]
    f = sg.compile([x**exponent for x, exponent in zip(leaves, exponents, strict=True)], leaves, dtype=dtype)
    general, columns = compiled("power", dtype, 2), []
    for exponent in exponents:
        largest = 0.9 * float(np.finfo(dtype).max) ** min(1.0, 1.0 / abs(exponent))
        samples = np.geomspace(1.0 / largest, largest, 301).astype(dtype)
        columns.append(np.concatenate([samples, -samples, spicy(dtype)]))
    for value, samples, exponent in zip(f(*columns), columns, exponents, strict=True):
        expected = general(samples, dtype(exponent))
        with np.errstate(all="ignore"):
            near = np.abs(value - expected) <= 3 * np.spacing(np.abs(expected))
        assert np.all(near | (value == expected) | (np.isnan(value) & np.isnan(expected))), exponent
        assert np.array_equal(np.signbit(value), np.signbit(expected) | (np.isnan(value) & np.signbit(value))), exponent


def test_gradients_in_the_tails():
    """Where the value has rounded to its limit, the gradient has not."""
    points = np.array([-700.0, -40.0, 20.0, 40.0, 300.0])
    with np.errstate(over="ignore"):
        logistic = np.exp(-np.abs(points)) / np.square(1 + np.exp(-np.abs(points)))
        bell = np.square(2 / (np.exp(points) + np.exp(-points)))
    for name, expected in (("sigmoid", logistic), ("tanh", bell), ("softplus", 1 / (1 + np.exp(-points)))):
        np.testing.assert_allclose(compiled(name, np.float64).grad(points).a, expected, rtol=1e-15, err_msg=name)
    assert compiled("sigmoid", np.float64).grad(700.0).a == pytest.approx(math.exp(-700.0), rel=1e-15)
    tiny = np.array([1e-300, -1e-17, 1e-9])
    np.testing.assert_allclose(compiled("log1p", np.float64)(tiny), tiny - tiny * tiny / 2, rtol=1e-16)
