"""Compiled code that runs in the place of kernels: steps of loops, and loops over long strips. The interpreter runs what is around them."""

import contextlib
import json
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

from ..compiler import store
from ..compiler.memory import COMPILE_BYTES, ELEMENT_BYTES, LOAD_BYTES, check_memory
from ..lanes.ieee import ieee
from ..lanes.objects import Loaded
from ..lanes.together import compiled_all
from ..program.program import Program
from ..records.loop import STEP, STEP_BACK
from ..records.table import BACKWARD_STEP, FORWARD_STEP
from .frame import PLAIN
from .key import content_key
from .size import TooLargeError, count_elements
from .steps import compiles, step_texts
from .strip_text import group_text
from .strips import groups


@dataclass(frozen=True, eq=False)
class StepsCode:
    """Compiled steps of a program's loops, or else loops over its strips.

    Attributes
    ----------
    steps : tuple of (int, int, int)
        The number of a loop, the word that has the address (`STEP` or `STEP_BACK`), and the address. For strips the number of an
        instruction, the kernel that is replaced (`FORWARD_STEP` or `BACKWARD_STEP`), and the address, 0 where another does its work.
    loaded : Loaded
        What keeps the code in memory.
    """

    steps: tuple[tuple[int, int, int], ...]
    loaded: Loaded


_codes: weakref.WeakValueDictionary[str, StepsCode] = weakref.WeakValueDictionary()
"""The code that is in memory, by content. Only the worker's thread takes it from here."""


def compile_steps(program: Program) -> StepsCode:
    """Return the compiled steps of a program's loops; on the worker's thread.

    Raises
    ------
    TooLargeError
        If every step is too long.
    NoMemoryError
        If the limits of this process leave too little memory.
    RuntimeError
        If the compiler fails.
    """
    found = load_steps(program)
    if found is None:
        check_memory(COMPILE_BYTES + ELEMENT_BYTES * count_elements(program))
        with ieee():
            objects, name = _built(program), content_key(program, PLAIN)
        store.save(name, objects)
        found = _codes[name] = _loaded(objects)
    return found


def are_kept(program: Program) -> bool:
    """Whether compiled steps are in memory or on disk, as far as names tell."""
    name = content_key(program, PLAIN)
    return name in _codes or store.is_there(name)


def load_steps(program: Program) -> StepsCode | None:
    """Return the compiled steps of a program if they are in memory or on disk; on the worker's thread."""
    name = content_key(program, PLAIN)
    found = _codes.get(name)
    if found is None and (objects := store.load(name)) is not None:
        check_memory(LOAD_BYTES)
        with contextlib.suppress(Exception):  # not what `_built` would have written: it is compiled again and replaced
            found = _codes[name] = _loaded(objects)
    return found


def _symbol(number: int, word: int) -> str:
    return f"staticgraph_step_{number}_{word}"


def _texts(program: Program) -> Iterator[tuple[int, int, str | None]]:
    """Yield what runs where (see `StepsCode`) as modules, None where nothing is to run."""
    for number, loop in enumerate(program.loops):
        symbols = _symbol(number, STEP), _symbol(number, STEP_BACK)
        texts = step_texts(program, loop, *symbols) if compiles(program, loop) else None
        if texts is not None:
            yield number, STEP, texts.forward
            if texts.backward is not None:
                yield number, STEP_BACK, texts.backward
    for group in () if program.loops else groups(program):
        word, (*others, runs) = (BACKWARD_STEP, group.members) if group.backward else (FORWARD_STEP, reversed(group.members))
        yield runs, word, group_text(program, group, _symbol(runs, word))
        yield from ((number, word, None) for number in others)


def _built(program: Program) -> list[bytes]:
    """Compile what is short enough; return where it runs, and its object code."""
    written = list(_texts(program))
    texts = [text for *_, text in written if text is not None]
    if program.loops and not texts:
        raise TooLargeError("the steps of its loops are too long to be written out element by element")
    places = [(number, word, text is not None) for number, word, text in written]
    return [json.dumps(places).encode(), *compiled_all(iter(texts), len(texts))]


def _loaded(objects: list[bytes]) -> StepsCode:
    code = Loaded(objects[1:])
    places = json.loads(objects[0])
    return StepsCode(tuple((number, word, code.address(_symbol(number, word)) if runs else 0) for number, word, runs in places), code)
