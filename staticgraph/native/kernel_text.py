"""The text of a function that calls a kernel for a product of matrices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lanes.code import Code
from ..records.instruction import VECTOR_BYTES
from .text import PARAMETERS

Place = tuple[int, int, int, int]
"""Rows for a kernel: the entry of the frame that holds their base, the offset there, the steps between rows and between vectors."""


def kernel_call(name: str, dtype: np.dtype[Any], kernel: int, places: Sequence[Place | None], steps: Sequence[int]) -> str:
    """Return the module of a function that calls the kernel whose address the frame holds; rows that are None are lanes of -0.0."""
    code = Code(None, dtype)
    lines, numbers = [f"@minus_zero = internal constant {code.vector} {code.splat(-0.0).get_reference()}, align {VECTOR_BYTES}"], []
    lines += [f"define void @{name}({PARAMETERS}) {{"]
    for number, place in enumerate(places):
        if place is None:
            numbers += ["ptrtoint (ptr @minus_zero to i64)", 0, 0]
            continue
        entry, offset, *strides = place
        lines += [f"%p{number} = getelementptr i64, ptr %frame, i64 {entry}", f"%b{number} = load i64, ptr %p{number}"]
        lines += [f"%r{number} = add i64 %b{number}, {offset}"]
        numbers += [f"%r{number}", *strides]
    arguments = ", ".join(f"i64 {each}" for each in (*numbers, *steps, "%vectors"))
    lines += [f"%k = getelementptr i64, ptr %frame, i64 {kernel}", "%kernel = load ptr, ptr %k"]
    return "\n".join([*lines, f"call void %kernel({arguments})", "ret void", "}", ""])
