"""The floating-point environment of the calling thread changes no bit, and a call leaves it as it was."""

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.lanes.environment import IEEE_HERE
from staticgraph.lanes.ieee import exchange as set_to
from staticgraph.lanes.ieee import ieee

FLUSH, UP, RAISED = 0x8040, 0x4000, 0x3F
"""Of x86: results and operands below the smallest normal number are 0; rounding towards plus infinity; what has happened since."""
pytestmark = pytest.mark.skipif(not IEEE_HERE, reason="the bits are those of x86")
ROWS = np.random.default_rng(0).normal(size=(30_000, 3)) * 1e-9
x, p = sg.input("x", 3), sg.parameter("p", 3)


def results(dtype, engine):
    f = sg.compile(np.sum(np.exp(x / 3.0) * p * 1e-300 + 0.1 * x), [x, p], dtype=dtype, engine=engine)
    value, grads = f.value_and_grad(ROWS, [0.1, 2e-10, 3.0], threads=2)
    alone = f.value_and_grad(ROWS[0], [0.1, 2e-10, 3.0])
    return [np.asarray(each).tobytes() for each in (value, *grads, alone[0], *alone[1])]


@pytest.mark.parametrize("engine", ["interpreter", "native"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("changed", [FLUSH, UP])
def test_results_do_not_depend_on_it(changed, dtype, engine):
    expected = results(dtype, engine)
    before = set_to(IEEE_HERE | changed)
    try:
        found = results(dtype, engine)
        left = set_to(IEEE_HERE | changed)
    finally:
        set_to(before)
    assert found == expected
    assert left & ~RAISED == IEEE_HERE | changed


def test_numbers_are_converted_in_it():
    f, tiny = sg.compile(sg.input("x") * 1.0, dtype=np.float32), np.full(100, 1e-40)
    before = set_to(IEEE_HERE | FLUSH | UP)
    try:
        found = f(tiny)
    finally:
        set_to(before)
    assert np.array_equal(found, tiny.astype(np.float32)) and found[0] > 0


def test_it_is_restored_after_an_error():
    before = set_to(IEEE_HERE | UP)
    try:
        with pytest.raises(ValueError), ieee():
            raise ValueError
        assert set_to(before) & ~RAISED == IEEE_HERE | UP
    finally:
        set_to(before)
