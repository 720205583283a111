"""Functions that Numba has compiled, on disk: in the store, which trusts only what is whole and the user's own.

Numba's own cache checks neither: it executes what it finds, raises when a file is damaged or the disk is full, and fails where the
package has no files of source.
"""

import pickle
import sys
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from ..compiler import store
from ..compiler.notices import say_if_long

PLAIN = (bool, int, float, str, type(None))
VERSIONS = repr((sys.version, sys.implementation.cache_tag, numba.__version__, llvmlite.__version__, np.__version__))


class Kept:
    """What one dispatcher asks before it compiles, and gives what it has compiled.

    Parameters
    ----------
    dispatcher : numba.core.dispatcher.Dispatcher
        Of the function.
    digest : str
        The hash of all sources that its code follows from.
    what, seconds : str, int
        What the user is told if it takes long: what is compiled, and about how long that takes.
    """

    def __init__(self, dispatcher: Any, digest: str, what: str, seconds: int) -> None:
        self._dispatcher = dispatcher
        self._closure = [cell.cell_contents for cell in dispatcher.py_func.__closure__ or ()]
        if not all(isinstance(value, PLAIN) for value in self._closure):
            raise TypeError(f"{dispatcher} must close over numbers and strings alone: what else it follows from is no part of its key")
        self._digest = digest
        self._what = what
        self._seconds = seconds

    @property
    def cache_path(self) -> Path | None:
        """The folder of the store."""
        return store.folder()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled function for a signature, None if it must be compiled."""
        objects = store.load(self._key(sig, target_context.codegen()))
        if objects is not None:
            # Numba would load all its libraries of functions before, and SciPy's with them: 0.25 of the 0.3 s that loading took.
            try:
                return CompileResult._rebuild(target_context, *pickle.loads(objects[0]))
            except Exception:  # not what this version would have written: it is compiled again and replaced
                pass
        self._done = say_if_long(self._notice, lambda: bool(self._dispatcher.is_compiling))
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a function that has been compiled."""
        self._done()
        if data.library.has_dynamic_globals:
            raise TypeError(f"{self._dispatcher} holds addresses of this process: it cannot be kept")
        store.save(self._key(sig, data.codegen), [dumps(data._reduce())])

    def _key(self, signature: Any, codegen: Any) -> str:
        function = self._dispatcher.py_func
        options = [getattr(config, name) for name in ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")]
        which = repr((function.__module__, function.__qualname__, self._closure, signature, codegen.magic_tuple(), options))
        return store.key("function", which, self._digest, VERSIONS)

    def _notice(self) -> str:
        often = "once" if store.folder() else f"in every process, as nothing is kept on disk ({store.FOLDER})"
        return f"compiling {self._what} for this machine, {often}; this takes about {self._seconds} s"
