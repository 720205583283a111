"""Threads: how many, and how one call's work is shared among them.

A pool of Python threads that call kernels without the GIL, not Numba's own: its default threading layer aborts the process when two
Python threads enter it at once.
"""

import contextlib
import ctypes
import operator
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

VARIABLE = "STATICGRAPH_NUM_THREADS"
MOST_THREADS = 256

_current_core: Callable[[], int] | None = None
if hasattr(os, "sched_setaffinity"):
    _current_core = getattr(ctypes.CDLL(None), "sched_getcpu", None)

_chosen: int | None = None
_pool: ThreadPoolExecutor | None = None


def _forget_pool() -> None:
    """Drop the pool: the threads of a parent process do not exist in its child."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def check_threads(threads: Any) -> int:
    """Return a number of threads; `TypeError` or `ValueError` if it is not a positive int."""
    try:
        number = operator.index(threads)
    except TypeError:
        raise TypeError(f"threads: expected a positive int, got {threads!r}") from None
    if number < 1:
        raise ValueError(f"threads: expected a positive int, got {number}")
    return min(number, MOST_THREADS)


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

    That is what `set_num_threads` set, or else the environment variable `STATICGRAPH_NUM_THREADS`, or else the number of cores
    that this process may use.
    """
    if _chosen is not None:
        return _chosen
    variable = os.environ.get(VARIABLE)
    if variable:
        try:
            return check_threads(int(variable))
        except ValueError:
            raise ValueError(f"the environment variable {VARIABLE} must be a positive int, got {variable!r}") from None
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Stop:
    """What tells all threads of one call to stop at the next piece of work."""

    requested = False


def share(work: Callable[[Iterator[int], Stop], None], units: int, threads: int) -> None:
    """Let threads take units of work one after another until none is left.

    The calling thread works too. If it is interrupted, or if any thread fails, all stop before the exception is raised, so that
    nothing writes into the caller's arrays any more.
    """
    numbers = iter(range(units))
    stop = Stop()

    def run() -> None:
        try:
            work(numbers, stop)
        except BaseException:
            stop.requested = True
            raise

    helpers = _start(run, min(threads, units) - 1)
    try:
        run()
    finally:
        finished = [helper for helper in helpers if not helper.cancel()]
        failures = [failure for failure in (helper.exception() for helper in finished) if failure is not None]
    if failures:
        raise failures[0]


def _start(run: Callable[[], None], count: int) -> list["Future[None]"]:
    global _pool
    if count < 1:
        return []
    pool = _pool
    if pool is None:
        pool = _pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="staticgraph")
    try:
        return [pool.submit(_run_on, cores, run) for cores in _cores(count)]
    except RuntimeError:  # the interpreter is shutting down: the caller works alone
        return []


def _cores(count: int) -> list[set[int]]:
    """Return for each helper the cores it may run on: not the caller's, and none in common as far as they suffice.

    After some idle milliseconds Linux wakes a helper on the core of its caller and takes 10 ms to move it: calls of 2 ms then took as
    long with two threads as with one (Black-Scholes 9.9 ns a row instead of 5.8).
    """
    if _current_core is None:
        return [set()] * count
    others = sorted(os.sched_getaffinity(0) - {_current_core()})
    return [set(others[number::count] if count <= len(others) else others) for number in range(count)]


def _run_on(cores: set[int], run: Callable[[], None]) -> None:
    """Run on some cores, or wherever the system likes if there are none."""
    if cores:
        with contextlib.suppress(OSError):  # the process has meanwhile been moved to others
            os.sched_setaffinity(0, cores)
    run()
