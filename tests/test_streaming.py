"""Results that stream past the caches: the same bytes, and nothing beside them, wherever in a line they begin."""

import platform
from functools import cache
from weakref import WeakValueDictionary

import numpy as np
import pytest
from engines import assert_same_bytes, both, rosenbrock

import staticgraph as sg
from staticgraph.native import engine, last_level, running, schedule
from staticgraph.native import streaming as streaming_module
from staticgraph.native.along import along
from staticgraph.native.driver import rows_before_line
from staticgraph.native.elements import Elements
from staticgraph.native.frame import PLAIN, VALUES
from staticgraph.native.schedule import plan
from staticgraph.native.streaming import streamed, streamed_along

pytestmark = pytest.mark.usefixtures("own_engine")
RNG = np.random.default_rng(0)
LINE, COLUMNS = 64, 50
KINDS = {
    "a few columns": lambda x: rosenbrock(x[:3]) * x[:3],
    "parts of some rows in a line": lambda x: rosenbrock(x[:10]) * x[:10],
    "parts of two squares in a line": lambda x: rosenbrock(x[:19]) * x[:19],
    "lines of squares": lambda x: np.sin(x[:24]) * x[1:25],
    "lines of many squares": lambda x: np.sin(x[:32]) * x[1:33],
    "lines by rows": lambda x: sg.jacobian(np.tanh(x[:16]), x[:16]),
    "rows that are copied": lambda x: rosenbrock(x) * x,
    "one column": lambda x: rosenbrock(x[:5]),
}
"""What makes a result, by how its rows stream in float64: of one function, and of several those whose lines are parts of one row."""
STREAMS = platform.machine().lower() in ("x86_64", "amd64")


@cache
def functions(dtype):
    x = sg.input("x", COLUMNS)
    return both(rosenbrock(x), [x], dtype)


def streaming(outputs, leaves):
    """Return how many results may stream."""
    program = sg.compile(outputs, leaves).program
    return len(streamed(program, plan(Elements(program, False)).parts, ()))


def into_functions(monkeypatch, most):
    """Have programs cut into functions of about so many instructions, and forget what has been compiled in one."""
    monkeypatch.setattr(engine, "_codes", WeakValueDictionary())
    monkeypatch.setattr(schedule, "MOST_ALONE", most)
    monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", most)
    monkeypatch.setattr(engine.store, "load", lambda *_: None)
    monkeypatch.setattr(engine.store, "save", lambda *_: None)


@pytest.mark.skipif(not STREAMS, reason="results stream on x86-64 alone")
@pytest.mark.parametrize("several", [False, True])
def test_what_waits_for_memory_streams(several, monkeypatch):
    """Not what takes long to compute; rows of whole lines, and in one function other short ones, and those that are copied."""
    monkeypatch.setattr(streaming_module, "MOST", 40)
    if several:
        into_functions(monkeypatch, 40)
    of_one, of_several = (7, 8, 9, 23, 24, 25, 39, 40, 48), (7, 8, 24, 40, 48)
    for columns in (*of_one, 41):
        count = columns in (of_several if several else of_one)
        x = sg.input("x", columns)
        y = sg.stop_gradient(x)
        assert streaming(x * x, [x]) == 2 * count  # the value and the gradient
        assert streaming((y * y, np.sum(y)), [x]) == 2 * count  # one column streams where all others do
        assert streaming(np.exp(np.sin(x)), [x]) == 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bytes(dtype, monkeypatch):
    monkeypatch.setattr(running, "last_level_bytes", lambda: 0)
    rows, itemsize = 1037, np.dtype(dtype).itemsize
    values = RNG.normal(size=(rows, COLUMNS)).astype(dtype)
    first, second = functions(dtype)
    for count in (8, 16, 17, rows):
        expected = first.grad(values[:count])[0]
        for offset in [*range(0, LINE, itemsize), 1, 7]:  # at the end elements that are not aligned themselves
            memory = np.full(expected.nbytes + 4 * LINE, 77, np.uint8)
            start = -memory.ctypes.data % LINE + LINE + offset
            out = memory[start : start + expected.nbytes].view(dtype).reshape(expected.shape)
            second.grad(values[:count], out=(out,), threads=1 + (count == rows))
            assert_same_bytes(out, expected)
            assert (memory[:start] == 77).all()
            assert (memory[start + expected.nbytes :] == 77).all()


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bytes_of_every_kind(dtype, several, monkeypatch):
    """Nothing is written beside the results, wherever in a line they begin."""
    monkeypatch.setattr(running, "last_level_bytes", lambda: 0)
    for name in ("MOST_WEIGHT", "MOST_WEIGHT_IN_PLACE"):
        monkeypatch.setattr(streaming_module, name, 1e9)
    if several:
        into_functions(monkeypatch, 700)
    x = sg.input("x", COLUMNS)
    outputs = tuple(make(x) for make in KINDS.values())
    values = RNG.normal(size=(77, COLUMNS)).astype(dtype)
    first, second = both(outputs, [x], dtype)
    assert (len(plan(Elements(first.program, False)).parts) > 1) == several
    expected = first(values)
    compare_wherever_in_a_line(second, values, expected, list(KINDS))


def compare_wherever_in_a_line(function, values, expected, names):
    """Compare results that begin anywhere in a line, and what lies beside them."""
    itemsize = expected[0].itemsize
    for offset in range(0, LINE, itemsize):
        memories = [np.full(each.nbytes + 4 * LINE, 77, np.uint8) for each in expected]
        starts = [-memory.ctypes.data % LINE + LINE + offset for memory in memories]
        out = tuple(
            memory[start : start + each.nbytes].view(each.dtype).reshape(each.shape)
            for memory, start, each in zip(memories, starts, expected, strict=True)
        )
        function(values, out=out, threads=1)
        for name, memory, start, a, b in zip(names, memories, starts, out, expected, strict=True):
            assert a.tobytes() == b.tobytes(), name
            assert (memory[:start] == 77).all() and (memory[start + b.nbytes :] == 77).all(), name


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bytes_of_rows_one_by_one(dtype, monkeypatch):
    """Of the results of a function that runs row after row those of whole lines stream."""
    monkeypatch.setattr(running, "last_level_bytes", lambda: 0)
    x = sg.input("x", 64)
    outputs = x * x, x[:32] + x[32:], x[1:] * 2.0, np.sum(np.maximum(x, 1.0) * x + x)
    first, second = both(outputs, [x], dtype)
    program = first._plan(None).executor.program
    _, schedule = along(program, PLAIN, Elements(program, False))
    assert streamed_along(program, schedule.parts[0].steps) == ([(VALUES, 0), (VALUES, 1)] if STREAMS else [])
    values = RNG.normal(size=(37, 64)).astype(dtype)
    compare_wherever_in_a_line(second, values, first(values), "abcd")


def test_threads_write_the_lines_that_they_share(monkeypatch):
    """Parts of a batch end within a line."""
    monkeypatch.setattr(running, "last_level_bytes", lambda: 0)
    values = RNG.normal(size=(40_009, COLUMNS))
    first, second = functions(np.float64)
    memory = np.full(values.size + 9, 77.0)
    start = (-memory.ctypes.data % LINE) // 8 + 1
    out = memory[start : start + values.size].reshape(values.shape)
    second.grad(values, out=(out,), threads=5)
    assert_same_bytes(out, first.grad(values)[0])


def test_rows_before_the_first_line():
    places = {(64, 8): 0, (80, 8): 6, (80, 80): 3, (80, 64): -1, (81, 8): -1, (96, 4): -1, (124, 4): 1}
    assert {place: rows_before_line.py_func(*place, 8) for place in places} == places


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({}, 0),
        ({"index0": "32K\n", "index1": "32K", "index2": "1024K", "index3": "32768K\n"}, 1 << 25),
        ({"index0": "64K", "index2": "8M"}, 1 << 23),
        ({"index0": "", "index1": "many", "index2": "3X", "index3": "16K"}, 1 << 14),
    ],
)  # fmt: skip
def test_the_last_level_cache(sizes, expected, tmp_path):
    for name, size in sizes.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "size").write_text(size)
    assert last_level.described(tmp_path) == expected
    assert last_level.last_level_bytes() > 0
