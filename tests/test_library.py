"""The kernels of a process: what a program needs is compiled once, found again on disk, and compiled anew where its text has changed."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.compiler import store
from staticgraph.lanes import library
from staticgraph.lanes.kernels import Kernel
from staticgraph.machine.dispatch import ADDERS, MASKERS, MOVERS, STAGERS, common, dispatch, enter
from staticgraph.records.instruction import GUARD
from staticgraph.records.table import BACKWARD_STEP, FORWARD_STEP, GUARDED_STEP, KERNEL_COUNT, LOAD, STEP_COUNT

F8 = np.dtype(np.float64)


@pytest.fixture
def emptied(monkeypatch, tmp_path):
    """Begin with a process that knows no kernels and an empty folder; return what is emitted and compiled, as two lists of names."""
    monkeypatch.setattr(library, "_addresses", {})
    monkeypatch.setenv(store.FOLDER, str(tmp_path))
    emitted, made = [], []
    text, compiled = Kernel.text, library.compiled
    monkeypatch.setattr(Kernel, "text", lambda kernel, dtype: emitted.append(kernel.name) or text(kernel, dtype))
    monkeypatch.setattr(library, "compiled", lambda *a, **k: made.append(emitted[-1]) or compiled(*a, **k))
    return emitted, made


def run(factor=1.0):
    """Compile and evaluate a function; return the bytes of its gradient."""
    x = sg.input("x", 3)
    f = sg.compile(np.sum(np.exp(x) * x * factor + x), engine="interpreter")
    return f.grad(np.arange(24.0).reshape(8, 3)).x.tobytes()


def test_only_what_a_program_needs_is_compiled_and_only_once(emptied):
    emitted, made = emptied
    first = run()
    assert {"forward.exp", "forward.multiply", "forward.sum", "backward.exp.1.1"} <= set(made)
    assert len(made) == len(set(made))
    assert not any("sin" in name or "matmul" in name or name in ("begin", "fold") for name in made)
    count = len(made)
    assert run() == first
    assert len(made) == len(emitted) == count


def test_the_next_process_finds_kernels_without_emitting_them(emptied):
    emitted, made = emptied
    first = run()
    emitted.clear()
    library._addresses.clear()
    made.clear()
    assert run() == first
    assert emitted == made == []


def test_after_a_change_of_the_sources_only_changed_text_is_compiled(emptied, monkeypatch):
    emitted, made = emptied
    first = run()
    monkeypatch.setattr(library, "digest", lambda *_: "of other sources")
    text = Kernel.text
    monkeypatch.setattr(Kernel, "text", lambda kernel, dtype: text(kernel, dtype) + ("; changed\n" if kernel.name == "forward.exp" else ""))
    names = set(emitted)
    for each in (emitted, made, library._addresses):
        each.clear()
    assert run() == first
    assert set(emitted) == names
    assert made == ["forward.exp"]


@pytest.mark.parametrize("size", [100, 10**6])
def test_what_is_lost_on_disk_is_compiled_again(emptied, tmp_path, size):
    """Of each kernel there are two entries: a short one names the other, which holds the code."""
    emitted, made = emptied
    first = run()
    lost = [path for path in tmp_path.iterdir() if (path.stat().st_size < 300) == (size == 100)]
    assert lost
    for path in lost:
        path.unlink()
    for each in (emitted, made, library._addresses):
        each.clear()
    assert run() == first
    assert bool(made) == (size > 100)


def test_without_a_folder_everything_works(emptied, monkeypatch):
    monkeypatch.setenv(store.FOLDER, store.OFF)
    first = run()
    library._addresses.clear()
    assert run() == first


def test_threads_that_need_the_same_kernels_at_once_share_them(emptied):
    _, made = emptied
    found, start = [], threading.Barrier(4)

    def call():
        start.wait()
        found.append(run())

    threads = [threading.Thread(target=call) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(made) == len(set(made))


def test_each_precision_has_kernels_of_its_own(emptied):
    kernel = MOVERS[LOAD]
    first = library.addresses(F8, [kernel])
    second = library.addresses(np.dtype(np.float32), [kernel])
    assert first != second
    assert library.addresses(F8, [kernel, kernel]) == first


def test_steps_tell_for_each_instruction_what_to_call():
    x, w, p = sg.input("x", (2, 3)), sg.parameter("w", (3, 3)), sg.parameter("p", 3)
    program = sg.compile(np.sum(np.sin(x @ w + p) * p)).program
    steps = np.zeros((len(program), STEP_COUNT), np.int64)
    dispatch(program, steps)
    needs, guards = program.instructions["backward"] != 0, program.instructions["flags"] & GUARD != 0
    computes = program.instructions["opcode"] != 0
    assert (steps[computes, FORWARD_STEP] != 0).all()
    assert not steps[~computes, FORWARD_STEP].any()
    assert ((steps[:, BACKWARD_STEP] != 0) == needs).all()
    assert ((steps[:, GUARDED_STEP] != 0) == needs).all()
    assert (steps[guards, BACKWARD_STEP] == steps[guards, GUARDED_STEP]).all()


def test_every_program_has_the_kernels_of_its_own_kind():
    x, p = sg.input("x", 3), sg.parameter("p", 3)
    values, sums = sg.compile(np.sum(x)).program, sg.compile(np.sum(x * p)).program
    assert common(values, native=False) == MOVERS
    assert common(values, native=True) == MOVERS | STAGERS
    assert common(sums, native=False) == MOVERS | ADDERS
    assert common(sums, native=True) == MOVERS | ADDERS | STAGERS | MASKERS
    shared = np.zeros(KERNEL_COUNT, np.int64)
    enter(sums, shared, common(sums, native=True))
    assert np.flatnonzero(shared).tolist() == sorted(common(sums, native=True))


ADDED = """
import numpy as np, staticgraph as sg
from staticgraph.gates.registry import gate
x = sg.input("x", 3)
sg.compile(np.sum(x * x)).grad(np.ones((8, 3)))
@gate()
def cube_more(a):
    return a + a * a * a
@cube_more.backward
def _(g, y, a):
    return g * (1.0 + 3.0 * a * a)
values = np.arange(24.0).reshape(8, 3)
for engine in ("interpreter", "native"):
    f = sg.compile(np.sum(cube_more(x)), engine=engine)
    value, gradients = f.value_and_grad(values)
    assert (value == np.sum(values + values**3, axis=1)).all() and (gradients.x == 1 + 3 * values**2).all()
"""


def test_a_gate_may_be_added_while_the_process_runs():
    subprocess.run([sys.executable, "-c", ADDED], check=True, timeout=60)
