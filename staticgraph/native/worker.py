"""One thread in the background, which compiles what is asked for, one after another."""

import atexit
import contextlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class StoppedError(Exception):
    """The process ends: what has not been compiled is not needed any more."""


class Ticket(Generic[Result]):
    """Something that was asked for: whether it is there, and what it is. Who drops the ticket needs it no more."""

    def __init__(self, key: str, job: Callable[[], Result]) -> None:
        self.key = key
        self._job: Callable[[], Result] | None = job
        self._begun: _State | None = None
        self._finished = threading.Event()
        self._result: Any = None
        self._failure: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether there is a result or a failure."""
        return self._finished.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is done, and let it be the next; return whether it is."""
        if not self.done:
            if threading.current_thread() is _state.thread:
                raise RuntimeError("a job cannot wait for another one, which runs after it")
            _hasten(self)
        return self._finished.wait(timeout)

    def result(self) -> Result:
        """Wait for the result; raise what the job raised."""
        self.wait()
        if self._failure is not None:
            raise self._failure
        result: Result = self._result
        return result

    def _run(self) -> None:
        try:
            check_stopped()
            assert self._job is not None
            self._result = self._job()
        except BaseException as failure:  # the thread goes on; who waits for the ticket is told
            self._failure = failure
        self._finish()

    def _fail(self, failure: BaseException) -> None:
        self._failure = failure
        self._finish()

    def _finish(self) -> None:
        self._job = None  # what it refers to lives no longer than it must
        self._finished.set()


class _State:
    """The queue and the thread of this process."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.queue: deque[weakref.ref[Ticket[Any]]] = deque()
        self.tickets: weakref.WeakValueDictionary[str, Ticket[Any]] = weakref.WeakValueDictionary()
        self.thread: threading.Thread | None = None
        self.stopped = False
        self.busy = threading.Lock()
        self.forking = False


_state = _State()


def submit(key: str, job: Callable[[], Result]) -> Ticket[Result]:
    """Have a job done in the background.

    Parameters
    ----------
    key : str
        What the job makes: while a ticket for the same is held, it is not made again, and that ticket is returned.
    job : callable
        Runs without arguments; between steps it may call `check_stopped`.
    """
    with _state.lock:
        known = _state.tickets.get(key)
        if known is not None and known._failure is None:
            return known
        ticket = Ticket(key, job)
        _state.tickets[key] = ticket
        _enqueue(ticket, first=False)
    return ticket


def check_stopped() -> None:
    """Raise `StoppedError` if the process ends; let it fork if it is about to, as the compiler's lock is free between steps."""
    state = _state
    if state.stopped:
        raise StoppedError("the process ends")
    if state.forking and threading.current_thread() is state.thread:
        state.busy.release()
        with state.lock:
            state.lock.wait_for(lambda: not state.forking)
        state.busy.acquire()


def _enqueue(ticket: Ticket[Any], first: bool) -> None:
    """Put a ticket in the queue and wake the thread, or start it; called with the lock held.

    Where no thread can do it, the ticket fails: who waits for it would wait for ever.
    """
    if _state.stopped:
        ticket._fail(StoppedError("the process ends"))
        return
    if _state.thread is None:
        thread = threading.Thread(target=_serve, args=(_state,), name="staticgraph-compiler", daemon=True)
        try:
            thread.start()
        except RuntimeError as failure:  # the system has no more threads
            ticket._fail(failure)
            return
        _state.thread = thread
    (_state.queue.appendleft if first else _state.queue.append)(weakref.ref(ticket))
    _state.lock.notify_all()


def _hasten(ticket: Ticket[Any]) -> None:
    """Let a ticket that somebody waits for be the next, if it has not begun."""
    with _state.lock:
        if not ticket.done and ticket._begun is not _state:
            with contextlib.suppress(ValueError):  # a child's queue lacks what its parent's had
                _state.queue.remove(weakref.ref(ticket))
            _enqueue(ticket, first=True)


def _serve(state: _State) -> None:
    while True:
        with state.lock:
            while not state.queue and not state.stopped:
                state.lock.wait()
            if not state.queue:
                return
            ticket = state.queue.popleft()()
            if ticket is None:
                continue
            ticket._begun = state
        with state.busy:
            ticket._run()
        del ticket


def _stop() -> None:
    """Let the thread end before Python is torn down: the rest of the queue is told that it was stopped."""
    with _state.lock:
        _state.stopped = True
        thread = _state.thread
        _state.lock.notify_all()
    if thread is not None:
        thread.join()


def _before_fork() -> None:
    """Wait until the thread is between two steps: a lock that it holds in the compiler would stay locked in the child."""
    if threading.current_thread() is not _state.thread:  # a job that forks is between two steps itself
        _state.forking = True
        _state.busy.acquire()


def _after_fork() -> None:
    """Let the thread go on."""
    if threading.current_thread() is _state.thread:
        return
    _state.busy.release()
    with _state.lock:
        _state.forking = False
        _state.lock.notify_all()


def _begin_anew() -> None:
    """Begin anew in a child, where the thread does not exist; what was pending is asked for again when somebody waits for it."""
    global _state
    _state = _State()


atexit.register(_stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_begin_anew)
