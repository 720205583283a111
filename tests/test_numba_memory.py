"""Arguments and results of calls in Numba's functions lie anywhere: apart, backwards, one on another."""

import threading

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


NAMES = list(batches(np.zeros(1200)))


@pytest.mark.parametrize(("cut", "names"), [(False, NAMES), (True, ["in place", "a row further"])], ids=["whole", "cut"])
def test_results_lie_anywhere(cut, names, monkeypatch):
    """Numba compiles the call for each layout of its arrays, in half a second."""
    if cut:
        monkeypatch.setattr(schedule, "MOST_ALONE", 12)
        monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", 6)
    x, w = sg.input("x", (3, 2)), sg.parameter("w", (2, 3))
    f = sg.compile(np.sum(np.tanh(x @ w) * (1.5 + cut)), [x, w])
    for name in names:
        for pick in (slice(None), 7) if name in ("in place", "backwards", "Fortran", "transposed") else (slice(None),):
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
    """A row of a megabyte; where it were, a thread with a stack of half of that would end the process."""
    table = sg.input("table", (400, 320))
    f = sg.compile(table[399, :2] * 2.0)
    given, found = np.arange(128e3).reshape(320, 400).T, []
    row_of(f, given)  # the compiler needs more
    before = threading.stack_size(1 << 19)
    try:
        thread = threading.Thread(target=lambda: found.append(row_of(f, given)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert found[0].tobytes() == f(given).tobytes()
