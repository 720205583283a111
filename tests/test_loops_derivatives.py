"""Derivatives of loops: loops again, equal to those of the loop written out, in every mode and to every order."""

import numpy as np
import pytest
from loops import CASES, arguments, assert_close, flat, pendulum

import staticgraph as sg
from staticgraph.nodes.loops import is_scan

pytestmark = pytest.mark.usefixtures("one_engine")


@pytest.fixture(scope="module", params=CASES)
def pair(request):
    """A case as a scan and written out: its outputs, and one number of them."""
    made = []
    for scan in (True, False):
        outputs, leaves = CASES[request.param](scan)
        made += [sg.compile(outputs, leaves, engine="interpreter")]
        made += [sg.compile(sum(np.sum(np.sin(each)) for each in outputs), leaves, engine="interpreter")]
    return made[::2], made[1::2]


def test_directional_derivatives_and_jacobians(pair):
    functions, _ = pair
    given, tangents = (arguments(functions[0].inputs, 3, seed) for seed in (0, 1))
    directions = tuple(tangents) if len(tangents) > 1 else tangents[0]
    assert_close(*(function.jvp(directions, *given) for function in functions))
    assert_close(*(function.jacobian(*given) for function in functions))


def test_second_derivatives(pair):
    _, functions = pair
    given, vectors = (arguments(functions[0].inputs, 3, seed) for seed in (0, 1))
    directions = tuple(vectors) if len(vectors) > 1 else vectors[0]
    assert_close(*(function.hvp(directions, *given) for function in functions))
    assert_close(*(function.hessian(*given) for function in functions))


def test_third_derivatives_by_every_mode():
    found = []
    for scan in (True, False):
        (energy,), (x, length) = pendulum(scan, 3)
        direction = np.array([0.3, -0.7])
        once = sg.jvp(energy, x, direction)
        twice = sg.vjp(sg.gradient(once, x), x, direction)
        found.append(sg.compile([sg.gradient(sg.gradient(once, length), length), twice, sg.jacobian(sg.gradient(once, x), x)], [x, length]))
    given = arguments(found[0].inputs, 4)
    assert_close(*(function(*given) for function in found))


def test_derivatives_do_not_grow_with_the_length():
    programs = []
    for steps in (100, 20_000):
        (energy,), (x, length) = pendulum(True, steps)
        hessian = sg.hessian(energy, x)
        programs.append(sg.compile(hessian, [x, length]).program)
        assert any(map(is_scan, sg.compile(hessian, [x, length]).graph.nodes))
    assert len(programs[0]) == len(programs[1])


def test_structures_follow_the_steps():
    x = sg.input("x", 4)
    last, kept = sg.scan(lambda c, each: (c * each, c), x[0], x[1:])
    assert sg.compile([last, x[1] * 2.0], [x]).jacobian_structure().rows.tolist() == [0, 0, 0, 0, 1]
    found = sg.compile(kept, [x]).jacobian_structure()
    assert list(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]


@pytest.mark.parametrize("steps", [3, 200_000])
def test_elements_that_steps_keep_apart_are_a_diagonal(steps):
    """Of a loop that is too long to be followed all may depend on all."""
    x, w = sg.input("x", 4), sg.input("w", 2)
    last, _ = sg.scan(lambda c, _: (np.sin(c) * w[0], None), x, length=steps)
    f = sg.compile(last, [x, w], engine="interpreter")
    found = f.jacobian_structure()
    assert len(found.rows) == (8 if steps == 3 else 20)
    if steps == 3:
        given = arguments([x, w], 5)
        dense, (written, *_) = f.jacobian(*given), sg.compile(_sines(x, w, steps), [x, w], engine="interpreter").jacobian(*given)
        np.testing.assert_allclose(f.sparse_jacobian(*given), np.concatenate(list(dense), axis=2)[:, found.rows, found.columns], rtol=1e-13)
        np.testing.assert_allclose(dense.x, written, rtol=1e-13)


def _sines(x, w, steps):
    for _ in range(steps):
        x = np.sin(x) * w[0]
    return x


@pytest.mark.parametrize("name", ["recurrent", "nested"])
def test_both_engines_make_the_same_bits(name):
    (first, *_), leaves = CASES[name](True)
    functions = [sg.compile(np.sum(first), leaves, engine=engine) for engine in ("interpreter", "native")]
    given = arguments(leaves, 21)
    for a, b in zip(*(flat(function.hessian(*given)) for function in functions), strict=True):
        assert a.tobytes() == b.tobytes()
