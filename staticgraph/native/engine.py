"""Compiled code of a program: emitted and compiled, or loaded from disk."""

import contextlib
import json
import weakref
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..compiler import store
from ..compiler.memory import COMPILE_BYTES, ELEMENT_BYTES, LOAD_BYTES, check_memory
from ..compiler.worker import check_stopped
from ..lanes.ieee import ieee
from ..lanes.library import addresses
from ..lanes.objects import Loaded, compiled, kernel_name, kernel_text, processor
from ..lanes.sums_of_products import VARIANTS
from ..machine.dispatch import common
from ..program.program import Program
from ..records.compiled import CODE_WORDS, FIRST, LAST
from ..records.instruction import VECTOR_BYTES
from ..records.table import WORD_BYTES
from .along import along
from .along_text import emit_along
from .driver import driver
from .elements import Elements
from .emission import emit, kernel_of
from .frame import Build, entry
from .key import compiler_digest, content_key
from .schedule import Schedule, plan
from .size import check_size, count_elements
from .streaming import streamed, streamed_along

SCRATCH_BYTES = 1 << 22
"""What waits between functions for all vectors of a pass. It need not fit into the second-level cache, since it streams through it in
order: prospero takes 1.39, 1.30 and 1.21 us a pixel with 1, 12 and 16 vectors in a pass (`bench.choices`)."""
ARRAY_BYTES = 1 << 17
"""What a pass of several functions reads and writes of the caller's arrays. Each function touches a few columns of all rows of the pass: of
wide arrays in few rows, so that these stay in the cache, and that lines and pages follow each other as the processor foresees. Out of the
cache the Hessian of Lennard-Jones takes 1.29 us a row with 1 vector in a pass, 1.50 with 2 and 1.77 with 16, and a Jacobian of 1,000
entries 1.27, 2.00 and 1.85; in the cache 0.95, 0.94 and 0.93 us, 0.90, 0.85 and 0.85."""
MOST_VECTORS = 1 << 20
"""A program of one function runs for as many vectors as there are."""


@dataclass(frozen=True, eq=False)
class NativeCode:
    """Compiled code of a program.

    Attributes
    ----------
    table : numpy.ndarray of int64
        The addresses of its functions, in the order in which they run (see `records.compiled`).
    kernels : tuple of int
        The addresses of the kernels for products of matrices, 0 where there are none.
    scratch : int
        Bytes of scratch memory.
    whole : bool
        Whether they must run for all vectors of a tile, since a product of matrices sums over them.
    columns : frozenset of int
        The entries of the frame whose arrays it reads or writes in columns.
    streams : frozenset of int
        The entries of the frame of results that may stream.
    loaded : tuple of Loaded
        What keeps the code in memory.
    """

    table: Any
    kernels: tuple[int, ...]
    scratch: int
    whole: bool
    columns: frozenset[int]
    streams: frozenset[int]
    loaded: tuple[Loaded, ...]


_codes: weakref.WeakValueDictionary[str, NativeCode] = weakref.WeakValueDictionary()
"""The code that is in memory, by content: functions of the same content share it. Only the worker's thread takes it from here."""


def compile_program(program: Program, build: Build) -> NativeCode:
    """Return the compiled code of a program, built in one of its ways; on the worker's thread.

    Raises
    ------
    TooLargeError
        If the program has too many elements to be written out.
    NoMemoryError
        If the limits of this process leave too little memory.
    RuntimeError
        If the compiler fails.
    """
    found = load_program(program, build)
    if found is None:
        check_size(program)
        check_memory(COMPILE_BYTES + ELEMENT_BYTES * count_elements(program))
        _prepare_driver(program)
        with ieee():
            objects, name = _built(program, build), content_key(program, build)
        store.save(name, objects)
        found = _codes[name] = _loaded(program, build, objects)
    return found


def is_kept(program: Program, build: Build) -> bool:
    """Whether compiled code of a program is in memory or on disk, as far as names tell: asking takes 0.1 ms, the worker's thread more."""
    name = content_key(program, build)
    return name in _codes or store.is_there(name)


def load_program(program: Program, build: Build) -> NativeCode | None:
    """Return the compiled code of a program if it is in memory or on disk; on the worker's thread.

    Raises
    ------
    NoMemoryError
        If the limits of this process leave too little memory.
    """
    name = content_key(program, build)
    found = _codes.get(name)
    if found is None and (objects := store.load(name)) is not None:
        check_memory(LOAD_BYTES)
        _prepare_driver(program)
        with contextlib.suppress(Exception):  # not what `_built` would have written: it is compiled again and replaced
            found = _codes[name] = _loaded(program, build, objects)
    return found


def _prepare_driver(program: Program) -> None:
    """Have the driver and its kernels compiled or loaded: the first time on a machine that takes a second, for which nobody waits."""
    summing = any(leaf.gradient is not None for leaf in program.parameters)
    addresses(program.dtype, common(program, native=True).values())
    driver(summing)(0, 0, 0, 0, 0, 0, 0)


def _built(program: Program, build: Build) -> list[bytes]:
    """Compile a program; return a description and the object code of its functions."""
    elements = Elements(program, *build)
    row_by_row = along(program, build, elements)
    if row_by_row is not None:
        streams = [entry(program, *result) for result in streamed_along(program, row_by_row[1].parts[0].steps)]
        description = {"scratch": 0, "vectors": MOST_VECTORS, "whole": False, "streams": streams, "kernels": []}
        return [json.dumps(description).encode(), compiled(emit_along(program, *row_by_row, streams, _symbol(0)))]
    schedule = plan(elements)
    parts, rows, vectors = schedule.parts, schedule.places.rows, vectors_of_a_pass(program, schedule)
    whole = any(part.multiplies for part in parts)
    # Rows that are an odd number of lines apart do not compete for the same places of the cache.
    pitch = (vectors | 1) * VECTOR_BYTES
    streams = [entry(program, *result) for result in streamed(program, parts, build.columns)]
    objects = []
    for number in range(len(parts)):
        check_stopped()
        objects.append(compiled(emit(program, schedule, build.columns, pitch, number, _symbol(number))))
    kernels = {kernel_of(step) for part in parts if part.multiplies for step in part.steps}
    description = {"scratch": rows * pitch, "vectors": vectors, "whole": whole, "streams": streams, "kernels": sorted(kernels)}
    return [json.dumps(description).encode(), *objects]


def vectors_of_a_pass(program: Program, schedule: Schedule) -> int:
    """Return for how many vectors of rows a function runs before the next one does."""
    if len(schedule.parts) == 1:
        return MOST_VECTORS
    if schedule.one_vector:
        return 1
    vectors = program.lanes // program.width
    if any(part.multiplies for part in schedule.parts):
        return vectors
    columns = sum(leaf.size * (1 + (leaf.gradient is not None)) for leaf in program.inputs) + sum(each.size for each in program.outputs)
    of_one = max(1, schedule.places.rows) * VECTOR_BYTES, max(1, columns) * VECTOR_BYTES
    return max(1, min(vectors, SCRATCH_BYTES // of_one[0], ARRAY_BYTES // of_one[1]))


def _symbol(number: int) -> str:
    return f"staticgraph_{number}"


def _loaded(program: Program, build: Build, objects: list[bytes]) -> NativeCode:
    description = json.loads(objects[0])
    code = Loaded(objects[1:])
    kernels = {number: _kernel(program.dtype, number) for number in description["kernels"]}
    functions = [code.address(_symbol(number)) for number in range(len(objects) - 1)]
    table = np.array([0, 0, description["vectors"], 0, program.uniforms, *functions], np.int64)
    table[FIRST], table[LAST] = table.ctypes.data + WORD_BYTES * CODE_WORDS, table.ctypes.data + table.nbytes
    return NativeCode(
        table=table,
        kernels=tuple(kernels[each].address(kernel_name(program.dtype, each)) if each in kernels else 0 for each in range(len(VARIANTS))),
        scratch=description["scratch"],
        whole=description["whole"],
        columns=build.columns,
        streams=frozenset(description["streams"]),
        loaded=(code, *kernels.values()),
    )


@cache
def _kernel(dtype: np.dtype[Any], number: int) -> Loaded:
    """Return a kernel for products of matrices, one for all programs: all of them together take ten times as long to compile."""
    name = store.key("kernel", str(dtype), str(number), compiler_digest(), processor())
    objects = store.load(name)
    if objects is None:
        objects = [compiled(kernel_text(dtype, number), 3, optimise=True)]
        store.save(name, objects)
    return Loaded(objects)
