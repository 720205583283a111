"""Loops over long strips: what runs as one loop, what it leaves, and that its bits are the interpreter's."""

import time

import numpy as np
import pytest
from engines import assert_same_bytes, both, rosenbrock
from hypothesis import given
from hypothesis import strategies as st
from test_random_graphs import FEWER, ROUTING, SMOOTH, arguments, build, leaves_of, programs

import staticgraph as sg
from staticgraph.gates import BY_OPCODE
from staticgraph.native import size, strips
from staticgraph.native.strips import Access, groups

LENGTH = 1500


def waves(x):
    return np.sum(np.sin(x) * np.exp(-x * x))


def scaled(x, s):
    y = np.tanh(x * s) + s
    return np.sum(y * x / (1.0 + y * y)) + s


def weighed(x, w):
    h = np.maximum(x * w, 0.1 * x)
    return np.sum(h * h * np.cos(h))


def several(x):
    root = np.sqrt(np.abs(x))
    b = np.where(x > 0.0, root, x * x)
    return np.sum(b * root), np.max(b), b * 2.0


def curvature(x):
    y = x[2:] - 2.0 * x[1:-1] + x[:-2]
    return np.sum(np.cumsum(y * y) * y)


def turned(x):
    y = np.exp(-x * x)
    return np.sum(y * y[::-1] * np.sin(y)) + y[0] * y[-1]


def table(x):
    y = np.exp(0.1 * np.reshape(x[:1296], (36, 36)))
    return np.sum(y.T * y * np.log1p(y) + y[0])


def constant(x):
    return np.sum((x - np.linspace(0.0, 1.0, LENGTH)) ** 2 * np.arange(LENGTH))


def softmax(x):
    p = sg.softmax(x)
    return np.sum(p * np.log(p + 1e-9))


MODELS = [rosenbrock, waves, scaled, weighed, several, curvature, turned, table, constant, softmax]
OTHERS = {"s": sg.input("s"), "w": sg.parameter("w", LENGTH)}


def leaves_for(model):
    names = model.__code__.co_varnames[1 : model.__code__.co_argcount]
    return [sg.input("x", LENGTH), *(OTHERS[name] for name in names)]


def drawn(leaves, rows, rng):
    """Return arguments among which are zeros, infinities and NaN."""
    made = [rng.normal(size=(rows, *leaf.shape) if leaf.varying else leaf.shape) for leaf in leaves]
    made[0].flat[::7], made[0].flat[5::311], made[0].flat[6::371] = 0.0, np.inf, np.nan
    return made


@pytest.mark.parametrize(("model", "dtype"), [*((model, np.float64) for model in MODELS), (waves, np.float32), (weighed, np.float32)])
def test_the_bits_are_those_of_the_interpreter(model, dtype):
    leaves, rng = leaves_for(model), np.random.default_rng(0)
    slow, fast = both(model(*leaves), leaves, dtype)
    assert size.runs_in_loops(slow.program)
    for rows in (1, 8, 19):
        given = drawn(leaves, rows, rng)
        results = slow(*given)
        assert_same_bytes(results, fast(*given))
        alone = results if isinstance(results, tuple) else (results,)
        cotangents = tuple(rng.choice([0.0, 1.0, -0.5], result.shape) for result in alone)
        cotangents = cotangents if isinstance(results, tuple) else cotangents[0]
        assert_same_bytes(tuple(slow.vjp(cotangents, *given)), tuple(fast.vjp(cotangents, *given)))
        if not isinstance(results, tuple):
            assert_same_bytes(tuple(slow.grad(*given)), tuple(fast.grad(*given)))


@FEWER
@given(program=programs({**SMOOTH, **ROUTING}), shape=st.sampled_from([(3,), (2, 3)]))
def test_the_bits_of_random_graphs(program, shape):
    specification, steps, seed, rows = program
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(size, "MOST_WRITTEN_OUT", -1)
        for module in (size, strips):
            patch.setattr(module, "LONG", 1)
        leaves = [sg.input("x", shape), *leaves_of(specification)]
        outputs = build(steps, leaves, {**SMOOTH, **ROUTING}, np)
        slow, fast = both(outputs, leaves)
        rng = np.random.default_rng(seed)
        values = arguments(leaves, rng, rows, grid=True)
        results = slow(*values)
        assert_same_bytes(results, fast(*values))
        cotangents = tuple(rng.choice([-1.0, 0.0, 0.5], np.shape(result)) for result in results)
        assert_same_bytes(tuple(slow.vjp(cotangents, *values)), tuple(fast.vjp(cotangents, *values)))


def names_of(program, group):
    return [gate.name if (gate := BY_OPCODE[program.instructions["opcode"][each]]) else "clear" for each in group.members]


def program_of(model):
    leaves = leaves_for(model)
    f = sg.compile(model(*leaves), leaves, engine="interpreter")
    f.grad(*(np.zeros((1, *leaf.shape) if leaf.varying else leaf.shape) for leaf in leaves))
    return f.program


def test_what_only_its_own_group_reads_is_not_left():
    program = program_of(waves)
    forward = next(each for each in groups(program) if not each.backward)
    assert sorted(names_of(program, forward)) == ["exp", "multiply", "multiply", "negative", "sin"]
    # Backward reads the sine, -x and the exponential, and the sum the last product; nothing reads the exponent again.
    assert len(forward.left) == 4
    assert all(each.writes and each.size == LENGTH for each in forward.left)
    assert len(next(each for each in groups(program) if each.backward).left) == 1


def test_rows_that_meet_at_other_elements_are_not_in_one_group():
    program = program_of(rosenbrock)
    for group in groups(program):
        writes = [(each.first, each.size) for each in group.left]
        assert all(a == b or a[0] + a[1] <= b[0] or b[0] + b[1] <= a[0] for a in writes for b in writes)


def test_what_does_nothing_backward_is_no_hindrance_there():
    """The comparison receives no gradient: what is before and behind it is one group."""
    x = sg.input("x", LENGTH)
    y = np.exp(x) * x
    f = sg.compile(np.sum(np.where(y > 0.5, y * x, y)), engine="interpreter")
    f.grad(np.zeros((1, LENGTH)))
    (backward,) = [each for each in groups(f.program) if each.backward]
    assert all(f.program.instructions["backward"][each] for each in backward.members)
    assert {"where", "exp", "multiply"} <= set(names_of(f.program, backward))


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (Access(0, 8, True, False), Access(1, 8, True, False), False), (Access(0, 8, True, True), Access(8, 8, True, False), False),
        (Access(0, 8, True, True), Access(0, 8, True, False), False), (Access(0, 8, True, True), Access(1, 8, True, False), True),
        (Access(3, 1, False, True), Access(0, 8, True, False), True), (Access(3, 1, False, True), Access(3, 1, False, True), True),
    ],
)  # fmt: skip
def test_which_accesses_clash(one, other, clash):
    assert one.clashes(other) == other.clashes(one) == clash


def test_long_rows_compile_at_once():
    """Written out it took a minute at 10,000 elements, and was refused from 40,000 on."""
    x = sg.input("x", 100_000)
    begun = time.perf_counter()
    f = sg.compile(waves(x), engine="native")
    assert f.engine == "native"
    assert time.perf_counter() - begun < 20.0  # not a measure: it says that nothing is written out
    values = np.random.default_rng(0).normal(size=(2, 100_000))
    value, gradient = f.value_and_grad(values, wrt="x")
    np.testing.assert_allclose(value, waves(values[0]) if value.ndim == 0 else [waves(each) for each in values], rtol=1e-10)
    np.testing.assert_allclose(gradient, (np.cos(values) - 2.0 * values * np.sin(values)) * np.exp(-values * values), atol=1e-14)
