"""Compiled functions as values in Numba's functions: the bits of the calls from Python, errors when a caller is compiled, and caching."""

import pickle
import subprocess
import sys
import threading
from textwrap import dedent

import numba
import numpy as np
import pytest
from test_alone import arguments, compiled, expected, flat, same

import staticgraph as sg
from staticgraph.calling.in_numba import register

register()

pytestmark = pytest.mark.usefixtures("one_engine")
VALLEY, NETWORK, SPECIAL, SEVERAL = map(compiled, ("valley", "network", "special", "several"))
SINGLE = compiled("network", np.float32)


@numba.njit
def value_of_one(f, x):
    return f(x)


@numba.njit
def all_of_one(f, x):
    return f.value_and_grad(x)


@numba.njit
def all_of_four(f, x, w, b, u):
    return f.value_and_grad(x, w, b, u), f(x, b=b, u=u, w=w), f.grad(x, w, b, u, wrt=("b", "x"))


def in_dtype(f, found):
    """Return results in the function's dtype: Numba hands numbers to Python as floats."""
    return [each.astype(f.dtype) if each.dtype == np.float64 else each for each in flat(found)]


@numba.njit
def both_of_four(f, x, w, b, u):
    return f.value_and_grad(x, w, b, u)


def test_single_precision():
    for rows in (0, 1, 9, 1031):
        given = arguments(SINGLE, rows)
        same(in_dtype(SINGLE, both_of_four(SINGLE, *given)), expected(SINGLE, "value_and_grad", given))


def test_rows_and_batches():
    """Numba compiles the calls for a row and for a batch, in three seconds each."""
    f = NETWORK
    for rows in (None, 0, 1, 9, 1031):
        given = arguments(f, rows or 0)
        if rows is None:
            given[0] = np.array([0.5, -1.0, 0.0], f.dtype)
            given[3] = float(given[3])
        results, value, asked = all_of_four(f, *given)
        same(in_dtype(f, results), expected(f, "value_and_grad", given))
        same(in_dtype(f, value), expected(f, "value", given))
        same(in_dtype(f, asked), flat(f.grad(*given, wrt=("b", "x"))))
        assert asked._fields == ("b", "x")


def test_several_outputs_and_booleans():
    for x in (np.array([[1.0, -2.0, 0.0], [0.5, 3.0, np.nan]]), arguments(SEVERAL, 12)[0]):
        found = value_of_one(SEVERAL, x)
        assert len(found) == 5
        assert found[1].dtype == bool
        same(flat(found), expected(SEVERAL, "value", [x]))


@numba.njit
def with_numbers(f):
    return f(1, True), f(0.5, y=2), f.grad(1, 2.0, wrt="y")


def test_numbers_of_any_kind_and_keywords():
    value, other, slope = with_numbers(SPECIAL)
    assert value == SPECIAL(1.0, 1.0)
    assert other == SPECIAL(0.5, 2.0)
    assert slope == SPECIAL.grad(1.0, 2.0, wrt="y")


@numba.njit
def into(f, x, value, slopes):
    return f.value_and_grad(x, out=(value, (slopes,)))


@numba.njit
def into_alone(f, x, slopes):
    return f.grad(x, wrt="x", out=slopes)


def test_out_of_a_row_of_any_strides():
    wide, value, slopes = np.arange(12.0) / 7, np.empty(()), np.zeros(12)
    found = into(VALLEY, wide[::-2], value, slopes[1::2])
    assert value == VALLEY(wide[::-2]) == found[0]
    np.testing.assert_array_equal(slopes[1::2], VALLEY.grad(wide[::-2]).x)
    assert not np.any(slopes[::2])
    x = np.arange(6.0)
    wanted = VALLEY.grad(x).x
    assert into_alone(VALLEY, x, x) is not None  # where the argument lies
    np.testing.assert_array_equal(x, wanted)


def test_out_of_a_batch_and_strided_batches():
    x = RNG.normal(size=(2006, 6))
    value, slopes = np.empty(1003), np.empty((1003, 6))
    into(VALLEY, x[::2], value, slopes)
    same([value, slopes], expected(VALLEY, "value_and_grad", [x[::2]]))


RNG = np.random.default_rng(3)


@numba.njit
def under_any_name(f, a, b):
    return f.grad(a, b, wrt="Ω"), f.grad(a, ValueError=b)


def test_names_of_leaves():
    f = sg.compile(np.sum(sg.input("Ω", 2)) * sg.input("ValueError"))
    slopes, both = under_any_name(f, np.ones(2), 3.0)
    assert slopes.tolist() == both[0].tolist() == [3.0, 3.0]
    assert both[1] == 2.0


def test_values_that_are_the_same_for_all_rows():
    f = sg.compile(np.sum(sg.input("x", 2) * sg.input("y", 2)) * sg.input("z"))

    @numba.njit
    def call(x, y, z):
        return f.value_and_grad(x, y, z)

    given = [RNG.normal(size=(9, 2)), np.array([1.0, 2.0]), 3.0]
    same(flat(call(*given)), expected(f, "value_and_grad", given))


def test_closures_globals_threads_and_other_decorators():
    @numba.njit(parallel=True, nogil=True)
    def chains(f, x):
        made = np.empty(len(x))
        for row in numba.prange(len(x)):
            made[row] = f(x[row])
        return made

    x = RNG.normal(size=(64, 6))
    assert chains(VALLEY, x).tobytes() == VALLEY(x).tobytes()

    @numba.vectorize(["float64(float64, float64)"])
    def universal(x, y):
        return SPECIAL(x, y)

    with np.errstate(all="ignore"):  # the functions of special arguments overflow where nobody looks
        assert universal(x[0], x[1]).tobytes() == SPECIAL(x[0], x[1]).tobytes()

    @numba.cfunc("float64(float64)")
    def callback(x):
        return SPECIAL(x, 0.5)

    assert callback.ctypes(0.25) == SPECIAL(0.25, 0.5)


@numba.njit
def matrices(f, x, w, b, u):
    return f.jacobian(x, w, b, u), f.hessian(x, w, b, u, wrt=("x", "u")), f.hessian(x, w, b, u, wrt="x")


def test_matrices_of_derivatives():
    x, w, b, u = arguments(NETWORK, 9)
    for given in (x[0], x):
        first, second, alone = matrices(NETWORK, given, w, b, float(u))
        same(flat(first), flat(NETWORK.jacobian(given, w, b, u)))
        same(in_dtype(NETWORK, second), flat(NETWORK.hessian(given, w, b, u, wrt=("x", "u"))))
        same(flat(alone), flat(NETWORK.hessian(given, w, b, u, wrt="x")))


@numba.njit
def jacobian_of(f, x):
    return f.jacobian(x, wrt="x")


def test_jacobians_of_several_outputs_and_batches():
    x = sg.input("x", 3)
    residuals = sg.compile([np.sin(x) * 2.0, np.sum(x * x)])
    for batch in (RNG.normal(size=(11, 3)), RNG.normal(size=3)):
        same([each for found in jacobian_of(residuals, batch) for each in flat(found)], flat(residuals.jacobian(batch, wrt="x")))


@numba.njit
def leaf_missing(f):
    return f()


@numba.njit
def asked(f, x):
    return f.grad(x, wrt="z")


WRONG = {
    "dtype": (lambda: value_of_one(VALLEY, np.zeros(6, np.float32)), "leaf 'x': expected an array of float64 of shape"),
    "rank": (lambda: value_of_one(VALLEY, np.zeros((2, 3, 6))), "leaf 'x': expected an array of float64 of shape"),
    "number": (lambda: value_of_one(VALLEY, 1.0), "leaf 'x': expected an array"),
    "unknown leaf": (lambda: asked(VALLEY, np.zeros(6)), "'z'"),
    "no gradient": (lambda: all_of_one(SEVERAL, np.zeros((2, 3))), "needs one real output"),
    "out": (lambda: into(VALLEY, np.zeros(6), np.zeros(1), np.zeros(6)), "out for value: expected a writable array"),
    "missing": (lambda: leaf_missing(VALLEY), "."),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_when_a_caller_is_compiled(name):
    call, message = WRONG[name]
    with pytest.raises(numba.TypingError, match=message):
        call()


def test_errors_when_a_caller_runs():
    with pytest.raises(ValueError, match=r"leaf 'x': expected shape \(6,\)"):
        value_of_one(VALLEY, np.zeros(5))
    with pytest.raises(ValueError, match=r"leaf 'x': expected shape \(N, \*\(6,\)\)"):
        value_of_one(VALLEY, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"out for gradient_x: expected shape \(N, \*\(6,\)\)"):
        into(VALLEY, np.zeros((4, 6))[::2], np.zeros(2), np.zeros((6, 6))[::2])


CALLER = """
    import os, sys, warnings
    import numba, numpy as np, staticgraph as sg
    x = sg.input("x", 3)
    f = sg.compile(np.sum(x * x) * float(os.environ["FACTOR"]), name="f")

    @numba.njit(cache=True)
    def given(f, a):
        return f(a) + f.grad(a).x[0]

    def closing_over(f):
        @numba.njit(cache=True)
        def closed(a):
            return f(a)
        return closed

    @numba.njit(cache=True)
    def reading(a):
        return f(a)

    @numba.njit(cache=True)
    def renaming(a):
        g = f
        return g(a)

    module, several = sys.modules[__name__], (f, f)

    @numba.njit(cache=True)
    def of_module(a):
        return module.f(a)

    @numba.njit(cache=True)
    def of_tuple(a):
        return several[1](a)

    def run():
        a = np.arange(3.0)
        closed = closing_over(f)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = given(f, a), closed(a), reading(a), renaming(a), of_module(a), of_tuple(a)
        hits = [sum(each.stats.cache_hits.values()) for each in (given, closed, reading, renaming, of_module, of_tuple)]
        print(*found, *hits, sum("dynamic globals" in str(each.message) for each in caught))
"""


def test_cached_callers_never_run_an_older_graph(tmp_path, monkeypatch):
    (tmp_path / "caller.py").write_text(dedent(CALLER))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))

    def run(factor):
        monkeypatch.setenv("FACTOR", str(factor))
        command = "from staticgraph.calling.in_numba import register; register(); import caller; caller.run()"
        done = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.split()

    assert run(1.0) == ["5.0"] * 6 + ["0"] * 6 + ["4"]
    assert run(1.0) == ["5.0"] * 6 + ["1", "1", "0", "0", "0", "0", "4"]
    assert run(2.0) == ["10.0"] * 6 + ["0"] * 6 + ["4"]


def test_threads_that_see_a_function_for_the_first_time():
    began, found = threading.Barrier(3), []
    for factor in (3.5, 4.5, 5.5):
        x = sg.input("x", 3)
        f = sg.compile(np.sum(x * x) * factor)

        def run(f=f, factor=factor):
            began.wait()
            found.append(value_of_one(f, np.ones(3)) == 3 * factor)

        copies = [pickle.loads(pickle.dumps(f)) for _ in range(3)]
        threads = [threading.Thread(target=run, args=(each,)) for each in copies]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert found == [True] * 9
