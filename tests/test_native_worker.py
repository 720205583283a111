"""The thread that compiles in the background."""

import gc
import os
import subprocess
import sys
import threading
import time

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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform does not fork")
def test_a_child_process_has_a_thread_of_its_own():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=30)
