"""Locks that an exception from a signal handler cannot lose.

Python runs signal handlers between bytecodes of the main thread. One that raises right after `threading.Lock.acquire` leaves the lock
taken for good, and one that raises while `acquire` waits leaves the caller without the lock. Here acquiring is one call of C which no
handler interrupts: handlers run, and raise, after it has returned. So it may be the whole of a `finally` block, or a handler of forks.
"""

import ctypes
import os
from functools import partial

WAIT, TRY = 1, 0

_allocate = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyThread_allocate_lock", ctypes.pythonapi))
_free = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyThread_free_lock", ctypes.pythonapi))
_release = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyThread_release_lock", ctypes.pythonapi))
_try = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)(("PyThread_acquire_lock", ctypes.pythonapi))
acquire = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)(("PyThread_acquire_lock", ctypes.pythonapi))
"""`acquire(lock, WAIT)`. A function of this kind gives up the GIL while it runs; those above keep it."""


class Lock:
    """A lock; any thread may release it. It is not reentrant.

    Attributes
    ----------
    acquire, release : callable
        Each is one call of C, without arguments.
    """

    _as_parameter_: int | None = None

    def __init__(self) -> None:
        self._as_parameter_ = _allocate()
        if not self._as_parameter_:
            raise MemoryError("no memory for a lock")
        self.acquire = partial(acquire, self._as_parameter_, WAIT)
        self.release = partial(_release, self._as_parameter_)

    def try_acquire(self) -> bool:
        """Acquire the lock if it is free; return whether it was."""
        return bool(_try(self._as_parameter_, TRY))

    def hold_during_forks(self) -> None:
        """Have every thread that forks hold the lock meanwhile: what it protects is whole in the child, where the lock is free."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self.acquire, after_in_parent=self.release, after_in_child=self.release)

    def __del__(self, free: "ctypes._FuncPointer" = _free) -> None:
        if self._as_parameter_ is not None:  # making it was not interrupted
            free(self._as_parameter_)
