"""Entries as native code in this process: compiled or loaded from disk on the worker's thread, and kept while somebody holds them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..compiler import store
from ..compiler.memory import COMPILE_BYTES, ELEMENT_BYTES, check_memory
from ..compiler.sources import digest
from ..compiler.worker import done_there
from ..lanes.ieee import ieee
from ..lanes.library import SOURCES
from ..lanes.objects import Loaded, compiled, compiled_for, processor
from ..native.batch import Entry, library, write
from ..native.frame import PLAIN
from ..native.key import content_key
from ..native.size import count_elements

Adapt = Callable[[Any], None]


def loaded(entries: Sequence[Entry], kind: str = "", adapt: Adapt | None = None) -> Loaded:
    """Return the code of entries; `adapt` writes further functions into the module, which `kind` names.

    Raises
    ------
    TooLargeError
        If a program is too large to be written out.
    NoMemoryError
        If the limits of this process leave too little memory.
    """
    return done_there(partial(_obtain, tuple(entries), kind, adapt))


def _obtain(entries: tuple[Entry, ...], kind: str, adapt: Adapt | None) -> Loaded:
    name = key(entries, kind)
    objects = store.load(name)
    if objects is None:
        check_memory(COMPILE_BYTES + ELEMENT_BYTES * sum(count_elements(entry.program) for entry in entries))
        with ieee():
            objects = [compiled(library(list(map(write, entries)), adapt))]
        store.save(name, objects)
    return Loaded(objects)


def object_code(entries: Sequence[Entry], target: str | None) -> bytes:
    """Return the object file of entries, for this processor or for another target (see `compiled_for`)."""

    def made() -> bytes:
        with ieee():
            return compiled_for(library(list(map(write, entries))), target)

    return done_there(made)


def key(entries: Sequence[Entry], kind: str) -> str:
    """Return the hash of all that the code of entries follows from."""
    described = [(entry.name, entry.arguments, entry.results, content_key(entry.program, PLAIN)) for entry in entries]
    return store.key("alone", repr(described), kind, digest(*SOURCES, "native", "embedding"), processor())
