"""Exact identities, known compositions that become one gate, and what looks alike but must stay as it is."""

import numpy as np
import pytest
from ulps import assert_close, combinations, same_bits

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.kinds import reference
from staticgraph.nodes.graph import Graph
from staticgraph.passes import identities, patterns

x, y = sg.inputs("x y")
v = sg.input("v", 3)


def gates_of(output, dtype=np.float64):
    """Return the names of the gates that are left of a graph, in order."""
    graph = sg.compile(output, dtype=dtype).graph
    return [node.gate.name for node in graph.nodes if node.gate is not None]


def against_source(output, value_ulps=0, gradient_ulps=0):
    """Compare with the reference on the graph as written, at all pairs of spicy values."""
    leaves = [leaf for leaf in (x, y) if leaf in set(Graph([output], []).nodes)]
    arrays = combinations(np.float64, len(leaves))
    source = Graph([output], leaves)
    f = sg.compile(output, leaves)
    values, slopes = [], []
    for row in zip(*arrays, strict=True):
        given = {leaf.name: number for leaf, number in zip(leaves, row, strict=True)}
        values.append(reference.values(source, given)[output])
        with np.errstate(all="ignore"):
            slopes.append(list(reference.gradients(source, given, [1.0]).values()))
    result, gradients = f.value_and_grad(*arrays)
    assert value_ulps or same_bits(result, np.array(values))
    assert_close(result, np.array(values), value_ulps, "value")
    for found, expected in zip(gradients, np.array(slopes).T, strict=True) if gradient_ulps is not None else ():
        assert_close(found, expected, gradient_ulps, "gradient")


IDENTITIES = {
    "x + -0.0": (x + -0.0, []),
    "-0.0 + x": (-0.0 + x, []),
    "x + -y": (x + -y, ["subtract"]),
    "-x + y": (-x + y, ["subtract"]),
    "x - 0.0": (x - 0.0, []),
    "x - -y": (x - -y, ["add"]),
    "-0.0 - x": (-0.0 - x, ["negative"]),
    "x * x": (x * x, ["square"]),
    "x * 1": (x * 1.0, []),
    "1 * x": (1.0 * x, []),
    "x * -1": (x * -1.0, ["negative"]),
    "-x * -y": (-x * -y, ["multiply"]),
    "x / 1": (x / 1.0, []),
    "1 / x": (1.0 / x, ["reciprocal"]),
    "x / 2": (x / 2.0, ["multiply"]),
    "x / -0.25": (x / -0.25, ["multiply"]),
    "-(-x)": (-np.negative(x), []),
    "square(-x)": (np.square(-x), ["square"]),
    "square(abs(x))": (np.square(abs(x)), ["square"]),
    "abs(-x)": (abs(-x), ["abs"]),
    "abs(abs(x))": (abs(abs(x)), ["abs"]),
    "x ** 1": (x**1, []),
    "x ** 2": (x**2, ["square"]),
    "where(c, x, x)": (np.where(y > 0, x, x), []),
    "where(True, x, y)": (np.where(True, x, y), []),
    "where(0, x, y)": (np.where(0, x, y), []),
}
# Products or squarings in place of the general power: they differ from it in the last places.
ROUNDED = {
    "x ** -1": (x**-1, ["reciprocal"]),
    "x ** 3": (x**3, ["square", "multiply"]),
    "x ** 4": (x**4, ["square", "square"]),
    "x ** 5": (x**5, ["whole_power"]),
    "x ** -2": (x**-2, ["reciprocal", "square"]),
    "x ** -3": (x**-3, ["inverse_cube"]),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_applied_and_exact(name):
    output, expected = IDENTITIES[name]
    assert gates_of(output) == expected
    against_source(output, gradient_ulps=4 if "**" in name else 0)


@pytest.mark.parametrize("name", ROUNDED)
def test_whole_powers_become_products(name):
    output, expected = ROUNDED[name]
    assert gates_of(output) == expected
    against_source(output, value_ulps=3, gradient_ulps=6)


def test_every_power_of_zero_is_one_with_gradient_zero():
    f = sg.compile(x**0)
    values = np.array([0.0, -0.0, np.inf, np.nan, -3.0])
    value, gradients = f.value_and_grad(values)
    np.testing.assert_array_equal(value, 1.0)
    np.testing.assert_array_equal(gradients.x, 0.0)


@pytest.mark.parametrize("table", [identities.IDENTITIES, patterns.PATTERNS])
def test_rules_are_for_gates_of_the_table(table):
    assert all(gate is GATES[gate.name] for gate in table)


# Each of these changes a value somewhere (a sign of zero, infinity, NaN, a rounding), so it stays as written.
KEPT = {
    "x + 0.0": (x + 0.0, ["add"]),
    "0.0 + x": (0.0 + x, ["add"]),
    "x - -0.0": (x - -0.0, ["subtract"]),
    "0.0 - x": (0.0 - x, ["subtract"]),
    "x - x": (x - x, ["subtract"]),
    "x * 0": (x * 0.0, ["multiply"]),
    "0 / x": (0.0 / x, ["divide"]),
    "x / x": (x / x, ["divide"]),
    "x / 3": (x / 3.0, ["divide_by_constant"]),
    "x / 0": (x / 0.0, ["divide"]),
    "x / 2**-1074": (x / 5e-324, ["divide"]),
    "x / 2**1023": (x / 2.0**1023, ["divide"]),
    "-(x - y)": (-(x - y), ["subtract", "negative"]),
    "x * y / y": (x * y / y, ["multiply", "divide"]),
    "x + y - y": (x + y - y, ["add", "subtract"]),
    "sum in another order": (((x + y) + 0.1) - (x + (y + 0.1)), ["add", "add", "add", "add", "subtract"]),
    "sqrt squared": (np.sqrt(x) * np.sqrt(x), ["sqrt", "square"]),
    "exp(log(x))": (np.exp(np.log(x)), ["log", "exp"]),
    "log(exp(x))": (np.log(np.exp(x)), ["exp", "log"]),
    "where(c, x, y)": (np.where(y > 0, x, y), ["greater", "where"]),
    "where(NaN, x, y)": (np.where(x != x, x, y), ["not_equal", "where"]),
    "maximum(x, x)": (np.maximum(x, x), ["maximum"]),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_what_is_not_exact_is_kept(name):
    output, expected = KEPT[name]
    assert gates_of(output) == expected
    against_source(output, value_ulps=8 if any(gate in ("exp", "log") for gate in expected) else 0, gradient_ulps=None)


PATTERNS = {
    "sigmoid": (1 / (1 + np.exp(-x)), ["sigmoid"]),
    "sigmoid, turned": (1 / (np.exp(-x) + 1), ["sigmoid"]),
    "sigmoid by power": ((1 + np.exp(-x)) ** -1, ["sigmoid"]),
    "sigmoid of the negative": (1 / (1 + np.exp(x)), ["negative", "sigmoid"]),
    "softplus": (np.log(1 + np.exp(x)), ["softplus"]),
    "softplus by log1p": (np.log1p(np.exp(x)), ["softplus"]),
    "log1p": (np.log(1 + x), ["log1p"]),
    "log1p of a difference": (np.log(x + 1), ["log1p"]),
    "expm1": (np.exp(x) - 1, ["expm1"]),
    "expm1 by a sum": (-1 + np.exp(x), ["expm1"]),
    "logsumexp": (np.log(np.sum(np.exp(v))), ["logsumexp"]),
    "logsumexp over an axis": (np.log(np.sum(np.exp(sg.input("m", (2, 3))), axis=1, keepdims=True)), ["logsumexp"]),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_known_compositions_become_one_gate(name):
    output, expected = PATTERNS[name]
    assert gates_of(output) == expected


NEAR_MISSES = {
    "twice the sigmoid": 2 / (1 + np.exp(-x)),
    "another sum": 1 / (2 + np.exp(-x)),
    "another power": 1 / (1 + np.exp2(-x)),
    "a difference": 1 / (1 - np.exp(-x)),
    "repeated": 1 / (np.ones(3) + np.exp(-x)),
    "log of another sum": np.log(2 + np.exp(x)),
    "log of a difference": np.log(1 - np.exp(x)),
    "another logarithm": np.log2(1 + np.exp(x)),
    "log1p of a difference": np.log(1 - x),
    "exp less two": np.exp(x) - 2,
    "one less exp": 1 - np.exp(x),
    "exp plus one": np.exp(x) + 1,
    "log of a sum of powers": np.log(np.sum(np.exp2(v))),
    "log of a sum and a number": np.log(np.sum(np.exp(v)) + 2.0),
    "log of a mean": np.log(np.mean(np.exp(v))),
    "log of a largest": np.log(np.max(np.exp(v))),
    "some ones": np.log(sg.constant([1.0, 2.0, 1.0]) + v),
}
MADE_BY_PATTERNS = {"sigmoid", "softplus", "logsumexp", "log1p", "expm1"}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_near_misses_stay_as_they_are(name):
    assert not MADE_BY_PATTERNS & set(gates_of(NEAR_MISSES[name]))


ACCURATE = {
    "log(1 + exp(800))": (np.log(1 + np.exp(x)), 800.0, 800.0, 1.0),
    "log(1 + exp(-40))": (np.log(1 + np.exp(x)), -40.0, np.exp(-40.0), np.exp(-40.0)),
    "1 / (1 + exp(800))": (1 / (1 + np.exp(-x)), -800.0, 0.0, 0.0),
    "1 / (1 + exp(-800))": (1 / (1 + np.exp(-x)), 800.0, 1.0, 0.0),
    "log(1 + 1e-20)": (np.log(1 + x), 1e-20, 1e-20, 1.0),
    "exp(1e-20) - 1": (np.exp(x) - 1, 1e-20, 1e-20, 1.0),
    "logsumexp of large": (np.log(np.sum(np.exp(sg.stack([x, x])))), 1000.0, 1000.0 + np.log(2.0), 1.0),
    "logsumexp of small": (np.log(np.sum(np.exp(sg.stack([x, x])))), -1000.0, np.log(2.0) - 1000.0, 1.0),
    "logsumexp of nothing": (np.log(np.sum(np.exp(sg.stack([x, -np.inf])))), 3.0, 3.0, 1.0),
}


@pytest.mark.parametrize("name", ACCURATE)
def test_accuracy_gained(name):
    output, at, value, slope = ACCURATE[name]
    found, gradients = sg.compile(output).value_and_grad(at)
    np.testing.assert_allclose(found, value, rtol=1e-15)
    np.testing.assert_allclose(gradients.x, slope, rtol=1e-14, atol=1e-300)
