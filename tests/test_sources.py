"""Arguments of other formats, and on disk: read piece by piece, with the bits of the same numbers converted before."""

import tracemalloc

import h5py
import numpy as np
import pytest
import zarr
from engines import assert_same_bytes, both
from parts import LEAVES, ROWS, batch, loss, w, x, y

import staticgraph as sg
from staticgraph.calling import sources

pytestmark = pytest.mark.usefixtures("one_engine")
DTYPES = ["f4", ">f8", ">f4", "f2", "g", "i1", "u8", ">i4", "?"]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(sources, "CONVERTED_BYTES", 1 << 16)


@pytest.fixture(scope="module")
def functions():
    return both(loss, LEAVES)


def calls(f):
    direction = [0.1, 0.2, 0.3]
    return {
        "value": lambda a, g: f(*a),
        "value_and_grad": lambda a, g: f.value_and_grad(*a, weights=g),
        "grad": lambda a, g: f.grad(*a, wrt="w"),
        "vjp": lambda a, g: f.vjp(g, *a),
        "jvp": lambda a, g: f.jvp((direction, 1.0), *a, wrt=("w", "b")),
        "jacobian": lambda a, g: f.jacobian(*a, wrt=("x", "b")),
        "hvp": lambda a, g: f.hvp((a[0], direction), *a, wrt=("x", "w"), weights=g),
        "hessian": lambda a, g: f.hessian(*a, wrt=("w", "b"), weights=g),
    }


@pytest.mark.parametrize("call", calls(None))
def test_every_call_has_the_same_bits(functions, call):
    arrays, weights = batch(np.float32), np.linspace(0, 1, ROWS, dtype="f4")
    doubles, double = [each.astype(np.float64) for each in arrays], weights.astype(np.float64)
    for f in functions if call in ("value", "value_and_grad") else functions[:1]:  # others take a second to compile
        assert_same_bytes(calls(f)[call](arrays, weights), calls(f)[call](doubles, double))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_format(functions, dtype):
    xs, ws, bs, ys, us = batch()
    with np.errstate(all="ignore"):
        given = (10 * np.abs(xs)).astype(dtype)[::-1]
    found, expected = (functions[0].grad(each, ws, bs, ys, us) for each in (given, np.array(given, np.float64)))
    assert_same_bytes(found, expected)


def stored(kind, folder, array):
    if kind == "memmap":
        array.tofile(folder / "array")
        return np.memmap(folder / "array", array.dtype, "r", shape=array.shape)
    if kind == "zarr":
        made = zarr.open(folder / "array.zarr", mode="w", shape=array.shape, chunks=(10_000, *array.shape[1:]), dtype=array.dtype)
        made[...] = array
        return made
    file = h5py.File(folder / "array.h5", "w")
    return file.create_dataset("array", data=array, chunks=(1000, *array.shape[1:]))


@pytest.mark.parametrize("dtype", ["f8", "f4", ">f8"])
@pytest.mark.parametrize("kind", ["memmap", "zarr", "h5py"])
def test_arrays_on_disk(functions, kind, dtype, tmp_path):
    xs, ws, bs, ys, us = batch(dtype)
    given = stored(kind, tmp_path, xs)
    expected = functions[0].value_and_grad(xs.astype("f8"), ws, bs, ys, us)
    for f in functions:
        assert_same_bytes(f.value_and_grad(given, ws, bs, ys, us), expected)


def test_memory_does_not_grow_with_the_arguments(functions):
    f, arrays = functions[0], batch(np.float32, 40 * ROWS)
    value, gradient = np.empty(40 * ROWS), (np.empty(3), np.empty(()))

    def call():
        f.value_and_grad(*arrays, wrt=("w", "b"), out=(value, gradient))

    call()
    tracemalloc.start()
    call()
    assert tracemalloc.get_traced_memory()[1] < 1e6 < arrays[0].nbytes
    tracemalloc.stop()


def test_results_over_what_is_read(functions):
    shared = np.zeros((2 * ROWS, 3))
    xs, ws, bs, ys, us = batch(np.float32)
    given, out = shared.view("f4")[: 2 * ROWS : 2, :3], shared[10_000 : 10_000 + ROWS, 0]
    given[:] = xs
    expected = functions[0](xs, ws, bs, ys, us)
    assert np.shares_memory(given, out)
    assert functions[0](given, ws, bs, ys, us, out=out) is out
    assert_same_bytes(out.copy(), expected)


def test_two_results_in_one_place(functions):
    xs, ws, bs, ys, us = batch(np.float32)
    memory = np.empty((ROWS + 9000, 3))
    with pytest.raises(ValueError, match="overlap"):
        functions[0].value_and_grad(xs, ws, bs, ys, us, wrt="x", out=(memory[9000:, 0], memory[:ROWS]))


def test_what_is_no_batch_is_converted_as_a_whole():
    f = sg.compile(sg.parameter("table", 9_000)[:3] @ x)
    table, xs = np.arange(9_000, dtype="f4"), batch()[0]
    assert_same_bytes(f.grad(table=table, x=xs), f.grad(table=table.astype("f8"), x=xs))
    g = sg.compile(np.sum(sg.input("wide", 9_000)))
    assert g(table) == g(table.astype("f8"))


@pytest.mark.parametrize("look", ["find_nonfinite", "find_kinks", "raises"])
def test_what_looks_inside_takes_them(functions, look):
    assert len(getattr(functions[0], look)(*batch(np.float32))) == 0


def test_flat_functions_keep_what_is_converted():
    xs, ws, _, ys, _ = batch(np.float32)
    f = sg.compile((np.sum(x * w) - y) ** 2)
    found, expected = (sg.flatten(f, wrt="w", x=xs.astype(to), y=ys.astype(to)) for to in ("f4", "f8"))
    assert_same_bytes(found.fun_and_grad(ws.astype("f8")), expected.fun_and_grad(ws.astype("f8")))


def test_complex_numbers_on_disk_are_refused(functions, tmp_path):
    file = h5py.File(tmp_path / "array.h5", "w")
    with pytest.raises(TypeError, match="argument 'x': expected real numbers, got Dataset of dtype complex128"):
        functions[0](file.create_dataset("array", data=np.zeros((10, 3), complex)), *batch(rows=10)[1:])
