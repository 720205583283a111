"""Results that stream past the caches: the same bytes, and nothing beside them, wherever in a line they begin."""

import platform
from functools import cache

import numpy as np
import pytest
from engines import assert_same_bytes, both, rosenbrock

import staticgraph as sg
from staticgraph.native import last_level, running
from staticgraph.native.elements import Elements
from staticgraph.native.schedule import plan
from staticgraph.native.streaming import streamed

pytestmark = pytest.mark.usefixtures("own_engine")
RNG = np.random.default_rng(0)
COLUMNS, LINE = 50, 64
STREAMS = platform.machine().lower() in ("x86_64", "amd64")


@cache
def functions(dtype):
    x = sg.input("x", COLUMNS)
    return both(rosenbrock(x), [x], dtype)


def streaming(outputs, leaves):
    """Return how many results may stream."""
    program = sg.compile(outputs, leaves).program
    return len(streamed(program, plan(Elements(program, False)).parts, ()))


@pytest.mark.skipif(not STREAMS, reason="results stream on x86-64 alone")
def test_what_waits_for_memory_streams():
    """Not few columns, nor so many that they fill the cache, nor what takes long to compute."""
    for columns, expected in [(24, 0), (25, 1), (256, 1), (257, 0)]:
        x = sg.input("x", columns)
        y = sg.stop_gradient(x)
        assert streaming(x * x, [x]) == 2 * expected  # the value and the gradient
        assert streaming((y * y, np.sum(y)), [x]) == 2 * expected  # one column streams where all others do
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
