"""Vectors along rows: which programs run so, in which order, and that their bits are the interpreter's."""

import numpy as np
import pytest
from engines import assert_same_bytes, both, rosenbrock
from hypothesis import given
from hypothesis import strategies as st
from test_native_strips import drawn
from test_random_graphs import FEWER, ROUTING, SMOOTH, arguments, build, leaves_of, programs

import staticgraph as sg
from staticgraph.native import along
from staticgraph.native.eager import eagerly
from staticgraph.native.elements import Elements
from staticgraph.native.frame import PLAIN, Build
from staticgraph.native.operations import Load, Operation
from staticgraph.native.packs import Packs
from staticgraph.native.parts import operands
from staticgraph.native.schedule import ordered

LENGTH = 67
x, few, shift, scale = sg.input("x", LENGTH), sg.input("few", 20), sg.input("shift"), sg.parameter("scale", LENGTH)


def variation(x):
    return np.sum(np.sqrt((x[1:] - x[:-1]) ** 2 + 1e-6))


ALONG = {
    "rosenbrock": (rosenbrock(x), [x]),
    "variation": (variation(x), [x]),
    "neighbours": (np.sum(np.abs(x - np.roll(x, 1)) + 0.5 * (1.0 - x)), [x]),
    "parameters": (np.sum((x - scale * 2.0) ** 2 * scale + np.linspace(0.0, 1.0, LENGTH) * x), [x, scale]),
    "norm": (np.sum(np.square(x - 0.5 * x[::-1])), [x]),
    "several": ((x * x + shift, np.sum(np.maximum(x, shift) * x + x), x[3] > shift), [x, shift]),
}
LANES = {
    "convolution": (np.sum(np.convolve(x, [0.1, -0.4, 2.0, -0.4, 0.1]) ** 2), [x]),
    "exponential": (np.sum(np.exp(-x * x)), [x]),
    "softmax": (np.sum(sg.softmax(x) * x), [x]),
    "few": (rosenbrock(few), [few]),
}


def program_of(output, leaves):
    """Return the program of the gradients with respect to what varies, or of the values alone where there are several."""
    f = sg.compile(output, leaves, engine="interpreter")
    return f._plan(None if isinstance(output, tuple) else tuple(leaf.name for leaf in leaves if leaf.varying)).executor.program


def found(program, build=PLAIN):
    return along.along(program, build, Elements(program, *build))


@pytest.mark.parametrize("name", [*ALONG, *LANES])
def test_which_programs_run_row_by_row(name):
    (output, leaves), expected = (ALONG | LANES)[name], name in ALONG
    assert (found(program_of(output, leaves)) is not None) == expected


def test_strips_must_be_longer_than_a_vector():
    """Alone such rows take longer, whatever their operations are said to weigh."""
    eights = [x[8 * k : 8 * k + 8] * (k + 1.0) + x[8 * k : 8 * k + 8] ** 2 for k in range(8)]
    assert not along._is_alike(program_of(np.concatenate(eights), [x]))
    assert along._is_alike(program_of(x * 3.0 + x**2, [x]))


def test_columns_and_sums_over_rows_are_for_lanes_of_rows():
    program = program_of(*ALONG["rosenbrock"])
    assert found(program, Build(False, frozenset([6]))) is None
    assert found(sg.compile(*ALONG["parameters"], engine="interpreter").program) is None


@pytest.mark.parametrize(("name", "dtype"), [*((name, np.float64) for name in ALONG), ("rosenbrock", np.float32), ("several", np.float32)])
def test_the_bits_are_those_of_the_interpreter(name, dtype):
    output, leaves = ALONG[name]
    slow, fast = both(output, leaves, dtype)
    wrt = [leaf.name for leaf in leaves if leaf.varying]
    for rows in (1, 16, 37):
        given = [each.astype(dtype) for each in drawn(leaves, rows, np.random.default_rng(rows))]
        assert_same_bytes(slow(*given), fast(*given))
        if not isinstance(output, tuple):
            assert_same_bytes(slow.value_and_grad(*given, wrt=wrt), fast.value_and_grad(*given, wrt=wrt))
            cotangents = np.random.default_rng(0).choice([0.0, 1.0, -0.5], rows).astype(dtype)
            assert_same_bytes(tuple(slow.vjp(cotangents, *given, wrt=wrt)), tuple(fast.vjp(cotangents, *given, wrt=wrt)))


@FEWER
@given(program=programs({**SMOOTH, **ROUTING}), shape=st.sampled_from([(3,), (2, 3), (17,)]))
def test_the_bits_of_random_graphs(program, shape):
    specification, steps, seed, rows = program
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MOSTLY": 0.0, "LESS": np.inf, "LONG": np.inf, "MOST_IN_PLACE": -1}.items():
            patch.setattr(along, name, value)
        leaves = [sg.input("x", shape), *(leaf for leaf in leaves_of(specification) if leaf.varying)]
        if len(leaves) == len(leaves_of(specification)) + 1:
            slow, fast = both(build(steps, leaves, {**SMOOTH, **ROUTING}, np), leaves)
            values = arguments(leaves, rng := np.random.default_rng(seed), rows, grid=True)
            results = slow(*values)
            assert_same_bytes(results, fast(*values))
            cotangents = tuple(rng.choice([-1.0, 0.0, 0.5], np.shape(result)) for result in results)
            assert_same_bytes(tuple(slow.vjp(cotangents, *values)), tuple(fast.vjp(cotangents, *values)))


def most_waiting(steps):
    """Return the largest number of values that are made and still to be read, but for those that are read from memory."""
    last = {value: number for number, step in enumerate(steps) for value in operands(step)}
    waiting, most = set(), 0
    for number, step in enumerate(steps):
        if isinstance(step, Operation) and not isinstance(step.what, Load):
            waiting.update(value for value in range(step.first, step.first + step.count) if last.get(value, -1) > number)
        waiting = {value for value in waiting if last[value] > number}
        most = max(most, len(waiting))
    return most


def test_values_wait_briefly_in_the_eager_order():
    packed, schedule = found(program_of(*ALONG["rosenbrock"]))
    eager, depth_first = schedule.parts[0].steps, list(ordered(packed))
    assert set(map(id, eager)) == set(map(id, depth_first)) and len(eager) == len(depth_first)
    made = set()
    for step in eager:
        assert all(value in made for value in operands(step) if isinstance(value, int) and value >= 0)
        if isinstance(step, Operation):
            made.update(range(step.first, step.first + step.count))
    assert 2 * most_waiting(eager) < most_waiting(depth_first)


def test_runs_begin_in_the_lanes_of_what_they_are_added_to():
    """The gradient of `x[1:]` is added to what `x[:-1]` has sent: that stays in its lanes, and only what is added moves."""
    packs = Packs(along.AlongRow(program_of(*ALONG["rosenbrock"]), False))
    assert 7 in {len(pack.members) for pack in packs.packs}, "a run that begins in lane 1 has seven members in its first vector"


def test_order_is_kept_by_what_only_the_walk_reaches():
    """A value that several results need in another order than they are made, and one that nothing needs."""
    program = program_of((x[::-1] * 2.0, x + 1.0, np.sum(x * x)), [x])
    steps = eagerly(Elements(program, False))
    assert sum(not isinstance(step, Operation) for step in steps) == len(Elements(program, False).sinks)
