"""The order of sums along axes and of products of matrices, as `docs/sums.md` states it, and how accurate it makes them."""

import functools

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.gates.order import BLOCK, CHUNK, PARTIALS
from staticgraph.kinds import reference
from staticgraph.nodes.graph import Graph

LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 127, 128, 129, 136, 257, 389]
INNER = [1, 31, 32, 33, 65, 100]
ENGINES = ["interpreter", "native"]
DTYPES = [np.float64, np.float32]


def test_the_constants_are_those_that_are_promised():
    assert (PARTIALS, BLOCK, CHUNK) == (8, 128, 32)


def tree(nodes):
    while len(nodes) > 1:
        nodes = [nodes[k] + nodes[k + 1] if k + 1 < len(nodes) else nodes[k] for k in range(0, len(nodes), 2)]
    return nodes[0]


def sum_of_block(terms):
    partial = list(terms[:8])
    for k in range(8, len(terms)):
        partial[k % 8] = partial[k % 8] + terms[k]
    for half in (4, 2, 1):
        for j in range(half):
            if j + half < len(partial):
                partial[j] = partial[j] + partial[j + half]
        partial = partial[:half]
    return partial[0]


def summed(terms):
    """Return the sum over the first axis in the order that is promised."""
    return tree([sum_of_block(terms[start : start + 128]) for start in range(0, len(terms), 128)])


def multiplied(p, q, start=-0.0):
    """Return the sum of products over the first axis; the numbers are such that products are exact, so that adding them is `fma`."""
    chunks = []
    for first in range(0, len(p), 32):
        total = np.full(np.broadcast_shapes(p.shape, q.shape)[1:], start if first == 0 else -0.0, p.dtype)
        for k in range(first, min(first + 32, len(p))):
            total = total + p[k] * q[k]
        chunks.append(total)
    return tree(chunks)


def sample(rng, shape, dtype):
    return rng.normal(size=shape).astype(dtype)


def whole(rng, shape, dtype):
    """Return numbers of few digits over many magnitudes: their products are exact, their sums are not."""
    return np.ldexp(rng.integers(1, 64, shape) * rng.choice([-1, 1], shape), rng.integers(-12, 13, shape)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_of_sums_along_an_axis(engine, dtype):
    x = sg.input("x", max(LENGTHS))
    batch = sample(np.random.default_rng(0), (16, max(LENGTHS)), dtype)
    f = sg.compile([np.sum(x[:length]) for length in LENGTHS], dtype=dtype, engine=engine)
    values = reference.values(Graph(f.graph.outputs, [x]), {"x": batch[0]}, dtype)
    for length, node, found in zip(LENGTHS, f.graph.outputs, f(batch), strict=True):
        expected = summed(batch.T[:length])
        assert found.tobytes() == expected.tobytes(), length
        assert values[node].tobytes() == expected[0].tobytes(), length
        assert length <= 3 or np.any(expected != np.cumsum(batch[:, :length], axis=1, dtype=dtype)[:, -1])
    assert f.engine == engine


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_order_of_a_long_sum_over_the_first_axis(dtype):
    batch = sample(np.random.default_rng(1), (3, 5381, 2), dtype)
    found = sg.compile(np.sum(sg.input("x", (5381, 2)), axis=0), dtype=dtype)(batch)
    assert found.tobytes() == summed(np.moveaxis(batch, 1, 0)).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_of_products(engine, dtype):
    """Dot products, which native code writes out, and a product of matrices, for which it calls the kernel."""
    rng = np.random.default_rng(2)
    a, b = sg.input("a", (2, max(INNER))), sg.input("b", (max(INNER), 3))
    left, right = whole(rng, (16, *a.shape), dtype), whole(rng, (16, *b.shape), dtype)
    expected = [multiplied(left[:, 0, :inner].T, right[:, :inner, 0].T) for inner in INNER]
    expected.append(multiplied(np.moveaxis(left, 2, 0)[:, :, :, None], np.moveaxis(right, 1, 0)[:, :, None, :]))
    f = sg.compile([*(a[0, :inner] @ b[:inner, 0] for inner in INNER), a @ b], dtype=dtype, engine=engine)
    for found, each in zip(f(left, right), expected, strict=True):
        assert found.tobytes() == each.tobytes()
    assert f.engine == engine


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_of_sums_of_products_along_an_axis(engine, dtype):
    """One chain up to 32 terms, and beyond eight that take turns."""
    rng, lengths = np.random.default_rng(4), [1, 9, 32, 33, 100, 256]
    a, b = sg.input("a", max(lengths)), sg.input("b", max(lengths))
    left, right = whole(rng, (16, *a.shape), dtype), whole(rng, (16, *b.shape), dtype)
    f = sg.compile([each for n in lengths for each in (np.sum(a[:n] * b[:n]), np.sum(a[:n] * a[:n]))], [a, b], dtype=dtype, engine=engine)
    found = iter(f(left, right))
    for length in lengths:
        for p, q in ((left, right), (left, left)):
            ways = [slice(length)] if length <= 32 else [slice(first, length, 8) for first in range(8)]
            chains = [functools.reduce(np.add, [-np.zeros(16, dtype), *(p * q).T[way]]) for way in ways]
            assert next(found).tobytes() == tree(chains).tobytes(), length
    assert f.engine == engine


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("columns", [32, 33])
def test_the_order_of_a_products_gradient(columns, dtype):
    """The gradient of `a` is a sum over columns; the second product's starts from the first one's."""
    rng = np.random.default_rng(columns)
    a, b, c = sg.input("a", (2, 3)), sg.input("b", (3, columns)), sg.input("c", (3, columns))
    left, right, other = (whole(rng, (17, *leaf.shape), dtype) for leaf in (a, b, c))
    g, h = (whole(rng, (17, 2, columns), dtype) for _ in range(2))
    found = sg.compile([a @ b, a @ c], [a, b, c], dtype=dtype).vjp((g, h), left, right, other).a

    def terms(upstream, factor):
        return np.moveaxis(upstream, 2, 0)[:, :, :, None], np.moveaxis(factor, 2, 0)[:, :, None, :]

    starts = multiplied(*terms(h, other)), multiplied(*terms(g, right))
    orders = [multiplied(*terms(g, right), starts[0]), multiplied(*terms(h, other), starts[1])]
    assert any(np.asarray(found + 0).tobytes() == (each + 0).tobytes() for each in orders)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [1, 3, 9, 130])
def test_zeros_keep_their_sign_and_nothing_else_is_lost(length, dtype):
    x = sg.input("x", length)
    f = sg.compile([np.sum(x), np.max(x), np.min(x)], dtype=dtype)
    for value in (-0.0, 0.0, np.inf, -np.inf, 1.5):
        for found, times in zip(f(np.full((16, length), value, dtype)), (length, 1, 1), strict=True):
            assert found.tobytes() == np.full(16, value * times, dtype).tobytes()
    for place in {0, length // 2, length - 1}:
        batch = np.ones((16, length), dtype)
        batch[:, place] = np.nan
        assert all(np.isnan(found).all() for found in f(batch))
        batch[:, place] = 5.0
        assert f(batch)[1].tolist() == [5.0] * 16
        batch[:, place] = -5.0
        assert f(batch)[2].tolist() == [-5.0] * 16


MANY = 4_107
TERMS = {"0.1": 0.1, "1/255": 1 / 255, "1/3": 1 / 3, "pixels": np.random.default_rng(3).uniform(250, 320, MANY)}
NAMES = {"sum": np.sum, "mean": np.mean, "norm": np.linalg.norm, "product": lambda x: x @ np.ones(MANY), "logsumexp": sg.logsumexp}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("terms", TERMS)
def test_long_sums_are_accurate(terms, dtype):
    x = sg.input("x", MANY)
    given = np.broadcast_to(TERMS[terms], MANY).astype(dtype)
    f = sg.compile([function(x) for function in NAMES.values()], dtype=dtype)
    wide = given.astype(np.longdouble)
    peak = wide.max()
    exact = [wide.sum(), wide.mean(), np.sqrt((wide * wide).sum()), wide.sum(), peak + np.log(np.exp(wide - peak).sum())]
    for name, found, right in zip(NAMES, f(given), exact, strict=True):
        assert abs(found - right) <= abs(right) * (1e-6 if dtype == np.float32 else 1e-15 * np.log2(MANY)), name


MAGNITUDES = {
    np.float64: [0.0, 5e-324, 1e-300, 1e-170, 1e-160, 1e-150, 1.0, 1e150, 1e160, 1e300],
    np.float32: [0.0, 1e-45, 1e-30, 1e-20, 1e-15, 1.0, 1e15, 1e20, 1e36],
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1,), (3,), (9,), (130,), (3, 5)], ids=str)
def test_norms_of_all_magnitudes(shape, dtype):
    """Read from an argument, and computed; usual rows and rare ones in one vector."""
    rng = np.random.default_rng(4)
    directions = rng.integers(-9, 10, (24, *shape)) / 8
    directions[0] = 0.0
    scales = np.resize(MAGNITUDES[dtype], 24).reshape(24, *([1] * len(shape)))
    batch = (directions * scales).astype(dtype)
    x = sg.input("x", shape)
    wide, axes = batch.astype(np.longdouble), tuple(range(1, batch.ndim))
    exact = np.sqrt(np.sum(wide * wide, axis=axes))
    slopes = np.where(exact == 0, 0, 1 / np.where(exact == 0, 1, exact)).reshape(scales.shape) * wide
    for node in (np.linalg.norm(x), np.linalg.norm(-x)):
        value, gradient = sg.compile(node, dtype=dtype).value_and_grad(batch)
        limits = np.finfo(dtype)
        assert np.all(np.abs(value - exact) <= 3 * limits.eps * exact + limits.smallest_subnormal)
        normal = (exact > limits.tiny).reshape(scales.shape) | (wide == 0)
        assert np.all(~normal | (np.abs(gradient.x - slopes) <= 8 * limits.eps * np.abs(slopes) + limits.tiny))


def test_norms_along_axes_and_what_is_made_of_them():
    x = sg.input("x", (2, 3))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    batch = np.array([[[3e-200, 4e-200, 0.0], [1.0, 2.0, 2.0]], [[3e200, 0.0, 4e200], [0.0, 3.0, 4.0]]])
    expected = [[[0.6, 0.8, 0.0], [1 / 3, 2 / 3, 2 / 3]], [[0.6, 0.0, 0.8], [0.0, 0.6, 0.8]]]
    np.testing.assert_allclose(sg.compile(unit)(batch), expected, rtol=4e-16)
    np.testing.assert_allclose(sg.compile(np.linalg.norm(x, "fro"))(batch), [3.0, 5e200], rtol=4e-16)
    v = sg.input("v", 3)
    np.testing.assert_allclose(sg.compile(np.linalg.norm(v)).grad(batch[:, 0]).v, [[0.6, 0.8, 0.0], [0.6, 0.0, 0.8]], rtol=4e-16)


@pytest.mark.parametrize(
    ("given", "expected"), [([np.inf, 1.0, 0.0], np.inf), ([-np.inf, np.inf, 1e308], np.inf), ([np.inf, np.nan, 1.0], np.nan)]
)
def test_norms_of_what_is_not_finite(given, expected):
    np.testing.assert_array_equal(sg.compile(np.linalg.norm(sg.input("x", 3)))(np.array([given] * 16)), np.full(16, expected))


LONG = 1_000_000
MILLIONS = {"sum": np.sum, "norm": np.linalg.norm, "logsumexp": sg.logsumexp, "@": lambda x: x @ np.ones(LONG)}


@pytest.mark.parametrize("name", MILLIONS)
def test_a_million_equal_terms_keep_their_digits(name):
    value = np.full(LONG, 0.1, np.float32)
    exact = value.astype(np.float64)
    expected = {"norm": np.linalg.norm(exact), "logsumexp": exact[0] + np.log(LONG)}.get(name, exact.sum())
    function = sg.compile(MILLIONS[name](sg.input("x", LONG)), dtype=np.float32)
    assert abs(float(function(value)) / expected - 1) < 1e-6
