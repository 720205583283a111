"""A function as it travels between processes: unpickled once in each, and compiled there when it is first called."""

import pickle
import sys
from typing import Any

from ..compiler import store
from ..saving.encoding import content
from .evaluation import Evaluation

MOST_FUNCTIONS = 32
"""A worker keeps so many between its tasks: making one anew for each would cost its lowering, and loading its code, 20 ms."""

_functions: dict[bytes, Any] = {}


class Portable:
    """A function, or the bytes of one.

    Parameters
    ----------
    function : Evaluation, optional
    data : bytes, optional
        What it was pickled to.
    digest : str, optional
        The hash of what its results follow from.
    """

    def __init__(self, function: Evaluation | None = None, data: bytes | None = None, digest: str | None = None) -> None:
        self._function, self._data, self._digest = function, data, digest

    def __reduce__(self) -> tuple[Any, ...]:
        if self._data is None:
            # Dask's pickler, where there is one, also takes what results are nested in if no other process can import that.
            self._data = sys.modules.get("cloudpickle", pickle).dumps(self.function)
        return Portable, (None, self._data, self.digest)

    @property
    def function(self) -> Any:
        """The function."""
        if self._function is None:
            assert self._data is not None
            if len(_functions) >= MOST_FUNCTIONS:
                _functions.clear()
            self._function = _functions.get(self._data) or _functions.setdefault(self._data, pickle.loads(self._data))
        return self._function

    @property
    def digest(self) -> str:
        """The hash of what the results follow from, the same in every process."""
        if self._digest is None:
            function = self.function
            described = repr((str(function.dtype), function._single, function._form, function._default, function._fuse))
            self._digest = store.key("function", described, content(function._source))
        return self._digest

    def same(self, other: "Portable") -> bool:
        """Whether the results of two functions are the same."""
        if self._function is not None and self._function is other._function:
            return True
        return self.digest == other.digest

    def __dask_tokenize__(self) -> str:
        """Return what names of tasks follow from."""
        return self.digest
