"""Functions with a pullback of their own: in every call, in both modes, at every order, and together with everything else."""

import pickle

import numpy as np
import pytest

import staticgraph as sg

x, y = sg.inputs("x y")
v, a, B = sg.input("v", 3), sg.parameter("a"), sg.parameter("B", (3, 3))


@sg.custom_gradient
def cubed(u, factor):
    """A cube times a factor, whose derivative is written another way."""
    return u**3 * factor, lambda g: ((3.0 * u) * (u * factor) * g, g * u**3)


@sg.custom_gradient
def product(matrix, vector):
    """A product of a matrix and a vector, with a matrix as its pullback."""
    return matrix @ vector, lambda g: (np.outer(g, vector), matrix.T @ g)


PAIRS = {
    "scalars": (cubed(np.sin(x), a) * y, np.sin(x) ** 3 * a * y),
    "nested": (cubed(cubed(x, y), np.exp(a)), (x**3 * y) ** 3 * np.exp(a)),
    "matrices": (np.sum(np.tanh(product(B, v)) * v), np.sum(np.tanh(B @ v) * v)),
    "elementwise": (np.sum(cubed(v, v[::-1])), np.sum(v**3 * v[::-1])),
    "twice": (cubed(x, x), x**3 * x),
}
LEAVES = {"x": x, "y": y, "v": v, "a": a, "B": B}


def drawn(leaves, rows=9):
    rng = np.random.default_rng(3)
    return [rng.uniform(0.3, 1.2, (rows, *leaf.shape) if leaf.varying else leaf.shape) for leaf in leaves]


def flat(result):
    return [array for each in result for array in flat(each)] if isinstance(result, tuple) else [result]


CALLS = ["grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "hvp", "sparse_jacobian", "sparse_hessian"]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("custom", "plain"), PAIRS.values(), ids=PAIRS)
def test_every_call_has_the_derivatives_of_the_pullback(custom, plain, name):
    f, expected = sg.compile(custom), sg.compile(plain)
    leaves = expected.inputs
    assert f.inputs == leaves
    arrays = drawn(leaves)
    before = {"vjp": [np.linspace(-1.0, 1.0, 9)], "jvp": [tuple(drawn(leaves))], "hvp": [tuple(drawn(leaves))]}.get(name, [])
    for options in ({}, {"weights": np.linspace(0.0, 1.0, 9)} if name in ("grad", "vjp", "hessian", "hvp") else {}):
        found, wanted = (flat(getattr(each, name)(*before, *arrays, **options)) for each in (f, expected))
        for ours, theirs in zip(found, wanted, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12)


def test_derivatives_are_not_those_of_the_value():
    @sg.custom_gradient
    def straight_through(u):
        return np.sign(u), lambda g: g

    f = sg.compile(straight_through(x) * y)
    value, gradient = f.value_and_grad(np.array([-2.0, 3.0]), np.array([5.0, 7.0]))
    np.testing.assert_array_equal(value, [-5.0, 7.0])
    np.testing.assert_array_equal(gradient.x, [5.0, 7.0])
    assert f.grad(-2.0, 5.0, wrt="x") == 5.0
    along = sg.compile(sg.jvp(straight_through(x), x, y), [x, y])
    np.testing.assert_array_equal(along(np.ones(2), np.array([3.0, 4.0])), [3.0, 4.0])


def test_a_pullback_that_is_not_linear_is_evaluated():
    @sg.custom_gradient
    def limited(u):
        return u, lambda g: np.clip(g, -1.0, 1.0)

    f = sg.compile(np.sum(limited(v) ** 2))
    point = np.array([0.1, 2.0, -3.0])
    np.testing.assert_array_equal(f.grad(point, wrt="v"), [0.2, 1.0, -1.0])
    np.testing.assert_array_equal(f.jacobian(point, wrt="v"), [0.2, 1.0, -1.0])
    np.testing.assert_array_equal(f.hessian(point, wrt="v"), np.diag([2.0, 0.0, 0.0]))


def test_zeros_stop_before_a_pullback():
    @sg.custom_gradient
    def root(u):
        value = np.sqrt(u)
        return value, lambda g: g * (0.5 / value)

    for node in (np.where(x > 0, root(x), 0.0), np.where(x > 0, root(x) * y, 0.0)):
        f = sg.compile(node)
        point = [0.0, 2.0][: len(f.inputs)]
        np.testing.assert_array_equal(f.grad(*point), 0.0)
        for row in f.hessian(*point):
            np.testing.assert_array_equal(row, 0.0)


def test_what_it_captures_receives_nothing():
    @sg.custom_gradient
    def scaled(u):
        return u * a * y, lambda g: g * 2.0 * y

    f = sg.compile(scaled(x), [x, y, a])
    found = f.grad(np.ones(3), np.full(3, 5.0), 7.0)
    np.testing.assert_array_equal(found.x, 10.0)
    np.testing.assert_array_equal(found.y, 0.0)
    np.testing.assert_array_equal(found.a, 0.0)
    second = f.hessian(np.ones(3), np.full(3, 5.0), 7.0, wrt=["x", "y"])
    np.testing.assert_array_equal(sg.compile(sg.gradient(sg.gradient(scaled(x), x), y), [x, y, a])(1.0, 5.0, 7.0), 2.0)
    assert second.x.y.shape == (3,)


def test_pickles_composes_and_takes_out():
    f = sg.compile(PAIRS["nested"][0])
    arrays = drawn(f.inputs)
    expected = f.value_and_grad(*arrays)
    for ours, theirs in zip(flat(pickle.loads(pickle.dumps(f)).value_and_grad(*arrays)), flat(expected), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    composed = sg.compile(f(*f.inputs) * 2.0)
    np.testing.assert_array_equal(composed.grad(*arrays).a, f.grad(*arrays, weights=2.0).a)
    out = f.value_and_grad(*arrays)
    assert f.value_and_grad(*[array * 1.0 for array in arrays], out=out)[1].a is out[1].a
    assert f.grad(*[array[:0] if array.ndim else array for array in arrays]).a == 0.0


def test_without_nodes_it_is_the_function():
    assert cubed(2.0, 3.0) == 24.0


def test_implicit_derivatives_of_newtons_steps():
    """The solution of `u + sin(u) * s = t` by a fixed number of steps, differentiated by the implicit function theorem."""

    @sg.custom_gradient
    def solve(s, t):
        u = t
        for _ in range(12):
            u = u - (u + np.sin(u) * s - t) / (1.0 + np.cos(u) * s)

        def pullback(g):
            received = g / (1.0 + np.cos(u) * s)
            return -received * np.sin(u), received

        return u, pullback

    f = sg.compile(solve(x, y), [x, y])
    s, t = np.array([0.2, 0.5]), np.array([1.0, -0.7])
    u = f(s, t)
    np.testing.assert_allclose(u + np.sin(u) * s, t, rtol=1e-14)
    found = f.grad(s, t)
    np.testing.assert_allclose(found.y, 1.0 / (1.0 + np.cos(u) * s), rtol=1e-14)
    step = 1e-6
    differences = (f.grad(s, t + step).y - f.grad(s, t - step).y) / (2 * step)
    np.testing.assert_allclose(f.hessian(s, t).y.y, differences, rtol=1e-7)


ERRORS = [
    (lambda: sg.custom_gradient(lambda u: u)(x), TypeError, r"must return \(value, pullback\)"),
    (lambda: sg.custom_gradient(lambda u: (u, 3.0))(x), TypeError, r"must return \(value, pullback\)"),
    (lambda: sg.custom_gradient(lambda u, w: (u * w, lambda g: g))(x, y), ValueError, r"must return 2 node\(s\).*got 1"),
    (lambda: sg.custom_gradient(lambda u: (np.sum(u), lambda g: g))(v), ValueError, r"shape \(\) for argument 0, expected \(3,\)"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors_say_what_was_expected(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
