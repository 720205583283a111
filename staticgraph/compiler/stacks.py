"""Threads of our own, with a stack that suffices whatever the process chose for its threads."""

import contextlib
import threading
import traceback
from collections.abc import Callable

from .locks import Lock

STACK_BYTES = 16 << 20
"""Address space, not memory: a compiled function's frame takes up to 3 MB, and LLVM recurses on large functions."""

_starting = Lock()
_starting.hold_during_forks()


def start(target: Callable[[], None], name: str) -> threading.Thread:
    """Start a daemon thread and return it; `RuntimeError` if the system refuses one.

    Only for threads that no signal handler interrupts, which the main thread is not: `threading.Thread.start` cut short leaves the new
    thread waiting for a lock for ever, and the size of stacks is one for the process. The main thread starts a thread that calls this, by
    `_thread.start_new_thread`, which is one call of C.
    """
    thread = threading.Thread(target=target, name=name, daemon=True)
    _starting.acquire()
    before = threading.stack_size()
    try:
        with contextlib.suppress(ValueError, RuntimeError):  # the platform lets nobody choose
            threading.stack_size(STACK_BYTES)
        thread.start()
    finally:
        threading.stack_size(before)
        _starting.release()
    return thread


def clear_frames(failure: BaseException | None) -> None:
    """Let go of what the frames of a failure refer to, here and not where the failure ends up."""
    while failure is not None:
        traceback.clear_frames(failure.__traceback__)
        failure = failure.__context__
