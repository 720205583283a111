"""Compiled code of a program: emitted, compiled or loaded from disk, and what it needs to run."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..instruction import VECTOR_BYTES
from ..interpreter import rules_digest
from ..lanes.objects import KERNELS, Loaded, compiled, kernel_name, kernels_text, processor
from ..program import Program
from .elements import Elements
from .emission import emit
from .frame import KERNEL, entry, length
from .schedule import Placing, cut, heavy

SCRATCH_BYTES = 1 << 18
"""Values that wait between functions stay in the second-level cache."""
STAGED_BYTES = 1 << 14
"""What is gathered, scattered or streamed in one pass stays in the first-level cache."""


@dataclass(frozen=True, eq=False)
class NativeCode:
    """Compiled code of a program, for upstream gradients from outside (`seeded`) or of 1.

    Attributes
    ----------
    functions : numpy.ndarray of int64
        The addresses of its functions, in the order in which they run.
    kernels : tuple of int
        The addresses of the kernels for products of matrices.
    scratch : int
        Bytes of scratch memory.
    step : int
        Vectors of rows for which its functions run one after another.
    loaded : Loaded
        What keeps the code in memory.
    """

    functions: Any
    kernels: tuple[int, ...]
    scratch: int
    step: int
    loaded: Loaded


def compile_program(program: Program, seeded: bool) -> NativeCode:
    elements = Elements(program, seeded)
    called = heavy(elements)
    parts = cut(elements, called)
    places = Placing(parts).places(len(parts))
    vectors = program.lanes // program.width
    if len(parts) > 1 and not any(part.multiplies for part in parts):
        vectors = max(1, min(vectors, SCRATCH_BYTES // (max(1, places.rows) * VECTOR_BYTES)))
    pitch = (vectors | 1) * VECTOR_BYTES
    names = [f"staticgraph_{number}" for number in range(len(parts))]
    texts = [emit(elements, called, places, pitch, part, number, names[number]) for number, part in enumerate(parts)]
    loaded = Loaded([*map(compiled, texts), compiled(kernels_text(program.dtype), 3, optimise=True)])
    return NativeCode(
        functions=np.array([loaded.address(name) for name in names], np.int64),
        kernels=tuple(loaded.address(kernel_name(program.dtype, number)) for number in range(len(KERNELS))),
        scratch=places.rows * pitch,
        step=vectors,
        loaded=loaded,
    )
