"""The processor's time-stamp counter, as an operation of jitted functions."""

from typing import Any

from numba import types

from .counter import emit_ticks
from .jit import intrinsic


@intrinsic
def ticks(typing_context: Any) -> Any:
    """Read the clock: ticks since some moment, at a rate that does not change; 0 where there is none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return emit_ticks(builder)

    return types.int64(), generate
