"""The thread that compiles in the background."""

import gc
import os
import subprocess
import sys
import threading
import time
import weakref

import pytest

from staticgraph.native import worker


@pytest.fixture
def gate():
    """Keep the thread busy until the test opens the gate."""
    opened, begun = threading.Event(), threading.Event()

    def job():
        begun.set()
        opened.wait(10)

    ticket = worker.submit("gate", job)
    assert begun.wait(10)
    yield opened
    opened.set()
    ticket.wait(10)


def test_jobs_are_done_in_order(gate):
    done = []
    tickets = [worker.submit(f"order {number}", lambda number=number: done.append(number)) for number in range(5)]
    gate.set()
    worker.submit("last", lambda: None).wait(10)
    assert done == [0, 1, 2, 3, 4]
    assert all(ticket.done for ticket in tickets)


def test_what_is_pending_is_not_asked_for_twice(gate):
    first = worker.submit("same", lambda: 1)
    assert worker.submit("same", lambda: 2) is first
    gate.set()
    assert first.result() == 1
    assert worker.submit("same", lambda: 2) is first


def test_who_waits_comes_first(gate):
    done = []
    tickets = [worker.submit(f"turn {number}", lambda number=number: done.append(number)) for number in range(20)]
    threading.Timer(0.05, gate.set).start()
    assert tickets[17].wait(10)
    assert done[0] == 17
    assert tickets[19].wait(10)
    assert len(done) == len(set(done))


def test_nobody_wants_a_dropped_ticket(gate):
    done = []
    dropped = worker.submit("dropped", lambda: done.append("dropped"))
    kept = worker.submit("kept", lambda: done.append("kept"))
    del dropped
    gc.collect()
    gate.set()
    kept.wait(10)
    assert done == ["kept"]


def test_a_failure_stays_with_its_ticket():
    def fails():
        raise ArithmeticError("no")

    ticket = worker.submit("fails", fails)
    with pytest.raises(ArithmeticError, match="no"):
        ticket.result()
    assert ticket.done
    assert worker.submit("works", lambda: 5).result() == 5
    assert worker.submit("fails", lambda: 6).result() == 6


def test_waiting_may_be_limited(gate):
    ticket = worker.submit("later", lambda: None)
    assert not ticket.wait(0.01)
    assert not ticket.done


def test_waiting_often_does_not_lengthen_the_queue(gate):
    ticket = worker.submit("often", lambda: None)
    for _ in range(10):
        ticket.wait(0)
    assert len(worker._state.queue) == 1


def test_what_a_job_refers_to_goes_with_it():
    class Program:
        pass

    program = Program()
    gone = weakref.ref(program)
    ticket = worker.submit("refers", lambda program=program: None)
    assert ticket.wait(10)
    del program
    gc.collect()
    assert gone() is None


def test_a_job_that_waits_for_another_fails():
    outer = worker.submit("outer", lambda: worker.submit("inner", int).result())
    with pytest.raises(RuntimeError, match="cannot wait"):
        outer.result()


NO_THREAD = """
import threading
from staticgraph.native import worker
start, threading.Thread.start = threading.Thread.start, lambda thread: (_ for _ in ()).throw(RuntimeError("no more threads"))
ticket = worker.submit("first", int)
try:
    ticket.result()
    raise AssertionError
except RuntimeError as failure:
    assert str(failure) == "no more threads"
threading.Thread.start = start
assert worker.submit("first", lambda: 5).result() == 5
"""


def test_without_a_thread_the_ticket_fails():
    done = subprocess.run([sys.executable, "-c", NO_THREAD], capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")


AFTER_EXIT = """
import atexit
@atexit.register
def after():
    for ticket in (pending, worker.submit("late", int)):
        try:
            ticket.result()
        except worker.StoppedError:
            print("stopped", flush=True)
from staticgraph.native import worker
def long():
    while True:
        worker.check_stopped()
first, pending = worker.submit("long", long), worker.submit("pending", int)
"""


def test_after_the_end_nothing_hangs():
    done = subprocess.run([sys.executable, "-c", AFTER_EXIT], capture_output=True, timeout=30)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [b"stopped"] * 2, b"")


EXIT = """
import time
from staticgraph.native import worker
def long():
    for _ in range(1000):
        time.sleep(0.01)
        worker.check_stopped()
tickets = [worker.submit(str(number), long) for number in range(100)]
time.sleep(0.05)
"""


def test_the_end_of_the_process_does_not_wait_for_the_queue():
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", EXIT], capture_output=True, check=True)
    assert time.perf_counter() - start < 8
    assert done.stderr == b""


FORK = """
import os, threading
from staticgraph.native import worker
stop = threading.Event()
def long():
    while not stop.wait(0.005):
        worker.check_stopped()
    return "parent"
running, waiting = worker.submit("running", long), worker.submit("waiting", lambda: "waiting")
child = os.fork()
if not child:
    stop.set()
    assert running.result() == "parent" and waiting.result() == "waiting"
    assert worker.submit("new", lambda: "new").result() == "new"
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
stop.set()
assert running.result() == "parent" and waiting.result() == "waiting"
"""


JOB_FORKS = """
import os
from staticgraph.native import worker
def job():
    child = os.fork()
    if not child:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert worker.submit("forks", job).result() == 7
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_job_may_fork():
    subprocess.run([sys.executable, "-W", "ignore", "-c", JOB_FORKS], check=True, timeout=30)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_child_process_has_a_thread_of_its_own():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=30)
