"""Ties, NaN, zero upstream gradients, powers and corners, to the bit (section 5, promises 2 to 5)."""

import numpy as np
import pytest

import staticgraph as sg

INF, NAN = np.inf, np.nan
x, y, z = sg.inputs("x y z")
v = sg.input("v", 3)


def evaluate(output, leaves, points, dtype):
    """Return value and gradients at each point, one column each, evaluated as one batch and, the same, alone."""
    f = sg.compile(output, leaves, dtype=dtype)
    value, grads = f.value_and_grad(*np.array(points, float).T)
    for row, point in enumerate(points):
        alone, slopes = f.value_and_grad(*point)
        np.testing.assert_array_equal([alone, *slopes], [value[row], *(grad[row] for grad in grads)])
    return np.column_stack([value, *grads])


HALF = [
    (2.0, 2.0, 2.0, 0.5, 0.5),
    (0.0, 0.0, 0.0, 0.5, 0.5),
    (0.0, -0.0, 0.0, 0.5, 0.5),
    (INF, INF, INF, 0.5, 0.5),
    (-INF, -INF, -INF, 0.5, 0.5),
]
NANS = [(NAN, 1.0, NAN, NAN, NAN), (1.0, NAN, NAN, NAN, NAN), (NAN, NAN, NAN, NAN, NAN), (NAN, INF, NAN, NAN, NAN)]
BINARY = {
    "maximum": (np.maximum(x, y), [*HALF, *NANS, (1.0, 2.0, 2.0, 0.0, 1.0), (2.0, 1.0, 2.0, 1.0, 0.0), (-INF, 1.0, 1.0, 0.0, 1.0)]),
    "minimum": (np.minimum(x, y), [*HALF, *NANS, (1.0, 2.0, 1.0, 1.0, 0.0), (2.0, 1.0, 1.0, 0.0, 1.0), (INF, 1.0, 1.0, 0.0, 1.0)]),
    "hypot": (
        np.hypot(x, y),
        [(0.0, 0.0, 0.0, 0.0, 0.0), (-0.0, 0.0, 0.0, 0.0, 0.0), (3.0, 4.0, 5.0, 0.6, 0.8), (-3.0, 0.0, 3.0, -1.0, 0.0)],
    ),
    "arctan2": (np.arctan2(x, y), [(0.0, 0.0, 0.0, 0.0, 0.0), (0.0, -0.0, np.pi, 0.0, 0.0), (0.0, 2.0, 0.0, 0.5, 0.0)]),
    "power": (
        x**y,
        [
            (0.0, 2.0, 0.0, 0.0, 0.0),
            (0.0, 1.0, 0.0, 1.0, 0.0),
            (0.0, 3.5, 0.0, 0.0, 0.0),
            (1.0, 5.0, 1.0, 5.0, 0.0),
            (0.0, 0.5, 0.0, INF, 0.0),
        ],
    ),
    "sqrt times": (np.sqrt(x) * y, [(0.0, 0.0, 0.0, 0.0, 0.0), (4.0, 3.0, 6.0, 0.75, 2.0)]),
    "where": (
        np.where(x > 0, np.sqrt(x), np.log(y)),
        [(0.0, 1.0, 0.0, 0.0, 1.0), (4.0, 0.0, 2.0, 0.25, 0.0), (-1.0, 2.0, np.log(2.0), 0.0, 0.5)],
    ),
    "select": (
        np.select([x > 0, y > 0], [np.log(x), np.log(y)], 7.0),
        [(0.0, 1.0, 0.0, 0.0, 1.0), (1.0, 0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 7.0, 0.0, 0.0)],
    ),
    "routed": (np.maximum(np.sqrt(x), y), [(0.0, 1.0, 1.0, 0.0, 1.0), (4.0, 1.0, 2.0, 0.25, 0.0)]),
    "norm": (np.linalg.norm(sg.stack([x, y])), [(0.0, 0.0, 0.0, 0.0, 0.0), (-0.0, 0.0, 0.0, 0.0, 0.0), (3.0, -4.0, 5.0, 0.6, -0.8)]),
    "norm 1": (np.linalg.norm(sg.stack([x, y]), 1), [(0.0, 0.0, 0.0, 0.0, 0.0), (3.0, -4.0, 7.0, 1.0, -1.0), (0.0, -4.0, 4.0, 0.0, -1.0)]),
    "norm inf": (
        np.linalg.norm(sg.stack([x, y]), INF),
        [(0.0, 0.0, 0.0, 0.0, 0.0), (3.0, -4.0, 4.0, 0.0, -1.0), (4.0, -4.0, 4.0, 0.5, -0.5)],
    ),
}
UNARY = {
    "relu": (sg.relu(x), [(0.0, 0.0, 0.0), (-0.0, 0.0, 0.0), (2.0, 2.0, 1.0), (-2.0, 0.0, 0.0)]),
    "abs": (abs(x), [(0.0, 0.0, 0.0), (-0.0, 0.0, 0.0), (-2.0, 2.0, -1.0), (INF, INF, 1.0)]),
    "sign": (np.sign(x), [(0.0, 0.0, 0.0), (-3.0, -1.0, 0.0), (5.0, 1.0, 0.0), (-INF, -1.0, 0.0)]),
    "maximum with a number": (np.maximum(x, 0.0), [(0.0, 0.0, 0.5), (-0.0, 0.0, 0.5), (1.0, 1.0, 1.0), (-1.0, 0.0, 0.0), (NAN, NAN, NAN)]),
    "a number with minimum": (np.minimum(1.0, x), [(1.0, 1.0, 0.5), (2.0, 1.0, 0.0), (0.0, 0.0, 1.0), (NAN, NAN, NAN)]),
    "maximum of the same": (np.maximum(x, x), [(1.0, 1.0, 1.0), (0.0, 0.0, 1.0), (NAN, NAN, NAN)]),
    "maximum of its negative": (np.maximum(x, -x), [(0.0, 0.0, 0.0), (2.0, 2.0, 1.0), (-2.0, 2.0, -1.0)]),
    "clip": (
        np.clip(x, -1.0, 2.0),
        [(-1.0, -1.0, 1.0), (2.0, 2.0, 1.0), (0.0, 0.0, 1.0), (-1.5, -1.0, 0.0), (3.0, 2.0, 0.0), (INF, 2.0, 0.0)],
    ),
    "clip below": (np.clip(x, 0.0, None), [(0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (INF, INF, 1.0)]),
    "guarded root": (np.where(x > 0, np.sqrt(x), 0.0), [(0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (4.0, 2.0, 0.25)]),
    "guarded sinc": (np.where(x != 0, np.sin(x) / x, 1.0), [(0.0, 1.0, 0.0)]),
    "guarded logarithm": (np.where(x > 0, x * np.log(x), 0.0), [(0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (-1.0, 0.0, 0.0)]),
    "guarded reciprocal": (np.where(x > 0, 1.0 / x, 0.0), [(0.0, 0.0, 0.0), (2.0, 0.5, -0.25)]),
    "guarded overflow": (np.where(x < 100.0, np.exp(x), 5.0), [(1e4, 5.0, 0.0), (0.0, 1.0, 1.0)]),
    "guarded chain": (np.where(x > 0, np.exp(np.sqrt(x) * np.log(x) / x), 1.0), [(0.0, 1.0, 0.0), (1.0, 1.0, 1.0)]),
    "masked": ((x > 0) * x, [(0.0, 0.0, 0.0), (-3.0, 0.0, 0.0), (3.0, 3.0, 1.0)]),
    "stopped by relu": (sg.relu(np.log(x)), [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)]),
    "stopped by abs": (abs(np.sqrt(x)), [(0.0, 0.0, 0.0), (4.0, 2.0, 0.25)]),
    "stopped by clip": (np.clip(np.log(x), -1.0, 1.0), [(0.0, -1.0, 0.0), (1.0, 0.0, 1.0)]),
    "stopped by sign": (np.sign(np.log(x)), [(0.0, -1.0, 0.0)]),
    "stopped by square": (np.sqrt(x) ** 2, [(0.0, 0.0, 0.0)]),
    "stopped by zero": (np.sqrt(x) * 0.0, [(0.0, 0.0, 0.0), (4.0, 0.0, 0.0)]),
    "third power": (x**3, [(-2.0, -8.0, 12.0), (0.0, 0.0, 0.0), (3.0, 27.0, 27.0), (-INF, -INF, INF), (NAN, NAN, NAN)]),
    "third power, float": (x**3.0, [(-2.0, -8.0, 12.0), (0.0, 0.0, 0.0), (-0.0, -0.0, 0.0)]),
    "second power": (np.power(x, 2), [(-3.0, 9.0, -6.0), (0.0, 0.0, 0.0)]),
    "first power": (x**1, [(-3.0, -3.0, 1.0), (0.0, 0.0, 1.0)]),
    "power 0": (x**0, [(0.0, 1.0, 0.0), (-2.0, 1.0, 0.0), (NAN, 1.0, 0.0), (INF, 1.0, 0.0)]),
    "power 0.0": (sg.power(x, 0.0), [(0.0, 1.0, 0.0), (-2.0, 1.0, 0.0), (NAN, 1.0, 0.0), (-INF, 1.0, 0.0)]),
    "power -1": (x**-1, [(-2.0, -0.5, -0.25), (4.0, 0.25, -0.0625)]),
    "power -2": (x**-2.0, [(-2.0, 0.25, 0.25), (0.5, 4.0, -16.0)]),
    "power -3": (x ** sg.constant(-3), [(-2.0, -0.125, -0.1875)]),
    "power 11": (x ** np.int64(11), [(-2.0, -2048.0, 11264.0)]),
    "power 64": (x ** np.array(64.0), [(-2.0, 2.0**64, -(2.0**69)), (0.0, 0.0, 0.0)]),
    "square root": (x**0.5, [(4.0, 2.0, 0.25), (0.0, 0.0, INF)]),
    "power of a negative": (x**2.5, [(-2.0, NAN, NAN), (4.0, 32.0, 20.0), (0.0, 0.0, 0.0)]),
    "powers": (np.sum(x ** np.arange(4)), [(-2.0, -5.0, 9.0), (0.0, 1.0, 1.0), (1.0, 4.0, 6.0)]),
    "negative powers": (np.sum(x ** np.array([-1, 2, -2])), [(-2.0, 3.75, -4.0)]),
    "number to a power": (2.0**x, [(-1.0, 0.5, 0.5 * np.log(2.0)), (3.0, 8.0, 8.0 * np.log(2.0))]),
    "zero to a power": (0.0**x, [(2.0, 0.0, 0.0), (0.5, 0.0, 0.0)]),
    "same operand twice": (x * x * x - x / x, [(2.0, 7.0, 12.0), (-1.0, -2.0, 3.0)]),
}
LOOSE = ("number to a power", "where", "arctan2")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_value_and_gradient_at_a_point(name, dtype):
    output, table = (UNARY | BINARY)[name]
    leaves = [x, y] if name in BINARY else [x]
    table = np.array(table)
    got = evaluate(output, leaves, [tuple(point) for point in table[:, : len(leaves)].tolist()], dtype)
    tolerance = 4 * np.finfo(dtype).eps if name in LOOSE or dtype == np.float32 else 0.0
    if name == "hypot" or name.startswith("norm"):
        tolerance = np.finfo(dtype).eps
    np.testing.assert_allclose(got, table[:, len(leaves) :], rtol=tolerance, atol=0.0)


def test_clip_with_node_bounds():
    table = np.array([
        (0.5, 0.0, 1.0, 0.5, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0), (1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0),
        (-1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0), (2.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0), (3.0, 3.0, 3.0, 3.0, 1.0, 0.0, 0.0),
    ])  # fmt: skip
    got = evaluate(np.clip(x, y, z), [x, y, z], [tuple(point) for point in table[:, :3].tolist()], np.float64)
    np.testing.assert_array_equal(got, table[:, 3:])


@pytest.mark.parametrize(
    "sign, reduce", [(1, np.max), (-1, np.min), (1, lambda v: v.max(axis=0)), (-1, lambda v: v.min(axis=-1, keepdims=True)[0])]
)
def test_tied_elements_share_equally(sign, reduce):
    values = sign * np.array([[1, 3, 3], [2, 2, 2], [0, -0.0, -1], [INF, 1, INF], [5, 4, 3], [-INF, -INF, -INF]])
    shares = [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0], [0.5, 0, 0.5], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    value, grads = sg.compile(reduce(v)).value_and_grad(values)
    np.testing.assert_array_equal(value, sign * np.array([3.0, 2.0, 0.0, INF, 5.0, -INF]))
    np.testing.assert_array_equal(grads.v, shares)
    assert np.isnan(sg.compile(reduce(v))([[1.0, NAN, 2.0], [NAN, 1.0, 2.0], [1.0, 2.0, NAN]])).all()


def test_operand_order_does_not_matter():
    numbers = np.array([-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
    first, second = (each.ravel() for each in np.meshgrid(numbers, numbers))
    for function in (np.maximum, np.minimum):
        one = sg.compile(function(x, y), [x, y]).grad(first, second)
        other = sg.compile(function(y, x), [x, y]).grad(first, second)
        assert one.x.tobytes() == other.x.tobytes()
        assert one.y.tobytes() == other.y.tobytes()


@pytest.mark.parametrize("stop", ["weights", "scalar weight", "cotangent"])
@pytest.mark.parametrize(
    "function", [np.sqrt, np.log, np.reciprocal, np.arcsin, np.cbrt, lambda x: x**-2, lambda x: x**0.5, np.exp, lambda x: x * x, sg.lgamma]
)
def test_a_zero_upstream_gradient_contributes_zero(function, stop):
    p = sg.parameter("p")
    f = sg.compile(function(x) * p, [x, p])
    values = np.array([0.0, -1.0, NAN, INF, -INF, 1.0, -0.0, 1e308])
    zeros = np.zeros(values.shape)
    for count in (1, 7, 8):
        if stop == "cotangent":
            grads = f.vjp(zeros[:count], values[:count], 2.0)
        else:
            grads = f.grad(values[:count], 2.0, weights=zeros[:count] if stop == "weights" else 0.0)
        np.testing.assert_array_equal(grads.x, zeros[:count])
        assert grads.p == 0.0


@pytest.mark.parametrize("shape, axis", [((), None), ((4,), None), ((2, 3), None), ((2, 3), 0), ((2, 3), 1)])
def test_norms_at_the_origin(shape, axis):
    u = sg.input("u", shape)
    grads = sg.compile(np.sum(np.linalg.norm(u, axis=axis))).grad(np.zeros((3, *shape)))
    assert not grads.u.any()


def test_a_product_with_zeros():
    grads = sg.compile(np.prod(v)).grad([[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(grads.v, [[6.0, 0.0, 0.0], [0.0, 0.0, 0.0], [6.0, 3.0, 2.0]])


def test_extreme_arguments_do_not_overflow():
    extremes = np.array([-1e4, -800.0, 0.0, 800.0, 1e4])
    for function, values, slopes in (
        (sg.sigmoid, [0, 0, 0.5, 1, 1], [0, 0, 0.25, 0, 0]),
        (sg.softplus, [0, 0, np.log(2), 800, 1e4], [0, 0, 0.5, 1, 1]),
        (lambda x: sg.logsumexp(sg.stack([x, 0.0])), [0, 0, np.log(2), 800, 1e4], [0, 0, 0.5, 1, 1]),
        (lambda x: 1 / (1 + np.exp(-x)), [0, 0, 0.5, 1, 1], [0, 0, 0.25, 0, 0]),
        (lambda x: sg.softmax(sg.stack([x, -x]))[0], [0, 0, 0.5, 1, 1], [0, 0, 0.5, 0, 0]),
    ):
        value, grads = sg.compile(function(x)).value_and_grad(extremes)
        np.testing.assert_allclose(value, values, rtol=1e-15, atol=1e-300)
        np.testing.assert_allclose(grads.x, slopes, rtol=1e-15, atol=1e-300)


def test_sums_over_rows_of_infinities_are_not_a_number_and_warn_nobody():
    x, w = sg.input("x"), sg.parameter("w")
    batch = np.tile([np.inf, -np.inf], 5000)
    gradients = sg.compile(x * w).grad(batch, 1.0)
    assert np.isnan(gradients.w)
    np.testing.assert_array_equal(gradients.x, 1.0)
    assert sg.compile(x * w).grad(np.full(10000, 1e308), 1.0).w == np.inf


def test_numbers_beyond_the_precision_become_infinite_and_warn_nobody():
    x = sg.input("x")
    f = sg.compile(x * 1e300, dtype=np.float32)
    assert f(1.0) == np.inf
    assert sg.compile(x * 2.0, dtype=np.float32)(1e300) == np.inf
    assert sg.compile(x * 2.0, dtype=np.float32)(np.array([-1e300]))[0] == -np.inf
