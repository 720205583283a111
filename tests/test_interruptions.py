"""Exceptions from signal handlers, forks and refused threads, at any moment: afterwards everything works, and nothing goes on."""

import _thread
import ctypes
import signal
import threading
import time

import pytest

from staticgraph.compiler import stacks
from staticgraph.running import threads
from tools.soak import soak

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no such signals")


class InterruptionError(Exception):
    """What a signal handler raises."""


@pytest.fixture
def pool(monkeypatch):
    """Begin with a pool without helpers."""
    monkeypatch.setattr(threads, "_pools", [])
    return threads._pools


def refused(*_):
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("seed", range(2))
def test_a_soak(seed):
    """Two processes of some seconds; `python -m tools.soak` is the long form."""
    wrong = soak(seed, 60, 60.0)
    assert wrong is None, wrong  # all of it: which event, and how a child ended


def counted(done, seconds=0.0):
    def work(numbers, stop):
        for number in numbers:
            if stop.requested:
                return
            time.sleep(seconds)
            done.append(number)

    return work


@pytest.mark.parametrize("count", [1, 2, 5, 300])
def test_every_unit_is_taken_once(count):
    done = []
    threads.share(counted(done), 1000, count)
    assert sorted(done) == list(range(1000))


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("place", [(_thread, "start_new_thread"), (threading, "_start_new_thread")])
def test_where_threads_are_refused_all_is_done_and_nothing_stays(place, after, pool, monkeypatch):
    """The system refuses the thread that starts helpers, or a helper after some others."""
    started, real = [], getattr(*place)

    def start(*arguments):
        if len(started) >= after:
            refused()
        started.append(None)
        return real(*arguments)

    monkeypatch.setattr(*place, start)
    for _ in range(20):
        done = []
        threads.share(counted(done, 1e-4), 50, 4)
        before = len(done)
        assert sorted(done) == list(range(50))
        time.sleep(0.002)
        assert len(done) == before
    assert not pool[0].calls
    if after == 0:
        deadline = time.monotonic() + 10
        while pool[0].parts.qsize() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not pool[0].parts.qsize()
    monkeypatch.undo()


def test_helpers_are_no_more_than_calls_ask_for(pool):
    for _ in range(200):
        threads.share(counted([]), 8, 3)
    assert len(pool[0].helpers) <= 2


def test_a_failure_of_a_helper_is_raised_when_all_have_stopped():
    caller, running = threading.get_ident(), []

    def work(numbers, stop):
        running.append(None)
        for _ in numbers:
            if threading.get_ident() != caller:
                time.sleep(0.01)
                raise ArithmeticError("of a helper")
            time.sleep(0.001)
            if stop.requested:
                break
        running.pop()

    with pytest.raises(ArithmeticError, match="of a helper"):
        threads.share(work, 10_000, 2)
    assert len(running) == 1  # that of the helper that failed


@pytest.mark.parametrize("delay", [0.003, 0.03])
def test_a_second_interruption_while_helpers_stop_changes_nothing(delay):
    """The caller has no work left or waits for helpers, which need long for a unit: no interruption gets it away before they are done."""
    caller, busy, left = threading.get_ident(), [], 5

    def handle(*_):
        nonlocal left
        left -= 1
        if left >= 0:
            raise InterruptionError

    def work(numbers, stop):
        for _ in numbers:
            if threading.get_ident() == caller:
                while not busy:
                    time.sleep(0.001)
                return
            busy.append(None)
            time.sleep(0.1)
            busy.pop()

    before = signal.signal(signal.SIGALRM, handle)
    try:
        threads.share(counted([]), 8, 2)  # there is a helper
        with pytest.raises(InterruptionError):
            try:
                signal.setitimer(signal.ITIMER_REAL, delay, 0.005)
                threads.share(work, 2, 2)
            finally:
                left = 0
                signal.setitimer(signal.ITIMER_REAL, 0)
        assert not busy
    finally:
        signal.signal(signal.SIGALRM, before)


def stack_bytes():
    """Return the size of the calling thread's stack."""
    library, attributes, address, size = ctypes.CDLL(None), ctypes.create_string_buffer(128), ctypes.c_void_p(), ctypes.c_size_t()
    library.pthread_getattr_np(ctypes.c_void_p(threading.get_ident()), attributes)
    library.pthread_attr_getstack(attributes, ctypes.byref(address), ctypes.byref(size))
    return size.value


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "pthread_getattr_np"), reason="the platform does not tell a stack's size")
def test_helpers_have_a_stack_that_suffices(pool):
    found = {}

    def work(numbers, stop):
        for _ in numbers:
            time.sleep(0.001)
            found[threading.get_ident()] = stack_bytes()

    before = threading.stack_size(1 << 18)
    try:
        threads.share(work, 100, 2)
        assert threading.stack_size() == 1 << 18
    finally:
        threading.stack_size(before)
    del found[threading.get_ident()]
    assert all(size >= stacks.STACK_BYTES for size in found.values())
    assert found
