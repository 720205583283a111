"""Jacobian and Hessian matrices on nodes: both forms, patterns, colours, and exact derivatives of polynomials."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_derivatives_of_nodes import STOPPED
from test_derivatives_of_nodes import x as first
from test_derivatives_of_nodes import y as second
from test_random_graphs import FEWER, FIXED, ROUTING, SMOOTH, arguments, build, leaves_of, programs

import staticgraph as sg
from staticgraph.derivatives import matrix
from staticgraph.derivatives.colouring import column_colours, star_colours
from staticgraph.derivatives.matrix import alone
from staticgraph.derivatives.pattern import Structure
from staticgraph.kinds import reference
from staticgraph.nodes.graph import Graph, topological

v, w, x = sg.input("v", 5), sg.input("w", (2, 3)), sg.input("x")
ENGINES = ("interpreter", "native")
FORMS = {"scalars": lambda *_: True, "arrays": lambda *_: False}


@pytest.fixture(params=FORMS)
def form(request, monkeypatch):
    """Every test with both forms: which one it is must not matter."""
    monkeypatch.setattr(matrix, "eliminates", FORMS[request.param])
    return request.param


def by_vjp(node, leaves, arrays):
    """Return the Jacobian matrices of one row by one-hot cotangents."""
    f = sg.compile(node, leaves)
    found = []
    for number in range(node.size):
        cotangent = np.zeros(node.size)
        cotangent[number] = 1.0
        found.append(f.vjp(cotangent.reshape(node.shape), *arrays))
    return [np.array([each[place] for each in found]).reshape((*node.shape, *leaf.shape)) for place, leaf in enumerate(leaves)]


CONSTANT = np.arange(10.0).reshape(2, 5) / 7
VECTORS = {
    "products": np.tanh(CONSTANT @ v) * v[0],
    "neighbours": v[1:] * v[:-1] ** 2 - np.sin(v[:-1]),
    "outer": np.outer(v[:2], np.exp(v[3:])),
    "matrices": (w @ np.reshape(np.concatenate([v, v[:1]]), (3, 2))) ** 2,
    "reductions": sg.stack([np.linalg.norm(v), sg.logsumexp(v), np.max(v), np.prod(v), np.mean(v)]),
    "layout": np.concatenate([v[::-1], np.ravel(w)[np.array([0, 0, 5])], [1.0]]),
    "itself": v,
    "twice": sg.stack([v[0], v[0] * 2.0, np.exp(v[0]), np.exp(np.exp(v[0]))]),
    "scalar": v @ v + np.sum(w),
    "softmax": sg.softmax(w, axis=0),
    "constant": np.ones(3) * 2.0 + 0.0 * v[0],
}


@pytest.mark.parametrize("node", VECTORS.values(), ids=VECTORS)
def test_a_jacobian_has_the_rows_that_vjp_has(node, form):
    arrays = [np.random.default_rng(1).uniform(0.2, 1.5, leaf.shape) for leaf in (v, w)]
    found = sg.compile(sg.jacobian(node, [v, w]), [v, w])(*arrays)
    for ours, expected in zip(found, by_vjp(node, [v, w], arrays), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13, atol=1e-14)


@FEWER
@given(program=programs({**SMOOTH, **ROUTING}))
def test_forms_agree_on_random_graphs(program):
    specification, steps, seed, _ = program
    leaves = leaves_of(specification)
    outputs = build(steps, leaves, {**SMOOTH, **ROUTING}, np)
    given_rows = arguments(leaves, np.random.default_rng(seed), 1, False)
    arrays = [array[0] if leaf.varying else array for leaf, array in zip(leaves, given_rows, strict=True)]
    for node in outputs:
        found = []
        for chosen in FORMS.values():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(matrix, "eliminates", chosen)
                found.append(sg.compile(sg.jacobian(node, leaves), leaves)(*arrays))
        for ours, other, expected in zip(*found, by_vjp(node, leaves, arrays), strict=True):
            scale = 1.0 + np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
            np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-11 * scale)
            np.testing.assert_allclose(other, expected, rtol=1e-9, atol=1e-11 * scale)


def second_differences(node, leaf, point, step=1e-5):
    f = sg.compile(node, [leaf])
    moves = step * np.eye(leaf.size).reshape(leaf.size, *leaf.shape)
    return np.array([(f.grad(point + move).v - f.grad(point - move).v) / (2 * step) for move in moves])


SCALARS = {
    "valley": np.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2),
    "norm": np.linalg.norm(v) * v[0],
    "matrix": np.sum(np.tanh(CONSTANT @ v) ** 2),
    "form": v @ (np.arange(25.0).reshape(5, 5) @ v),
    "softmax": np.sum(sg.softmax(v)[:2] * v[3:]),
    "powers": v[0] ** v[1] + v[2] ** 3 * v[3] ** -2,
    "routed": np.sum(np.maximum(v[1:] ** 2, v[:-1]) * v[2]),
}


@pytest.mark.parametrize("node", SCALARS.values(), ids=SCALARS)
def test_a_hessian_is_symmetric_and_right(node, form):
    point = np.random.default_rng(2).uniform(0.3, 1.5, 5)
    found = sg.compile(sg.hessian(node, v), [v])(point)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, second_differences(node, v, point), rtol=1e-6, atol=1e-6)


def test_a_hessian_of_several_nodes(form):
    node = np.sum(w * w) * x + np.sin(x) * v[0]
    blocks = sg.hessian(node, (x, w))
    assert isinstance(blocks, tuple) and isinstance(blocks[0], tuple)
    assert [[block.shape for block in row] for row in blocks] == [[(), (2, 3)], [(2, 3), (2, 3, 2, 3)]]
    values = sg.compile([block for row in blocks for block in row], [x, w, v])(0.5, np.ones((2, 3)), np.ones(5))
    np.testing.assert_array_equal(values[1], 2.0 * np.ones((2, 3)))
    np.testing.assert_array_equal(values[3].reshape(6, 6), np.eye(6))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_of_polynomials_are_exact(order, form):
    """All numbers are small and whole, so that nothing is rounded."""
    a, b = v[0], v[1]
    node, powers = a**4 * b**3 - 2.0 * a**2 * b, [(1, 4, 3), (-2, 2, 1)]
    derivative = node
    for number in range(order):
        derivative = sg.gradient(derivative, v)[number % 2]
    along_a, along_b = (order + 1) // 2, order // 2
    expected = 0.0
    for factor, m, n in powers:
        term = float(factor)
        for exponent, base, times in ((m, 3.0, along_a), (n, -2.0, along_b)):
            for each in range(times):
                term *= exponent - each
            term *= base ** max(exponent - times, 0)
        expected += term
    assert sg.compile(derivative, [v])(np.array([3.0, -2.0, 0.0, 0.0, 0.0])) == expected
    both = sg.hessian(derivative, v)
    assert both.shape == (5, 5)


N = 6
u = sg.input("u", N)
LINKED = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
HESSIANS = {
    "tridiagonal": (np.sum((u[1:] - u[:-1] ** 2) ** 2), LINKED <= 1),
    "arrow": (u[0] * np.sum(np.sin(u[1:])) + u[0] ** 2, (np.eye(N) + (np.arange(N) == 0) + (np.arange(N) == 0)[:, None]) > 0),
    "blocks": (np.sum(np.prod(np.reshape(u, (2, 3)), axis=1)), np.kron(np.eye(2), 1 - np.eye(3)) > 0),
    "diagonal": (np.sum(np.exp(u)), np.eye(N) > 0),
    "linear": (np.sum(u * np.arange(6.0)), np.zeros((N, N)) > 0),
    "piecewise": (np.sum(np.maximum(u, 0.0)) + abs(u[0]) + np.max(u), np.zeros((N, N)) > 0),
    "stopped": (np.sum(sg.stop_gradient(u) * u**2), np.eye(N) > 0),
}
JACOBIANS = {
    "diagonal": (np.maximum(0.0, 3.0 * u), np.eye(N) > 0),
    "banded": (u[1:] * u[:-1], (LINKED[:5] == 0) | (np.arange(N) - np.arange(5)[:, None] == 1)),
    "reversed": (np.sin(u[::-1]), np.eye(N)[::-1] > 0),
    "dense": (np.ones((2, N)) @ u**2, np.ones((2, N)) > 0),
    "nothing": (np.sign(u), np.zeros((N, N)) > 0),
    "zeros of a constant": (u * np.array([1.0, 0.0, 2.0, 0.0, 3.0, 0.0]), np.diag([1, 0, 1, 0, 1, 0]) > 0),
    "triangle": (sg.stack([np.sum(u[: k + 1] ** 2) for k in range(N)]), np.tri(N) > 0),
}


def pattern_of(structure):
    dense = np.zeros(structure.shape, bool)
    dense[structure.rows, structure.columns] = True
    assert list(zip(structure.rows, structure.columns, strict=True)) == [tuple(each) for each in np.argwhere(dense)]
    return dense


@pytest.mark.parametrize(("node", "expected"), HESSIANS.values(), ids=HESSIANS)
def test_hessian_patterns_are_exact(node, expected, form):
    f = sg.compile(node, [u])
    np.testing.assert_array_equal(pattern_of(f.hessian_structure()), expected)
    np.testing.assert_array_equal(pattern_of(f.hessian_structure(lower=True)), np.tril(expected))
    found = f.hessian(np.linspace(0.3, 1.7, N), wrt="u")
    np.testing.assert_array_equal(found[~expected], 0.0)
    assert np.all(found[expected] != 0)


@pytest.mark.parametrize(("node", "expected"), JACOBIANS.values(), ids=JACOBIANS)
def test_jacobian_patterns_are_exact(node, expected, form):
    f = sg.compile(node, [u])
    np.testing.assert_array_equal(pattern_of(f.jacobian_structure()), expected)
    found = f.jacobian(np.linspace(0.3, 1.7, N), wrt="u")
    np.testing.assert_array_equal(found[~expected], 0.0)
    assert np.all(found[expected] != 0)


@pytest.mark.parametrize(("node", "point"), STOPPED.values(), ids=STOPPED)
def test_untaken_branches_stop_in_matrices(node, point, form):
    f = sg.compile(node, [first, second][: len(point)])
    for gradient, row in zip(f.grad(*point), f.jacobian(*point), strict=True):
        assert gradient == row
    products = f.hvp((1.0, 1.0)[: len(point)], *point)
    assert np.isfinite([*products, *(number for row in f.hessian(*point) for number in row)]).all()


@pytest.mark.parametrize("leaf", [sg.parameter, sg.input], ids=["uniform", "varying"])
@pytest.mark.parametrize(("size", "kind"), [(2, "scalars"), (2, "arrays"), (20, "arrays")], ids=["scalars", "written out", "kernel"])
def test_zeros_of_a_matrix_stop_tangents(size, kind, leaf, monkeypatch):
    """`W @ sqrt(v)` where `v` and a column of `W` are 0: nothing comes from there, in whatever direction the graph is walked."""
    monkeypatch.setattr(matrix, "eliminates", FORMS[kind])
    factor, vector, tangent = leaf("W", (size, size)), sg.input("vector", size), sg.input("tangent", size)
    y = factor @ np.sqrt(vector)
    arrays = np.random.default_rng(2).uniform(1.0, 2.0, (size, size)), np.arange(float(size))
    arrays[0][:, 0] = 0.0
    expected = by_vjp(y, [factor, vector], arrays)[1]
    outputs = sg.jacobian(y, vector), sg.jvp(y, vector, tangent)
    first, second = (sg.compile(outputs, [factor, vector, tangent], engine=engine)(*arrays, np.ones(size)) for engine in ENGINES)
    np.testing.assert_allclose(first[0], expected, rtol=1e-14)
    np.testing.assert_allclose(first[1], expected.sum(axis=1), rtol=1e-12)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, second, strict=True))


def test_matrices_by_a_value_between(form):
    between = np.exp(u[:2]) + u[2:4]
    node = between[0] ** 2 * between[1] * u[5]
    point = np.linspace(0.3, 1.7, N)
    a, b = np.exp(point[:2]) + point[2:4]
    found = sg.compile([sg.jacobian(node, between), sg.hessian(node, between)], [u])(point)
    np.testing.assert_allclose(found[0], point[5] * np.array([2 * a * b, a * a]), rtol=1e-13)
    np.testing.assert_allclose(found[1], point[5] * np.array([[2 * b, 2 * a], [2 * a, 0.0]]), rtol=1e-13)


def test_a_matrix_of_zeros_is_a_constant():
    assert sg.jacobian(np.sign(u), u).role == "constant"
    assert sg.hessian(np.sum(2.0 * u), u).role == "constant"
    assert sg.hessian(np.sum(np.maximum(u, 0.0)), u).role == "constant"


def test_a_diagonal_costs_what_the_function_costs():
    long = sg.input("long", 300)
    f = sg.compile(np.maximum(0.0, long * np.arange(300.0)), engine="interpreter")
    f.sparse_jacobian(np.ones(300))
    (made,) = f._derived.values()
    assert len(made.rowwise._plan(None).executor.program) <= len(f.program) + 3


@st.composite
def symmetric_patterns(draw):
    count = draw(st.integers(1, 12))
    dense = np.array(draw(st.lists(st.booleans(), min_size=count**2, max_size=count**2))).reshape(count, count)
    dense &= np.random.default_rng(draw(st.integers(0, 99))).random((count, count)) < draw(st.sampled_from([0.1, 0.3, 1.0]))
    return dense | dense.T


LAYERS = {
    "one rule": lambda product: np.maximum(product, 0.0),
    "two rules": lambda product: np.tanh(np.maximum(product, 0.0)) * 2.0,
    "shaped": lambda product: np.reshape(np.exp(np.minimum(product, 1.0)), (2, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("columns", [9, 4], ids=["reverse", "forward"])
def test_a_layer_scales_its_matrix(name, columns, monkeypatch):
    """Seeds that elementwise gates alone have changed have one entry a row: then there is no product of matrices for each of them."""
    monkeypatch.setattr(matrix, "eliminates", FORMS["arrays"])
    weights, by = sg.parameter("W", (6, columns)), sg.input("by", columns)
    y = LAYERS[name](weights @ by)
    jacobian = sg.jacobian(y, by)
    products = [node for node in topological([jacobian]) if node.gate is not None and node.gate.kind == "contraction"]
    assert [node.size for node in products] == [6]
    arrays = [np.random.default_rng(1).normal(size=leaf.shape) for leaf in (weights, by)]
    arrays[0][2] = -np.abs(arrays[0][2]) * np.sign(arrays[1])
    arrays[0][2, 1] *= np.inf
    expected = by_vjp(y, [weights, by], arrays)[1]
    np.testing.assert_allclose(sg.compile(jacobian, [weights, by])(*arrays), expected, rtol=1e-14)
    assert not np.isnan(expected).any()


@FIXED
@given(dense=symmetric_patterns())
def test_colours_leave_every_entry_alone(dense):
    found = Structure(*np.nonzero(dense), dense.shape)
    generator = np.random.default_rng(0)
    values = np.where(dense, generator.integers(1, 1000, dense.shape), 0)
    columns = column_colours(found)
    compressed = values @ (columns[:, None] == np.arange(len(columns)))
    np.testing.assert_array_equal(compressed[found.rows, columns[found.columns]], values[found.rows, found.columns])
    star, symmetric = star_colours(found), np.tril(values) + np.tril(values, -1).T
    compressed = symmetric @ (star[:, None] == np.arange(len(star)))
    element, seed = alone(found, star)
    np.testing.assert_array_equal(compressed[element, star[seed]], symmetric[found.rows, found.columns])


def test_few_colours_do_for_sparse_matrices():
    tridiagonal = Structure(*np.nonzero(LINKED <= 1), (N, N))
    assert column_colours(tridiagonal).max() + 1 == 3
    arrow = Structure(*np.nonzero(HESSIANS["arrow"][1]), (N, N))
    assert column_colours(arrow).max() + 1 == N
    assert star_colours(arrow).max() + 1 == 2


@settings(FIXED, max_examples=200)
@given(program=programs(SMOOTH))
def test_hessians_of_random_graphs_against_autograd(program):
    """By the reference evaluator on the graph of the Hessian, so that nothing is compiled."""
    specification, steps, seed, _ = program
    leaves = leaves_of(specification)
    node, _ = build(steps, leaves, SMOOTH, np)
    node = np.sum(np.tanh(node))
    values = arguments(leaves, np.random.default_rng(seed), 1, grid=False)
    row = {leaf.name: array[0] if leaf.varying else array for leaf, array in zip(leaves, values, strict=True)}
    ends = np.cumsum([leaf.size for leaf in leaves])[:-1]

    def total(flat):
        parts = [part.reshape(leaf.shape) for part, leaf in zip(anp.split(flat, ends), leaves, strict=True)]
        return anp.sum(anp.tanh(build(steps, parts, SMOOTH, anp)[0]))

    expected = autograd.hessian(total)(np.concatenate([np.ravel(each) for each in row.values()]))
    blocks = [block for line in sg.hessian(node, leaves) for block in line]
    found = reference.values(Graph(blocks, leaves), row)
    sizes = [leaf.size for leaf in leaves]
    ours = np.block([[found[blocks[i * len(sizes) + j]].reshape(a, b) for j, b in enumerate(sizes)] for i, a in enumerate(sizes)])
    np.testing.assert_array_equal(ours, ours.T)
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-9 * (1.0 + np.abs(expected).max()))
