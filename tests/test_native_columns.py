"""Arrays in columns are read and written in place by code that is built for them; the bits are those of rows, on both engines."""

import platform
import warnings

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.native import engine, running, schedule, streaming
from staticgraph.native.elements import Elements
from staticgraph.native.frame import GRADIENTS, PLAIN, entry
from staticgraph.native.size import TooLargeError
from staticgraph.records.table import DIRECT, DISCARDS, MODE, PARAMETERS, SIZE, STREAM, VALUES, arrays_of, place_of
from staticgraph.running import specialization

s, u, m, p = sg.input("s"), sg.input("u", 5), sg.input("m", (2, 3)), sg.parameter("p", 3)
OUTPUT = np.sum(np.sin(m @ u[:3]) * s) + np.sum(np.exp(-u * u)) + np.sum(m[0] * p)
LEAVES = [s, u, m, p]
DTYPES = (np.float64, np.float32)
INTERPRETED = {dtype: sg.compile(OUTPUT, LEAVES, dtype=dtype, engine="interpreter") for dtype in DTYPES}
SHAPES = {"s": (), "u": (5,), "m": (2, 3)}


@pytest.fixture
def at_once(monkeypatch):
    """Let code for a layout be compiled when it is met, as if there had been much work on it."""
    monkeypatch.setattr(specialization, "COMPILE_NS", 0.0)
    monkeypatch.setattr(specialization, "COMPILE_ELEMENT_NS", 0.0)


@pytest.fixture(scope="module")
def compiled():
    return {dtype: sg.compile(OUTPUT, LEAVES, dtype=dtype, engine="native") for dtype in DTYPES}


@pytest.fixture
def native(compiled, at_once):
    """Give functions that have every layout in place."""
    return compiled


def wide(make):
    """Give columns that stand apart in a table, which `make` makes; other columns of it are 7."""

    def view(shape, dtype):
        rows, *rest = shape
        table = make((rows, int(np.prod(rest)) + 3), dtype)
        table[...] = 7
        return table[:, 2:-1].reshape(shape, copy=False)

    return view


def fortran(shape, dtype):
    return np.empty(shape, dtype, order="F")


LAYOUTS = {
    "rows": np.empty,
    "Fortran": fortran,
    "turned": lambda shape, dtype: np.moveaxis(np.empty((*shape[1:], shape[0]), dtype), -1, 0),
    "columns of a Fortran table": wide(fortran),
    "last column first": lambda shape, dtype: fortran(shape, dtype)[:, ::-1],
    "columns of a table": wide(np.empty),
    "last row first": lambda shape, dtype: fortran(shape, dtype)[::-1],
    "every second row": lambda shape, dtype: fortran((2 * shape[0], *shape[1:]), dtype)[::2],
}
"""How arrays of several elements a row lie: the first is as they are otherwise, ..."""
IN_COLUMNS = list(LAYOUTS)[1:5]
"""... and in these the elements of a column lie together."""
VECTORS, LINE = {np.float64: 8, np.float32: 16}, 64
STREAMS = platform.machine().lower() in ("x86_64", "amd64")


def laid(layout, values):
    if values.ndim < 2:
        return values
    array = LAYOUTS[layout](values.shape, values.dtype.type)
    array[...] = values
    return array


def arguments(rows, dtype):
    rng = np.random.default_rng(rows)
    return {name: rng.normal(size=(rows, *shape)).astype(dtype) for name, shape in SHAPES.items()} | {"p": np.arange(3, dtype=dtype)}


def destinations(layouts, rows, dtype):
    """Give where a value and its gradients go, one layout for each gradient."""
    empty = [laid(layout, np.full((rows, *shape), 7, dtype)) for layout, shape in zip(layouts, SHAPES.values(), strict=True)]
    return np.empty(rows, dtype), (*empty, np.empty(3, dtype))


def bytes_of(results):
    value, gradients = results
    return [each.tobytes() for each in (value, *gradients)]


def in_place(f, wrt=None):
    """Return whether the last call reached its arguments and gradients of several elements a row in place, one after another."""
    plan, _ = f._asked(wrt)
    form, _ = plan.form(True, False, False)
    call = list(form.bindings.values())[-1][-1].call
    return [bool(row[MODE] <= STREAM) for row in arrays_of(call)[: place_of(call, PARAMETERS)] if row[SIZE] > 1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_does_not_change_a_bit(layout, dtype, native):
    width = VECTORS[dtype]
    for rows in (1, width - 1, width, width + 1, 4 * width, 1000):
        given = arguments(rows, dtype)
        expected = bytes_of(INTERPRETED[dtype].value_and_grad(**given))
        placed = {name: laid(layout, each) for name, each in given.items()}
        for f in (INTERPRETED[dtype], native[dtype]):
            for threads in (1, 2):
                out = destinations([layout] * 3, rows, dtype)
                assert bytes_of(f.value_and_grad(**placed, out=out, threads=threads)) == expected
            assert bytes_of(f.value_and_grad(**placed)) == expected
            assert all(placed[name].tobytes() == given[name].tobytes() for name in given)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_columns_are_in_place(layout, native):
    rows, f = 100, native[np.float64]
    placed = {name: laid(layout, each) for name, each in arguments(rows, np.float64).items()}
    f.value_and_grad(**placed, out=destinations([layout] * 3, rows, np.float64))
    assert in_place(f) == [layout in ("rows", *IN_COLUMNS)] * 4


@pytest.mark.parametrize("mixed", [("Fortran", "rows"), ("rows", "turned"), ("every second row", "Fortran"), ("Fortran", "last row first")])
def test_each_array_has_a_layout_of_its_own(mixed, native):
    """And where nothing is summed over rows there is another driver."""
    rows, wrt = 45, ("u", "m")
    given = arguments(rows, np.float64)
    value, gradients = INTERPRETED[np.float64].value_and_grad(**given, wrt=wrt)
    for layouts in (mixed, mixed[::-1]):
        placed = given | {name: laid(layout, given[name]) for name, layout in zip(wrt, layouts, strict=True)}
        out = np.empty(rows), tuple(laid(layout, np.zeros((rows, *SHAPES[name]))) for name, layout in zip(wrt, layouts, strict=True))
        assert bytes_of(native[np.float64].value_and_grad(**placed, out=out, wrt=wrt)) == bytes_of((value, gradients))
        assert in_place(native[np.float64], wrt) == [layout in ("rows", *IN_COLUMNS) for layout in (*layouts, *layouts)]


def test_a_sliding_window_is_in_columns(native):
    series = np.random.default_rng(0).normal(size=204)
    given = arguments(200, np.float64) | {"u": np.lib.stride_tricks.sliding_window_view(series, 5)}
    f = native[np.float64]
    assert bytes_of(f.value_and_grad(**given)) == bytes_of(INTERPRETED[np.float64].value_and_grad(**given))
    assert in_place(f)[0]


@pytest.mark.parametrize("first", [0, 3, 5])
def test_gradients_beside_arguments_and_over_them(first, native):
    """A column of a table may be the result, if it is none that is read: else the argument is copied."""
    rows = 50
    given = arguments(rows, np.float64)
    expected = bytes_of(INTERPRETED[np.float64].value_and_grad(**given))
    table = np.zeros((rows, 10), order="F")
    table[:, :5] = given["u"]
    value, (of_s, _, of_m, of_p) = destinations(["Fortran"] * 3, rows, np.float64)
    out = value, (of_s, table[:, first : first + 5], of_m, of_p)
    assert bytes_of(native[np.float64].value_and_grad(**given | {"u": table[:, :5]}, out=out)) == expected


def rosenbrock(number, dtype=np.float64, engine="native"):
    x = sg.input("x", 4)
    output = np.sum(number * np.square(x[1:] - x[:-1] * x[:-1]) + np.square(1.0 - x[:-1]))
    return sg.compile(output, dtype=dtype, engine=engine)


def builds(f):
    return [set(plan.executor.native.codes) for plan in f._plans.values()]


def turned(rows):
    return np.asfortranarray(np.random.default_rng(rows).normal(size=(rows, 4)))


def test_code_for_rows_serves_until_that_for_columns_pays(request):
    f = rosenbrock(2.0)
    f.value_and_grad(np.ones((10, 4)))
    few = f.value_and_grad(turned(100))
    assert builds(f)[-1] == {PLAIN}
    request.getfixturevalue("at_once")
    f.value_and_grad(turned(7))
    assert builds(f)[-1] == {PLAIN}, "fewer rows than a vector go through staging memory"
    again = f.value_and_grad(turned(100))
    assert len(builds(f)[-1]) == 2
    assert bytes_of(again) == bytes_of(few)


def test_code_for_columns_serves_rows():
    f, weights = rosenbrock(3.0), np.arange(100.0)
    expected = f.vjp(weights, turned(100)).x
    assert f.vjp(weights, np.ascontiguousarray(turned(100))).x.tobytes() == expected.tobytes()
    assert [build.columns == frozenset() for build in builds(f)[-1] if build.seeded] == [False]
    assert f.engine == "native"


def test_a_failure_for_columns_leaves_code_for_rows(monkeypatch, at_once):
    f = rosenbrock(4.0)
    expected = f.value_and_grad(np.ascontiguousarray(turned(100)))

    def fails(*_):
        raise TooLargeError("too large")

    monkeypatch.setattr(engine, "_built", fails)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bytes_of(f.value_and_grad(turned(100))) == bytes_of(expected)
    assert f.engine == "native"


def test_only_some_layouts_are_compiled(at_once):
    a, b, c = (sg.input(name, 2) for name in "abc")
    f, values = sg.compile(np.sum(a * b + c), engine="native"), np.arange(60.0).reshape(3, 10, 2)
    for number in range(8):
        f(*(np.asfortranarray(each) if number >> place & 1 else each for place, each in enumerate(values)))
    assert max(map(len, builds(f))) == 1 + specialization.MOST_BUILDS


def within(memory, first, shape, order):
    """Give an array that begins so many elements behind a line of some memory."""
    first += -memory.ctypes.data % LINE // memory.itemsize
    return memory[first : first + int(np.prod(shape))].reshape(shape, order=order)


@pytest.mark.parametrize(("dtype", "most"), [*((dtype, schedule.MOST_ALONE) for dtype in DTYPES), (np.float64, 30)])
def test_columns_stream_past_the_caches(dtype, most, at_once, monkeypatch):
    """The same bytes and nothing beside them, wherever in a line columns begin, alike or not; of functions of `most` instructions."""
    monkeypatch.setattr(running, "last_level_bytes", lambda: 0)
    for name in ("MOST_ALONE", "MOST_INSTRUCTIONS"):
        monkeypatch.setattr(schedule, name, most)
    f, g, width = rosenbrock(5.0 + most, dtype), rosenbrock(5.0 + most, dtype, "interpreter"), VECTORS[dtype]
    for rows in (width, 2 * width + 1, 6 * width, 40_016):
        x = turned(rows).astype(dtype, order="F")
        expected = bytes_of(g.value_and_grad(x))
        for first, second in [*((each, each) for each in range(width)), (0, 3), (5, 0)]:
            memories = np.full(rows + 2 * width, 7, dtype), np.full(4 * rows + 2 * width, 7, dtype)
            value, gradient = within(memories[0], first, (rows,), "C"), within(memories[1], second, (rows, 4), "F")
            assert bytes_of(f.value_and_grad(x, out=(value, (gradient,)), threads=1 + (rows > 1000))) == expected
            assert [np.count_nonzero(memory == 7) for memory in memories] == [2 * width, 2 * width]
        call = list(f._asked(None)[0].form(True, False, False)[0].bindings.values())[-1][-1].call
        modes = arrays_of(call)[place_of(call, VALUES) : place_of(call, DISCARDS), MODE]
        assert modes.tolist() == [STREAM, STREAM if rows % width == 0 else DIRECT] or not STREAMS


def test_one_column_beside_rows_that_do_not_stream(monkeypatch):
    monkeypatch.setattr(streaming, "MOST", 0)
    x = sg.input("x", 25)
    program = sg.compile(np.sum(x * x), [x]).program
    gradient = entry(program, GRADIENTS, 0)
    for columns, expected in [((), 0), ((gradient,), 2)]:
        parts = schedule.plan(Elements(program, False, columns)).parts
        assert len(streaming.streamed(program, parts, columns)) == (expected if STREAMS else 0)
