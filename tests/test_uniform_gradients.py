"""Gradients of uniform values are summed over rows before they go through linear operations: fewer operations a row, the same sums."""

import numpy as np
import pytest
from ulps import same_bits

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.gates.passing_on import passing_on
from staticgraph.kinds import reference
from staticgraph.nodes.graph import Graph

x, p, u, w = sg.input("x", 4), sg.parameter("p", 4), sg.parameter("u", 4), sg.parameter("w", (2, 4))
s, b = sg.parameter("s"), sg.parameter("b", 2)
LEAVES = [x, p, u, w, s, b]
AWAY = x - p
SPLIT = {
    "product": np.tanh(np.sum(u * AWAY)), "quotient": np.sum(((x - p) / u) ** 2), "from the other side": np.sum(np.exp(-(u - x) * s)),
    "matrix": np.sum((w @ AWAY) ** 2), "transposed": np.sum(np.tanh((AWAY * 0.5)[None, :] @ w.T)), "scalar": np.tanh(np.sum(x + s)),
    "two terms": np.sum((w @ (AWAY + u) + b) ** 2), "both": np.tanh(np.sum((x - p) - (u - x) * s)),
    "picked": np.tanh(np.sum(np.concatenate([AWAY[::-1][:2], AWAY[1:2]]) * u[:3])), "used twice": np.sum(AWAY * u) * np.sum(AWAY * p),
    "beginning and going on": np.tanh(np.sum((x - s) * p - np.sum(u))),
}  # fmt: skip
"""Functions of linear operations, and some in which one element is repeated, or a term is a factor too."""
AS_WRITTEN = {
    "nothing linear": np.sum(np.tanh(AWAY)), "no term": np.sum((w @ x) ** 2), "more sums": np.sum(np.tanh(AWAY[:, None] * w.T)),
    "varying factor": np.sum((x * AWAY) ** 2), "constant term": np.sum(np.tanh((x - 1.0) * u)), "quotient by it": np.sum(u / AWAY),
    "read by another": np.sum(np.tanh(AWAY)) + np.tanh(np.sum(AWAY * u)), "in a layer": np.sum(np.tanh(w @ x + b)),
}  # fmt: skip


def given_for(rows, rng):
    """Return whole numbers, so that every sum is exact in whatever order."""
    return [rng.integers(1, 5, leaf.shape if not leaf.varying else (rows, *leaf.shape)).astype(float) for leaf in LEAVES]


def splits(f):
    return int(np.count_nonzero(f.program.instructions["opcode"] == passing_on.opcode))


@pytest.mark.parametrize("name", SPLIT)
def test_linear_operations_are_split(name):
    f = sg.compile(SPLIT[name], LEAVES, engine="interpreter")
    assert splits(f) >= 1
    rng = np.random.default_rng(len(name))
    given, weights = given_for(11, rng), rng.choice([0.0, 1.0, -2.0], 11)
    value, found = f.value_and_grad(*given, weights=weights)
    assert same_bits(value, f(*given))
    graph = Graph([SPLIT[name]], LEAVES)
    rows = [{leaf.name: a[row] if leaf.varying else a for leaf, a in zip(LEAVES, given, strict=True)} for row in range(11)]
    each = [reference.gradients(graph, row, [weight]) for row, weight in zip(rows, weights, strict=True)]
    for leaf in LEAVES:
        expected = np.array([gradient[leaf.name] for gradient in each])
        np.testing.assert_allclose(found[leaf.name], expected if leaf.varying else expected.sum(axis=0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_what_would_take_no_fewer_sums_is_left_alone(name):
    assert splits(sg.compile(AS_WRITTEN[name], LEAVES, engine="interpreter")) == 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_both_engines_and_every_choice_of_leaves_give_the_same_bits(dtype):
    output, rng = sum(SPLIT.values()), np.random.default_rng(5)
    given = [rng.normal(size=leaf.shape if not leaf.varying else (37, *leaf.shape)).astype(dtype) for leaf in LEAVES]
    one, other = (sg.compile(output, LEAVES, dtype=dtype, engine=engine) for engine in ("interpreter", "native"))
    expected = one.grad(*given)
    parameters = [leaf.name for leaf in LEAVES if not leaf.varying]
    for found in (other.grad(*given), one.grad(*given, wrt=parameters), one.grad(*given, threads=2)):
        for name in found._fields:
            assert same_bits(found[name], expected[name])
    assert same_bits(one.grad(*given, wrt="p"), expected.p)


def test_fewer_operations_and_sums():
    """The gradient of the shift takes as many sums as there are results, and no product with the matrix for each row."""
    f = sg.compile(np.sum((w @ AWAY) ** 2), [x, p, w], engine="interpreter")
    assert f.program.slots == 2 + w.size
    body = f._plan(("p", "w")).executor.program
    products = body.instructions[body.prologue : body.main]
    assert products[products["opcode"] == GATES["matmul"].opcode]["backward"].tolist() == [1]


def test_a_zero_upstream_gradient_stops():
    f = sg.compile(np.where(x[0] > 0, np.sum(AWAY / u), 0.0), LEAVES)
    given = [np.array([[-1.0, 2.0, 3.0, 4.0]]), np.zeros(4), np.zeros(4), np.zeros((2, 4)), 0.0, np.zeros(2)]
    gradients = f.grad(*given)
    assert not any(np.any(gradients[leaf.name]) for leaf in LEAVES)
    given[0][0, 0] = 1.0
    assert np.all(np.isinf(f.grad(*given).p))
