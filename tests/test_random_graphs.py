"""Random graphs: the compiled result against the reference evaluator on the graph as written, and against `autograd`."""

from unittest import mock

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import staticgraph as sg
from staticgraph.kinds import reference
from staticgraph.nodes.graph import Graph
from staticgraph.running import executor

FIXED = settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
FEWER = settings(FIXED, max_examples=25)
SHAPES = [(), (), (3,), (3,), (2, 3), (1,), (2, 1)]
GRID = [-2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0]

SMOOTH = {
    "square": lambda a, b, m: m.square(a),
    "sin": lambda a, b, m: m.sin(a),
    "tanh": lambda a, b, m: m.tanh(a),
    "exp": lambda a, b, m: m.exp(m.tanh(a)),
    "log": lambda a, b, m: m.log(a * a + 1.5),
    "root": lambda a, b, m: m.sqrt(a * a + 0.5),
    "negative": lambda a, b, m: -a,
    "power": lambda a, b, m: (a * a + 0.5) ** 1.5,
    "cube": lambda a, b, m: a**3 * 0.125,
    "add": lambda a, b, m: a + b,
    "subtract": lambda a, b, m: a - b,
    "multiply": lambda a, b, m: a * b,
    "divide": lambda a, b, m: a / (b * b + 0.5),
    "number": lambda a, b, m: 0.75 * a - 1.25,
    "array": lambda a, b, m: a * np.array([1.0, -0.5, 2.0]),
    "arctan2": lambda a, b, m: m.arctan2(a, b * b + 0.5),
    "sum": lambda a, b, m: m.sum(a),
    "first axis": lambda a, b, m: m.sum(a, axis=0) if a.ndim else a,
    "mean": lambda a, b, m: m.mean(a, axis=-1, keepdims=True) if a.ndim else a,
    "first": lambda a, b, m: a[0] if a.ndim else a,
    "reversed": lambda a, b, m: a[::-1] if a.ndim else a,
    "part": lambda a, b, m: a[..., :1] if a.ndim else a,
    "ravel": lambda a, b, m: m.ravel(a),
    "transposed": lambda a, b, m: a.T,
    "joined": lambda a, b, m: m.concatenate([m.ravel(a), m.ravel(b)])[:3],
    "sums so far": lambda a, b, m: m.cumsum(a, axis=-1) if a.ndim else a,
    "product": lambda a, b, m: m.matmul(a, b) if a.ndim and b.ndim and a.shape[-1] == b.shape[0] else a * 0.5,
}  # fmt: skip
ROUTING = {
    "maximum": lambda a, b, m: m.maximum(a, b),
    "minimum": lambda a, b, m: m.minimum(a, b),
    "absolute": lambda a, b, m: abs(a),
    "sign": lambda a, b, m: m.sign(a),
    "clip": lambda a, b, m: m.clip(a, -1.0, 1.0),
    "where": lambda a, b, m: m.where(a > b, a, b * 2.0),
    "mask": lambda a, b, m: (a > 0) * b,
    "guarded": lambda a, b, m: m.where(a > 0, m.sqrt(a), 0.0),
    "max": lambda a, b, m: m.max(a),
    "min": lambda a, b, m: m.min(a, axis=0) if a.ndim else a,
    "largest so far": lambda a, b, m: m.maximum.accumulate(a) if a.ndim else a,
    "products so far": lambda a, b, m: m.cumprod(a) if a.ndim else a,
    "norm": lambda a, b, m: m.linalg.norm(a) if a.ndim else a,
    "picked": lambda a, b, m: a[np.array([0, -1, 0])] if a.ndim else a,
    "reciprocal": lambda a, b, m: 1.0 / a,
    "logsumexp": lambda a, b, m: sg.logsumexp(a),
    "softmax": lambda a, b, m: sg.softmax(a) if a.ndim else a,
    "sigmoid": lambda a, b, m: 1 / (1 + m.exp(-a)),
    "softplus": lambda a, b, m: m.log(1 + m.exp(a)),
    "hypot": lambda a, b, m: m.hypot(a, b),
    "zeroth": lambda a, b, m: a**0,
    "inverse": lambda a, b, m: a**-1,
}  # fmt: skip


def broadcastable(a, b):
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return False
    return True


def build(steps, leaves, table, module):
    """Return the last value of a sequence of steps (a name and two earlier values), and one earlier one, as a program would."""
    values = list(leaves)
    for name, first, second in steps:
        a, b = values[first % len(values)], values[second % len(values)]
        if name == "array" and a.shape not in ((), (3,), (2, 3), (1,), (2, 1)):
            continue
        made = table[name](a, b if broadcastable(a, b) or name in ("product", "joined") else a, module)
        if np.size(made) <= 64:
            values.append(made)
    return values[-1], values[len(values) // 2]


@st.composite
def programs(draw, table):
    """Leaves (role and shape), steps, a seed for the values, and the batch size (some fill their tile)."""
    leaves = draw(st.lists(st.tuples(st.sampled_from(["input", "input", "parameter"]), st.sampled_from(SHAPES)), min_size=1, max_size=4))
    steps = draw(st.lists(st.tuples(st.sampled_from(sorted(table)), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=14))
    return leaves, steps, draw(st.integers(0, 2**32 - 1)), draw(st.sampled_from([1, 7, 16, 32]))


def leaves_of(specification):
    return [getattr(sg, role)(f"v{number}", shape) for number, (role, shape) in enumerate(specification)]


def arguments(leaves, rng, rows, grid):
    """Return ordinary values, or such as tie, vanish and meet zeros."""
    shapes = [leaf.shape if not leaf.varying else (rows, *leaf.shape) for leaf in leaves]
    return [rng.choice(GRID, shape) if grid else rng.uniform(-2.0, 2.0, shape) for shape in shapes]


def row_of(leaves, given, row):
    return {leaf.name: array[row] if leaf.varying else array for leaf, array in zip(leaves, given, strict=True)}


def agree(found, expected, scale):
    """Assert equality up to roundings on numbers as large as `scale`; where something is not finite, that it is alike."""
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    finite = np.isfinite(expected)
    assert np.array_equal(found[~finite & ~np.isnan(expected)], expected[~finite & ~np.isnan(expected)])
    np.testing.assert_allclose(found[finite], expected[finite], rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("grid", [False, True], ids=["ordinary", "ties"])
@FIXED
@given(program=programs({**SMOOTH, **ROUTING}))
def test_against_the_reference(grid, program):
    specification, steps, seed, rows = program
    leaves = leaves_of(specification)
    outputs = build(steps, leaves, {**SMOOTH, **ROUTING}, np)
    f = sg.compile(outputs, leaves)
    source = Graph(outputs, leaves)
    rng = np.random.default_rng(seed)
    given = arguments(leaves, rng, rows, grid)
    batched = any(leaf.varying for leaf in leaves)
    lead = (rows,) if batched else ()
    cotangents = tuple(rng.choice([-1.0, 0.0, 0.5, 2.0], (*lead, *node.shape)) for node in outputs)
    weights = rng.choice([0.0, 1.0, -0.5], lead)
    results, gradients = f(*given), f.vjp(cotangents, *given, weights=weights)
    per_row = []
    for row in range(rows if batched else 1):
        values = reference.values(source, row_of(leaves, given, row))
        pick = (lambda array, row=row: array[row]) if batched else (lambda array: array)
        for result, node in zip(results, outputs, strict=True):
            agree(np.asarray(pick(result), float), values[node], 1.0)
        upstream = [pick(g) * pick(weights) for g in cotangents]
        per_row.append(reference.gradients(source, row_of(leaves, given, row), upstream))
    for leaf, gradient in zip(leaves, gradients, strict=True):
        expected = np.array([each[leaf.name] for each in per_row])
        finite = np.abs(expected[np.isfinite(expected)])
        if not leaf.varying:
            with np.errstate(invalid="ignore"):
                expected = expected.sum(axis=0)
        elif not batched:
            expected = expected[0]
        agree(np.asarray(gradient), expected, 1.0 + finite.max(initial=0.0))


@FIXED
@given(program=programs(SMOOTH))
def test_against_autograd(program):
    specification, steps, seed, rows = program
    leaves = leaves_of(specification)
    node, _ = build(steps, leaves, SMOOTH, np)
    f = sg.compile(np.sum(node * node), leaves)
    given = arguments(leaves, np.random.default_rng(seed), rows, grid=False)

    def total(*values):
        last, _ = build(steps, values, SMOOTH, anp)
        return anp.sum(last * last)

    value, gradients = f.value_and_grad(*given)
    differentiate = autograd.value_and_grad(total, argnum=tuple(range(len(leaves))))
    sums = [np.zeros(leaf.shape) for leaf in leaves]
    for row in range(rows):
        expected, slopes = differentiate(*row_of(leaves, given, row).values())
        np.testing.assert_allclose(value[row] if np.ndim(value) else value, expected, rtol=1e-10)
        for number, (leaf, slope) in enumerate(zip(leaves, slopes, strict=True)):
            sums[number] = sums[number] + slope
            if leaf.varying:
                np.testing.assert_allclose(gradients[number][row], slope, rtol=1e-8, atol=1e-10)
        if not any(leaf.varying for leaf in leaves):
            break
    for leaf, gradient, expected in zip(leaves, gradients, sums, strict=True):
        if not leaf.varying:
            np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-9)


def all_bits(results):
    return [np.asarray(array).tobytes() for array in results]


@FEWER
@given(program=programs({**SMOOTH, **ROUTING}))
def test_the_same_bits_for_all_threads_and_for_a_row_alone(program):
    specification, steps, seed, _ = program
    leaves = [sg.input("x"), *leaves_of(specification)]
    output, _ = build(steps, leaves, {**SMOOTH, **ROUTING}, np)
    f = sg.compile(output, leaves)
    rows = 3 * f.program.lanes + 1
    rng = np.random.default_rng(seed)
    given = arguments(leaves, rng, rows, grid=False)
    cotangent = rng.normal(size=(rows, *output.shape))
    value, gradients = f(*given, threads=1), f.vjp(cotangent, *given, threads=1)
    with mock.patch.object(executor, "PARALLEL_NS", 0):  # so that threads are used, however little there is to do
        for threads in (2, 3):
            assert f(*given, threads=threads).tobytes() == value.tobytes()
            assert all_bits(f.vjp(cotangent, *given, threads=threads)) == all_bits(gradients)
    order = rng.permutation(rows)
    permuted = f.vjp(cotangent[order], *(array[order] if leaf.varying else array for leaf, array in zip(leaves, given, strict=True)))
    for leaf, found, expected in zip(leaves, permuted, gradients, strict=True):
        assert not leaf.varying or found.tobytes() == expected[order].tobytes()
    for row in (0, f.program.lanes - 1, f.program.lanes, rows - 1):
        alone = [array[row : row + 1] if leaf.varying else array for leaf, array in zip(leaves, given, strict=True)]
        assert f(*alone).tobytes() == value[row : row + 1].tobytes()
        for leaf, found, expected in zip(leaves, f.vjp(cotangent[row : row + 1], *alone), gradients, strict=True):
            assert not leaf.varying or found.tobytes() == expected[row : row + 1].tobytes()
        single = [array[row] if leaf.varying else array for leaf, array in zip(leaves, given, strict=True)]
        assert np.asarray(f(*single)).tobytes() == value[row].tobytes()
        for leaf, found, expected in zip(leaves, f.vjp(cotangent[row], *single), gradients, strict=True):
            assert not leaf.varying or np.asarray(found).tobytes() == expected[row].tobytes()


@FEWER
@given(program=programs({**SMOOTH, **ROUTING}))
def test_single_precision_follows_double(program):
    specification, steps, seed, rows = program
    leaves = leaves_of(specification)
    output, _ = build(steps, leaves, {**SMOOTH, **ROUTING}, np)
    f = sg.compile(output, leaves, dtype=np.float32)
    given = [array.astype(np.float32) for array in arguments(leaves, np.random.default_rng(seed), rows, grid=True)]
    result = f(*given)
    source = Graph([output], leaves)
    for row in range(rows if any(leaf.varying for leaf in leaves) else 0):
        expected = reference.values(source, row_of(leaves, given, row), np.float32)[output]
        assert output.boolean or result.dtype == np.float32
        found = np.asarray(result[row], np.float32)
        assert np.array_equal(np.isnan(found), np.isnan(expected))
        finite = np.isfinite(expected)
        np.testing.assert_allclose(found[finite], expected[finite], rtol=2e-4, atol=1e-5)
