"""`gradient`, `jvp` and `vjp` on nodes: against the engine's gradients, differences, and each other, to any order."""

import numpy as np
import pytest
from hypothesis import given
from test_random_graphs import FEWER, ROUTING, SMOOTH, arguments, build, leaves_of, programs

import staticgraph as sg
from staticgraph.gates import ELEMENTWISE, GATES
from staticgraph.kinds import reference
from staticgraph.nodes.graph import Graph

x, y, z = sg.inputs("x y z")
v = sg.input("v", 3)
W, b = sg.parameter("W", (4, 3)), sg.parameter("b", 4)
INF, NAN = np.inf, np.nan
GATES_WITH_GRADIENTS = [gate for gate in GATES.values() if gate.kind == ELEMENTWISE and gate.differentiable]


def finite_differences(f, arrays, number, step=1e-6):
    def moved(sign):
        return f(*(array + sign * step * (place == number) for place, array in enumerate(arrays)))

    return (moved(1) - moved(-1)) / (2 * step)


ON_THE_ENGINE = 4
"""Kernels of slopes of slopes take half a minute to compile: of one gate in so many they run, and of the others on the reference."""


def evaluated(nodes, leaves, arrays, compiles):
    """Return the values of nodes for a batch."""
    if compiles:
        return sg.compile(nodes, leaves)(*arrays)
    found = reference.values(Graph(nodes, leaves), {leaf.name: array for leaf, array in zip(leaves, arrays, strict=True)})
    return [found[node] for node in nodes]


@pytest.mark.usefixtures("one_engine")  # `test_slopes` runs slopes on both
@pytest.mark.parametrize("gate", GATES_WITH_GRADIENTS, ids=lambda gate: gate.name)
def test_second_derivatives_of_every_gate(gate):
    """By both modes on nodes, against differences of the engine's gradient."""
    rng = np.random.default_rng(2)
    compiles = gate.opcode % ON_THE_ENGINE == 0 or gate.name == "hypot"  # whose `hypot.0.2` is 0 on the engine alone
    arrays = [rng.uniform(*interval, 40) for interval in gate.domain]
    if gate.kinks is not None:
        kept = ~np.asarray(gate.kinks(*arrays), bool)
        arrays = [array[kept] for array in arrays]
    scalars = [sg.input(f"a{number}") for number in range(gate.arity)]
    f = sg.compile(gate(*scalars), scalars)
    gradients = f.grad(*arrays)
    leaves = scalars if compiles else [sg.input(leaf.name, len(arrays[0])) for leaf in scalars]
    for first, slopes in enumerate(sg.gradient(np.sum(gate(*leaves)), leaves)):
        derived = [slopes, *sg.gradient(np.sum(slopes), leaves), *(sg.jvp(slopes, leaf, np.ones(leaf.shape)) for leaf in leaves)]
        own, *second = evaluated(derived, leaves, arrays, compiles)
        np.testing.assert_allclose(own, gradients[first], rtol=1e-13, atol=1e-15)
        engine = sg.compile(slopes, leaves).grad(*arrays) if compiles else second
        for number in range(gate.arity):
            if gate.domain[number][0] == gate.domain[number][1]:
                continue  # a constant by nature, such as an exponent
            expected = finite_differences(lambda *each, first=first: f.grad(*each)[first], arrays, number)
            scale = 1.0 + np.abs(expected)
            assert np.max(np.abs(second[number] - expected) / scale) < 1e-5, (first, number)
            np.testing.assert_allclose(second[gate.arity + number], second[number], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(engine[number], second[number], rtol=1e-12, atol=1e-14)


def matrix(power):
    constant = np.arange(6.0).reshape(2, 3) / 7
    return np.sum(np.tanh(constant @ v) ** power) + v @ v * (constant[0] @ v) + np.sum((sg.stack([v, v * v]) @ sg.stack([v, v], 1)) ** 2)


COMPOSED = {
    "products": matrix(3),
    "layout": np.sum(np.concatenate([v[::-1], v[:2]]) ** 3 * np.arange(5)) * v[1] + np.sum(v[np.array([0, 0, 2])] ** 2) * v[2],
    "reductions": np.linalg.norm(v) * sg.logsumexp(v) + np.max(v) * np.min(v) + np.mean(np.exp(v)) + np.prod(v),
    "softmax": sg.softmax(v)[1] ** 2 + np.sum(sg.softmax(v * v) * v),
    "broadcasting": np.sum(np.sin(np.reshape(v, (3, 1)) * v) * v[0]),
    "power": v[0] ** v[1] ** 2 + (v[2] * v[2] + 1) ** 8.5,
}


@pytest.mark.parametrize("node", COMPOSED.values(), ids=COMPOSED)
def test_first_to_third_derivatives_of_compositions(node):
    points = np.random.default_rng(3).uniform(0.3, 1.5, (7, 3))
    direction = np.array([0.7, -0.4, 1.1])
    along = [node]
    for _ in range(3):
        along.append(sg.jvp(along[-1], v, direction))
    mixed = [sg.gradient(node, v) @ direction, sg.gradient(sg.gradient(node, v) @ direction, v) @ direction]
    values = sg.compile([*along, *mixed], [v])(points)
    f = [sg.compile(each, [v]) for each in along[:3]]
    for order in range(3):
        step = 1e-5
        differences = (f[order](points + step * direction) - f[order](points - step * direction)) / (2 * step)
        np.testing.assert_allclose(values[order + 1], differences, rtol=2e-7, atol=2e-7)
    np.testing.assert_allclose(values[4], values[1], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(values[5], values[2], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("grid", [False, True], ids=["ordinary", "ties"])
@FEWER
@given(program=programs({**SMOOTH, **ROUTING}))
def test_the_graph_of_a_gradient_has_the_engines_gradient(grid, program):
    """At ties, kinks and zeros too, where NaN is NaN."""
    specification, steps, seed, rows = program
    leaves = leaves_of(specification)
    node, _ = build(steps, leaves, {**SMOOTH, **ROUTING}, np)
    node = np.sum(node * 0.75)
    f = sg.compile(node, leaves)
    arrays = arguments(leaves, np.random.default_rng(seed), rows, grid)
    expected = f.grad(*arrays)
    found = sg.compile(sg.gradient(node, leaves), leaves)(*arrays)
    for leaf, ours, theirs in zip(leaves, found, expected, strict=True):
        if not leaf.varying:
            with np.errstate(invalid="ignore"):
                ours = ours.sum(axis=0) if ours.ndim > leaf.ndim else ours
        assert np.array_equal(np.isnan(ours), np.isnan(theirs))
        scale = 1.0 + np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11 * scale)


STOPPED = {
    "root": (np.where(x > 0, np.sqrt(x), 0.0), (0.0,)),
    "logarithm": (np.where(x > 0, np.log(x) * x, 0.0), (0.0,)),
    "product": (np.where(x > 0, np.sqrt(x) * y, 0.0) + y * y, (0.0, 2.0)),
    "quotient": (np.where(x != 0, y / x, 1.0), (0.0, 2.0)),
    "missing": (np.where(np.isnan(x), 0.0, x * y * y), (NAN, 2.0)),
    "infinite": (np.where(x < INF, x * x * y, 0.0), (INF, 2.0)),
    "routed": (np.maximum(np.sqrt(x) * y, 1.0), (0.0, 2.0)),
    "relu": (sg.relu(-1.0 - np.sqrt(x) * y), (0.0, 2.0)),
    "matrix": (np.where(np.isnan(x), 0.0, np.sum(np.array([[1.0, 2.0], [3.0, 4.0]]) @ sg.stack([x, y]) ** 2)), (NAN, 2.0)),
    "node matrix": (np.sum(np.where(np.isnan(x), 0.0, sg.stack([x, y]) @ sg.stack([y, x]))), (NAN, 2.0)),
}


def test_a_mask_stops_at_the_second_order():
    """As a factor it is no branch for the engine, where `inf * 0` is NaN; as a local derivative in a graph its zeros are choices."""
    for slopes in sg.gradient((x > 0) * np.sqrt(x) * y, [x, y]):
        values = sg.compile([*sg.gradient(slopes, [x, y]), sg.jvp(slopes, [x, y], [1.0, 1.0])], [x, y])(0.0, 2.0)
        np.testing.assert_array_equal(values, 0.0)


@pytest.mark.parametrize(("node", "point"), STOPPED.values(), ids=STOPPED)
def test_untaken_branches_stop_at_every_order(node, point):
    leaves = [x, y][: len(point)]
    nodes = list(sg.gradient(node, leaves))
    first = sg.compile(nodes, leaves)(*point)
    np.testing.assert_array_equal(first, sg.compile(node, leaves).grad(*point))
    second = [each for slopes in nodes for each in sg.gradient(slopes, leaves)]
    second += [sg.jvp(slopes, leaves, [1.0] * len(leaves)) for slopes in nodes]
    third = [sg.gradient(each, leaves[0]) for each in second]
    for value in sg.compile([*second, *third], leaves)(*point):
        assert np.isfinite(value), value
    engine = [sg.compile(slopes, leaves).grad(*point) for slopes in nodes]
    assert np.isfinite(engine).all()


CORNERS = [
    (np.maximum(x * x, y), (1.0, 1.0), (1.0, 0.5)),
    (np.maximum(x, y) * x, (2.0, 2.0), (3.0, 1.0)),
    (sg.relu(x) * y, (0.0, 3.0), (0.0, 0.0)),
    (abs(x) * y, (0.0, 3.0), (0.0, 0.0)),
    (np.hypot(x, y), (0.0, 0.0), (0.0, 0.0)),
    (np.arctan2(x, y), (0.0, 0.0), (0.0, 0.0)),
    (np.sqrt(x * x + y * y), (0.0, 0.0), (0.0, 0.0)),
    (np.clip(x, y, 2.0), (1.0, 1.0), (1.0, 0.0)),
    (x**0 * y, (0.0, 5.0), (0.0, 1.0)),
    (x**3 * y, (-2.0, 1.0), (12.0, -8.0)),
]


@pytest.mark.parametrize(("node", "point", "expected"), CORNERS)
def test_corners_are_those_of_the_engine(node, point, expected):
    np.testing.assert_array_equal(sg.compile(sg.gradient(node, [x, y]), [x, y])(*point), expected)
    np.testing.assert_array_equal(sg.compile(node, [x, y]).grad(*point), expected)
    for slopes in sg.gradient(node, [x, y]):
        assert np.isfinite(sg.compile(sg.gradient(slopes, [x, y]), [x, y])(*point)).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_in_single_precision(dtype):
    f = sg.compile(sg.gradient(x**8.5, x), dtype=dtype)
    np.testing.assert_allclose(f(np.float32(1e-5)), 8.5 * float(np.float32(1e-5)) ** 7.5, rtol=1e-6)
    assert f(np.float32(1e-4)) == sg.compile(x**8.5, dtype=dtype).grad(np.float32(1e-4), wrt="x")


def test_a_value_between_is_a_variable_of_its_own():
    q = np.exp(x) + y
    f = np.log(q) * q + x
    node = sg.gradient(f, q)
    assert np.isclose(sg.compile(node, [x, y])(0.5, 2.0), 1.0 + np.log(np.exp(0.5) + 2.0))
    assert np.isclose(sg.compile(sg.gradient(node, q), [x, y])(0.5, 2.0), 1.0 / (np.exp(0.5) + 2.0))
    raised = np.exp(x)
    assert sg.compile(sg.gradient(np.log(raised), raised), [x])(0.0) == 1.0


def test_zeros_by_structure_are_constants():
    for node in (sg.gradient(3.0 * x + y, z), sg.gradient(sg.gradient(2.0 * x - y, x), x), sg.jvp(np.sign(x), x, 1.0)):
        assert node.role == "constant" and not np.any(node.static)
    assert sg.gradient(np.sum(v * np.arange(3.0)), v).role == "constant"
    assert sg.gradient(sg.stop_gradient(x) * y, x).role == "constant"
    assert sg.gradient(sg.gradient(sg.stop_gradient(x * x) * y * y, y), x).role == "constant"


def test_a_parameters_derivative_is_per_row():
    node = np.sum(np.tanh(W @ v + b))
    f = sg.compile(sg.gradient(node, [W, b]), [v, W, b])
    rows, weights, bias = np.random.default_rng(4).normal(size=(5, 3)), np.ones((4, 3)), np.zeros(4)
    to_weights, to_bias = f(rows, weights, bias)
    assert to_weights.shape == (5, 4, 3) and to_bias.shape == (5, 4)
    np.testing.assert_allclose(to_weights.sum(0), sg.compile(node, [v, W, b]).grad(rows, weights, bias).W, rtol=1e-13)


def test_sequences_give_their_own_kind():
    assert isinstance(sg.gradient(x * y, [x, y]), list)
    assert isinstance(sg.gradient(x * y, (x, y)), tuple)
    pair = sg.jvp((x * y, x + y), [x, y], [1.0, 2.0])
    assert isinstance(pair, tuple)
    assert sg.compile(pair, [x, y])(3.0, 4.0) == (10.0, 3.0)
    assert sg.compile(sg.vjp([x * y, x + y], y, [2.0, 1.0]), [x, y])(3.0, 4.0) == 7.0


ERRORS = [
    (lambda: sg.gradient(v, v), ValueError, r"y must have shape \(\), got \(3,\)"),
    (lambda: sg.gradient(x, 3.0), TypeError, "x: expected a node, got float"),
    (lambda: sg.gradient(x > 0, x), TypeError, "boolean node"),
    (lambda: sg.gradient(x, [x, x]), ValueError, "twice"),
    (lambda: sg.jvp(x, v, np.ones(2)), ValueError, r"tangent: expected shape \(3,\), got \(2,\)"),
    (lambda: sg.vjp(v, x, 1.0), ValueError, r"cotangent: expected shape \(3,\), got \(\)"),
    (lambda: sg.jvp(x * y, [x, y], 1.0), TypeError, "expected a tuple of 2"),
    (lambda: sg.vjp([x, y], x, [1.0]), ValueError, "expected 2, one for each node, got 1"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors_say_what_was_expected(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
