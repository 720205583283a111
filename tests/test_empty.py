"""Values of no elements are lowered, proved and run as all others, on both engines; their gradients are zeros of the right shape."""

import numpy as np
import pytest

import staticgraph as sg

N = 9
CASES = {
    "elementwise": (lambda e, x: np.exp(e) * 2.0, [0, 3]),
    "with a scalar": (lambda e, x: e * x, [(2, 0), ()]),
    "broadcast": (lambda e, x: e + x, [(3, 0), (3, 1)]),
    "comparison": (lambda e, x: e > x, [0, ()]),
    "where": (lambda e, x: np.where(e > 0, e, x), [0, ()]),
    "clip": (lambda e, x: np.clip(e, -1.0, x), [0, ()]),
    "sum along": (lambda e, x: np.sum(e, axis=1) + np.sum(x), [(0, 3), 3]),
    "sum of nothing": (lambda e, x: np.sum(e, axis=1) + x, [(3, 0), 3]),
    "total": (lambda e, x: np.sum(e * x), [0, ()]),
    "product": (lambda e, x: np.prod(e) * x, [0, ()]),
    "mean along": (lambda e, x: np.mean(e, axis=1), [(0, 3), ()]),
    "largest": (lambda e, x: np.max(e, axis=1) * x, [(0, 3), ()]),
    "norm": (lambda e, x: np.linalg.norm(e, axis=1) * x, [(0, 3), ()]),
    "matmul": (lambda e, x: e @ x, [(0, 3), (3, 2)]),
    "matmul over nothing": (lambda e, x: e @ x, [(2, 0), (0, 3)]),
    "dot of nothing": (lambda e, x: np.dot(e, e) + x, [0, ()]),
    "outer": (lambda e, x: np.outer(e, x), [0, 3]),
    "stack": (lambda e, x: np.stack([e, e], axis=2) * x, [(0, 2), ()]),
    "concatenate": (lambda e, x: np.concatenate([e, x, e]) ** 2, [0, 3]),
    "picked": (lambda e, x: np.concatenate([e, np.exp(x)[np.zeros(0, int)]]), [0, 3]),
    "picked and kept": (lambda e, x: np.sum(np.sin(x)[np.zeros(0, int)]) + x[0], [0, 3]),
    "view": (lambda e, x: np.sum(np.sin(x)[:0]) + e.sum() + x[1], [(0, 2), 3]),
    "transpose": (lambda e, x: e.T.reshape(0) * 3.0, [(0, 2), ()]),
    "broadcast_to": (lambda e, x: np.broadcast_to(x, (0, 3)) * e, [(0, 3), 3]),
    "the leaf itself": (lambda e, x: e, [0, ()]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("uniform", [(), ("e",), ("x",), ("e", "x")], ids=lambda names: "".join(names) or "varying")
def test_values_of_no_elements(case, uniform):
    make, shapes = CASES[case]
    leaves = [(sg.parameter if name in uniform else sg.input)(name, shape) for name, shape in zip("ex", shapes, strict=True)]
    f = sg.compile(make(*leaves), leaves)
    rng = np.random.default_rng(1)
    given = [rng.normal(size=leaf.shape if leaf.name in uniform else (N, *leaf.shape)) for leaf in leaves]
    values = f(*given)
    batched = len(uniform) < 2
    rows = [[array if leaf.name in uniform else array[row] for leaf, array in zip(leaves, given, strict=True)] for row in range(N)]
    expected = [make(*row) for row in rows] if batched else make(*rows[0])
    np.testing.assert_allclose(values, expected, rtol=1e-14)
    assert values.shape == np.shape(expected)
    if not f.graph.outputs[0].boolean:
        grads = f.vjp(np.ones_like(values), *given)
        for grad, array in zip(grads, given, strict=True):
            assert grad.shape == array.shape
            assert np.isfinite(grad).all()


def test_gradients_beside_nothing_are_right():
    e, x = sg.input("e", 0), sg.parameter("x", 3)
    f = sg.compile(np.sum(np.concatenate([e, x * x])) + np.sum(np.exp(x)[np.zeros(0, int)]), [e, x])
    assert f.grad(np.ones((4, 0)), [1.0, 2.0, 3.0], wrt=["x"])[0].tolist() == [8.0, 16.0, 24.0]


def test_a_leaf_of_which_nothing_is_read_stays_an_argument():
    x = sg.input("x", 3)
    for node in (np.sum(x[:0]), np.prod(x[:0]), np.sum(x[np.zeros(0, int)])):
        f = sg.compile(node)
        assert f.inputs == (x,)
        assert f(np.ones((4, 3))).shape == (4,)
        assert not f.grad(np.ones((4, 3))).x.any()
