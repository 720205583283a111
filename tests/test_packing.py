"""Leaves that only products read are packed: the same numbers, in an eighth of the memory."""

import numpy as np
import pytest

import staticgraph as sg

RNG = np.random.default_rng(7)
SHAPES = [(1, 1), (3, 5), (17, 40), (40, 33)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_packed_operands_give_the_bytes_of_spread_ones(shape, dtype):
    rows, inner = shape
    given = [RNG.normal(size=size).astype(dtype) for size in ((19, inner), shape, (inner, rows))]
    x, a, b, zero = sg.input("x", inner), sg.parameter("a", shape), sg.parameter("b", (inner, rows)), sg.parameter("zero")
    constant = sg.constant(given[1])
    loss = np.sum(np.tanh(a @ x + x @ b + constant @ x) ** 2)
    packed = sg.compile(loss, [x, a, b], dtype=dtype)
    read_elsewhere = np.sum(a * zero) + np.sum(b * zero) + np.sum(constant * zero * x[0])
    spread = sg.compile(loss + read_elsewhere, [x, a, b, zero], dtype=dtype)
    assert packed.program.elements == 3 * rows * inner
    assert spread.program.elements == 0
    value, gradients = packed.value_and_grad(*given)
    expected, others = spread.value_and_grad(*given, dtype(0.0), wrt=("x", "a", "b"))
    for one, another in zip((value, *gradients), (expected, *others), strict=True):
        assert one.tobytes() == another.tobytes()


ORDERS = {
    "Fortran": np.asfortranarray,
    "reversed": lambda array: array[::-1, ::-1].copy()[::-1, ::-1],
    "every second": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "one number": lambda array: np.broadcast_to(array[:1, :1], array.shape),
    "one row": lambda array: np.broadcast_to(array[:1], array.shape),
}


@pytest.mark.parametrize("order", ORDERS)
def test_parameters_of_any_layout_are_packed(order):
    x, a = sg.input("x", 5), sg.parameter("a", (3, 5))
    f = sg.compile(a @ x, [x, a])
    assert f.program.elements == 15
    points, matrix = RNG.normal(size=(11, 5)), ORDERS[order](RNG.normal(size=(3, 5)))
    assert f(points, matrix).tobytes() == f(points, np.ascontiguousarray(matrix)).tobytes()
    np.testing.assert_allclose(f(points, matrix), points @ matrix.T, rtol=1e-14)


def test_parts_of_a_leaf_are_packed():
    x, w = sg.input("x", 4), sg.parameter("w", 20)
    f = sg.compile(w[4:16].reshape(3, 4) @ x, [x, w])
    assert f.program.elements == 20
    points, weights = RNG.normal(size=(11, 4)), RNG.normal(size=20)
    np.testing.assert_allclose(f(points, weights), points @ weights[4:16].reshape(3, 4).T, rtol=1e-14)


def test_what_follows_from_parameters_alone_is_not_packed():
    x, a, b = sg.input("x", 3), sg.parameter("a", (2, 3)), sg.parameter("b", (3, 3))
    f = sg.compile((a @ b) @ x + np.exp(a) @ x, [x, a, b])
    assert f.program.elements == 0


def test_a_large_constant_takes_the_memory_of_its_elements():
    x = sg.input("x", 300)
    program = sg.compile(np.ones((300, 300)) @ x).program
    assert program.elements == 300 * 300
    assert program.uniforms == program.packed_rows
