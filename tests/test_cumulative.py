"""Cumulative gates along every axis, forward and backward, against the reference, NumPy and differences."""

import numpy as np
import pytest
from ulps import assert_close, combinations, same_bits, spicy

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.gates.cumulative import CUMULATIVE
from staticgraph.kinds import of, reference
from staticgraph.native.size import count_elements
from staticgraph.nodes.graph import Graph
from staticgraph.nodes.node import OPERATION, Node
from staticgraph.nodes.shapes import around

CUMULATIVES = [gate for gate in GATES.values() if gate.kind == CUMULATIVE]
CUBE = (2, 3, 4)
UFUNCS = {"cumsum": np.add, "cumprod": np.multiply, "cummax": np.maximum, "cummin": np.minimum, "logcumsumexp": np.logaddexp}


def by_name(gate):
    return gate.name


def leaves_of(gate, shape, make=sg.input):
    return [make(name, shape) for name in "xyz"[: of(gate).operands(gate)]]


def accumulate(gate, leaves, axis):
    """Return a cumulative node as any gate of the table makes it."""
    shape = leaves[0].shape
    return Node(OPERATION, shape, gate=gate, operands=tuple(leaves), static=around(shape, (axis,)))


def compare(gate, axis, batches, dtype):
    leaves = leaves_of(gate, batches[0].shape[1:])
    node = accumulate(gate, leaves, axis)
    f, graph = sg.compile(node, leaves, dtype=dtype), Graph([node], leaves)
    cotangents = np.resize(np.array([1.0, -0.75, 0.0, 3.0, 0.125], dtype), batches[0].shape)
    result, slopes = f(*batches), f.vjp(cotangents, *batches)
    assert result.dtype == dtype
    rows = [{leaf.name: batch[row] for leaf, batch in zip(leaves, batches, strict=True)} for row in range(len(result))]
    values = np.array([reference.values(graph, row, dtype)[node] for row in rows])
    assert same_bits(result, values)
    expected = [reference.gradients(graph, row, [g], dtype) for row, g in zip(rows, cotangents, strict=True)]
    for leaf, slope in zip(leaves, slopes, strict=True):
        # The reference adds what is passed back with two roundings; sums of 4 terms in which much cancels are compared as a whole.
        size = np.max(np.abs(np.where(np.isfinite(slope), slope, 0.0)), axis=tuple(range(1, slope.ndim)), keepdims=True)
        wanted = np.array([row[leaf.name] for row in expected])
        finite = np.isfinite(wanted) & np.isfinite(slope)
        assert_close(np.where(finite, 0.0, slope), np.where(finite, 0.0, wanted), 0, f"gradient of {gate.name}")
        assert np.all(np.abs(np.where(finite, slope - wanted, 0.0)) <= 8 * np.finfo(dtype).eps * size)
    return result


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("gate", CUMULATIVES, ids=by_name)
def test_along_every_axis(gate, axis, dtype):
    rng, count = np.random.default_rng(5), of(gate).operands(gate)
    ordinary = [rng.uniform(-2.0, 2.0, (5, *CUBE)).astype(dtype) for _ in range(count)]
    result = compare(gate, axis, ordinary, dtype)
    if gate.name in UFUNCS:
        expected = UFUNCS[gate.name].accumulate(ordinary[0], axis=axis + 1)
        np.testing.assert_allclose(result, expected, rtol=8 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).eps)
    compare(gate, axis, [rng.integers(-1, 2, (16, *CUBE)).astype(dtype) for _ in range(count)], dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gate", CUMULATIVES, ids=by_name)
def test_values_of_spicy_elements(gate, dtype):
    rng, count = np.random.default_rng(6), of(gate).operands(gate)
    pairs = np.stack(combinations(dtype, 2), axis=1)
    for batches in ([rng.choice(spicy(dtype), (60, 4)) for _ in range(count)], [pairs, *[pairs[::-1]] * (count - 1)]):
        leaves = leaves_of(gate, batches[0].shape[1:])
        node = accumulate(gate, leaves, 0)
        graph, result = Graph([node], leaves), sg.compile(node, leaves, dtype=dtype)(*batches)
        rows = [{leaf.name: batch[row] for leaf, batch in zip(leaves, batches, strict=True)} for row in range(len(result))]
        assert_close(result, np.array([reference.values(graph, row, dtype)[node] for row in rows]), 0, gate.name)


@pytest.mark.parametrize("gate", CUMULATIVES, ids=by_name)
def test_gradients_by_finite_differences(gate):
    rng = np.random.default_rng(7)
    leaves = leaves_of(gate, (6,))
    f = sg.compile(accumulate(gate, leaves, 0), leaves)
    batches = [rng.permutation(np.linspace(-2.0, 2.0, 24)).reshape(4, 6) for _ in leaves]
    directions, cotangent = [rng.normal(size=(4, 6)) for _ in leaves], rng.normal(size=(4, 6))

    def slope(step):
        there, back = ([batch + sign * step * each for batch, each in zip(batches, directions, strict=True)] for sign in (1, -1))
        return np.sum(cotangent * (f(*there) - f(*back))) / (2 * step)

    along = sum(np.sum(g * each) for g, each in zip(f.vjp(cotangent, *batches), directions, strict=True))
    np.testing.assert_allclose(along, (4 * slope(5e-4) - slope(1e-3)) / 3, rtol=1e-8)


@pytest.mark.parametrize("gate", CUMULATIVES, ids=by_name)
def test_uniform_operands(gate):
    """Of parameters alone, in the prologue; and where the sum over rows is a gradient that several steps add to."""
    w, x = leaves_of(gate, (5,), sg.parameter), sg.input("v", (5,))
    f = sg.compile(np.sum(accumulate(gate, w, 0) * x), [*w, x])
    rng = np.random.default_rng(8)
    given, batch = [rng.uniform(0.5, 2.0, 5) for _ in w], rng.uniform(-1.0, 1.0, (7, 5))
    graph = Graph([accumulate(gate, w, 0)], w)
    row = {leaf.name: value for leaf, value in zip(w, given, strict=True)}
    np.testing.assert_allclose(f(*given, batch), batch @ reference.values(graph, row)[graph.outputs[0]], rtol=1e-13, atol=1e-13)
    expected, found = reference.gradients(graph, row, [batch.sum(axis=0)]), f.grad(*given, batch)
    for name in row:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-13)


def test_two_operands_that_are_one_node_or_overlap():
    """Both receive into the same rows."""
    gate = GATES["chain_recurrence"]
    x = sg.input("x", (6,))
    batch = np.random.default_rng(9).uniform(0.5, 1.5, (5, 6))
    for a, b in ((x, x), (x[1:], x[:-1]), (x[:5], x[:5])):
        node = accumulate(gate, [a, b], 0)
        found = sg.compile(np.sum(node), [x]).grad(batch).x
        graph = Graph([np.sum(node)], [x])
        for row, expected in zip(batch, found, strict=True):
            np.testing.assert_allclose(expected, reference.gradients(graph, {"x": row}, [1.0])["x"], rtol=1e-13)


@pytest.mark.parametrize("size", [100, 1000])
def test_a_gradient_takes_steps_and_no_squares(size):
    """Instructions do not grow with the length, and the operations of native code grow linearly."""
    program = sg.compile(np.sum(np.cumprod(sg.input("x", size))))._asked(None)[0].executor.program
    assert count_elements(program) < 6 * size
    assert len(program) < 10


def test_zero_stops():
    """A result whose upstream gradient is 0 passes nothing back, whatever the elements."""
    f = sg.compile(np.cumprod(sg.input("x", 3)))
    np.testing.assert_array_equal(f.vjp([1.0, 0.0, 0.0], [2.0, np.inf, np.nan]).x, [1.0, 0.0, 0.0])


FUNCTIONS = {
    "cumsum": (np.cumsum, {}), "cumsum axis": (np.cumsum, {"axis": -1}), "cumprod": (np.cumprod, {"axis": 0}),
    "maximum": (np.maximum.accumulate, {}), "minimum": (np.minimum.accumulate, {"axis": 1}), "add": (np.add.accumulate, {}),
    "multiply": (np.multiply.accumulate, {"axis": 1}), "logaddexp": (np.logaddexp.accumulate, {"axis": 1}),
    "cummax": (sg.cummax, {}), "cummin": (sg.cummin, {"axis": 1}), "logcumsumexp": (sg.logcumsumexp, {"axis": 0}),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_numpys(name):
    function, options = FUNCTIONS[name]
    batch = np.random.default_rng(10).normal(size=(3, 2, 4))
    result = sg.compile(function(sg.input("x", (2, 4)), **options))(batch)
    np.testing.assert_allclose(result, [function(row, **options) for row in batch], rtol=1e-14)


def test_truth_values_are_counted_and_stay_truth_values():
    x = sg.input("x", 4)
    batch = np.array([[1.0, -1.0, 2.0, -3.0]])
    np.testing.assert_array_equal(sg.compile(np.cumsum(x > 0))(batch), [[1.0, 1.0, 2.0, 2.0]])
    assert sg.compile(np.maximum.accumulate(x < 0))(batch).tolist() == [[False, True, True, True]]


def test_shapes_without_elements_and_of_one():
    assert np.cumsum(sg.input("x", (0, 3)), axis=1).shape == (0, 3)
    assert sg.cummax(sg.input("x", (2, 0))).shape == (0,)
    assert np.cumsum(sg.input("x")).shape == (1,)
    assert sg.compile(np.cumsum(sg.input("x")))(np.array([2.0])).tolist() == [[2.0]]


WRONG = {
    "axis": (lambda x: np.cumsum(x, axis=2), np.exceptions.AxisError, "cumsum: axis 2 is out of bounds for a node of 2 axes"),
    "axes": (lambda x: np.cumsum(x, axis=(0, 1)), TypeError, "cumsum: the axis is an int or None"),
    "of a number": (lambda x: np.maximum.accumulate(x[0, 0]), np.exceptions.AxisError, "axis 0 is out of bounds for a node of 0 axes"),
    "method": (lambda x: np.gcd.accumulate(x), TypeError, "numpy.gcd.accumulate is not supported"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors(name):
    function, kind, message = WRONG[name]
    with pytest.raises(kind, match=message):
        function(sg.input("x", (2, 3)))
