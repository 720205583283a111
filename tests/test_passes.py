"""The passes: dead code, folding, sharing, hoisting, on graphs of any depth."""

import pickle

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.nodes.node import CONSTANT

x, y = sg.inputs("x y")
v = sg.input("v", 3)
w = sg.parameter("w")


def gates_of(output, dtype=np.float64):
    """Return the names of the gates that are left of a graph, in order."""
    graph = sg.compile(output, dtype=dtype).graph
    return [node.gate.name for node in graph.nodes if node.gate is not None]


def test_dead_code_goes():
    unused = np.exp(x) * y
    output = x + (0 * 1.0 + 2.0)
    assert unused.gate is not None
    assert gates_of(output) == ["add"]
    assert gates_of(np.where(sg.constant(True), x * y, unused)) == ["multiply"]
    f = sg.compile(sg.stack([x * y, np.exp(x)])[0], [x, y])
    assert f(3.0, 4.0) == 12.0


FOLDED = {
    "elementwise": (np.exp(sg.constant(2.0)) + 1.0, np.exp(2.0) + 1.0),
    "reduction": (np.sum(sg.constant([1.0, 2.0, 3.0])), 6.0),
    "product": (sg.constant([[1.0, 2.0], [3.0, 4.0]]) @ np.array([1.0, -1.0]), np.array([-1.0, -1.0])),
    "layout": (sg.constant([[1.0, 2.0], [3.0, 4.0]]).T[0] * 1.0, np.array([1.0, 3.0])),
    "boolean": (sg.constant(2.0) > 1.0, np.array(True)),
    "broadcast": (sg.broadcast_to(sg.constant(2.0), (2, 2)), np.full((2, 2), 2.0)),
    "not a number": (np.log(sg.constant(-1.0)), np.array(np.nan)),
}


@pytest.mark.parametrize("name", FOLDED)
def test_constants_are_folded(name):
    node, expected = FOLDED[name]
    f = sg.compile(node)
    (found,) = f.graph.nodes
    assert found.role == CONSTANT
    np.testing.assert_allclose(found.static, expected, rtol=1e-15)
    np.testing.assert_array_equal(f(), found.static)


def test_constants_are_folded_in_the_dtype_of_the_function():
    f = sg.compile(x + (sg.constant(1.0) / 3.0 + 1e-9), dtype=np.float32)
    (constant,) = (node for node in f.graph.nodes if node.role == CONSTANT)
    assert constant.static.dtype == np.float32
    assert constant.static == np.float32(1.0) / np.float32(3.0) + np.float32(1e-9)


def test_a_large_repeated_constant_is_not_stored():
    graph = sg.compile(np.sum(sg.broadcast_to(sg.constant(1.5), 1 << 18) * sg.input("u", 1 << 18))).graph
    assert all(node.size == 1 for node in graph.nodes if node.role == CONSTANT)


SHARED = {
    "the same": ([np.exp(x) + np.exp(x)], ["exp", "add"]),
    "commuted sum": ([(x + y) * 2.0, (y + x) * 2.0], ["add", "multiply"]),
    "commuted product": ([np.exp(x * y) - np.sin(y * x)], ["multiply", "exp", "sin", "subtract"]),
    "with equal constants": ([np.exp(x + 1.5) - np.exp(sg.constant(1.5) + x) * y], ["add", "exp", "multiply", "subtract"]),
    "views": ([np.exp(v[0]) * np.exp(v[0])], ["exp", "square"]),
    "gathers": ([v[::-1] * np.exp(v[::-1])], ["gather", "exp", "multiply"]),
    "reductions": ([np.sum(v) * np.exp(np.sum(v))], ["sum", "exp", "multiply"]),
}


@pytest.mark.parametrize("name", SHARED)
def test_common_subexpressions_are_shared(name):
    outputs, expected = SHARED[name]
    found = gates_of(outputs)
    assert [gate for gate in found if gate not in ("view", "copy")] == expected


NOT_SHARED = {
    "differences": [x - y, y - x],
    "quotients": [x / y, y / x],
    "comparisons": [x < y, y < x],
    "zeros of two signs": [x * sg.constant(0.0), x * sg.constant(-0.0)],
    "shapes": [sg.broadcast_to(x, (2, 3)), sg.broadcast_to(x, (3, 2))],
    "parts": [v[:2] * 3.0, v[1:] * 3.0],
    "axes": [np.sum(sg.input("m", (2, 2)), axis=0)] * 1 + [np.sum(sg.input("n", (2, 2)), axis=1)],
    "boolean and number": [(x > 0) & sg.constant(True), x * sg.constant(1.5)],
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_SHARED)
def test_what_differs_is_not_shared(name):
    first, second = sg.compile(NOT_SHARED[name]).graph.outputs
    assert first is not second


def test_uniform_subgraphs_are_hoisted():
    f = sg.compile(np.tanh(w * 2.0 + 1.0) * x + np.exp(w), [x, w])
    program = f.program
    names = [origin.gate.name for origin in program.origins if origin is not None]
    assert names[: program.prologue] == ["multiply", "add", "tanh", "exp"]
    assert names[program.prologue :] == ["multiply", "add"]
    value, gradients = f.value_and_grad(np.array([1.0, 2.0]), 0.5)
    np.testing.assert_allclose(value, np.tanh(2.0) * np.array([1.0, 2.0]) + np.exp(0.5), rtol=1e-15)
    np.testing.assert_allclose(gradients.w, 3.0 * 2.0 / np.cosh(2.0) ** 2 + 2 * np.exp(0.5), rtol=1e-14)


DEPTH = 8_000


@pytest.mark.parametrize("step", [lambda a: a * 1.0001 + 0.5, lambda a: np.sin(a), lambda a: a + a, lambda a: -(0.5 * a)], ids=range(4))
def test_deep_graphs_need_no_recursion(step):
    node = x
    for _ in range(DEPTH):
        node = step(node)
    f = sg.compile(node)
    value, gradients = f.value_and_grad(np.array([1e-3, -0.5]))
    again = pickle.loads(pickle.dumps(f))
    assert again(np.array([1e-3, -0.5])).tobytes() == value.tobytes()
    assert gradients.x.shape == (2,)


@pytest.mark.parametrize("write", [lambda b: b * 1.0, lambda b: b - 0.0, lambda b: b / 1.0, lambda b: b**1, lambda b: b + -0.0])
def test_a_truth_value_that_arithmetic_makes_a_number_stays_one(write):
    x = sg.input("x")
    found = sg.compile(write(x > 0))(np.array([1.0, -1.0]))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1.0, 0.0])
