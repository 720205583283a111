"""The thread that compiles in the background."""

import gc
import os
import subprocess
import sys
import threading
import time
import weakref

import pytest

from staticgraph.compiler import worker


@pytest.fixture
def gate():
    """Keep the thread busy until the test opens the gate."""
    opened, begun = threading.Event(), threading.Event()

    def job():
        begun.set()
        opened.wait(10)

    ticket = worker.submit(job)
    assert begun.wait(10)
    yield opened
    opened.set()
    ticket.wait(10)


def test_jobs_are_done_in_order(gate):
    done = []
    tickets = [worker.submit(lambda number=number: done.append(number)) for number in range(5)]
    gate.set()
    deadline = time.monotonic() + 10
    while not all(ticket.done for ticket in tickets) and time.monotonic() < deadline:
        time.sleep(0.001)  # who waits for a ticket hastens it
    assert done == [0, 1, 2, 3, 4]


def test_what_is_urgent_comes_first(gate):
    done, all_done = [], threading.Event()
    tickets = [worker.submit(lambda number=number: done.append(number), first=number == 2) for number in range(3)]
    tickets.append(worker.submit(all_done.set))
    gate.set()
    assert all_done.wait(10)  # not for the tickets, which would change their order
    assert done == [2, 0, 1]


def test_who_waits_comes_first(gate):
    done = []
    tickets = [worker.submit(lambda number=number: done.append(number)) for number in range(20)]
    threading.Timer(0.05, gate.set).start()
    assert tickets[17].wait(10)
    assert done[0] == 17
    assert tickets[19].wait(10)
    assert len(done) == len(set(done))


def test_nobody_wants_a_dropped_ticket(gate):
    done = []
    dropped = worker.submit(lambda: done.append("dropped"))
    kept = worker.submit(lambda: done.append("kept"))
    del dropped
    gc.collect()
    gate.set()
    kept.wait(10)
    assert done == ["kept"]


def test_a_failure_stays_with_its_ticket():
    def fails():
        raise ArithmeticError("no")

    ticket = worker.submit(fails)
    with pytest.raises(ArithmeticError, match="no"):
        ticket.result()
    assert ticket.done
    assert worker.submit(lambda: 5).result() == 5
    assert worker.submit(lambda: 6).result() == 6


def test_waiting_may_be_limited(gate):
    ticket = worker.submit(lambda: None)
    assert not ticket.wait(0.01)
    assert not ticket.done


def test_waiting_often_leaves_nothing_behind(gate):
    ticket = worker.submit(lambda: None)
    for _ in range(10):
        ticket.wait(0)
    gate.set()
    assert ticket.wait(10)
    assert not worker._state.queue
    assert not ticket._waiting


def test_what_a_job_refers_to_goes_with_it():
    class Program:
        pass

    program = Program()
    gone = weakref.ref(program)
    ticket = worker.submit(lambda program=program: None)
    assert ticket.wait(10)
    del program
    gc.collect()
    assert gone() is None


def test_what_is_kept_goes_with_its_owner_on_the_thread():
    class Kept:
        def __del__(self):
            places.append(threading.get_ident())

    class Owner:
        pass

    places, owner = [], Owner()
    worker.keep(owner, Kept())
    worker.submit(lambda: None).wait(10)
    assert not places
    del owner
    assert places != [threading.get_ident()]
    for _ in range(2):  # what is not needed is let go of after the job
        worker.submit(lambda: None).wait(10)
    assert places == [worker._state.identity]


def test_what_a_failure_refers_to_goes_with_its_job():
    class Module:
        def __del__(self):
            places.append(threading.get_ident())

    def fails():
        module = Module()
        raise ArithmeticError(str(type(module)))

    places = []
    ticket = worker.submit(fails)
    with pytest.raises(ArithmeticError, match="Module"):
        ticket.result()
    assert places == [worker._state.identity]


def test_a_job_that_waits_for_another_fails():
    outer = worker.submit(lambda: worker.submit(int).result())
    with pytest.raises(RuntimeError, match="cannot wait"):
        outer.result()


NO_THREAD = """
import _thread, threading
from staticgraph.compiler import worker
real = _thread.start_new_thread
def refused(*_):
    raise RuntimeError("no more threads")
{name} = refused
tickets = [worker.submit(int) for _ in range(3)]
for ticket in tickets:
    try:
        ticket.result()
        raise AssertionError
    except worker.NoThreadError as failure:
        assert str(failure) == "no more threads"
{name} = real
assert worker.submit(lambda: 5).result() == 5
"""


@pytest.mark.parametrize("name", ["_thread.start_new_thread", "threading._start_new_thread"])
def test_without_a_thread_tickets_fail(name):
    """The thread that starts the worker's may be refused, or the worker's own."""
    done = subprocess.run([sys.executable, "-c", NO_THREAD.format(name=name)], capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")


AFTER_EXIT = """
import atexit
@atexit.register
def after():
    for ticket in (pending, worker.submit(int)):
        try:
            ticket.result()
        except worker.StoppedError:
            print("stopped", flush=True)
from staticgraph.compiler import worker
def long():
    while True:
        worker.check_stopped()
first, pending = worker.submit(long), worker.submit(int)
"""


def test_after_the_end_nothing_hangs():
    done = subprocess.run([sys.executable, "-c", AFTER_EXIT], capture_output=True, timeout=30)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [b"stopped"] * 2, b"")


EXIT = """
import time
from staticgraph.compiler import worker
def long():
    for _ in range(1000):
        time.sleep(0.01)
        worker.check_stopped()
tickets = [worker.submit(long) for number in range(100)]
time.sleep(0.05)
"""


def test_the_end_of_the_process_does_not_wait_for_the_queue():
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", EXIT], capture_output=True, check=True)
    assert time.perf_counter() - start < 8
    assert done.stderr == b""


FORK = """
import os, threading
from staticgraph.compiler import worker
stop = threading.Event()
def long():
    while not stop.wait(0.005):
        worker.check_stopped()
    return "parent"
running, waiting = worker.submit(long), worker.submit(lambda: "waiting")
child = os.fork()
if not child:
    stop.set()
    assert running.result() == "parent" and waiting.result() == "waiting"
    assert worker.submit(lambda: "new").result() == "new"
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
stop.set()
assert running.result() == "parent" and waiting.result() == "waiting"
"""


JOB_FORKS = """
import os
from staticgraph.compiler import worker
def job():
    child = os.fork()
    if not child:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert worker.submit(job).result() == 7
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_job_may_fork():
    subprocess.run([sys.executable, "-W", "ignore", "-c", JOB_FORKS], check=True, timeout=30)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_child_process_has_a_thread_of_its_own():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=30)


FORKS = """
import os, signal
from staticgraph.compiler import worker
for number in range(250):
    worker.submit(lambda: None)
    child = os.fork()
    if not child:
        signal.alarm(10)
        for _ in range(3):  # the thread waits in between
            assert worker.submit(lambda: 7).result() == 7
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, number
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_fork_may_come_while_the_thread_is_being_woken():
    """One of 140 such forks left a queue behind in which nobody is woken."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKS], check=True, timeout=60)
