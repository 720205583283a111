"""Dask arrays in and out: lazy, chunked as they are, one task a chunk, with the bits of one call on every scheduler."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import dask
import dask.array as da
import numpy as np
import pytest
from dask.callbacks import Callback
from distributed import Client, LocalCluster
from engines import assert_same_bytes, both
from parts import CUTS, LEAVES, ROWS, b, batch, bounds, loss, w, x

import staticgraph as sg
from staticgraph.calling.lazy import MOST_ADDED
from staticgraph.machine.blocks import BLOCK_ROWS

pytestmark = pytest.mark.usefixtures("one_engine")
CHUNKS = [ROWS, BLOCK_ROWS, 2 * BLOCK_ROWS, 10_000, (8192, 30_000, ROWS - 38_192), (5 * BLOCK_ROWS, ROWS - 5 * BLOCK_ROWS)]
"""Rows of the chunks, some of them no multiples of a block."""
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


@pytest.fixture(scope="module")
def client():
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "100MB"})  # the batch is sent with the graph, for each chunking
    with LocalCluster(2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("scheduler", ["threads", "processes", "distributed"])
def test_the_bits_of_one_call_on_every_scheduler(functions, scheduler, request):
    arrays = batch()
    options = {"pool": request.getfixturevalue("pool")} if scheduler == "processes" else {}
    where = request.getfixturevalue("client") if scheduler == "distributed" else scheduler
    lazy = [
        f.value_and_grad(da.from_array(arrays[0], chunks=(chunks, 3)), *arrays[1:], weights=WEIGHTS) for f in functions for chunks in CHUNKS
    ]
    expected = functions[0].value_and_grad(*arrays, weights=WEIGHTS)
    for found in dask.compute(*lazy, scheduler=where, **options):
        assert type(found[1]) is type(expected[1])
        assert_same_bytes(found, expected)


def test_a_worker_uses_what_it_was_given(client):
    assert set(client.run(sg.get_num_threads).values()) == {1}


def test_parts_come_from_workers_in_any_order(functions, client):
    xs, ws, bs, ys, us = batch()
    expected = functions[0].grad(xs, ws, bs, ys, us)
    for f in functions:
        futures = client.map(
            lambda start, xs, ys, f=f: f.partial_grad(xs, ws, bs, ys, us, first_row=start),
            *zip(*((start, xs[start:stop], ys[start:stop]) for start, stop in bounds(CUTS["uneven"])), strict=True),
        )
        assert_same_bytes(client.submit(sum, futures[::-1]).result().total(), expected)


def calls(f, pair):
    xs, ws, bs, ys, us = arrays = batch()
    lazy = [da.from_array(arrays[0], chunks=(10_000, 2)), ws, bs, da.from_array(ys, chunks=ROWS), us]
    weights, direction = da.from_array(WEIGHTS, chunks=7000), ([0.1, 0.2, 0.3], 1.0)
    return {
        "value": (f, arrays, lazy, {}, {}),
        "by name": (f, arrays, (), {}, dict(zip(("x", "w", "b", "y", "unused"), lazy, strict=True))),
        "grad": (f.grad, arrays, lazy, {"weights": WEIGHTS}, {"weights": weights}),
        "weights alone": (f.grad, arrays, arrays, {"weights": WEIGHTS, "wrt": "w"}, {"weights": weights, "wrt": "w"}),
        "vjp": (f.vjp, (WEIGHTS, *arrays), (weights, *arrays), {}, {}),
        "vjp of two": (pair.vjp, ((xs, WEIGHTS), xs, ws, bs), ((lazy[0], weights), xs, ws, bs), {}, {}),
        "two outputs": (pair, (xs, ws, bs), (lazy[0], ws, bs), {}, {}),
        "a lazy parameter": (f.value_and_grad, arrays, (xs, da.from_array(ws, chunks=1), *arrays[2:]), {}, {}),
        "no batch": (f.value_and_grad, (xs[0], ws, bs, ys[0], us), (xs[0], da.from_array(ws, chunks=2), bs, ys[0], us), {}, {}),
        "jvp": (f.jvp, (direction, *arrays), (direction, *lazy), {"wrt": ("w", "b")}, {"wrt": ("w", "b")}),
        "hvp": (f.hvp, ((xs, direction[0]), *arrays), ((lazy[0], direction[0]), *lazy), {"wrt": ("x", "w")}, {"wrt": ("x", "w")}),
        "hessian": (f.hessian, arrays, lazy, {"wrt": ("b", "y")}, {"wrt": ("b", "y")}),
        "jacobian": (pair.jacobian, (xs, ws, bs), (lazy[0], ws, bs), {}, {}),
        "value_and_jacobian": (pair.value_and_jacobian, (xs, ws, bs), (lazy[0], ws, bs), {"wrt": "x"}, {"wrt": "x"}),
        "sparse_jacobian": (pair.sparse_jacobian, (xs, ws, bs), (lazy[0], ws, bs), {}, {}),
        "sparse_hessian": (f.sparse_hessian, arrays, lazy, {"wrt": "b", "lower": True}, {"wrt": "b", "lower": True}),
        "other formats": (f.grad, (xs.astype("f4"), *arrays[1:]), (lazy[0].astype(">f4"), *lazy[1:]), {}, {}),
        "one thread": (f.grad, arrays, lazy, {}, {"threads": 1}),
    }


@pytest.mark.parametrize("case", calls(sg.compile(loss, LEAVES), sg.compile((x * w, x[0] > b))))
def test_every_call(f, pair, case):
    call, args, lazy, options, lazy_options = calls(f, pair)[case]
    expected, found = call(*args, **options), call(*lazy, **lazy_options)
    computed = dask.compute(found, scheduler="sync")[0]
    check_lazy(found, computed)
    assert_same_bytes(computed, expected)


def check_lazy(lazy, computed):
    if isinstance(lazy, tuple):
        assert type(lazy) is type(computed)
        for pair in zip(lazy, computed, strict=True):
            check_lazy(*pair)
    else:
        assert isinstance(lazy, da.Array)
        assert (lazy.shape, lazy.dtype) == (computed.shape, computed.dtype)


def test_chunks_are_those_of_the_argument(f):
    xs, ws, bs, ys, us = batch()
    for chunks in (10_000, 100, (0, 20_000, 0, ROWS - 20_000)):
        given = da.from_array(xs, chunks=(chunks, 3))
        value, gradients = f.value_and_grad(given, ws, bs, ys, us)
        assert value.chunks == given.chunks[:1]
        assert gradients.x.chunks == given.chunks
        assert gradients.w.chunks == ((3,),)
        assert f(given, ws, bs, ys, us).chunks == given.chunks[:1]


class Counted(Callback):
    def __init__(self):
        super().__init__(pretask=self.count)
        self.names = []

    def count(self, key, dsk, state):
        self.names.append(key[0] if isinstance(key, tuple) else key)


def test_value_and_gradients_come_from_one_task_a_chunk(f):
    xs, ws, bs, ys, us = batch()
    found = f.value_and_grad(da.from_array(xs, chunks=(BLOCK_ROWS, 3)), ws, bs, ys, us)
    with Counted() as counted:
        dask.compute(found, scheduler="sync")
    assert sum(name.startswith("staticgraph-value_and_grad") for name in counted.names) == 7


def test_equal_calls_have_equal_names(f):
    """So that Dask evaluates them once; a function that has travelled is the same one."""
    xs, *rest = batch()
    given = da.from_array(xs, chunks=(BLOCK_ROWS, 3))
    names = [each.value_and_grad(given, *rest)[0].name for each in (f, f, pickle.loads(pickle.dumps(f)))]
    others = [sg.compile(2 * loss, LEAVES).value_and_grad(given, *rest)[0].name, f.value_and_grad(given, rest[0] + 1, *rest[1:])[0].name]
    assert len(set(names)) == 1 and len({*names, *others}) == 3


def test_nothing_is_evaluated_before_it_is_asked_for(f):
    def fail(block):
        raise AssertionError

    xs, ws, bs, ys, us = batch()
    f.value_and_grad(da.from_array(xs, chunks=(BLOCK_ROWS, 3)).map_blocks(fail, dtype=float, meta=np.empty((0, 0))), ws, bs, ys, us)


def test_results_nested_in_what_no_other_process_can_import(pool):
    class Both(NamedTuple):
        double: Any
        square: Any

    @sg.function(inputs={"x": ()})
    def g(x):
        return Both(2.0 * x, x * x)

    found = dask.compute(g(da.arange(5.0, chunks=2)), scheduler="processes", pool=pool)[0]
    assert_same_bytes(tuple(found), tuple(g(np.arange(5.0))))


def test_many_chunks_are_added_in_a_tree():
    rows = (MOST_ADDED**2 + 3) * BLOCK_ROWS
    g, xs = sg.compile(x[0] * w), np.random.default_rng(0).normal(size=(rows, 3))
    found = g.vjp(da.ones((rows, 3), chunks=BLOCK_ROWS), da.from_array(xs, chunks=BLOCK_ROWS), [1.0, 2.0, 3.0], wrt="w")
    assert_same_bytes(found.compute(scheduler="sync"), g.vjp(np.ones((rows, 3)), xs, [1.0, 2.0, 3.0], wrt="w"))


def test_chunks_of_unknown_sizes(f, pair):
    xs, ws, bs, ys, us = batch()
    given = da.from_array(xs, chunks=(10_000, 3))
    some = given[given[:, 0] > 0]
    kept = xs[xs[:, 0] > 0]
    found, gradient = pair(some, ws, bs), pair.vjp((some, some[:, 0]), some, ws, bs, wrt="x")
    assert np.isnan(found[0].shape[0])
    assert_same_bytes(dask.compute(*found, scheduler="sync"), pair(kept, ws, bs))
    assert_same_bytes(gradient.compute(scheduler="sync"), pair.vjp((kept, kept[:, 0]), kept, ws, bs, wrt="x"))
    with pytest.raises(ValueError, match=r"function.vjp: gradients of parameters are sums.*compute_chunk_sizes\(\)"):
        pair.vjp((some, some[:, 0]), some, ws, bs)
    with pytest.raises(ValueError, match=r"like which no other can be cut: call compute_chunk_sizes\(\)"):
        f(some, ws, bs, ys, us)


def errors(f):
    xs, ws, bs, ys, us = batch()
    lazy = da.from_array(xs, chunks=(10_000, 3))
    return {
        "a wrong shape": (lambda: f(lazy[:, :2], ws, bs, ys, us), ValueError, r"argument 'x': expected shape \(3,\)"),
        "another number of rows": (lambda: f(lazy, ws, bs, ys[:10], us), ValueError, "argument 'y': expected 50386 rows.*got 10"),
        "out": (lambda: f(lazy, ws, bs, ys, us, out=np.empty(ROWS)), TypeError, "write them with dask.array.store"),
        "an unknown leaf": (lambda: f.grad(lazy, ws, bs, ys, us, wrt="z"), ValueError, "'z' is no leaf"),
        "complex": (lambda: f(lazy * 1j, ws, bs, ys, us), TypeError, "argument 'x': expected real numbers"),
        "too few": (lambda: f(lazy), TypeError, "missing the argument"),
        "threads": (lambda: f(lazy, ws, bs, ys, us, threads=0), ValueError, "threads"),
        "vectors": (lambda: f.hvp((lazy,), lazy, ws, bs, ys, us), ValueError, "vectors: expected a tuple of 4"),
        "numbers": (lambda: f(lazy.astype(str), ws, bs, ys, us), TypeError, "argument 'x': expected real numbers"),
    }


@pytest.mark.parametrize("case", errors(None))
def test_errors_come_first(f, case):
    call, kind, message = errors(f)[case]
    with pytest.raises(kind, match=message):
        call()
