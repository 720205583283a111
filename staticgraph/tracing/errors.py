"""What a traced function is told: in its own file and line, what cannot be traced, why, and what works instead."""

import linecache
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

PACKAGE = str(Path(__file__).parent.parent)


class UntraceableError(TypeError, ValueError):
    """What a static graph cannot have; both kinds, so that code that tries `float(x)` and catches either goes on."""


class Restart(BaseException):
    """The trace has learnt what it must not do and begins anew; user code does not catch it."""


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def users_line() -> str:
    """Return `file:line` of the code that is being traced: the innermost frame outside this package."""
    for frame in _frames(sys._getframe(1)):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
    return "unknown"


def raised_by_us(traceback: TracebackType | None) -> bool:
    """Whether an exception comes out of this package, and not out of what the user wrote."""
    last = None
    while traceback is not None:
        last, traceback = traceback.tb_frame.f_code.co_filename, traceback.tb_next
    return last is not None and last.startswith(PACKAGE)


def located(error: Exception) -> Exception:
    """Return an error of the same kind whose message also says the user's file and line."""
    at, traceback = None, error.__traceback__
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(PACKAGE):
            at = traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
    if at is None:
        return error
    text = linecache.getline(*at).strip()
    message = f"{error} [{at[0]}:{at[1]}{f': {text}' if text else ''}]"
    kind = type(error) if isinstance(error, (UntraceableError, IndexError, TypeError, ValueError)) else UntraceableError
    try:
        return kind(message)
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
NO_SHAPE = (
    "how many elements a mask selects differs from row to row, and shapes of a static graph are fixed; what follows a selection x[mask] "
    "can be arithmetic with the same mask, sum, mean, any, all, min, max, a count or x[mask] = ..., not {what}; "
    "np.where(mask, x, 0.0) keeps the shape"
)


class LoopError(RuntimeError):
    """A loop that ends on a condition on values has not ended for some rows after as many iterations as were unrolled."""
