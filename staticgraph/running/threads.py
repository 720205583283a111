"""Threads: how many, and how one call's work is shared among them.

A pool of Python threads that call kernels without the GIL, not Numba's own: its default threading layer aborts the process when two
Python threads enter it at once. Not the standard library's either: its futures and threads take locks in the caller's thread, and an
exception from a signal handler between two bytecodes there leaves them taken.
"""

import _thread
import contextlib
import ctypes
import operator
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from queue import Empty, SimpleQueue
from typing import Any

from ..compiler import stacks
from ..compiler.cores import count_cores
from ..compiler.locks import WAIT, Lock, acquire

VARIABLE = "STATICGRAPH_NUM_THREADS"
MOST_THREADS = 256

_current_core: Callable[[], int] | None = None
if hasattr(os, "sched_setaffinity"):
    _current_core = getattr(ctypes.CDLL(None), "sched_getcpu", None)

_chosen: int | None = None


def check_threads(threads: Any) -> int:
    """Return a number of threads; `TypeError` or `ValueError` if it is not a positive int."""
    return min(check_positive("threads", threads), MOST_THREADS)


def check_positive(what: str, value: Any) -> int:
    """Return a positive int; `TypeError` or `ValueError` naming it if it is none."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what}: expected a positive int, got {value!r}") from None
    if number < 1:
        raise ValueError(f"{what}: expected a positive int, got {number}")
    return number


def set_num_threads(n: int) -> None:
    """Set how many threads a call uses where it does not say so itself.

    Parameters
    ----------
    n : int
        At least 1. The results do not depend on it.

    Raises
    ------
    TypeError, ValueError
        If `n` is not a positive int.
    """
    global _chosen
    _chosen = check_threads(n)


def get_num_threads() -> int:
    """Return how many threads a call uses where it does not say so itself.

    That is what `set_num_threads` set, or else the environment variable `STATICGRAPH_NUM_THREADS`, or else the smallest of the cores that
    this process may use (its affinity, and the quota of its container) and the environment variables `OMP_NUM_THREADS` and
    `NUMBA_NUM_THREADS`, where they are set.
    """
    if _chosen is not None:
        return _chosen
    variable = os.environ.get(VARIABLE)
    if variable:
        try:
            return check_threads(int(variable))
        except ValueError:
            raise ValueError(f"the environment variable {VARIABLE} must be a positive int, got {variable!r}") from None
    return min(count_cores(), MOST_THREADS)


class Stop:
    """What tells all threads of one call to stop at the next piece of work."""

    requested = False


class _Part:
    """A helper's part of one call.

    Attributes
    ----------
    call : object
        The key of what to run among the pool's calls.
    cores : set of int
        Where to run it, see `_cores`.
    owner : Lock
        Whoever acquires it first decides: the helper runs the part and then releases it, so that the caller, who acquires it in the end,
        waits until then; or the caller was first, and the helper leaves the part alone.
    begun : bool
    finished : threading.Lock
        Held until a part that has begun is finished. Waiting for it may be interrupted and given up.
    failure : BaseException or None
    """

    def __init__(self, call: object, cores: set[int]) -> None:
        self.call, self.cores = call, cores
        self.owner, self.finished = Lock(), threading.Lock()
        self.finished.acquire()
        self.begun, self.failure = False, None
        self._as_parameter_ = self.owner._as_parameter_

    failure: BaseException | None

    def run(self, job: Callable[[], None]) -> None:
        """Run the part, which the helper owns."""
        self.begun = True
        if self.cores:
            with contextlib.suppress(OSError):  # the process has meanwhile been moved to others
                os.sched_setaffinity(0, self.cores)
        try:
            job()
        except BaseException as failure:  # the caller raises it
            self.failure = failure


class _Pool:
    """Helpers of this process, and the parts that wait for them.

    Attributes
    ----------
    calls : dict
        What each call that is going on runs, and on how many helpers. A part that its call has left behind in the queue refers to nothing.
    helpers : list of threading.Thread
    """

    def __init__(self) -> None:
        self.parts: SimpleQueue[_Part] = SimpleQueue()
        self.calls: dict[object, tuple[Callable[[], None], int]] = {}
        self.helpers: list[threading.Thread] = []
        self.launching = threading.Lock()

    def begin(self, parts: list[_Part]) -> None:
        """Have helpers run parts, and start those that are lacking; what the system refuses is left to the caller."""
        wanted = min(sum(count for _, count in list(self.calls.values())), MOST_THREADS)
        if len(self.helpers) < wanted:
            try:
                _thread.start_new_thread(self._launch, (wanted,))
            except RuntimeError:
                if not self.helpers:
                    return
        for part in parts:
            self.parts.put(part)

    def _launch(self, wanted: int) -> None:
        """Start helpers, in a thread that no signal handler interrupts."""
        with self.launching:
            try:
                while len(self.helpers) < wanted:
                    self.helpers.append(stacks.start(self._help, "staticgraph-helper"))
            except RuntimeError:
                while not self.helpers:  # nobody will ever take what waits
                    try:
                        self.parts.get_nowait()
                    except Empty:
                        return

    def _help(self) -> None:
        """Run one part after another."""
        while True:
            part = self.parts.get()
            if part.owner.try_acquire():
                part.run(self.calls[part.call][0])
                part.finished.release()
                part.owner.release()
            del part


_pools: list[_Pool] = []
"""The pool of this process, once it is needed: the threads of a parent process do not exist in its child."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)


def share(work: Callable[[Iterator[int], Stop], None], units: int, threads: int) -> None:
    """Let threads take units of work one after another until none is left.

    The calling thread works too. If it is interrupted, at whatever moment and however often, or if any thread fails, all stop before the
    exception is raised, so that nothing writes into the caller's arrays any more. Where the system refuses threads, fewer work.
    """
    stop = Stop()
    helpers = min(threads, units) - 1
    if helpers < 1:
        return work(iter(range(units)), stop)
    numbers: deque[int | None] = deque(range(units))
    numbers.extend(repeat(None, helpers + 1))

    def run() -> None:
        try:
            # An iterator is one thread's; without the GIL, too, no number is taken from a deque twice.
            work(iter(numbers.popleft, None), stop)
        except BaseException:
            stop.requested = True
            raise

    if not _pools:
        _pools.append(_Pool())
    pool, call = _pools[0], object()
    parts = [_Part(call, cores) for cores in _cores(helpers)]
    # Each is one call of C, so that no second interruption comes before it is done.
    end, forget = map(acquire, parts, repeat(WAIT)), partial(pool.calls.pop, call, None)
    try:
        pool.calls[call] = run, helpers
        pool.begin(parts)
        run()
        for part in parts:
            if part.begun:
                part.finished.acquire()
    except BaseException:
        stop.requested = True
        raise
    finally:
        try:
            list(end)
        finally:
            forget()
    for part in parts:
        if part.failure is not None:
            raise part.failure


def _cores(count: int) -> list[set[int]]:
    """Return for each helper the cores it may run on: not the caller's, and none in common as far as they suffice.

    After some idle milliseconds Linux wakes a helper on the core of its caller and takes 10 ms to move it: calls of 2 ms then took as
    long with two threads as with one (Black-Scholes 9.9 ns a row instead of 5.8).
    """
    if _current_core is None:
        return [set()] * count
    others = sorted(os.sched_getaffinity(0) - {_current_core()})
    return [set(others[number::count] if count <= len(others) else others) for number in range(count)]
