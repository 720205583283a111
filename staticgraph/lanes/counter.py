"""The processor's time-stamp counter, as LLVM code: reading it takes 10 ns, calling the system's clock 25."""

import platform
from typing import Any

from llvmlite import ir

from .types import INT

COUNTERS = {"x86_64": None, "AMD64": None, "aarch64": "mrs $0, cntvct_el0", "arm64": "mrs $0, cntvct_el0"}
"""The instruction that reads a counter of constant rate; None where LLVM's own operation does that. On ARM that one traps."""


def has_clock() -> bool:
    """Return whether the processor is one whose clock is known."""
    return platform.machine() in COUNTERS


def emit_ticks(builder: Any) -> Any:
    """Emit the reading of the clock; 0 where there is none."""
    if not has_clock():
        return INT(0)
    instruction, reading = COUNTERS[platform.machine()], ir.FunctionType(INT, [])
    if instruction is None:
        return builder.call(builder.module.declare_intrinsic("llvm.readcyclecounter", (), reading), [])
    return builder.asm(reading, instruction, "=r", [], side_effect=True)
