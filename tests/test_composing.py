"""A graph applied to nodes computes what the function computes, with its gradient, and shares what does not depend on leaves."""

import time

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.nodes.composing import applied
from staticgraph.nodes.graph import Graph

RNG = np.random.default_rng(1)


def source(outputs, leaves):
    return Graph(outputs, leaves)


def every_kind():
    """Return a graph of every kind of gate, with a leaf that nothing uses."""
    x, w, t, unused = sg.input("x", 3), sg.parameter("w", (2, 3)), sg.data("t"), sg.input("unused", 2)
    inner = np.tanh(w @ x)[::-1] * t
    outputs = [np.sum(inner), np.where(x > t, x, 1.0), sg.stack([x[1:], w[:, 0]]).T, x > 0, x, sg.constant([1.0, 2.0])]
    return source(outputs, [x, w, t, unused]), outputs, [x, w, t, unused]


def test_the_outputs_are_those_of_the_function():
    graph, outputs, leaves = every_kind()
    a, b = sg.input("a", 3), sg.parameter("b", 3)
    operands = [np.exp(a) + b, sg.stack([a, b]), np.sum(a), np.ones(2)]
    composed = sg.compile(applied("f", graph, operands), [a, b])
    values = RNG.normal(size=(9, 3)), RNG.normal(size=3)
    inner = sg.compile(operands[:3], [a, b])(*values)
    plain = sg.compile(outputs, [*leaves[:1], leaves[2], leaves[1], leaves[3]])
    for row in range(9):
        x, w, t = (each[row] for each in inner)
        for found, expected in zip(composed(*values), plain(x, t, w, np.ones(2)), strict=True):
            np.testing.assert_array_equal(found[row] if found.ndim > expected.ndim else found, expected)
            assert found.dtype == expected.dtype


def test_gradients_go_through_it_to_the_new_leaves():
    x, w = sg.input("x", 3), sg.parameter("w", 3)
    graph = source([np.sum(np.sin(x) * w)], [x, w])
    a = sg.input("a", 3)
    (composed,) = applied("f", graph, [a * a, a])
    np.testing.assert_allclose(sg.compile(composed).grad([1.0, 2.0, 3.0]), [
        [2 * v * np.cos(v * v) * v + np.sin(v * v) for v in (1.0, 2.0, 3.0)]
    ])  # fmt: skip


def test_leaves_may_become_uniform_or_varying_or_constant():
    x, w = sg.input("x"), sg.parameter("w")
    graph = source([x * w, np.exp(w)], [x, w])
    a, b = sg.input("a"), sg.parameter("b")
    swapped = applied("f", graph, [b, a])
    assert [node.varying for node in swapped] == [True, True]
    assert [node.varying for node in applied("f", graph, [3.0, b])] == [False, False]
    results = sg.compile(swapped, [a, b])(np.arange(3.0), 2.0)
    assert results[0].tolist() == [0.0, 2.0, 4.0]
    assert sg.compile(applied("f", graph, [3.0, np.float32(0.0)]), [])() == (0.0, 1.0)


def test_a_leaf_may_be_replaced_by_itself_or_by_what_contains_it():
    x = sg.input("x")
    node = np.exp(x) * 2.0
    graph = source([node], [x])
    assert applied("f", graph, [x])[0] is node
    (twice,) = applied("f", graph, applied("f", graph, [x]))
    assert sg.compile(twice)(0.0) == np.exp(2.0) * 2.0


def test_what_does_not_depend_on_the_leaves_is_shared():
    x, other = sg.input("x", 2), sg.constant([1.0, 2.0])
    fixed = np.exp(other)
    graph = source([x * fixed, fixed], [x])
    product, same = applied("f", graph, [sg.input("y", 2)])
    assert same is fixed
    assert product.operands[1] is fixed


def test_a_view_of_a_view_is_one_view():
    x = sg.input("x", 3)
    graph = source([x[1]], [x])
    y = sg.input("y", 6)
    (node,) = applied("f", graph, [y[3:]])
    assert node.operands == (y,)
    assert node.static == 4


def test_truth_values_become_numbers():
    x, y = sg.input("x"), sg.input("y")
    graph = source([x + x, x], [x])
    total, same = applied("f", graph, [y > 0])
    assert not total.boolean and not same.boolean
    assert sg.compile((total, same))(1.0) == (2.0, 1.0)


@pytest.mark.parametrize(
    "operand, error, fragments",
    [
        (sg.input("a", 2), ValueError, ["model", "'x'", "(3,)", "(2,)"]),
        (1.0, ValueError, ["model", "'x'", "(3,)", "()"]),
        (np.ones((5, 3)), ValueError, ["model", "'x'", "(3,)", "(5, 3)", "batch"]),
        (np.ones(3) * 1j, TypeError, ["model", "'x'", "complex"]),
        ("text", TypeError, ["model", "'x'", "str"]),
    ],
)
def test_an_operand_that_does_not_fit_is_named(operand, error, fragments):
    x = sg.input("x", 3)
    with pytest.raises(error) as caught:
        applied("model", source([x * 2.0], [x]), [operand])
    assert all(fragment in str(caught.value) for fragment in fragments), str(caught.value)


def test_a_long_graph_takes_no_recursion():
    x = node = sg.input("x")
    for _ in range(50_000):
        node = np.sin(node) * 1.5
    started = time.process_time()
    (made,) = applied("f", source([node], [x]), [sg.input("y")])
    assert time.process_time() - started < 2.0
    assert len(Graph([made], [])) == len(Graph([node], []))
