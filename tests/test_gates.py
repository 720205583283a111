"""Every elementwise gate of the table, forward and backward, against the reference evaluator, its declared examples and differences.

Nothing here names a gate: a gate added to the table is tested without any edit.
"""

import math

import numpy as np
import pytest
from ulps import assert_close, combinations, same_bits

import staticgraph as sg
from staticgraph.gates import CONTRACTION, CUSTOM, ELEMENTWISE, GATES, LAYOUT, SCAN
from staticgraph.gates.analysis import is_elementary
from staticgraph.gates.inner import INNER
from staticgraph.kinds import KINDS, of, reference
from staticgraph.nodes.graph import Graph
from staticgraph.nodes.node import OPERATION, Node
from staticgraph.nodes.shapes import around

NAMES = "abc"
ELEMENTWISE_GATES = [gate for gate in GATES.values() if gate.kind == ELEMENTWISE]
NUMERIC = [gate for gate in ELEMENTWISE_GATES if gate.boolean != "always"]
WITH_PARTNERS = [gate for gate in ELEMENTWISE_GATES if gate.arity > 1]
EXAMPLES = [(gate, example) for gate in GATES.values() for example in gate.examples]
DTYPES = [np.float64, np.float32]



def example_ulps(gate):
    """Return how far value and gradients may be from declared ones: not at all where all arithmetic is exact or correctly rounded."""
    return (1, 4) if is_elementary(gate) else (0, 0)


def by_name(gate):
    return gate.name


def leaves_of(gate, shapes):
    return [sg.input(name, shape) for name, shape in zip(NAMES, shapes, strict=False)][: gate.arity]


def node_of(gate, leaves):
    if gate.kind == ELEMENTWISE:
        return gate(*leaves)
    if gate.public:
        return getattr(sg, gate.name)(*leaves)
    if gate.kind == CONTRACTION:
        product = leaves[0] @ leaves[1]
        return Node(OPERATION, product.shape, gate=gate, operands=product.operands, static=product.static)
    shape = () if gate.kind == INNER else leaves[0].shape
    return Node(OPERATION, shape, gate=gate, operands=tuple(leaves), static=around(leaves[0].shape, (0,)))


def expected_of(gate, arrays, cotangent, dtype):
    """Return value and gradients of the gate for each element of the arrays, from the reference."""
    leaves = leaves_of(gate, [np.shape(array) for array in arrays])
    graph = Graph([gate(*leaves)], leaves)
    row = dict(zip(NAMES, arrays, strict=False))
    value = reference.values(graph, row, dtype)[graph.outputs[0]]
    if graph.outputs[0].boolean:
        value = value.astype(bool)
    return value, list(reference.gradients(graph, row, [cotangent], dtype).values())


def upstream(count, dtype):
    return np.resize(np.array([1.0, -0.75, 0.0, 0.125, 3.0], dtype), count)


def test_the_table_is_consistent():
    assert [gate.opcode for gate in GATES.values()] == list(range(1, len(GATES) + 1))
    assert all(name == gate.name for name, gate in GATES.items())
    assert {gate.kind for gate in GATES.values()} == set(KINDS) - {CUSTOM, SCAN}
    assert all(len(gate.domain) == gate.arity for gate in GATES.values())
    assert all(len(example[0]) == len(example[2]) == of(gate).operands(gate) for gate, example in EXAMPLES)
    assert all(gate.__doc__ and (gate.examples or gate.kind == LAYOUT) for gate in GATES.values())
    assert all(gate.rule is not None or gate.boolean == "always" or not gate.differentiable for gate in ELEMENTWISE_GATES)


@pytest.mark.parametrize("gate", ELEMENTWISE_GATES, ids=by_name)
def test_numpys_functions_reach_the_gate(gate):
    leaves = leaves_of(gate, [(2,)] * gate.arity)
    for ufunc in gate.ufuncs:
        node = ufunc(*leaves)
        assert node.gate is gate
        assert node.operands == tuple(leaves)
        assert node.dtype == (bool if ufunc(*np.zeros((gate.arity, 2)) + gate.domain[0][1]).dtype == bool else np.float64)
    ours = getattr(sg, gate.name, None)
    assert ours is None or not gate.public or ours(*leaves).gate is gate


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gate", ELEMENTWISE_GATES, ids=by_name)
def test_spicy_values(gate, dtype):
    arrays = combinations(dtype, gate.arity)
    cotangent = upstream(len(arrays[0]), dtype)
    leaves = leaves_of(gate, [()] * gate.arity)
    f = sg.compile(gate(*leaves), leaves, dtype=dtype)
    value, gradients = expected_of(gate, arrays, cotangent, dtype)
    slopes, results = f.vjp(cotangent, *arrays), f(*arrays)
    assert results.dtype == (bool if f.graph.outputs[0].boolean else dtype)
    assert_close(results, value, 0, gate.name)
    assert same_bits(results, value)
    for name, found, expected in zip(NAMES, slopes, gradients, strict=False):
        assert found.dtype == dtype
        assert_close(found, expected, 0, f"gradient of {gate.name} in {name}")


@pytest.mark.parametrize(("role", "dtype"), [("parameter", np.float64), ("constant", np.float32)])
@pytest.mark.parametrize("gate, position", [(gate, k) for gate in WITH_PARTNERS for k in range(gate.arity)])
def test_one_operand_uniform(gate, position, role, dtype):
    """The same values as elements of one row, so that each element of a uniform operand has a gradient of its own."""
    arrays = combinations(dtype, gate.arity)
    count = len(arrays[0])
    cotangent = upstream(count, dtype)
    operands = leaves_of(gate, [count] * gate.arity)
    operands[position] = sg.parameter(NAMES[position], count) if role == "parameter" else sg.constant(arrays[position])
    leaves = [operand for operand in operands if operand.name]
    f = sg.compile(gate(*operands), leaves, dtype=dtype)
    given = {leaf.name: array for leaf, array in zip(operands, arrays, strict=True) if leaf.name}
    value, gradients = expected_of(gate, arrays, cotangent, dtype)
    assert_close(f(**given), value, 0, gate.name)
    found = f.vjp(cotangent, **given)
    for name, expected in zip(NAMES, gradients, strict=False):
        if name in given:
            assert_close(found[name], expected, 0, f"gradient of {gate.name} in {name}")


@pytest.mark.parametrize("gate", ELEMENTWISE_GATES, ids=by_name)
def test_all_operands_uniform(gate):
    """Hoisted into the prologue; the gradient is the sum over rows."""
    arrays = combinations(np.float64, gate.arity)
    count = len(arrays[0])
    leaves = [sg.parameter(name, count) for name in NAMES[: gate.arity]]
    x = sg.input("x", 1)
    f = sg.compile(sg.concatenate([gate(*leaves) * 1.0, x]), [*leaves, x])
    cotangent = upstream(count + 1, np.float64)
    value, gradients = expected_of(gate, arrays, cotangent[:count], np.float64)
    result = f(*arrays, np.ones(1))
    assert_close(result[:count], value.astype(float), 0, gate.name)
    found = f.vjp(cotangent, *arrays, np.ones(1))
    for name, expected in zip(NAMES, gradients, strict=False):
        assert_close(found[name], expected, 0, f"gradient of {gate.name} in {name}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gate", [gate for gate in GATES.values() if gate.examples], ids=by_name)
def test_declared_examples(gate, dtype):
    """Examples of the same shapes are rows of one batch."""
    by_shapes = {}
    for example in gate.examples:
        by_shapes.setdefault(tuple(map(np.shape, example[0])), []).append(example)
    for_value, for_gradient = example_ulps(gate)
    wrong = []
    for shapes, examples in by_shapes.items():
        leaves = leaves_of(gate, shapes)
        f = sg.compile(node_of(gate, leaves), leaves, dtype=dtype)
        given = [np.array(column, float) for column in zip(*(operands for operands, _, _ in examples), strict=True)]
        slopes, values = f.vjp(np.ones((len(examples), *f.graph.outputs[0].shape)), *given), f(*given)
        for row, (operands, value, gradients) in enumerate(examples):
            expected = np.asarray(value, bool if isinstance(value, bool) else dtype)
            checks = [(values[row], expected, for_value, f"{gate.name}{operands}")]
            for name, slope, each in zip(NAMES, slopes, gradients, strict=False):
                checks.append((slope[row], np.asarray(each, dtype), for_gradient, f"gradient of {gate.name} in {name} at {operands}"))
            for check in checks:
                try:
                    assert_close(*check)
                except AssertionError as error:
                    wrong.append(str(error))
    assert not wrong, "\n".join(wrong)


def sample(gate, count=64):
    """Return operands within the declared domain, away from the kinks."""
    rng = np.random.default_rng(gate.opcode)
    arrays = [rng.uniform(*interval, 4 * count) for interval in gate.domain]
    if gate.kinks is not None:  # where operands tie or one is 0
        far = np.all([np.abs(a - b) > 0.05 for k, a in enumerate(arrays) for b in (*arrays[:k], 0.0)], axis=0)
        assert not gate.kinks(*arrays)[far].any()
        arrays = [array[far] for array in arrays]
    return [array[:count] for array in arrays]


@pytest.mark.parametrize("gate", [gate for gate in ELEMENTWISE_GATES if gate.rule is not None], ids=by_name)
def test_finite_differences(gate):
    """Central differences, extrapolated: their error is of the fourth order in the step."""
    arrays = sample(gate)
    assert len(arrays[0]) >= 32
    leaves = leaves_of(gate, [()] * gate.arity)
    f = sg.compile(gate(*leaves), leaves)
    gradients = f.grad(*arrays)
    for position in range(gate.arity):
        def slope(step, position=position):
            ahead, behind = ([*arrays[:position], arrays[position] + way * step, *arrays[position + 1 :]] for way in (1, -1))
            return (f(*ahead) - f(*behind)) / (2 * step)

        if gate.domain[position][0] == gate.domain[position][1]:
            assert not gradients[position].any()
            continue
        differences = (4 * slope(5e-4) - slope(1e-3)) / 3
        np.testing.assert_allclose(gradients[position], differences, rtol=3e-8, atol=3e-9)


@pytest.mark.parametrize("gate", WITH_PARTNERS, ids=by_name)
def test_the_same_operand_twice(gate):
    """Its contributions add up; one rounding of the sum may be missing, as products are added with one."""
    (values,) = combinations(np.float64, 1)
    cotangent = upstream(len(values), np.float64)
    x = sg.input("x")
    f = sg.compile(gate(*[x] * gate.arity), [x])
    value, gradients = expected_of(gate, [values] * gate.arity, cotangent, np.float64)
    assert_close(f(values), value, 0, gate.name)
    with np.errstate(all="ignore"):
        total = np.sum(gradients, axis=0)
        scale = np.sum(np.abs(gradients), axis=0)
        found = f.vjp(cotangent, values)[0]
        allowed = 2 * np.spacing(scale)
        near = (np.abs(found - total) <= allowed) | (found == total) | (np.isnan(found) & np.isnan(total))
    assert near.all(), (values[~near], found[~near], total[~near])


SHAPES = [((3,), ()), ((), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((1,), (2, 3)), ((2, 3), ()), ((2, 1, 2), (3, 1))]


BROADCASTING = [gate for gate in WITH_PARTNERS if gate.name in ("multiply", "where")]
"""How operands broadcast is the machine's business: a gate of two operands and one of three, for all shapes, varying and uniform."""
PAIRS = [(gate, shapes) for gate in WITH_PARTNERS for shapes in (SHAPES if gate in BROADCASTING else SHAPES[4:5])]


@pytest.mark.parametrize(("gate", "shapes"), PAIRS, ids=lambda each: getattr(each, "name", str(each)))
def test_operands_broadcast(gate, shapes):
    """Against the reference row by row, the operands in all orders, varying and uniform."""
    rng = np.random.default_rng(3)
    shapes = (*shapes, ())[: gate.arity]
    rows = 3
    for uniform in (None, *(range(gate.arity) if gate in BROADCASTING else ())):
        operands = [sg.parameter(n, s) if k == uniform else sg.input(n, s) for k, (n, s) in enumerate(zip(NAMES, shapes, strict=False))]
        f = sg.compile(gate(*operands), operands)
        arrays = [rng.uniform(0.5, 2.0, s if k == uniform else (rows, *s)) for k, s in enumerate(shapes)]
        cotangent = rng.uniform(-1.0, 1.0, (rows, *f.graph.outputs[0].shape))
        value, gradients = f(*arrays), f.vjp(cotangent, *arrays)
        total = 0.0
        for row in range(rows):
            each = [array if k == uniform else array[row] for k, array in enumerate(arrays)]
            expected, slopes = expected_of(gate, each, cotangent[row], np.float64)
            np.testing.assert_allclose(value[row], expected, rtol=1e-14)
            for k, slope in enumerate(slopes):
                if k == uniform:
                    total = total + slope
                else:
                    np.testing.assert_allclose(gradients[k][row], slope, rtol=1e-13, atol=1e-14)
        if uniform is not None:
            np.testing.assert_allclose(gradients[uniform], total, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("gate", NUMERIC, ids=by_name)
def test_backward_rules_make_derivative_graphs(gate):
    """The rule run on nodes gives the graph of the derivative, with the values of the gradient."""
    arrays = sample(gate)
    leaves = leaves_of(gate, [()] * gate.arity)
    upward = sg.input("g")
    g = np.random.default_rng(1).normal(size=len(arrays[0]))
    gradients = sg.compile(gate(*leaves), leaves).vjp(g, *arrays)
    contributions = gate.contributions(upward, gate(*leaves), *leaves)
    for contribution, expected in zip(contributions, gradients, strict=True):
        if contribution is None:
            assert not expected.any()
            continue
        derivative = sg.compile(contribution, [upward, *leaves])
        np.testing.assert_allclose(derivative(g, *arrays), expected, rtol=1e-13, atol=1e-300)
        assert math.isfinite(np.sum(derivative.vjp(np.ones_like(g), g, *arrays)[0]))


STOPPING = [(gate, "routed away", np.float64) for gate in NUMERIC] + [
    (gate, how, dtype) for gate in NUMERIC[::4] for how in ("routed away", "underflowing") for dtype in DTYPES[how == "routed away" :]
]
"""A kernel with a guard for each gate and dtype is compiled for this alone: half a minute for all, so float32 is tried with a quarter."""


@pytest.mark.parametrize(("gate", "how", "dtype"), STOPPING, ids=lambda each: getattr(each, "name", None) or str(each))
def test_a_zero_upstream_gradient_stops(gate, how, dtype):
    """Whatever the local derivative; also where it is a constant that is 0 only in the function's precision. Full tiles only."""
    arrays = [np.resize(array, 1024) for array in combinations(dtype, gate.arity)]
    leaves = leaves_of(gate, [()] * gate.arity)
    node, switch = gate(*leaves), sg.input("switch")
    tiny = float(np.sqrt(np.finfo(dtype).smallest_subnormal)) / 16
    node = np.where(switch > 0, node, 0.0) if how == "routed away" else node * tiny * tiny
    f = sg.compile(node, [*leaves, switch], dtype=dtype)
    for gradient in f.grad(*arrays, np.zeros(1024)):
        np.testing.assert_array_equal(gradient, 0.0)


INFINITE = [gate for gate in ELEMENTWISE_GATES if gate.arity == 1 and gate.differentiable]


@pytest.mark.parametrize("gate", INFINITE, ids=by_name)
def test_a_gate_says_what_it_is_at_infinity_or_where_it_is_defined(gate):
    """Finite differences say nothing there, and a rule that is right everywhere else gives NaN easily (`a / (1 + abs(a))`)."""
    tried = {float(operands[0]) for operands, _, _ in gate.examples}
    assert {-math.inf, math.inf} <= tried or gate.domain != ((-3.0, 3.0),), "add examples at -inf and inf (`ends`), or a domain"
