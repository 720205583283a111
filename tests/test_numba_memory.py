"""Arguments and results of calls in Numba's functions lie anywhere: apart, backwards, one on another."""

import numba
import numpy as np
import pytest
from test_alone import expected, same

import staticgraph as sg
from staticgraph.calling.in_numba import register
from staticgraph.native import schedule

register()
RNG = np.random.default_rng(3)


@numba.njit
def into_products(f, x, w, value, slopes):
    return f.value_and_grad(x, w, out=(value, slopes))


def batches(memory):
    """Return pairs of batches (90, 3, 2) that overlap, or whose elements lie apart, by name."""
    plain, strided = memory[:540].reshape(90, 3, 2), np.lib.stride_tricks.as_strided
    return {
        "in place": (plain, plain),
        "a number further": (plain, memory[1:541].reshape(90, 3, 2)),
        "a row further": (plain, memory[6:546].reshape(90, 3, 2)),
        "a row back": (memory[6:546].reshape(90, 3, 2), plain),
        "backwards": (plain, plain[::-1]),
        "all backwards": (plain[::-1, ::-1, ::-1], plain),
        "Fortran": (np.asfortranarray(plain), np.empty((90, 3, 2), order="F")),
        "transposed": (memory[:540].reshape(90, 2, 3).transpose(0, 2, 1), memory[600:1140].reshape(90, 2, 3).transpose(0, 2, 1)),
        "columns of a table": (strided(memory, (90, 3, 2), (96, 16, 8)), strided(memory[6:], (90, 3, 2), (96, 16, 8))),
    }


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_results_lie_anywhere(cut, monkeypatch):
    if cut:
        monkeypatch.setattr(schedule, "MOST_ALONE", 12)
        monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", 6)
    x, w = sg.input("x", (3, 2)), sg.parameter("w", (2, 3))
    f = sg.compile(np.sum(np.tanh(x @ w) * (1.5 + cut)), [x, w])
    for name in batches(np.zeros(1200)):
        for pick in (slice(None), 7):
            given, slopes = (each[pick] for each in batches(RNG.normal(size=1200))[name])
            products = RNG.normal(size=(2, 3))
            wanted = expected(f, "value_and_grad", [given.copy(), products])
            value = np.empty(()) if pick == 7 else np.empty(180)[::-2]
            into_products(f, given, products, value, (slopes, products))  # the gradient lies on the parameter too
            same([np.ascontiguousarray(each) for each in (value, slopes, products)], wanted)


@numba.njit
def row_of(f, x):
    return f(x)


def test_long_rows_are_not_copied_to_the_stack():
    table = sg.input("table", (2000, 1000))
    f = sg.compile(table[1999, :2] * 2.0)
    given = np.arange(2e6).reshape(1000, 2000).T
    assert row_of(f, given).tobytes() == f(given).tobytes()
