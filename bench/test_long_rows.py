"""Long rows by hand and compiled agree, and the measurement runs."""

import numpy as np

import staticgraph as sg

from . import long_rows


def test_by_hand_agrees() -> None:
    """Values and gradients."""
    x = np.random.default_rng(0).normal(size=(3, 200))
    values, gradients = np.empty(3), np.empty((3, 200))
    long_rows.by_hand(x, values, gradients)
    found = sg.compile(long_rows.waves(sg.input("x", 200)), engine="interpreter").value_and_grad(x)
    np.testing.assert_allclose(values, found[0], rtol=1e-13)
    np.testing.assert_allclose(gradients, found[1].x, atol=1e-15)


def test_the_measurement_runs() -> None:
    """On a few rows."""
    compiling, found = long_rows.measure(2500, elements=20_000)
    assert compiling > 0.0
    assert set(found) == {"native", "interpreter", "Numba by hand"}
