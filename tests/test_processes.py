"""Whole processes: threads with small stacks, forks and interruptions of a first call, limits of memory, and what is on disk already."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.compiler import memory, store
from staticgraph.native.frame import PLAIN

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no such signals")


def run(script, seconds=60, **environment):
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, capture_output=True, timeout=seconds, env=os.environ | environment)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


SMALL_STACK = """
import threading
threading.stack_size(1 << 17)
import numpy as np, staticgraph as sg
x = sg.input("x", 300)
f = sg.compile(np.sum(np.sin(x) * x[::-1]), engine="native")
assert f.engine == "native"
values = np.ones((5000, 300))
results = []
def call():
    results.append(f.value_and_grad(values, threads=2)[0].tobytes())
thread = threading.Thread(target=call)
thread.start()
thread.join()
call()
assert results[0] == results[1]
"""


def test_threads_with_small_stacks():
    run(SMALL_STACK)


FIRST_CALL = """
import os, signal, sys, threading, time
import numpy as np, staticgraph as sg
x = sg.input("x", 4)
f = sg.compile(np.sum(np.exp(x) * x), engine="interpreter")
values = np.ones((3000, 4))
caller = threading.Thread(target=lambda: f.grad(values))
caller.start()
for number in range(10):
    time.sleep(PAUSE)
    child = os.fork()
    if not child:
        signal.alarm(40)
        f.grad(values)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "a child of the first call hangs"
caller.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
@pytest.mark.parametrize(("pause", "folder"), [(0.003, None), (0.007, None), (0.1, store.OFF)])
def test_a_fork_during_the_first_call_of_a_process(pause, folder):
    """While everything is loaded, which takes 50 ms, and while it is compiled, which takes some seconds."""
    run(f"PAUSE = {pause}\n{FIRST_CALL}", 120, **({} if folder is None else {store.FOLDER: folder}))


INTERRUPTED_FIRST_CALL = """
import signal
import numpy as np, staticgraph as sg
class InterruptionError(Exception): pass
def handle(*_): raise InterruptionError
signal.signal(signal.SIGALRM, handle)
x = sg.input("x", 4)
f = sg.compile(np.sum(np.exp(x) * x), engine="interpreter")
values, interrupted = np.ones((3000, 4)), 0
for delay in (0.001, 0.01, 0.03, 0.05):
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        f.grad(values)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except InterruptionError:
        interrupted += 1
f.grad(values)
f.specialize()
assert f.engine == "native" and interrupted
"""


def test_the_first_call_of_a_process_may_be_interrupted():
    run(INTERRUPTED_FIRST_CALL, 120)


INTERRUPTED_FORK = """
import os, signal, threading, time
from staticgraph.compiler import steps, worker
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
main = os.getpid()
released = threading.Event()
def step():
    released.wait(0.3)
ticket = worker.submit(step)
while not worker.working():
    time.sleep(0.001)
threading.Timer(0.05, os.kill, (main, signal.SIGINT)).start()
try:
    child = os.fork()
    if not child:
        os._exit(0)
except KeyboardInterrupt:
    pass
assert worker.submit(lambda: 5).result() == 5
assert not steps.forking()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_an_interruption_while_a_fork_waits():
    run(INTERRUPTED_FORK)


LIMITED = """
import resource, warnings
import numpy as np, staticgraph as sg
x = sg.input("x", 30)
f = sg.compile(np.sum(np.sin(x) * x[::-1]), engine=ENGINE if ENGINE == "auto" else "interpreter")
values = np.ones((20_000, 30))
expected = f.value_and_grad(values[:8], threads=1)[0].tobytes()
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (50 << 20),) * 2)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    if ENGINE == "auto":
        for _ in range(400):
            f.value_and_grad(values[:4000], threads=1)
            if caught: break
    else:
        f = sg.compile(np.sum(np.sin(x) * x[::-1]), engine="native")
    for _ in range(3):
        f.specialize()
assert f.engine == "interpreter" and f.value_and_grad(values[:8], threads=1)[0].tobytes() == expected
print(*(each.message for each in caught))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the platform does not say how much is used")
@pytest.mark.parametrize("engine", ["auto", "native"])
def test_under_a_limit_of_memory_nothing_is_compiled(engine):
    said = run(f"ENGINE = {engine!r}\n{LIMITED}", STATICGRAPH_ENGINE="auto")
    assert said.count("stays on the interpreter") == 1
    assert "(ulimit -v) leaves" in said
    assert "raise the limit" in said


NO_ROOM_FOR_KERNELS = """
import resource
import numpy as np, staticgraph as sg
x = sg.input("x", 3)
values = np.ones((8, 3))
f = sg.compile(np.sum(x * x), engine="interpreter")
f.grad(values)
g = sg.compile(np.sum(np.sin(x) * sg.lgamma(x)), engine="interpreter")
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (2 << 20), resource.RLIM_INFINITY))
try:
    g.grad(values)
except MemoryError as error:
    print(error)
f.grad(values)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(g.grad(values).x.shape)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the platform does not say how much is used")
def test_under_a_limit_of_memory_kernels_are_an_error_and_not_the_end_of_the_process():
    said = run(NO_ROOM_FOR_KERNELS)
    assert "(ulimit -v) leaves" in said
    assert "raise the limit" in said
    assert said.endswith("(8, 3)\n")


def test_limits_of_memory(tmp_path, monkeypatch):
    pages = memory.resource.getpagesize()
    (tmp_path / "statm").write_text("1000 1 1 1 0 500 0")
    limits = {"RLIMIT_AS": memory.resource.RLIM_INFINITY, "RLIMIT_DATA": memory.resource.RLIM_INFINITY}
    names = {getattr(memory.resource, name): name for name in limits}
    monkeypatch.setattr(memory.resource, "getrlimit", lambda which: (limits[names[which]],))
    memory.check_memory(1 << 60, tmp_path)
    for name, used in (("RLIMIT_AS", 1000), ("RLIMIT_DATA", 500)):
        limits[name] = (used + 10) * pages
        memory.check_memory(10 * pages, tmp_path)
        with pytest.raises(memory.NoMemoryError, match="the compiler may need"):
            memory.check_memory(10 * pages + 1, tmp_path)
        limits[name] = memory.resource.RLIM_INFINITY
    memory.check_memory(1 << 60, tmp_path / "absent")


ON_DISK = """
import sys
import numpy as np, staticgraph as sg
x = sg.input("x", 10)
f = sg.compile(np.sum(np.sin(x) * np.exp(x) * 1.234567), engine="auto")
values = np.linspace(-1, 1, 100_000).reshape(-1, 10)
few = f.value_and_grad(values[:8])[0].tobytes()
print(f.engine)
assert f.value_and_grad(values)[0][:8].tobytes() == few
f.specialize()
"""


def test_what_is_on_disk_runs_from_the_first_call_on(tmp_path):
    kept = tmp_path / "kept"
    if (folder := store.folder()) is not None and folder.exists():  # the interpreter, which takes many seconds to compile
        shutil.copytree(folder, kept)
    found = [run(ON_DISK, STATICGRAPH_CACHE_DIR=str(kept), STATICGRAPH_ENGINE="auto").strip() for _ in range(2)]
    assert found == ["interpreter", "native"]


def test_a_search_on_disk_is_made_once_and_waits_for_no_compilation(monkeypatch):
    from staticgraph.compiler import worker
    from staticgraph.running import specialization

    searched = []
    monkeypatch.setattr(specialization, "is_kept", lambda *_: True)
    monkeypatch.setattr(specialization, "load_program", lambda *_: searched.append(None))
    x = sg.input("x", 3)
    f = sg.compile(np.sum(x * x) * 1.5, engine="interpreter")
    native = specialization.Specialization(f.program, specialization.Choice("native"), "f")
    native.choice.engine = specialization.AUTO
    opened = threading.Event()
    compiling = worker.submit(lambda: opened.wait(20))
    while not worker.working():
        time.sleep(0.001)
    start = time.monotonic()
    for _ in range(3):
        assert native.code(PLAIN, 1.0) is None
    assert time.monotonic() - start < 5
    opened.set()
    assert compiling.wait(10)
    assert native.searches[PLAIN].wait(10)
    assert native.code(PLAIN, 1.0) is None
    assert len(searched) == 1
