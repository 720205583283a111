"""Local derivatives as gates: made of the backward rules, to any order, in both precisions."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from ulps import combinations

import staticgraph as sg
from staticgraph.gates import ELEMENTWISE, GATES, slope, slope_reads
from staticgraph.gates.analysis import VALUE, contributions
from staticgraph.gates.dual import Dual
from staticgraph.gates.primitives import fma, magnitude, square_root, where, where_any
from staticgraph.gates.slopes import find

CASES = [
    (gate, number)
    for gate in GATES.values()
    if gate.kind == ELEMENTWISE and gate.differentiable
    for number, each in enumerate(contributions(gate))
    if each is not None and any(read == VALUE or isinstance(read, int) for read in each.reads)
]


def sampled(gate, rows):
    rng = np.random.default_rng(1)
    operands = [rng.uniform(*interval, rows) for interval in gate.domain]
    if gate.kinks is None:
        return operands
    kept = ~np.asarray(gate.kinks(*operands), bool)
    return [operand[kept] for operand in operands]


def reads(gate, number, operands):
    values = {VALUE: gate.forward(*operands), **dict(enumerate(operands))}
    return [values[each] for each in slope_reads(gate, number)]


COMPILED = [(*case, dtype) for dtype, one_in in ((np.float64, 2), (np.float32, 6)) for case in CASES if case[0].opcode % one_in == 0]
"""Kernels of slopes are compiled for no other test, in 0.1 s each: of one gate in so many."""


def named(each):
    return getattr(each, "name", None) or getattr(each, "__name__", str(each))


@pytest.mark.parametrize(("gate", "number", "dtype"), COMPILED, ids=named)
def test_a_slope_is_the_rule_for_an_upstream_gradient_of_one(gate, number, dtype):
    operands = combinations(dtype, gate.arity)
    with np.errstate(all="ignore"):
        read = [np.asarray(each, dtype) for each in reads(gate, number, operands)]
        expected = np.asarray(gate.contributions(np.ones_like(operands[0]), gate.forward(*operands), *operands)[number], dtype)
    leaves = [sg.input(name) for name in "abc"[: len(read)]]
    made = slope(gate, number)
    found = sg.compile(made(*leaves), leaves, dtype=dtype)(*read)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("gate", "number"), CASES, ids=lambda each: getattr(each, "name", str(each)))
def test_slopes_have_right_slopes(gate, number):
    """Against finite differences: second derivatives, and of every second gate the third ones of them."""
    made = slope(gate, number)
    read = reads(gate, number, sampled(gate, 30))
    for order in (2, 3) if gate.opcode % 2 else (2,):
        if not made.differentiable:
            return
        found = made.contributions(np.ones_like(read[0]), made.forward(*read), *read)
        step = 1e-6
        for place, each in enumerate(found):
            beside = [[value + sign * step * (other == place) for other, value in enumerate(read)] for sign in (1, -1)]
            if gate.slope_rules:
                continue  # what it reads is not independent: second derivatives of all gates are tested with nodes
            if place and gate.name.startswith("whole_power"):
                continue  # the exponent is a constant by nature
            differences = (made.forward(*beside[0]) - made.forward(*beside[1])) / (2 * step)
            scale = 1.0 + np.abs(differences)
            assert np.max(np.abs((0.0 if each is None else each) - differences) / scale) < 1e-5, (made.name, place, order)
        made, read = _next(made, read)


def _next(made, read):
    for number, each in enumerate(contributions(made)):
        if each is not None and any(value == VALUE or isinstance(value, int) for value in each.reads):
            return slope(made, number), reads(made, number, read)
    return GATES["stop_gradient"], read


IN_RULES = {
    "sum": lambda a, b: 2.0 + a + b,
    "difference": lambda a, b: 2.0 - a - b,
    "product": lambda a, b: 3.0 * a * b,
    "quotient": lambda a, b: 3.0 / a / b,
    "negative": lambda a, b: -a * b,
    "square_root": lambda a, b: square_root(a * b),
    "magnitude": lambda a, b: magnitude(a - b) + magnitude(b - a) * b,
    "fma": lambda a, b: fma(a, b, a) + fma(2.0, a, b) + fma(b, 0.5, 1.0),
    "where": lambda a, b: where(a > b, a * a, b * a) + where(a > b, 1.0, b),
    "where_any": lambda a, b: where_any(a > b, lambda: a * a * b, b * b),
    "where_any of several": lambda a, b: sum(where_any(a > b, lambda: (a * b, 1.0), (b, a * a))),
    "gate": lambda a, b: GATES["exp"](a * b) * GATES["hypot"](a, b),
}


@pytest.mark.parametrize("name", IN_RULES)
def test_what_rules_are_made_of_has_derivatives(name):
    rule, values, step = IN_RULES[name], np.random.default_rng(2).uniform(0.5, 2.0, (2, 50)), 1e-6
    for place, own in enumerate(np.eye(2)):
        along = rule(*(Dual(value, np.full(50, each) if each else None) for value, each in zip(values, own, strict=True)))
        ahead, behind = (rule(*(values + sign * step * own[:, None])) for sign in (1, -1))
        np.testing.assert_allclose(along.value, rule(*values), rtol=1e-15)
        np.testing.assert_allclose(along.tangent, (ahead - behind) / (2 * step), rtol=1e-8, atol=1e-8, err_msg=f"operand {place}")


def test_a_choice_of_constants_has_no_slope():
    assert not slope(GATES["maximum"], 0).differentiable
    assert not slope(GATES["clip"], 2).differentiable
    assert slope(GATES["sigmoid"], 0).differentiable


def test_a_slope_is_found_by_its_name_in_another_process():
    """Opcodes of slopes follow from their order of use, so that nothing kept or pickled may have them."""
    x, y = sg.inputs("x y")
    slope(GATES["tanh"], 0)
    f = sg.compile(sg.gradient(sg.gradient(sg.sigmoid(x) * sg.sigmoid(y), x), x), engine="native")
    program = "import pickle, sys; print(pickle.loads(bytes.fromhex(sys.stdin.read()))(1.5, 2.5).hex())"
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(f).hex(), capture_output=True, text=True, check=True)
    assert float.fromhex(done.stdout.strip()) == f(1.5, 2.5)
    assert find("hypot.0.1") is slope(slope(GATES["hypot"], 0), 1)


def test_a_slope_without_a_contribution_is_zero_on_arrays():
    """The rule of `hypot`'s derivative reads its own value, which makes its arity 3: in that nothing is received."""
    assert find("hypot.0.2")(3.0, 4.0, 5.0) == 0.0
    for gate, number in CASES:
        made = slope(gate, number)
        assert made(*([0.5] * made.arity)) is not None
