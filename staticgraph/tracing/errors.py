"""What a traced function is told: in its own file and line, what cannot be traced, why, and what works instead."""

import linecache
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from ..nodes.messages import unsupported_function

OURS = __name__.partition(".")[0]
LIBRARIES = frozenset(("numpy", "scipy", "numba", "llvmlite", OURS)) | sys.stdlib_module_names - {"__main__"}
"""Packages whose code is not the user's own."""


class UntraceableError(TypeError, ValueError):
    """What a static graph cannot have; both kinds, so that code that tries `float(x)` and catches either goes on."""


class Restart(BaseException):
    """The trace has learnt what it must not do and begins anew; user code does not catch it."""


class UnrepeatableError(BaseException):
    """A loop whose steps may differ in more than values: it is written out. User code does not catch it."""


def _root(frame: FrameType) -> str:
    """Return the package that the code of a frame belongs to."""
    return str(frame.f_globals.get("__name__") or "").partition(".")[0]


def _callers() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def users_line() -> str:
    """Return `file:line` of the code that is being traced: the innermost frame outside this package and NumPy's."""
    others = [frame for frame in _callers() if _root(frame) != OURS]
    users = next((frame for frame in others if _root(frame) not in LIBRARIES), others[0] if others else None)
    return "unknown" if users is None else f"{users.f_code.co_filename}:{users.f_lineno}"


def raised_by_us(traceback: TracebackType | None) -> bool:
    """Whether an exception comes out of this package, and not out of what the user wrote."""
    last = ""
    while traceback is not None:
        last, traceback = _root(traceback.tb_frame), traceback.tb_next
    return last == OURS


def located(error: Exception) -> Exception:
    """Return an error of the same kind whose message also says the user's file and line."""
    others, traceback = [], error.__traceback__
    while traceback is not None:
        if _root(traceback.tb_frame) != OURS:
            others.append((_root(traceback.tb_frame), traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    if not others:
        return error
    _, file, line = next((each for each in reversed(others) if each[0] not in LIBRARIES), others[-1])
    text = linecache.getline(file, line).strip()
    message = f"{error} [{file}:{line}{f': {text}' if text else ''}]"
    if not isinstance(error, (TypeError, ValueError, IndexError)):
        return error
    try:
        return type(error)(message)
    except TypeError:
        return UntraceableError(message)


NO_ARRAY = (
    "a value of the trace has no numbers yet, so code that is not traced (compiled code, another library) cannot read it as an array; "
    "call NumPy's or sg's functions on it"
)
NO_NUMBER = (
    "a value of the trace has no number yet, so {what} cannot read it; what is computed from it must stay an array or a scalar of the trace"
)
NO_INDEX = (
    "a value of the trace cannot be an index or a length, as the layout of a static graph is fixed; choose with np.where(index == k, ...), "
    "np.select or np.interp"
)
OUTSIDE = (
    "an array that was made outside of the traced function cannot hold its values, as it would keep them after the trace; "
    "copy it first: array = array.copy()"
)
NO_INTEGERS = "an array of integers would cut what is stored in it to whole numbers; make it one of floats: np.array(list, float)"
NO_KEY = (
    "a value of the trace cannot be a key of a dictionary or an element of a set: which one it is differs from row to row; "
    "write np.where(value == key, ...) or np.select"
)
NO_SHAPE = (
    "how many elements a mask selects differs from row to row, and shapes of a static graph are fixed; what follows a selection x[mask] "
    "can be arithmetic with the same mask, sum, mean, any, all, min, max, a count or x[mask] = ..., not {what}; "
    "np.where(mask, x, 0.0) keeps the shape"
)


class LoopError(RuntimeError):
    """A loop that ends on a condition on values has not ended for some rows after as many iterations as were unrolled."""


def unsupported(function: Any) -> UntraceableError:
    """Return the error for a function of NumPy or SciPy that nothing is known of."""
    return UntraceableError(unsupported_function(function))
