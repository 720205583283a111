"""Reductions over every axis and matrix products of every rank, forward and backward, against the reference, NumPy and differences."""

import itertools

import numpy as np
import pytest
from ulps import assert_close, combinations, same_bits, spicy

import staticgraph as sg
from staticgraph.gates import CONTRACTION, GATES, REDUCTION
from staticgraph.kinds import reference
from staticgraph.lanes.rules import Forward
from staticgraph.native.elements import Elements
from staticgraph.nodes.graph import Graph
from staticgraph.nodes.node import OPERATION, Node
from staticgraph.nodes.shapes import around, contiguous, reduced

REDUCTIONS = [gate for gate in GATES.values() if gate.kind == REDUCTION]
CUBE = (2, 3, 4)
AXES = [axes for count in range(4) for axes in itertools.combinations(range(3), count) if contiguous(axes)]
# Which of 0.0 and -0.0 NumPy takes for the larger depends on its vector loops.
EITHER_ZERO = ("max", "min")
DTYPES = [np.float64, np.float32]
NUMPY = {"sum": np.sum, "max": np.max, "min": np.min}


def by_name(gate):
    return gate.name


def reduce(gate, node, axes):
    """Return a reduction as any gate of the table makes it."""
    return Node(OPERATION, reduced(node.shape, axes, False), gate=gate, operands=(node,), static=around(node.shape, axes))


def expected_rows(gate, axes, batch, cotangents, dtype):
    """Return values and gradients of a batch by the reference, for which the rows are one axis more: row by row it takes seconds."""
    rows = sg.input("rows", batch.shape)
    graph = Graph([reduce(gate, rows, tuple(axis + 1 for axis in axes))], [rows])
    values = reference.values(graph, {"rows": batch}, dtype)[graph.outputs[0]]
    return values, reference.gradients(graph, {"rows": batch}, [cotangents], dtype)["rows"]


def compare(gate, axes, batch, dtype):
    x = sg.input("x", batch.shape[1:])
    node = reduce(gate, x, axes)
    f = sg.compile(node, dtype=dtype)
    cotangents = np.resize(np.array([1.0, -0.75, 0.0, 3.0, 0.125], dtype), (len(batch), *node.shape))
    values, slopes = expected_rows(gate, axes, batch, cotangents, dtype)
    result, (gradient,) = f(batch), f.vjp(cotangents, batch)
    assert result.dtype == gradient.dtype == dtype
    assert_close(result, values, 0, gate.name)
    assert gate.name in EITHER_ZERO or same_bits(result, values)
    assert_close(gradient, slopes, 0, f"gradient of {gate.name}")
    return result, gradient


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize("gate", REDUCTIONS, ids=by_name)
def test_reductions_over_every_axis(gate, axes, dtype):
    """Ordinary values, ties, and spicy ones."""
    rng = np.random.default_rng(5)
    ordinary = rng.uniform(-2.0, 2.0, (5, *CUBE)).astype(dtype)
    ties, others = rng.integers(-1, 2, (16, *CUBE)).astype(dtype), rng.choice(spicy(dtype), (40, *CUBE))
    result, _ = compare(gate, axes, np.concatenate([ordinary, ties, others]), dtype)
    if gate.name in NUMPY:
        expected = NUMPY[gate.name](ordinary, axis=tuple(axis + 1 for axis in axes))
        np.testing.assert_allclose(result[:5], expected, rtol=8 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize(("length", "dtype"), [(1, np.float64), (1, np.float32), (2, np.float64), (2, np.float32), (3, np.float32)])
@pytest.mark.parametrize("gate", REDUCTIONS, ids=by_name)
def test_reductions_of_all_combinations_of_spicy_values(gate, length, dtype):
    compare(gate, (0,), np.stack(combinations(dtype, length), axis=1), dtype)


NAN, INF = np.nan, np.inf
# What is promised, independently of the rules: elements, value, gradients.
@pytest.mark.parametrize("gate", REDUCTIONS, ids=by_name)
def test_reductions_of_uniform_values(gate):
    """Over parameters alone, in the prologue, and as one operand of what varies."""
    w, x = sg.parameter("w", CUBE), sg.input("x", (2, 4))
    f = sg.compile(np.sum(reduce(gate, w, (1,)) * x), [w, x])
    rng = np.random.default_rng(6)
    given, batch = rng.uniform(0.5, 2.0, CUBE), rng.uniform(-1.0, 1.0, (7, 2, 4))
    graph = Graph([reduce(gate, w, (1,))], [w])
    value = reference.values(graph, {"w": given})[graph.outputs[0]]
    np.testing.assert_allclose(f(given, batch), np.sum(value * batch, axis=(1, 2)), rtol=1e-13, atol=1e-13)
    expected = reference.gradients(graph, {"w": given}, [batch.sum(axis=0)])["w"]
    np.testing.assert_allclose(f.grad(given, batch).w, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize("gate", REDUCTIONS, ids=by_name)
def test_finite_differences_of_reductions(gate, axes):
    rng = np.random.default_rng(9)
    x = sg.input("x", CUBE)
    node = reduce(gate, x, axes)
    f = sg.compile(node)
    batch = rng.permutation(np.linspace(-2.0, 2.0, 4 * 24)).reshape(4, *CUBE)
    cotangent, direction = rng.normal(size=(4, *node.shape)), rng.normal(size=batch.shape)

    def slope(step):
        return np.sum(cotangent * (f(batch + step * direction) - f(batch - step * direction))) / (2 * step)

    along = np.sum(f.vjp(cotangent, batch).x * direction)
    np.testing.assert_allclose(along, (4 * slope(5e-4) - slope(1e-3)) / 3, rtol=1e-8)


@pytest.mark.parametrize("gate", REDUCTIONS, ids=by_name)
def test_backward_rules_of_reductions_make_derivative_graphs(gate):
    form = (2, 3, 4)
    x, g = sg.input("x", form), sg.input("g", (2, 1, 4))
    y = reduce(gate, x, (1,))
    (contribution,) = gate.contributions(g, y.reshape(2, 1, 4), x)
    rng = np.random.default_rng(10)
    batch, upstream = rng.integers(-2, 3, (6, *form)) + 0.25, rng.normal(size=(6, 2, 1, 4))
    derivative = sg.compile(sg.broadcast_to(contribution, form), [g, x])
    expected = sg.compile(y).vjp(upstream.reshape(6, 2, 4), batch).x
    np.testing.assert_allclose(derivative(upstream, batch), expected, rtol=1e-13, atol=1e-14)


RANKS = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 1), (1, 6)), ((4,), (4, 1)), ((9, 7), (7, 5))]
LETTERS = {1: ("k", "k"), 2: ("ik", "kj")}
ROLES = list(itertools.product(["input", "parameter", "constant"], repeat=2))[:-1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("roles", ROLES, ids="-".join)
@pytest.mark.parametrize("shapes", RANKS, ids=str)
def test_matmul_of_all_ranks(shapes, roles, dtype):
    rng = np.random.default_rng(11)
    rows, arrays, operands = 21, [], []
    for name, role, shape in zip("ab", roles, shapes, strict=True):
        arrays.append(rng.normal(size=(rows, *shape) if role == "input" else shape).astype(dtype))
        operands.append(sg.constant(arrays[-1]) if role == "constant" else getattr(sg, role)(name, shape))
    given = [array for array, role in zip(arrays, roles, strict=True) if role != "constant"]
    f = sg.compile(operands[0] @ operands[1], dtype=dtype)
    a, b = (np.broadcast_to(array, (rows, *shape)).astype(float) for array, shape in zip(arrays, shapes, strict=True))
    left, right = LETTERS[len(shapes[0])][0], LETTERS[len(shapes[1])][1]
    out = (left + right).replace("k", "")
    value, batched = np.einsum(f"n{left},n{right}->n{out}", a, b), "input" in roles
    rtol = 64 * np.finfo(dtype).eps
    result = f(*given)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, value if batched else value[0], rtol=rtol, atol=rtol)
    g = rng.normal(size=(rows, *value.shape[1:]) if batched else value.shape[1:]).astype(dtype)
    spread = np.broadcast_to(g, value.shape).astype(float)
    slopes = np.einsum(f"n{out},n{right}->n{left}", spread, b), np.einsum(f"n{out},n{left}->n{right}", spread, a)
    wanted = [(slope, role) for slope, role in zip(slopes, roles, strict=True) if role != "constant"]
    for found, (slope, role) in zip(f.vjp(g, *given), wanted, strict=True):
        expected = slope if role == "input" else slope.sum(axis=0) if batched else slope[0]
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=4 * rtol)


@pytest.mark.parametrize("gate", [gate for gate in GATES.values() if gate.kind == CONTRACTION], ids=by_name)
def test_backward_rules_of_products_make_derivative_graphs(gate):
    a, b, g = sg.input("a", (2, 3)), sg.input("b", (3, 4)), sg.input("g", (2, 4))
    y = Node(OPERATION, (2, 4), gate=gate, operands=(a, b), static=(2, 3, 4))
    contributions = gate.contributions(g, y, a, b)
    rng = np.random.default_rng(12)
    batches = [rng.normal(size=(5, *leaf.shape)) for leaf in (g, a, b)]
    derivative = sg.compile(list(contributions), [g, a, b])
    for found, expected in zip(derivative(*batches), sg.compile(y).vjp(*batches), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


def test_a_zero_upstream_gradient_stops_at_a_product():
    """Not a number times zero is zero, element by element of the result."""
    a, b = sg.input("a", (2, 3)), sg.input("b", (3, 2))
    f = sg.compile(a @ b)
    left, right = np.ones((1, 2, 3)), np.ones((1, 3, 2))
    left[0, 0], right[0, :, 0] = np.nan, np.inf
    g = np.zeros((1, 2, 2))
    g[0, 1, 1] = 2.0
    to_a, to_b = f.vjp(g, left, right)
    np.testing.assert_array_equal(to_a[0], [[0, 0, 0], [2, 2, 2]])
    np.testing.assert_array_equal(to_b[0], [[0, 2], [0, 2], [0, 2]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gradient_of_logsumexp_shares_its_exponentials(dtype):
    """Native code takes one exponential for each element; elements that are far apart, infinite or NaN are right as well."""
    x = sg.input("x", 3)
    f = sg.compile(sg.logsumexp(x), dtype=dtype, engine="native")
    applied = [each.what for each in Elements(f.program, seeded=False).operations if isinstance(each.what, Forward)]
    assert [each.gate.name for each in applied].count("exp_of_difference") == 3
    given = np.array(list(itertools.product([0.0, -2.0, 1e4, 1000.25, np.inf, -np.inf, np.nan], repeat=3)), dtype)
    found, wide = f.grad(given).x, given.astype(np.float64)
    peak = wide.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        share = np.exp(np.where(wide == peak, 0.0, wide - peak))
    np.testing.assert_allclose(found, share / share.sum(axis=1, keepdims=True), rtol=4 * np.finfo(dtype).eps)
    assert same_bits(found, sg.compile(sg.logsumexp(x), dtype=dtype, engine="interpreter").grad(given).x)
