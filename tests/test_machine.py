"""The machine among processes, threads, signals and files: pickling, fork, Ctrl-C, bounded memory, odd batch sizes."""

import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.running import executor

PACKAGE = Path(sg.__file__).parent


def environment(root=PACKAGE.parent, **more):
    return {**os.environ, "PYTHONPATH": str(root), **more}


def run_python(code, *, root=PACKAGE.parent, given=None, **more):
    """Run code in a new Python process; return what it prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environment(root, **more), input=given, capture_output=True, timeout=120, cwd=root)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def layer():
    """Return a function of every kind of value, and a batch for it."""
    x, w, b, t = sg.input("x", 3), sg.parameter("w", (4, 3)), sg.parameter("b", 4), sg.input("t")
    loss = np.square(np.sum(np.tanh(w @ x + np.exp(b))) - t) + np.maximum(x[0], x[1]) * np.linalg.norm(w)
    return sg.compile(loss, [x, w, b, t], name="layer")


def batch(rows, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, 3)), rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=rows)


def bits(results):
    value, gradients = results
    return [np.asarray(array).tobytes() for array in (value, *gradients)]


IN_A_NEW_PROCESS = """
import pickle, sys
f, arguments = pickle.load(sys.stdin.buffer)
assert "function" in type(f).__name__.lower() and f.__name__ == "layer"
value, gradients = f.value_and_grad(*arguments, threads=2)
sys.stdout.buffer.write(pickle.dumps([array.tobytes() for array in (value, *gradients)]))
"""


def test_a_function_pickles_into_a_new_process():
    f, arguments = layer(), batch(1000)
    found = pickle.loads(run_python(IN_A_NEW_PROCESS, given=pickle.dumps((f, arguments))))
    assert found == bits(f.value_and_grad(*arguments))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_keeps_all_that_a_function_is(protocol):
    f = sg.compile([sg.input("x") * 2.0, sg.input("y", 3) > 0], dtype=np.float32, name="two")
    again = pickle.loads(pickle.dumps(f, protocol))
    assert (again.__name__, again.dtype, repr(again)) == (f.__name__, f.dtype, repr(f))
    for found, expected in zip(again(1.5, [1, 0, -1]), f(1.5, [1, 0, -1]), strict=True):
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_eight_threads_call_one_function(workers):
    """From its first call on, with batches of different sizes, so that scratch memory must not be shared."""
    sizes = [1, 100, 257, 3000, 5000, 10_000, 12_345, 20_000]
    expected = [bits(layer().value_and_grad(*batch(rows), threads=1)) for rows in sizes]
    f, found, start = layer(), {}, threading.Barrier(len(sizes))

    def call(number):
        start.wait()
        arguments = batch(sizes[number])
        found[number] = [bits(f.value_and_grad(*arguments, threads=workers)) for _ in range(5)]

    threads = [threading.Thread(target=call, args=(number,)) for number in range(len(sizes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [found.get(number) for number in range(len(sizes))] == [[each] * 5 for each in expected]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_forked_child_computes_the_same():
    f, arguments = layer(), batch(50_000)
    expected = bits(f.value_and_grad(*arguments, threads=3))
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork beside threads
        child = os.fork()
    if child == 0:
        try:
            same = bits(f.value_and_grad(*arguments, threads=3)) == expected and bits(layer().value_and_grad(*arguments)) == expected
            os.write(writing, b"same" if same else b"differs")
        finally:
            os._exit(0)
    ready, _, _ = select.select([reading], [], [], 30)
    if not ready:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    answer = os.read(reading, 10) if ready else b"hangs"
    os.close(reading)
    os.close(writing)
    assert answer == b"same"
    assert bits(f.value_and_grad(*arguments, threads=3)) == expected


LONG_CALL = """
import signal, sys, time
import numpy as np, staticgraph as sg
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
node = x = sg.input("x")
for _ in range(600):
    node = np.tanh(node * 1.01)
f = sg.compile(node)
f.grad(np.ones(10))
values = np.linspace(0.0, 1.0, 4_000_000)
out = np.empty(4_000_000), (np.empty(4_000_000),)
print("started", flush=True)
try:
    f.value_and_grad(values, out=out, threads=int(sys.argv[1]))
finally:
    print(time.monotonic(), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_ends_a_long_call(threads):
    command = [sys.executable, "-c", LONG_CALL, str(threads)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=environment(), cwd=PACKAGE.parent, **pipes)
    try:
        assert process.stdout.readline() == "started\n", process.stderr.read()
        time.sleep(0.3)
        assert process.poll() is None
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=30)
        ended = time.monotonic()
    finally:
        process.kill()
    assert "KeyboardInterrupt" in complaint
    assert process.returncode in (-signal.SIGINT, 130, 1)
    assert float(said) - sent < 1.0, "the whole call takes 4 seconds or more"
    assert ended - sent < 2.0


def peak_of(call):
    """Return the most memory, in bytes, that a call had in use beyond what there was before."""
    call()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("method", ["call", "value_and_grad", "vjp"])
def test_memory_with_out_does_not_grow_with_the_batch(method, threads):
    f, peaks = layer(), []
    for rows in (100_000, 400_000):
        x, w, b, t = batch(rows)
        x = np.asfortranarray(x)
        value, gradients = np.empty(rows), (np.empty((rows, 3)), np.empty((4, 3)), np.empty(4), np.empty(rows))
        calls = {
            "call": lambda x=x, w=w, b=b, t=t, out=value: f(x, w, b, t, out=out, threads=threads),
            "value_and_grad": lambda x=x, w=w, b=b, t=t, out=(value, gradients): f.value_and_grad(
                x, w, b, t, weights=t, out=out, threads=threads
            ),
            "vjp": lambda x=x, w=w, b=b, t=t, out=gradients: f.vjp(t, x, w, b, t, out=out, threads=threads),
        }
        peaks.append(peak_of(calls[method]))
    assert peaks[1] < peaks[0] + 200_000
    assert peaks[1] < 8_000_000


@pytest.mark.parametrize("lanes", [16, 32, 256])
def test_batches_of_every_size_around_a_tile(lanes):
    """A row's results do not depend on the width of the tiles, nor on where in a tile it stands."""
    whole = batch(5 * 256 + 3)
    value, gradients = layer().value_and_grad(*whole, threads=1)
    with mock.patch("staticgraph.lowering.lowering.choose_lanes", lambda *_: lanes):
        f = layer()
        assert f.program.lanes == lanes
        f.value_and_grad(*batch(1))
    x, w, b, t = whole
    with mock.patch.object(executor, "PARALLEL_NS", 0):
        for rows in (0, 1, 7, 8, 9, *(many * lanes + more for many in (1, 2, 4) for more in (-1, 0, 1)), 5 * 256 + 3):
            for start in (0, 3):
                part = slice(start, min(start + rows, len(t)))
                found, slopes = f.value_and_grad(x[part], w, b, t[part], threads=2)
                assert found.tobytes() == value[part].tobytes()
                assert slopes.x.tobytes() == gradients.x[part].tobytes()
                assert slopes.t.tobytes() == gradients.t[part].tobytes()
                alone = [f.grad(x[row], w, b, t[row], wrt=["w", "b"]) for row in range(start, min(start + rows, 20, len(t)))]
                if len(alone) == len(found) and alone:
                    np.testing.assert_allclose(slopes.w, sum(each.w for each in alone), rtol=1e-12, atol=1e-12)
                    np.testing.assert_allclose(slopes.b, sum(each.b for each in alone), rtol=1e-12, atol=1e-12)
                if not rows:
                    assert not slopes.w.any() and not slopes.b.any()


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_sums_over_rows_do_not_depend_on_the_threads(threads):
    f = layer()
    for rows in (100, 3000, 100_001):
        arguments = batch(rows)
        with mock.patch.object(executor, "PARALLEL_NS", 0):
            assert bits(f.value_and_grad(*arguments, threads=threads)) == bits(f.value_and_grad(*arguments, threads=1))
