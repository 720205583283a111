"""One thread in the background, the only one that enters llvmlite and Numba's compiler: it does what is asked for, one after another.

llvmlite and Numba have locks of their own. An exception from a signal handler between two bytecodes would leave them taken, and so would a
fork in another thread, in the child. Signal handlers run in the main thread alone, so that nothing is compiled, loaded or freed there; and
a thread that forks waits until this thread is between two steps. The threads that ask take no lock of this module either: they put what
they want into a queue, which is one call of C, and wait for a lock of their own, which may be given up at any moment.
"""

import _thread
import atexit
import contextlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from . import stacks, steps

Result = TypeVar("Result")


class StoppedError(Exception):
    """The process ends: what has not been done is not needed any more."""


class NoThreadError(RuntimeError):
    """The system refuses the thread. It may grant it later."""


class Ticket(Generic[Result]):
    """A future for one job. Dropping the last reference cancels a job that has not begun.

    Parameters
    ----------
    job : callable
        Runs without arguments, on the worker's thread; between steps it may call `check_stopped`.
    """

    def __init__(self, job: Callable[[], Result]) -> None:
        self._job: Callable[[], Result] | None = job
        self._outcome: tuple[Any, BaseException | None] | None = None
        self._waiting: deque[threading.Lock] = deque()

    @property
    def done(self) -> bool:
        """Whether there is a result or a failure."""
        return self._outcome is not None

    @property
    def found(self) -> Result | None:
        """The result, if it is there."""
        return None if self._outcome is None else self._outcome[0]

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is done, and let it be the next; return whether it is. May be interrupted, and called again."""
        if self.done:
            return True
        if on_thread():
            raise RuntimeError("a job cannot wait for another one, which runs after it")
        finished = threading.Lock()
        finished.acquire()
        self._waiting.append(finished)  # before looking once more: who finishes the ticket does so in the opposite order
        _current().ask(self, first=True)
        if not self.done:
            finished.acquire(timeout=-1 if timeout is None else timeout)
        with contextlib.suppress(ValueError):
            self._waiting.remove(finished)
        return self.done

    def result(self) -> Result:
        """Wait for the result; raise what the job raised."""
        self.wait()
        assert self._outcome is not None
        result, failure = self._outcome
        if failure is not None:
            raise failure
        found: Result = result
        return found

    def _run(self) -> None:
        job = self._job
        if self.done or job is None:
            return
        try:
            check_stopped()
            self._finish(job(), None)
        except BaseException as failure:  # the thread goes on; who waits for the ticket is told
            stacks.clear_frames(failure)
            self._finish(None, failure)

    def _finish(self, result: Any, failure: BaseException | None) -> None:
        if self._outcome is None:
            self._outcome = result, failure
        self._job = None  # what it refers to lives no longer than it must
        with contextlib.suppress(IndexError):
            while True:
                self._waiting.popleft().release()


class _State:
    """The thread of this process, and what it has still to do.

    Attributes
    ----------
    queue : deque of weak references to tickets
        Only the thread changes it.
    running : weak reference, or None
        The ticket that the thread works on.
    arrivals : SimpleQueue
        What others have put: tickets, and the news of what is not needed any more.
    inherited : list of SimpleQueue
        The parent processes' queues, where they were forked. A fork may come between the moment when a thread that waits in `get` has the
        queue's lock and the moment when the queue knows it, and in the child nobody who waits there is ever woken (22 of 3,000 forks): they
        are looked into, and never waited for.
    unneeded : list of weak references
        What had an owner in `keep`, and has none any more.
    busy : threading.Lock
        Held while the thread works on a ticket; nobody waits for it.
    """

    def __init__(self, before: "_State | None" = None) -> None:
        self.process = os.getpid()
        self.arrivals: SimpleQueue[Arrival] = SimpleQueue()
        self.inherited = [] if before is None else [before.arrivals, *before.inherited]
        self.queue = deque() if before is None else before.queue.copy()
        self.running: weakref.ref[Ticket[Any]] | None = None
        if before is not None and before.running is not None:
            self.queue.appendleft(before.running)
        self.unneeded: list[weakref.ref[Any]] = []
        self.launching = threading.Lock()
        self.thread: threading.Thread | None = None
        self.identity = 0
        self.busy = threading.Lock()

    queue: "deque[weakref.ref[Ticket[Any]]]"
    inherited: "list[SimpleQueue[Arrival]]"

    def ask(self, ticket: Ticket[Any], first: bool) -> None:
        """Put a ticket into the queue; where no thread can do it, the ticket fails, as who waits for it would wait for ever."""
        if _stopping:
            ticket._finish(None, StoppedError("the process ends"))
            return
        self.arrivals.put((weakref.ref(ticket), first))
        try:
            self.start()
        except RuntimeError as failure:
            ticket._finish(None, NoThreadError(str(failure)))

    def start(self) -> None:
        """Have the thread started unless it is there; `RuntimeError` if the system refuses it."""
        if self.thread is None:
            _thread.start_new_thread(self._launch, ())

    def _launch(self) -> None:
        """Start the thread, in one that no signal handler interrupts."""
        with self.launching:
            if self.thread is None:
                try:
                    self.thread = stacks.start(partial(_serve, self), "staticgraph-compiler")
                except RuntimeError as failure:
                    self._refuse(NoThreadError(str(failure)))

    def _refuse(self, failure: Exception) -> None:
        """Fail all tickets in the queue."""
        self.sort()
        while self.queue:
            ticket = self.queue.popleft()()
            if ticket is not None:
                ticket._finish(None, failure)

    def sort(self, wait: bool = False) -> None:
        """Take what has arrived: tickets for the queue, and the news of what is not needed any more."""
        for arrivals in (*self.inherited, self.arrivals):
            with contextlib.suppress(Empty):
                while True:
                    self._sort(arrivals.get(wait and arrivals is self.arrivals))
                    wait = False

    def _sort(self, arrived: "Arrival") -> None:
        if isinstance(arrived, weakref.ref):
            self.unneeded.append(arrived)
            return
        ticket, first = arrived
        if not first:
            self.queue.append(ticket)
        elif ticket is not self.running:
            if ticket in self.queue:
                self.queue.remove(ticket)
            self.queue.appendleft(ticket)


Arrival = tuple[weakref.ref[Ticket[Any]], bool] | weakref.ref[Any]
_kept: dict[weakref.ref[Any], Any] = {}
_stopping: list[bool] = []
_state = _State()
_renewed: dict[int, _State] = {}


def submit(job: Callable[[], Result], first: bool = False) -> Ticket[Result]:
    """Have a job done in the background: after all others, or as the first of those that have not begun."""
    ticket = Ticket(job)
    _current().ask(ticket, first)
    return ticket


def done_there(job: Callable[[], Result]) -> Result:
    """Have a job done next and wait for its result; where there is no thread for it, or it is the worker's own, it is done here."""
    if on_thread():
        return job()
    try:
        return submit(job, first=True).result()
    except (NoThreadError, StoppedError):
        return job()


def keep(owner: Any, resource: Any) -> None:
    """Keep a resource while its owner lives; afterwards the worker's thread lets go of it."""
    _kept[weakref.ref(owner, _current().arrivals.put)] = resource


def working() -> bool:
    """Whether the thread is doing something now."""
    return _current().busy.locked()


def on_thread() -> bool:
    """Whether the worker's thread calls."""
    return _current().identity == _thread.get_ident()


def resume() -> None:
    """Have the thread started in a child process, where what was pending in its parent is pending, too."""
    if _state.process != os.getpid():
        try:
            _current().start()
        except RuntimeError:
            return


def check_stopped() -> None:
    """Mark the end of a step: raise `StoppedError` if the process ends, and let threads fork that are about to."""
    if on_thread():
        steps.end()
        steps.begin()
    if _stopping:
        raise StoppedError("the process ends")


def hurried() -> bool:
    """Whether the step should end soon: the process ends, or a thread waits to fork. On the worker's thread alone."""
    return bool(_stopping) or steps.forking()


def _current() -> _State:
    """Return the state of this process: in a child the thread does not exist."""
    global _state
    if _state.process != os.getpid():
        _state = _renewed.setdefault(os.getpid(), _State(_state))
    return _state


def _serve(state: _State) -> None:
    steps.let_this_thread_fork()
    state.identity = _thread.get_ident()
    while not _stopping:
        state.sort(wait=not state.queue)
        steps.begin()
        with state.busy:
            _serve_next(state)
        if state.process != os.getpid():  # the child of a job that forked
            return
        steps.end()


def _serve_next(state: _State) -> None:
    """Run the next ticket, and let go of it and of what is not needed any more within the step."""
    state.sort()
    if state.queue:
        state.running = state.queue.popleft()
        ticket = state.running()
        if ticket is not None:
            ticket._run()
        del ticket
        state.running = None
        state.sort()
    while state.unneeded and not _stopping:
        _kept.pop(state.unneeded.pop(), None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renewed.clear)
atexit.register(partial(_stopping.append, True))
