"""Steps of the worker's thread: threads fork, and the process ends, between two of them."""

import atexit
import os
import threading
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import Any

from .locks import Lock

_turn, _steps = Lock(), Lock()
"""The thread holds `_steps` during a step. Who forks takes `_turn` and then `_steps`; between two steps the thread gives up `_steps` and
waits for `_turn`, so that it does not take `_steps` again before a thread that waits for it."""


def begin() -> None:
    """Begin a step, after the threads that are about to fork."""
    _turn.acquire()
    _turn.release()
    _steps.acquire()


def end() -> None:
    """End a step."""
    _steps.release()


def forking() -> bool:
    """Whether a thread forks, or waits to fork. Not to be asked where a signal handler may raise an exception."""
    free = _turn.try_acquire()
    if free:
        _turn.release()
    return not free


class _Forks(threading.local):
    """What a thread calls when it forks: functions of C alone, since an exception in a bytecode here would let it fork regardless.

    The worker's thread itself, in a job that forks, is between two steps: there they do nothing, but that its child is in no step.
    """

    hold_turn: Callable[[], Any] = staticmethod(_turn.acquire)
    hold_steps: Callable[[], Any] = staticmethod(_steps.acquire)
    release_steps = release_steps_in_child = staticmethod(_steps.release)
    release_turn = release_turn_in_child = staticmethod(_turn.release)


_forks = _Forks()


def let_this_thread_fork() -> None:
    """Have forks of the calling thread, which runs the steps, wait for none."""
    vars(_forks).update(dict.fromkeys(("hold_turn", "hold_steps", "release_steps", "release_turn", "release_turn_in_child"), bool))


def _when_forking(before: str, after: str) -> None:
    hold, release, release_in_child = (partial(methodcaller(name), _forks) for name in (before, after, f"{after}_in_child"))
    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=release_in_child)


if hasattr(os, "register_at_fork"):
    _when_forking("hold_steps", "release_steps")
    _when_forking("hold_turn", "release_turn")  # what is registered last is called first

# In the end, too, nothing may interrupt the wait for the step that is being done: the compiler's memory is about to be torn down.
atexit.register(_steps.release)
atexit.register(_steps.acquire)
