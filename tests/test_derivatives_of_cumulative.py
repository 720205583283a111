"""Derivatives of cumulative gates, to the second order: against the engine's gradients, differences, and NumPy."""

import numpy as np
import pytest

import staticgraph as sg

FUNCTIONS = {
    "cumsum": np.cumsum, "cumprod": np.cumprod, "cummax": np.maximum.accumulate, "cummin": np.minimum.accumulate,
    "logcumsumexp": sg.logcumsumexp,
}  # fmt: skip
RNG = np.random.default_rng(2)
BATCH = RNG.uniform(-1.5, 1.5, (6, 2, 4))


def accumulated(name, x):
    return FUNCTIONS[name](x, axis=1) * np.arange(1.0, 9.0).reshape(2, 4)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_products_and_matrices(name):
    x = sg.input("x", (2, 4))
    y = accumulated(name, x)
    f, v, t = sg.compile(y), RNG.normal(size=(2, 4)), RNG.normal(size=(2, 4))
    jacobian = f.jacobian(BATCH).x
    assert jacobian.shape == (6, 2, 4, 2, 4)
    one_hot = [f.vjp(np.broadcast_to(row.reshape(2, 4), BATCH.shape), BATCH).x for row in np.eye(8)]
    np.testing.assert_allclose(jacobian.reshape(6, 8, 2, 4).swapaxes(0, 1), one_hot, rtol=1e-13, atol=1e-14)
    assert not np.any(jacobian[:, 0, :, 1])
    np.testing.assert_allclose(sg.compile(sg.vjp(y, x, v), [x])(BATCH), np.einsum("ab,nabcd->ncd", v, jacobian), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(sg.compile(sg.jvp(y, x, t), [x])(BATCH), np.einsum("nabcd,cd->nab", jacobian, t), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["cumprod", "logcumsumexp"])
def test_hessians(name):
    x = sg.input("x", (2, 4))
    f = sg.compile(np.sum(accumulated(name, x)))
    hessian, step, direction = f.hessian(BATCH).x.x, 1e-5, RNG.normal(size=(2, 4))
    np.testing.assert_array_equal(hessian, np.moveaxis(hessian, (3, 4), (1, 2)))
    moved = (f.grad(BATCH + step * direction).x - f.grad(BATCH - step * direction).x) / (2 * step)
    np.testing.assert_allclose(np.einsum("nabcd,cd->nab", hessian, direction), moved, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(f.hvp(np.broadcast_to(direction, BATCH.shape), BATCH).x, moved, rtol=1e-6, atol=1e-7)


def test_structure_is_triangular():
    f = sg.compile(np.cumprod(sg.input("x", 5)))
    rows, columns, shape = f.jacobian_structure()
    assert shape == (5, 5)
    np.testing.assert_array_equal((rows, columns), np.nonzero(np.tri(5)))


def test_zeros_stop_from_the_end():
    x = sg.input("x", 3)
    y = np.cumprod(x)
    found = sg.compile(sg.vjp(y, x, np.array([1.0, 0.0, 0.0])), [x])(np.array([2.0, np.inf, np.nan]))
    np.testing.assert_array_equal(found, [1.0, 0.0, 0.0])
