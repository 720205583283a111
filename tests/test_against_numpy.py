"""Every function, operator and index gives on nodes what NumPy gives on one row's values, and its gradient agrees with differences."""

import itertools
import math
import operator

import numpy as np
import pytest
from numpy.testing import assert_allclose

import staticgraph as sg

ROWS = 3
SCALAR, VECTOR, MATRIX, CUBE = (), (3,), (2, 3), (2, 3, 4)


def sample(*shapes):
    """Return one batch of distinct values in (0.2, 0.8) for each shape."""
    rng = np.random.default_rng(7)
    return [rng.uniform(0.2, 0.8, (ROWS, *shape)) for shape in shapes]


def row_by_row(function, *batches):
    return np.stack([function(*row) for row in zip(*batches, strict=True)])


def check(function, *shapes):
    """A function of NumPy arrays gives the same on nodes: its shape, its values, and a gradient that agrees with central differences."""
    leaves = [sg.input(name, shape) for name, shape in zip("abc", shapes, strict=False)]
    batches = sample(*shapes)
    node = function(*leaves)
    expected = row_by_row(function, *batches)
    assert node.shape == expected.shape[1:]
    assert node.dtype == expected.dtype
    compiled = sg.compile(node, leaves)
    result = compiled(*batches)
    assert result.dtype == expected.dtype
    assert_allclose(result, expected, rtol=1e-13, atol=1e-15)
    if expected.dtype == bool:
        return
    rng = np.random.default_rng(8)
    cotangent = rng.normal(size=expected.shape)
    directions = [rng.normal(size=batch.shape) for batch in batches]
    step = 1e-5
    ahead, behind = (
        row_by_row(function, *(batch + side * step * direction for batch, direction in zip(batches, directions, strict=True)))
        for side in (1, -1)
    )
    slope = np.sum(cotangent * (ahead - behind)) / (2 * step)
    gradients = compiled.vjp(cotangent, *batches)
    assert [gradient.shape for gradient in gradients] == [batch.shape for batch in batches]
    along = sum(np.sum(gradient * direction) for gradient, direction in zip(gradients, directions, strict=True))
    assert_allclose(along, slope, rtol=1e-7, atol=1e-8)


OPERATORS = {name: getattr(operator, name) for name in ["add", "sub", "mul", "truediv", "pow", "lt", "le", "gt", "ge", "eq", "ne"]}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(
    "other", [2, 0.5, True, np.float64(1.5), np.float32(2.0), np.array([1.0, 2.0, 3.0]), np.arange(1, 7).reshape(2, 3)], ids=repr
)
def test_operators_with_numbers_on_either_side(name, other):
    check(lambda a: OPERATORS[name](a, other), VECTOR)
    check(lambda a: OPERATORS[name](other, a), VECTOR)


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("shapes", [(SCALAR, SCALAR), (VECTOR, MATRIX), ((2, 1), (1, 3)), (SCALAR, CUBE), ((0,), (1,)), ((3, 1), (4,))])
def test_operators_broadcast(name, shapes):
    check(OPERATORS[name], *shapes)
    check(OPERATORS[name], *shapes[::-1])


UNARY = """negative square sqrt cbrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh
arctanh abs sign isnan logical_not sum mean prod max min ravel transpose linalg.norm"""
BINARY = """add subtract multiply divide power arctan2 hypot maximum minimum equal not_equal less less_equal greater greater_equal
logical_and logical_or dot matmul outer"""
CALLS = {name: lambda f, a, b: f(a) + 0 * b for name in UNARY.split() if name not in ("isnan", "logical_not", "ravel")}
CALLS |= {name: lambda f, a, b: f(a) for name in ("isnan", "logical_not", "ravel")}
CALLS |= {name: lambda f, a, b: f(a, b) for name in BINARY.split()}
CALLS |= {
    "arccosh": lambda f, a, b: f(a + 1.0),
    "clip": lambda f, a, b: f(a, 0.4, b),
    "where": lambda f, a, b: f(a > b, a * a, b),
    "select": lambda f, a, b: f([a > 0.6, b > 0.5], [a, 2.0 * b], 1.5),
    "stack": lambda f, a, b: f([a, b, a], axis=1),
    "concatenate": lambda f, a, b: f((a, b), axis=-1),
    "reshape": lambda f, a, b: f(a * b, (4,)),
    "broadcast_to": lambda f, a, b: f(a[0], (3, 2)),
}


@pytest.mark.parametrize("name", CALLS)
def test_numpys_function_and_ours_are_the_same(name):
    check(lambda *arrays: CALLS[name](operator.attrgetter(name)(np), *arrays), (2, 2), (2, 2))
    leaves, batches, results = [sg.input("a", (2, 2)), sg.input("b", (2, 2))], sample((2, 2), (2, 2)), []
    for library in (np, sg):
        f = sg.compile(CALLS[name](operator.attrgetter(name)(library), *leaves), leaves)
        value = f(*batches)
        results.append([value.tobytes(), *(gradient.tobytes() for gradient in f.vjp(np.ones(value.shape), *batches))])
    assert results[0] == results[1]


def _digamma(x):
    far = x + 40
    return math.log(far) - 1 / (2 * far) - 1 / (12 * far**2) + 1 / (120 * far**4) - 1 / (252 * far**6) - sum(1 / (x + k) for k in range(40))


@pytest.mark.parametrize(
    "name, formula",
    {
        "relu": lambda x: max(x, 0.0),
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "softplus": lambda x: math.log1p(math.exp(x)),
        "erf": math.erf,
        "erfc": math.erfc,
        "ndtr": lambda x: 0.5 * math.erfc(-x / math.sqrt(2)),
        "log_ndtr": lambda x: math.log(0.5 * math.erfc(-x / math.sqrt(2))),
        "lgamma": math.lgamma,
        "digamma": _digamma,
    }.items(),
)
def test_functions_that_numpy_lacks(name, formula):
    values = np.array([0.3, 0.5, 1.0, 1.4, 2.5, 4.0]) if name in ("lgamma", "digamma") else np.linspace(-4.0, 4.0, 17)
    f = sg.compile(getattr(sg, name)(sg.input("x")))
    assert_allclose(f(values), [formula(value) for value in values.tolist()], rtol=2e-13, atol=1e-15)


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_and_softmax(axis, keepdims):
    x, values = sg.input("x", MATRIX), sample(MATRIX)[0]
    over = tuple(range(1, 3)) if axis is None else tuple(each % 2 + 1 for each in np.atleast_1d(axis))
    sums = np.exp(values).sum(axis=over, keepdims=keepdims)
    assert_allclose(sg.compile(sg.logsumexp(x, axis=axis, keepdims=keepdims))(values), np.log(sums), rtol=1e-13)
    expected = np.exp(values) / np.exp(values).sum(axis=over, keepdims=True)
    assert_allclose(sg.compile(sg.softmax(x, axis=axis))(values), expected, rtol=1e-13)
    assert_allclose(sg.compile(sg.logsumexp(x * 1e4))(values[0]), 1e4 * values[0].max(), rtol=1e-3)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (0, 1, 2), (-1, 0), ()])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(name, axis, keepdims):
    check(lambda a: getattr(np, name)(a, axis=axis, keepdims=keepdims), CUBE)
    check(lambda a: getattr(a, name)(axis=axis, keepdims=keepdims), CUBE)


KEYS = [
    0, -1, np.int64(1), slice(None), slice(None, None, -1), slice(1, None), slice(5, 9), Ellipsis, None, (), (0, 1), (1, -1, 2),
    (0, slice(1, 3)), (slice(None), 1), (Ellipsis, 0), (Ellipsis, slice(None, None, 2)), (None, 0, None), [1, 0], [0, 0, 1],
    (slice(None), slice(2, None, -1), 3), np.array([[0, 1], [1, 1]]), (slice(None), [2, 0]), (slice(None), [0, 2], [3, 1]),
    ([0, 1], slice(None), [0, 0]), (0, [2, 2, 1]), (Ellipsis, [-1]), np.array([], int), (slice(None), np.array(1)),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indexing(key):
    check(lambda a: a[key] * 1.5, CUBE)


@pytest.mark.parametrize(
    "function, shapes",
    [
        (lambda a: a.reshape(3, 2), [MATRIX]),
        (lambda a: a.reshape((3, -1)), [MATRIX]),
        (lambda a: a.reshape(-1) * a.ravel(), [MATRIX]),
        (lambda a: a.T @ a, [MATRIX]),
        (lambda a: np.transpose(a, (1, 2, 0)), [CUBE]),
        (lambda a: np.transpose(a, (-1, 0, 1)) + 1, [CUBE]),
        (lambda a: np.broadcast_to(a, (4, 2, 3)) ** 2, [VECTOR]),
        (lambda a: np.broadcast_to(a, (2, 2)), [SCALAR]),
        (lambda a, b: np.stack([a, b], axis=-1), [MATRIX, MATRIX]),
        (lambda a, b: np.stack((a, 1.0, b)), [SCALAR, SCALAR]),
        (lambda a, b: np.concatenate([a, b, a]), [VECTOR, (1,)]),
        (lambda a, b: np.concatenate([a, b], axis=None), [VECTOR, MATRIX]),
        (lambda a, b: np.concatenate([a, np.ones((2, 1)), b], axis=1), [MATRIX, MATRIX]),
        (lambda a: np.clip(a, 0.4, None), [VECTOR]),
        (lambda a: np.clip(a, None, [0.3, 0.5, 0.7]), [VECTOR]),
        (lambda a, b, c: np.clip(a, b, c), [MATRIX, VECTOR, SCALAR]),
        (lambda a, b: np.where(a > b, a, -b), [MATRIX, VECTOR]),
        (lambda a, b: np.where(np.array([True, False, True]), a, b), [VECTOR, SCALAR]),
        (lambda a: np.where(a > 0.5, 1.0, a), [CUBE]),
        (lambda a: (a > 0.5) * a, [VECTOR]),
        (lambda a: ~(a > 0.5) | (a > 0.7) & (a < 0.75), [VECTOR]),
        (lambda a, b: np.select([a > 0.6, a > 0.4], [a, b], default=b * b), [VECTOR, SCALAR]),
        (lambda a, b: np.outer(a, b), [MATRIX, VECTOR]),
        (lambda a, b: np.dot(a, b), [SCALAR, MATRIX]),
        (lambda a: sum(a) + abs(-a) + +a, [VECTOR]),
        (lambda a: np.sqrt(np.sum((np.eye(3) @ a - np.zeros(3)) ** 2)) / len(a), [VECTOR]),
    ],
)  # fmt: skip
def test_shapes_and_choices(function, shapes):
    check(function, *shapes)


@pytest.mark.parametrize(
    "order, axis",
    [*itertools.product((None, 1, 2, np.inf), (0, -1)), (None, None), *itertools.product((None, "fro", 1, np.inf), ((0, 1), (1, 0)))],
)
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms(order, axis, keepdims):
    check(lambda a: np.linalg.norm(a, ord=order, axis=axis, keepdims=keepdims), MATRIX)
    if isinstance(axis, tuple):
        check(lambda a: np.linalg.norm(a, ord=order, keepdims=keepdims), MATRIX)
        check(lambda a: np.linalg.norm(a, ord=order, axis=(2, 0), keepdims=keepdims), CUBE)
    elif axis == 0:
        check(lambda a: np.linalg.norm(a, ord=order, keepdims=keepdims), VECTOR)


RANKS = [
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((4, 3), (3,)),
    ((4, 3), (3, 2)),
    ((1, 3), (3, 1)),
    ((9, 17), (17, 10)),
    ((4, 0), (0, 2)),
    ((0, 3), (3, 2)),
    ((1,), (1, 1)),
]
LEAVES = {"varying": sg.input, "uniform": sg.parameter}


@pytest.mark.parametrize("product", [operator.matmul, np.matmul, sg.matmul, np.dot])
@pytest.mark.parametrize("left, right", RANKS)
@pytest.mark.parametrize("kinds", [*itertools.product(LEAVES, LEAVES)])
def test_matrix_products_in_every_rank(product, left, right, kinds):
    rng = np.random.default_rng(3)
    leaves = [LEAVES[kind](name, shape) for kind, name, shape in zip(kinds, "ab", (left, right), strict=True)]
    row = sg.input("row")
    batched = [kind == "varying" for kind in kinds]
    values = [rng.normal(size=(ROWS, *shape) if varying else shape) for varying, shape in zip(batched, (left, right), strict=True)]
    all_a, all_b = (value if varying else np.stack([value] * ROWS) for value, varying in zip(values, batched, strict=True))
    f = sg.compile(product(*leaves), [*leaves, row])
    expected = row_by_row(np.matmul, all_a, all_b)
    assert_allclose(f(*values, np.zeros(ROWS)), expected, rtol=1e-12, atol=1e-12)
    cotangent = rng.normal(size=expected.shape)
    grads = f.vjp(cotangent, *values, np.zeros(ROWS))
    for side, shape in enumerate((left, right)):
        units = np.eye(math.prod(shape)).reshape(math.prod(shape), *shape)
        rows = np.array([
            [np.sum(upstream * (unit @ b if side == 0 else a @ unit)) for unit in units]
            for a, b, upstream in zip(all_a, all_b, cotangent, strict=True)
        ]).reshape(ROWS, *shape)  # fmt: skip
        assert_allclose(grads[side], rows if batched[side] else rows.sum(axis=0), rtol=1e-12, atol=1e-12)
