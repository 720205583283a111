"""Logarithms of functions that tend to 0 or 1, and roots of sums of squares: right far out and at the origin, however they are written."""

import math

import mpmath
import numpy as np
import pytest

import staticgraph as sg

x, y = sg.inputs("x y")
v, m, cube = sg.input("v", 4), sg.input("m", (3, 4)), sg.input("cube", (2, 3, 4))
ROOT_OF_2 = math.sqrt(2.0)


def gates_of(output):
    return [node.gate.name for node in sg.compile(output).graph.nodes if node.gate is not None]


def log_sigmoid(t):
    return -mpmath.log1p(mpmath.exp(-t))


def log_ndtr(t):
    return mpmath.log(mpmath.erfc(-t / mpmath.sqrt(2)) / 2)


def log_erfc(t):
    return mpmath.log(mpmath.erfc(t))


SCALAR = {
    "log(sigmoid(x))": (np.log(sg.sigmoid(x)), log_sigmoid),
    "log(1 / (1 + exp(-x)))": (np.log(1 / (1 + np.exp(-x))), log_sigmoid),
    "log((1 + exp(-x)) ** -1)": (np.log((1 + np.exp(-x)) ** -1), log_sigmoid),
    "log(exp(x) / (1 + exp(x)))": (np.log(np.exp(x) / (1 + np.exp(x))), log_sigmoid),
    "log(1 - sigmoid(x))": (np.log(1 - sg.sigmoid(x)), lambda t: log_sigmoid(-t)),
    "log(-sigmoid(x) + 1)": (np.log(-sg.sigmoid(x) + 1), lambda t: log_sigmoid(-t)),
    "log(1 - 1 / (1 + exp(-x)))": (np.log(1 - 1 / (1 + np.exp(-x))), lambda t: log_sigmoid(-t)),
    "log1p(-sigmoid(x))": (np.log1p(-sg.sigmoid(x)), lambda t: log_sigmoid(-t)),
    "log(ndtr(x))": (np.log(sg.ndtr(x)), log_ndtr),
    "log(1 - ndtr(x))": (np.log(1 - sg.ndtr(x)), lambda t: log_ndtr(-t)),
    "log1p(-ndtr(x))": (np.log1p(-sg.ndtr(x)), lambda t: log_ndtr(-t)),
    "log(erfc(x))": (np.log(sg.erfc(x)), log_erfc),
    "log(1 - erf(x))": (np.log(1 - sg.erf(x)), log_erfc),
    "log1p(-erf(x))": (np.log1p(-sg.erf(x)), log_erfc),
    "log1p(erf(x))": (np.log1p(sg.erf(x)), lambda t: log_erfc(-t)),
    "log(1 + erf(x))": (np.log(1 + sg.erf(x)), lambda t: log_erfc(-t)),
    "log(0.5 * erfc(-x / sqrt(2)))": (np.log(0.5 * sg.erfc(-x / ROOT_OF_2)), log_ndtr),
    "log(0.5 * (1 + erf(x / sqrt(2))))": (np.log(0.5 * (1 + sg.erf(x / ROOT_OF_2))), log_ndtr),
    "log((1 + erf(x / sqrt(2))) / 2)": (np.log((1 + sg.erf(x / ROOT_OF_2)) / 2), log_ndtr),
    "log(3 * erfc(x))": (np.log(3 * sg.erfc(x)), lambda t: mpmath.log(3 * mpmath.erfc(t))),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", SCALAR)
def test_logarithms_are_right_far_out(name, dtype):
    output, exact = SCALAR[name]
    points = np.array([-800.0, -60.0, -12.0, -3.0, -0.25, 0.0, 0.25, 3.0, 12.0, 60.0, 800.0], dtype)
    value, gradients = sg.compile(output, dtype=dtype).value_and_grad(points)
    eps = np.finfo(dtype).eps
    with mpmath.workprec(400):
        expected = [exact(mpmath.mpf(float(point))) for point in points]
        slopes = [mpmath.diff(exact, mpmath.mpf(float(point))) for point in points]
    # Near 1 a logarithm of a written-out product with a constant is right to that constant's rounding.
    np.testing.assert_allclose(value, np.array(expected, float).astype(dtype), rtol=8 * eps, atol=2 * eps * ("erf" in name))
    np.testing.assert_allclose(
        gradients.x, np.array(slopes, float).astype(dtype), rtol=8 * eps if dtype == np.float32 else 2e-13, atol=eps * 1e-3
    )


def shifted(a, axis):
    return np.exp(a - np.max(a, axis=axis, keepdims=True))


SOFTMAX = {
    "softmax": (v, lambda a: np.log(sg.softmax(a)), -1),
    "an element of the logarithm": (v, lambda a: np.log(sg.softmax(a))[1], -1),
    "the logarithm of an element": (v, lambda a: np.log(sg.softmax(a)[1]), -1),
    "axis 0": (m, lambda a: np.log(sg.softmax(a, axis=0)), 0),
    "axis 1": (m, lambda a: np.log(sg.softmax(a, axis=1)), 1),
    "all axes": (m, lambda a: np.log(sg.softmax(a, axis=None)), None),
    "two axes that do not follow each other": (cube, lambda a: np.log(sg.softmax(a, axis=(0, 2))), (0, 2)),
    "a column": (m, lambda a: np.log(sg.softmax(a, axis=1)[:, 2]), 1),
    "by hand": (v, lambda a: np.log(np.exp(a) / np.sum(np.exp(a))), -1),
    "by hand, shifted": (v, lambda a: np.log(np.exp(a - np.max(a)) / np.sum(np.exp(a - np.max(a)))), -1),
    "by hand, axis 0": (m, lambda a: np.log(shifted(a, 0) / np.sum(shifted(a, 0), axis=0)), 0),
    "by hand, axis 1": (m, lambda a: np.log(shifted(a, 1) / np.sum(shifted(a, 1), axis=1, keepdims=True)), 1),
    "by hand, two axes": (cube, lambda a: np.log(np.exp(a) / np.sum(np.exp(a), axis=(0, 2), keepdims=True)), (0, 2)),
}
PICKED = {"an element of the logarithm": (1,), "the logarithm of an element": (1,), "a column": (slice(None), 2)}


@pytest.mark.parametrize("name", SOFTMAX)
def test_the_logarithm_of_a_softmax_is_right_far_out(name):
    leaf, write, axis = SOFTMAX[name]
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(size=(3, *leaf.shape)), 400.0 * rng.normal(size=(5, *leaf.shape))])
    over = tuple(range(1, values.ndim)) if axis is None else tuple(each % leaf.ndim + 1 for each in np.atleast_1d(axis))
    peak = values.max(axis=over, keepdims=True)
    expected = values - peak - np.log(np.sum(np.exp(values - peak), axis=over, keepdims=True))
    pick = (slice(None), *PICKED.get(name, ()))
    f = sg.compile(write(leaf), [leaf])
    np.testing.assert_allclose(f(values), expected[pick], rtol=1e-13, atol=1e-13)
    weights = np.zeros(values.shape)
    weights[pick] = cotangent = rng.normal(size=expected[pick].shape)
    slope = weights - np.exp(expected) * weights.sum(axis=over, keepdims=True)
    np.testing.assert_allclose(f.vjp(cotangent, values)[0], slope, rtol=1e-12, atol=1e-13)


NO_SOFTMAX = {
    "the sum of others": np.log(np.exp(v[:2]) / np.sum(np.exp(v[1:]))),
    "sums of the other axis": np.log(np.exp(m[:, :3]) / np.sum(np.exp(m[:, :3]), axis=1)),
    "turned": np.log(np.exp(m) / np.sum(np.exp(m), axis=1)[::-1, None]),
    "of other numbers": np.log(np.exp(v) / np.sum(np.exp(2.0 * v))),
    "a repeated numerator": np.log(np.exp(x) / np.exp(v)),
    "a part of the sum": np.log(np.exp(v) / np.sum(np.exp(v)[::2])),
}


@pytest.mark.parametrize("name", NO_SOFTMAX)
def test_quotients_that_are_no_softmax_stay(name):
    assert {"divide", "log"} <= set(gates_of(NO_SOFTMAX[name]))


NO_TAIL = {
    "twice": np.log(2.0 - sg.sigmoid(x)),
    "another base": np.log2(sg.sigmoid(x)),
    "a negative factor": np.log(-2.0 * sg.erfc(x)),
    "a factor that varies": np.log(y * sg.erfc(x)),
    "factors that differ": np.log(sg.constant([1.0, 2.0]) * sg.erfc(x)),
    "repeated": np.log(np.full(2, 0.5) * sg.erfc(x)),
    "erf": np.log(sg.erf(x)),
}


@pytest.mark.parametrize("name", NO_TAIL)
def test_logarithms_of_other_values_stay(name):
    assert gates_of(NO_TAIL[name])[-1].startswith("log") and "log_ndtr" not in gates_of(NO_TAIL[name])


def deviation(a):
    return np.sqrt(np.mean((a - np.mean(a)) ** 2))


ROOTS = {
    "sqrt(x * x)": (x, lambda a: np.sqrt(a * a)),
    "sqrt(x ** 2)": (x, lambda a: np.sqrt(a**2)),
    "(x ** 2) ** 0.5": (x, lambda a: (a**2) ** 0.5),
    "sqrt(3 * x * x)": (x, lambda a: np.sqrt(3 * a * a)),
    "sqrt(abs(x) ** 2 / 3)": (x, lambda a: np.sqrt(np.abs(a) ** 2 / 3)),
    "a hypotenuse": (v, lambda a: np.sqrt(a[0] * a[0] + a[1] ** 2)),
    "three sides": (v, lambda a: np.sqrt(a[0] ** 2 + a[1] ** 2 + a[2] ** 2)),
    "sqrt(sum(x ** 2))": (v, lambda a: np.sqrt(np.sum(a**2))),
    "(x @ x) ** .5": (v, lambda a: (a @ a) ** 0.5),
    "sqrt(dot(x, x))": (v, lambda a: np.sqrt(np.dot(a, a))),
    "along an axis": (m, lambda a: np.sum((a**2).sum(axis=1) ** 0.5)),
    "kept axes": (m, lambda a: np.sum((a * a).sum(axis=0, keepdims=True) ** 0.5)),
    "weights": (v, lambda a: np.sqrt(np.sum(np.array([1.0, 2.0, 3.0, 4.0]) * a**2))),
    "a mean": (v, lambda a: np.sqrt(np.mean(a**2))),
    "a standard deviation": (v, deviation),
    "a corrected one": (v, lambda a: np.sqrt(np.sum((a - np.mean(a)) ** 2) / 3)),
    "elements of squares": (v, lambda a: np.sqrt((a * a)[1:].sum())),
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots_of_sums_of_squares_have_gradient_0_at_0(name):
    leaf, write = ROOTS[name]
    f = sg.compile(write(leaf), [leaf])
    points = np.random.default_rng(3).normal(size=(4, *leaf.shape))
    points[0] = 0.0
    value, gradients = f.value_and_grad(points)
    np.testing.assert_allclose(value, [write(point) for point in points], rtol=1e-14)
    assert value[0] == 0.0
    np.testing.assert_array_equal(gradients[0][0], 0.0)
    step = 1e-6 * np.random.default_rng(4).normal(size=points.shape)
    slope = [(write(point + each) - write(point - each)) / 2 for point, each in zip(points[1:], step[1:], strict=True)]
    along = np.sum((gradients[0] * step)[1:].reshape(3, -1), axis=1)
    np.testing.assert_allclose(along, slope, rtol=1e-7)


NO_SQUARES = {
    "a difference of squares": np.sqrt(x * x - y * y),
    "another product": np.sqrt(x * y),
    "a square and a number": np.sqrt(x * x + y),
    "moved away from 0": np.sqrt(x * x + 1e-12),
    "a negative multiple": np.sqrt(-2.0 * (x * x)),
    "an inner product": np.sqrt(v @ (2.0 * v)),
    "the product of a matrix": np.sqrt(m.T @ m),
    "a quotient by a node": np.sqrt(x * x / y),
    "a number over a square": np.sqrt(2.0 / (x * x)),
}


@pytest.mark.parametrize("name", NO_SQUARES)
def test_other_roots_stay(name):
    assert "sqrt" in gates_of(NO_SQUARES[name])


def test_a_long_sum_of_squares_takes_no_quadratic_time():
    total, roots = x * x, []
    for number in range(400):
        total = total + (x + float(number)) ** 2
        roots.append(np.sqrt(total))
    assert gates_of(roots).count("root_of_squares") < 100
