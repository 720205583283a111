"""Loops: values have the bits of the loop written out, gradients are its to 1e-12, and nothing grows with the length.

Each evaluation here compares both engines (`conftest`).
"""

import ctypes
import math
import pickle
import re

import numpy as np
import pytest
from engines import assert_same_bytes
from loops import CASES, arguments, assert_close, flat, pendulum

import staticgraph as sg
from staticgraph.kinds import reference
from staticgraph.lowering import regions


@pytest.fixture(scope="module")
def functions():
    """Each case, compiled as a scan and written out."""
    made = {}

    def compiled(name, dtype=np.float64):
        if (name, dtype) not in made:
            made[name, dtype] = [sg.compile(*CASES[name](scan), dtype=dtype) for scan in (True, False)]
        return made[name, dtype]

    return compiled


def cotangents(values, seed=1):
    return tuple(np.random.default_rng(seed).normal(size=value.shape) for value in values)


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_the_loop_written_out(functions, name):
    repeated, written = functions(name)
    given = arguments(written.inputs, 37)
    values = written(*given)
    assert_same_bytes(repeated(*given), values)
    assert_close(repeated.vjp(cotangents(values), *given), written.vjp(cotangents(values), *given))


@pytest.mark.parametrize("name", ["recurrent", "nested"])
def test_in_single_precision(functions, name):
    repeated, written = functions(name, np.float32)
    given = arguments(written.inputs, 19)
    values = written(*given)
    assert_same_bytes(repeated(*given), values)
    assert_close(repeated.vjp(cotangents(values), *given), written.vjp(cotangents(values), *given), 1e-5)


@pytest.mark.parametrize("name", ["recurrent", "nested", "uniform"])
def test_bits_follow_from_a_row_alone_and_sums_from_the_batch(functions, name):
    function = functions(name)[0]
    given = arguments(function.inputs, 1100)
    whole = function(*given)
    seeds = cotangents(whole)
    gradients = function.vjp(seeds, *given)
    assert_same_bytes(function.vjp(seeds, *given, threads=2), gradients)
    some = [each[1000:1003] if leaf.varying else each for leaf, each in zip(function.inputs, given, strict=True)]
    assert_same_bytes(function(*some), tuple(each[1000:1003] for each in whole))
    few = function.vjp(tuple(each[1000:1003] for each in seeds), *some)
    for leaf, few_rows, all_rows in zip(function.inputs, few, gradients, strict=True):
        if leaf.varying:
            assert_same_bytes(few_rows, all_rows[1000:1003])


@pytest.mark.parametrize("name", CASES)
def test_two_levels_of_checkpoints_change_no_bit(functions, name, monkeypatch):
    one = functions(name)[0]
    given = arguments(one.inputs, 20)
    gradients = one.vjp(cotangents(one(*given)), *given)
    monkeypatch.setattr(regions, "KEPT_BYTES", 0)
    two = sg.compile(*CASES[name](True))
    assert all(loop.spacing > 1 or not loop.size for loop in two.program.loops)
    assert_same_bytes(two.vjp(cotangents(two(*given)), *given), gradients)


def test_nothing_grows_with_the_length():
    long, longer = (sg.compile(*pendulum(True, steps)) for steps in (20_000, 1_000_000))
    assert len(long.program) == len(longer.program) < 50
    assert long.program.loops[0].spacing == 142
    assert long.program.rows * 64 < 300_000  # bytes of a vector
    gradients = long.vjp((np.ones(1),), np.array([[0.1, 0.2]]), 1.0)
    assert np.all(np.isfinite(gradients.x))


def test_fori_counts_and_its_count_receives_no_gradient():
    z = sg.input("z", 2)
    counted = sg.compile(sg.fori(2, 9, lambda k, c: c * np.cos(k * z) + k, z), [z])
    written = z
    for k in range(2, 9):
        written = written * np.cos(float(k) * z) + float(k)
    reference = sg.compile(written, [z])
    rows = arguments([z], 5)
    assert_same_bytes(counted(*rows), reference(*rows))
    assert_close(counted.jacobian(*rows), reference.jacobian(*rows))


def test_truth_values_are_carried_and_given():
    x = sg.input("x")
    (on, total), ons = sg.scan(lambda c, each: ((~c[0], np.where(c[0], c[1] + each, c[1])), c[0]), (x > 0, x), np.arange(4.0))
    function = sg.compile([on, total, ons], [x])
    found = function(np.array([1.0, -1.0]))
    assert found[0].dtype == found[2].dtype == bool
    np.testing.assert_array_equal(found[0], [True, False])
    np.testing.assert_array_equal(found[1], [1.0 + 0 + 2, -1.0 + 1 + 3])
    np.testing.assert_array_equal(found[2], [[True, False] * 2, [False, True] * 2])


def test_what_no_step_changes_is_computed_once():
    x, w = sg.input("x"), sg.parameter("w")
    function = sg.compile(sg.scan(lambda c, _: (c * np.exp(w) + np.log(x), None), x, length=9)[0], [x, w])
    program = function.program
    assert {node.gate.name for node in program.origins[program.main :] if node is not None} == {"multiply", "add", "copy"}


def test_slices_that_no_step_reads_are_not_copied():
    x = sg.input("x", 5)
    function = sg.compile(sg.scan(lambda c, each: (c + each[0], None), x[0], (x, x * 2.0))[0], [x])
    assert [len(loop.slices) for loop in function.program.loops] == [1]


def test_loops_are_pickled_saved_and_listed(functions, tmp_path):
    function = functions("nested")[0]
    given = arguments(function.inputs, 3)
    function.save(tmp_path / "f")
    for again in (sg.load(tmp_path / "f"), pickle.loads(pickle.dumps(function))):
        assert_same_bytes(again(*given), function(*given))
    listing = str(function.program)
    assert re.search(r"^loop 0, 3 steps:$", listing, re.MULTILINE)
    assert re.search(r"^loop 1, 4 steps:$", listing, re.MULTILINE)
    assert re.search(r"loop0\.v\d+ += loop 1\(", re.sub(r" \(.*?\)", "", listing)) or "loop 1(" in listing


def test_the_profile_tells_the_instructions_of_a_step():
    function = sg.compile(*pendulum(True))
    profile = function.profile(*arguments(function.inputs, 500))
    assert len(profile) == len(function.program)
    steps = [timing for timing in profile if timing.source.startswith("sin(")]
    assert len(steps) == 4
    assert all(timing.time > 0 for timing in steps)


@pytest.mark.parametrize("name", ["nested", "overlapping", "uniform"])
def test_the_obvious_evaluator_agrees(functions, name):
    """Reports on what is not finite ask it."""
    function = functions(name)[0]
    graph, given = function.graph, arguments(function.inputs, 2)
    row = {leaf.name: each[1] if leaf.varying else each for leaf, each in zip(function.inputs, given, strict=True)}
    values, found = reference.values(graph, row), function(*given)
    for node, each in zip(graph.outputs, found, strict=True):
        np.testing.assert_allclose(values[node], each[1], rtol=1e-12)
    seeds = [np.ones(node.shape) for node in graph.outputs]
    gradients = reference.gradients(graph, row, seeds)
    one = [each[1:] if leaf.varying else each for leaf, each in zip(function.inputs, given, strict=True)]
    expected = function.vjp(tuple(each[None] for each in seeds), *one)
    for leaf, each in zip(function.inputs, expected, strict=True):
        np.testing.assert_allclose(gradients[leaf.name], each[0] if leaf.varying else each, rtol=1e-11)


def test_custom_gradients_hold_within_steps():
    @sg.custom_gradient
    def tripled(x):
        return x * x, lambda g: 3.0 * g * x

    x = sg.input("x")
    function = sg.compile(sg.scan(lambda c, _: (tripled(c), None), x, length=2)[0], [x])
    np.testing.assert_array_equal(function.grad(np.array([2.0])).x, [3.0 * 4.0 * 3.0 * 2.0])


@pytest.mark.parametrize("name", ["pendulum", "nested", "uniform"])
def test_code_that_needs_no_machine_has_loops_written_out(functions, name):
    function = functions(name)[0]
    for rows in (1, 9):
        given = arguments(function.inputs, rows)
        wanted = flat(function(*given))
        found = [np.empty_like(each) for each in wanted]
        assert function.ctypes("value")(table(given), table(found), rows) == 0
        assert_same_bytes(tuple(found), tuple(wanted))


def test_gradients_without_a_machine_have_the_same_bits():
    (value, *_), leaves = CASES["nested"](True)
    function = sg.compile(np.sum(value), leaves)
    given = arguments(leaves, 11)
    wanted = flat(function.value_and_grad(*given))
    found = [np.empty_like(each) for each in wanted]
    assert function.ctypes()(table(given), table(found), 11) == 0
    assert_same_bytes(tuple(found), tuple(wanted))


def test_loops_too_long_to_be_written_out_are_refused_there():
    with pytest.raises(ValueError, match="element operations with its loops written out, more than"):
        sg.compile(*pendulum(True, 20_000)).address("value")


def table(arrays):
    return (ctypes.c_void_p * len(arrays))(*(each.ctypes.data for each in arrays))


def test_steps_are_followed_where_functions_are_traced():
    def step(c, k, w):
        c = math.tanh(w * c + k)
        kept = np.zeros(2)
        kept[1] = c
        if c > 0.5:
            c = c - 0.25
        return c, kept

    def repeated(x, w):
        c, kept = sg.scan(lambda c, k: step(c, k, w), x, np.arange(5.0))
        return c + np.sum(sg.fori(1, 4, lambda k, each: each * w + k, kept[:, 1]))

    def written(x, w):
        c, kept = x, []
        for k in range(5):
            c, y = step(c, float(k), w)
            kept.append(y)
        each = np.array(kept)[:, 1]
        for k in range(1, 4):
            each = each * w + k
        return c + np.sum(each)

    functions = [sg.function(inputs={"x": ()}, parameters={"w": ()})(each) for each in (repeated, written)]
    given = arguments(functions[0].inputs, 6)
    assert_same_bytes(*(function(*given) for function in functions))
    assert_close(*(function.grad(*given) for function in functions))


def test_steps_that_raise_are_refused_where_functions_are_traced():
    def step(c, _):
        if c > 1.0:
            raise ValueError("too large")
        return c * 2.0, None

    with pytest.raises(TypeError, match="a step of a loop raises for some values"):
        sg.function(inputs={"x": ()})(lambda x: sg.scan(step, x, length=3)[0])


X, XS = sg.input("x"), sg.input("xs", (5, 2))
WRONG = {
    "step that is none": (TypeError, lambda: sg.scan(3, X, XS), "step: expected a function"),
    "step that returns one": (TypeError, lambda: sg.scan(lambda c, x: c, X, XS), "must return a pair"),
    "three": (TypeError, lambda: sg.scan(lambda c, x: (c, c, c), X, XS), "must return a pair"),
    "text": (TypeError, lambda: sg.scan(lambda c, x: (c, "a"), X, XS), "the step's y: expected nodes"),
    "carry that is none": (TypeError, lambda: sg.scan(lambda c, x: (c, None), "a", XS), "carry: expected nodes"),
    "another structure": (ValueError, lambda: sg.scan(lambda c, x: ((c, c), None), X, XS), "structure, from node to \\(node, node\\)"),
    "another key": (ValueError, lambda: sg.scan(lambda c, x: ({"b": c["a"]}, None), {"a": X}, XS), "structure"),
    "another shape": (ValueError, lambda: sg.scan(lambda c, x: (c + x, None), X, XS), "shape of carry from \\(\\) to \\(2,\\)"),
    "a truth value": (ValueError, lambda: sg.scan(lambda c, x: (c > 0, None), X, XS), "from float64 to bool"),
    "no length": (ValueError, lambda: sg.scan(lambda c, x: (c, None), X), "give length"),
    "no axis": (ValueError, lambda: sg.scan(lambda c, x: (c, None), X, X), "xs has shape \\(\\)"),
    "another length": (ValueError, lambda: sg.scan(lambda c, x: (c, None), X, XS, length=4), "xs has 5, length is 4"),
    "two lengths": (ValueError, lambda: sg.scan(lambda c, x: (c, None), X, (XS, XS[:3])), "xs\\[0\\] has 5, xs\\[1\\] has 3"),
    "no steps": (ValueError, lambda: sg.scan(lambda c, x: (c, None), X, length=0), "at least one step"),
    "length that is a number": (TypeError, lambda: sg.scan(lambda c, x: (c, None), X, length=2.0), "length: expected an int"),
    "body that is none": (TypeError, lambda: sg.fori(0, 3, 1, X), "body: expected a function"),
    "stop that is a node": (TypeError, lambda: sg.fori(0, X, lambda k, c: c, X), "stop: expected an int"),
    "nothing to count": (ValueError, lambda: sg.fori(3, 3, lambda k, c: c, X), "start is 3 and stop is 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_loops_are_refused(name):
    error, call, message = WRONG[name]
    with pytest.raises(error, match=message):
        call()
