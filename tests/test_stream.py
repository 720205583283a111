"""Calls piece by piece: the results, where they go, what is shown, and what an interruption leaves."""

import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
import zarr
from engines import assert_same_bytes, both
from parts import LEAVES, ROWS, b, batch, loss, w, x

import staticgraph as sg
from staticgraph.calling import progress, streaming
from staticgraph.machine.blocks import BLOCK_ROWS

pytestmark = pytest.mark.usefixtures("one_engine")
WEIGHTS = np.linspace(0, 1, ROWS)


@pytest.fixture(scope="module")
def functions():
    return both(loss, LEAVES)


@pytest.fixture(scope="module")
def f(functions):
    return functions[0]


@pytest.fixture(scope="module")
def pair():
    return sg.compile((x * w, x[0] > b))


def calls(f, pair):
    xs, ws, bs, *_ = arrays = batch()
    direction = ([0.1, 0.2, 0.3], 1.0)
    return {
        "value": (f, arrays, {}),
        "grad": (f.grad, arrays, {"weights": WEIGHTS}),
        "value_and_grad": (f.value_and_grad, arrays, {"wrt": ("w", "x"), "weights": 2.0}),
        "one leaf": (f.grad, arrays, {"wrt": "b"}),
        "vjp": (f.vjp, (WEIGHTS, *arrays), {}),
        "vjp of two": (pair.vjp, ((xs, WEIGHTS), xs, ws, bs), {}),
        "two outputs": (pair, (xs, ws, bs), {}),
        "jvp": (f.jvp, (direction, *arrays), {"wrt": ("w", "b")}),
        "jacobian": (pair.jacobian, (xs, ws, bs), {"wrt": "x"}),
        "value_and_jacobian": (f.value_and_jacobian, arrays, {"wrt": ("x", "b")}),
        "hvp": (f.hvp, ((xs, direction[0]), *arrays), {"wrt": ("x", "w")}),
        "hessian": (f.hessian, arrays, {"wrt": ("b", "y"), "weights": WEIGHTS}),
        "sparse_hessian": (f.sparse_hessian, arrays, {"wrt": ("b", "y")}),
        "by name": (f.grad, (), {**dict(zip(("x", "w", "b", "y", "unused"), arrays, strict=True)), "wrt": ("w",)}),
    }


@pytest.mark.parametrize("case", calls(sg.compile(loss), sg.compile((x * w, x[0] > b))))
def test_the_bits_of_one_call(f, pair, case):
    call, args, options = calls(f, pair)[case]
    expected = call(*args, **options)
    found = sg.stream(call, *args, rows=2 * BLOCK_ROWS, progress=False, **options)
    assert type(found) is type(expected)
    assert_same_bytes(found, expected)


@pytest.mark.parametrize("rows", [None, 1, BLOCK_ROWS, BLOCK_ROWS + 1, 10 * ROWS])
def test_the_size_of_pieces_changes_nothing(functions, rows):
    expected = functions[0].value_and_grad(*batch())
    for f in functions:
        assert_same_bytes(sg.stream(f.value_and_grad, *batch(), rows=rows, progress=False), expected)


def test_traced_functions_with_results_of_any_shape():
    @sg.function(inputs={"x": ()}, parameters={"w": ()})
    def g(x, w):
        return {"wave": np.exp(1j * w * x), "parts": (x * w, x + w)}

    xs = batch()[3]
    for call, args in ((g, ()), (g.vjp, ({"wave": xs * 1j, "parts": (xs, xs)},))):
        expected, found = call(*args, xs, 0.5), sg.stream(call, *args, xs, 0.5, rows=1000, progress=False)
        assert found.keys() == expected.keys() if args == () else found._fields == expected._fields
        assert_same_bytes(*(tuple(each.values()) if args == () else tuple(each) for each in (found, expected)))


def test_from_any_arrays_to_any_arrays(functions, tmp_path):
    xs, ws, bs, ys, us = batch(np.float32)
    expected = functions[0].value_and_grad(xs, ws, bs, ys, us, weights=WEIGHTS)
    (tmp_path / "x").write_bytes(xs.tobytes())
    file = h5py.File(tmp_path / "arrays.h5", "w")
    given = np.memmap(tmp_path / "x", np.float32, "r", shape=xs.shape), ws, bs, file.create_dataset("y", data=ys), us
    for f in functions:
        value = np.memmap(tmp_path / "value", np.float64, "w+", shape=(ROWS,))
        gradient = zarr.open(tmp_path / "gradient.zarr", mode="w", shape=xs.shape, chunks=(10_000, 3), dtype="f8")
        single = np.empty(3, np.float32)
        out = value, [gradient, single, np.empty(()), None]
        found = sg.stream(f.value_and_grad, *given, weights=file.require_dataset("w", (ROWS,), "f8", data=WEIGHTS), out=out, progress=False)
        assert found[0] is value and found[1].x is gradient and found[1].w is single
        assert_same_bytes((value, gradient[...], *found[1][2:]), (expected[0], expected[1].x, *expected[1][2:]))
        assert single.tobytes() == expected[1].w.astype(np.float32).tobytes()


def test_the_gradient_may_go_over_its_argument(f):
    xs, *rest = batch()
    expected = f.grad(xs, *rest)
    found = sg.stream(f.grad, xs, *rest, out=(xs, rest[0], None, None), rows=BLOCK_ROWS, progress=False)
    assert found.x is xs
    assert_same_bytes(found, expected)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells how much of a process is mapped files")
def test_memory_does_not_grow_with_the_rows(tmp_path):
    rows = 3_000_000
    with open(tmp_path / "x", "wb") as file:
        file.truncate(rows * 12)
    xs = np.memmap(tmp_path / "x", np.float32, "r", shape=(rows, 3))
    value = np.memmap(tmp_path / "value", np.float64, "w+", shape=(rows,))
    g = sg.compile((np.sum(x * w) - 1.0) ** 2)
    before = of_mapped_files()
    tracemalloc.start()
    sg.stream(g.value_and_grad, xs, [1.0, 2.0, 3.0], wrt="w", out=(value, None), progress=False)
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
    assert of_mapped_files() - before < 10e6 < xs.nbytes + value.nbytes
    assert value.min() == value.max() == 1.0


def of_mapped_files():
    """Return the bytes of mapped files that count as the process's."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssFile"))
    return int(line.split()[1]) * 1024


def errors(f, pair):
    xs, ws, bs, ys, us = arrays = batch()
    shifted, readonly = np.zeros((ROWS + 9, 3)), np.zeros(ROWS)
    readonly.flags.writeable = False
    return {
        "no function": (lambda s: s(np.sin, xs), TypeError, "expected a compiled function f or one of its methods"),
        "no such method": (lambda s: s(f.find_kinks, xs), TypeError, "expected a compiled function"),
        "no batch": (lambda s: s(f, xs[0], ws, bs, ys[0], us), ValueError, "no argument of function is a batch"),
        "too few": (lambda s: s(f, xs, ws), TypeError, "missing the argument"),
        "no cotangent": (lambda s: s(f.vjp), TypeError, "function.vjp is missing its cotangent"),
        "a wrong shape": (lambda s: s(f, xs[:, :2], ws, bs, ys, us), ValueError, r"argument 'x': expected shape \(3,\).*got shape"),
        "another number of rows": (lambda s: s(f, xs, ws, bs, ys[:10], us), ValueError, "argument 'y': expected 50386 rows.*got 10"),
        "weights": (lambda s: s(f.grad, *arrays, weights=ys[:10]), ValueError, "weights: expected 50386 rows"),
        "a cotangent of one row": (lambda s: s(f.vjp, 1.0, *arrays), ValueError, "cotangent: expected shape"),
        "two cotangents": (lambda s: s(pair.vjp, xs, xs, ws, bs), ValueError, "cotangent: expected a tuple of 2.*got ndarray"),
        "rows": (lambda s: s(f, *arrays, rows=0), ValueError, "rows: expected a positive int, got 0"),
        "an unknown leaf": (lambda s: s(f.grad, *arrays, wrt="z"), ValueError, "'z' is no leaf"),
        "out of another form": (lambda s: s(f.grad, *arrays, out=xs), ValueError, r"out: expected a tuple of 4 \(x, w, b, unused\)"),
        "out of another shape": (lambda s: s(f, *arrays, out=np.empty(5)), ValueError, r"out of result 0: expected shape \(50386,\)"),
        "out of integers": (lambda s: s(f, *arrays, out=np.empty(ROWS, int)), ValueError, "and dtype float64.*int64"),
        "out of no slices": (lambda s: s(f, *arrays, out="file"), ValueError, "takes slices, got str"),
        "out to be read only": (lambda s: s(f, *arrays, out=readonly), ValueError, "read-only"),
        "out over what is read": (
            lambda s: s(f.grad, shifted[:ROWS], ws, bs, ys, us, wrt="x", out=shifted[9:]), ValueError, "overlaps an argument"
        ),
        "out over out": (
            lambda s: s(f.value_and_grad, *arrays, wrt="x", out=(shifted[9:, 0], shifted[:ROWS])), ValueError, "results 0 and 1 overlap"
        ),
        "complex": (lambda s: s(f, xs * 1j, ws, bs, ys, us), TypeError, "argument 'x': expected real numbers"),
    }  # fmt: skip


@pytest.mark.parametrize("case", errors(None, sg.compile((x * w, x[0] > b))))
def test_errors_come_first(f, pair, case, monkeypatch):
    monkeypatch.setattr(streaming, "_run", None)
    call, kind, message = errors(f, pair)[case]
    with pytest.raises(kind, match=message):
        call(lambda *args, **options: sg.stream(*args, progress=False, **options))


def test_leaves_with_the_names_of_options_are_given_by_position():
    g = sg.compile(sg.input("rows") + sg.input("progress"))
    ones = np.ones(3)
    assert sg.stream(g, ones, ones, progress=False).tolist() == [2, 2, 2]
    with pytest.raises(TypeError, match="give the argument 'rows' by position"):
        sg.stream(g, rows=ones, progress=ones)


class Interrupting(np.ndarray):
    """Interrupts when the second piece is written."""

    def __setitem__(self, key, value):
        if key.start:
            raise KeyboardInterrupt
        super().__setitem__(key, value)


def test_what_was_written_stays(f, capsys):
    out = np.zeros(ROWS).view(Interrupting)
    with pytest.raises(KeyboardInterrupt):
        sg.stream(f, *batch(), out=out, rows=BLOCK_ROWS)
    assert_same_bytes(out[:BLOCK_ROWS], f(*batch())[:BLOCK_ROWS])
    assert not out[BLOCK_ROWS:].any()
    assert "16% [###" in (shown := capsys.readouterr().err) or "8,192 of 50,386 rows stopped after" in shown


def test_the_bar(f, capsys, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_IN_A_FILE", 0.0)
    sg.stream(f, *batch(), rows=ROWS // 2)
    lines = capsys.readouterr().err.split("\r")[1:]
    assert [line[9:13] for line in lines] == ["  0%", " 50%", "100%", "100%"]
    assert lines[1].startswith("function  50% [############            ] 25,193 of 50,386 rows 0.")
    assert lines[-1].rstrip().endswith("s") and lines[-1].endswith("\n")
    assert {len(line.rstrip("\n")) for line in lines[1:]} == {len(lines[1])}
    sg.stream(f, *batch(), progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("seconds", "text"), [(3.21, "3.2 s"), (75, "1 min 15 s"), (7300, "2 h 1 min")])
def test_times(seconds, text):
    assert progress._time(seconds) == text


def test_an_empty_batch(f):
    found = sg.stream(f.value_and_grad, *batch(rows=0), progress=False)
    assert_same_bytes(found, f.value_and_grad(*batch(rows=0)))
