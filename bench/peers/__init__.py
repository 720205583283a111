"""Other ways to compute what the cases compute: libraries, and loops written by hand.

A peer is a module with `NAME`, `KIND` and `prepare(case, arguments)`, which returns a call and what reads its results: the value and the
gradients in the cases' own layout. Arguments are brought into the peer's favourite layout before, outside of what is timed. A peer that
is not there, or cannot run a case, raises `Skip` with the reason.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

LIBRARY, BY_HAND = "library", "by hand"
Results = tuple[np.ndarray, Sequence[np.ndarray]]
Prepared = tuple[Callable[[], Any], Callable[[Any], Results]]


class Skip(Exception):  # noqa: N818
    """Why a peer does not run."""
