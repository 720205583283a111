"""Threads that help the worker's thread with a job while its step lasts."""

import contextlib
import threading
from collections.abc import Callable

from . import stacks
from .cores import count_cores
from .memory import COMPILE_BYTES, NoMemoryError, check_memory
from .worker import on_thread


def side_by_side(work: Callable[[], None], most: int) -> None:
    """Have the calling thread and helpers do the same work, each what is left of it; return, or raise, when all have finished.

    There are as many of them as there are cores, and no more than `most`. Only the worker's thread is helped, which no signal handler
    interrupts; where memory or threads are refused, it goes without.
    """
    failures: list[BaseException] = []

    def help_along() -> None:
        try:
            work()
        except BaseException as failure:  # raised where the result is asked for
            failures.append(failure)

    helpers: list[threading.Thread] = []
    with contextlib.suppress(RuntimeError, NoMemoryError):
        while on_thread() and len(helpers) + 1 < min(most, count_cores()):
            check_memory((len(helpers) + 2) * (COMPILE_BYTES + stacks.STACK_BYTES))
            helpers.append(stacks.start(help_along, "staticgraph-helper"))
    help_along()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
