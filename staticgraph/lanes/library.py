"""The kernels of this process: compiled when a program first needs them, or loaded from disk, by the worker's thread.

A kernel lies in the store under the hash of its LLVM text, and that hash under one of the sources that the text follows from: a change of
the sources emits the text again, in some milliseconds, but only what really changed is compiled again.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from ..compiler import store
from ..compiler.memory import KERNELS_BYTES, check_memory
from ..compiler.sources import digest
from ..compiler.worker import check_stopped, done_there, on_thread
from .ieee import ieee
from .kernels import Kernel
from .objects import Loaded, compiled, processor

SOURCES = ("gates", "kinds", "lanes", "nodes", "records")
LEVEL = 3

_addresses: dict[tuple[str, str], int] = {}
_loaded: list[Loaded] = []
"""What keeps the code in memory: as long as the process, as it is shared by all programs."""


def addresses(dtype: np.dtype[Any], kernels: Iterable[Kernel]) -> dict[str, int]:
    """Return the addresses of kernels for a dtype by their names.

    Raises
    ------
    NoMemoryError
        If the limits of this process leave too little memory.
    """
    by_name = {kernel.name: kernel for kernel in kernels}
    missing = [kernel for name, kernel in by_name.items() if (dtype.char, name) not in _addresses]
    if missing:
        done_there(partial(_obtain, dtype, missing))
    return {name: _addresses[dtype.char, name] for name in by_name}


def _obtain(dtype: np.dtype[Any], kernels: list[Kernel]) -> None:
    """Bring kernels into memory; another thread may have done that meanwhile."""
    needed = [kernel for kernel in kernels if (dtype.char, kernel.name) not in _addresses]
    if not needed:
        return
    check_memory(KERNELS_BYTES)
    with ieee():
        loaded = Loaded([_object(dtype, kernel) for kernel in needed])
    _loaded.append(loaded)
    _addresses.update({(dtype.char, kernel.name): loaded.address(kernel.symbol) for kernel in needed})


def _object(dtype: np.dtype[Any], kernel: Kernel) -> bytes:
    """Return the object code of a kernel."""
    followed = store.key("kernel", str(dtype), kernel.name, digest(*SOURCES), processor())
    known = store.load(followed)
    if known is not None and (objects := store.load(known[0].decode())) is not None:
        return objects[0]
    if on_thread():
        check_stopped()
    text = kernel.text(dtype)
    content = store.key("kernel text", text, processor())
    objects = store.load(content)
    if objects is None:
        objects = [compiled(text, LEVEL, optimise=True)]
        store.save(content, objects)
    store.save(followed, [content.encode()])
    return objects[0]
