"""What the user is told beside results and errors: what takes long, and what could not be kept.

Neither is worth an exception, also where warnings are errors: results do not depend on it.
"""

import _thread
import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Callable

QUIET = "STATICGRAPH_QUIET"
"""Environment variable: not empty and not 0 where nothing is to be printed."""
PATIENCE_SECONDS = 1.0

_warned: set[str] = set()


def say(text: str) -> None:
    """Print a line for the user."""
    if sys.stderr is not None and os.environ.get(QUIET, "0") in ("", "0"):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it, or it is closed
            print(f"staticgraph: {text}", file=sys.stderr, flush=True)


def say_if_long(text: Callable[[], str], lasts: Callable[[], bool]) -> Callable[[], None]:
    """Print a line after a second, unless it is told that what takes long is done, by what is returned, or that has ended another way.

    A thread waits for that second. Nobody waits for the thread, and what is shared with it is one lock that is only released here: it
    is in the way neither of a fork, in whose child it is missing, nor of an interruption.
    """
    running = threading.Lock()
    running.acquire()

    def wait() -> None:
        if not running.acquire(timeout=PATIENCE_SECONDS) and lasts():
            say(text())

    with contextlib.suppress(RuntimeError):  # the system has no more threads
        _thread.start_new_thread(wait, ())  # `threading.Thread.start` waits until the thread runs
    return running.release


def warn_once(topic: str, text: str) -> None:
    """Warn, once a process for each topic; where warnings are errors, print it."""
    if topic in _warned:
        return
    _warned.add(topic)
    try:
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    except RuntimeWarning:
        say(text)
