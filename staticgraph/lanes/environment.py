"""The floating-point environment: rounding, and what becomes of numbers below the smallest normal one, as operations of jitted functions.

A thread inherits it from the thread that made it, and a library that was built with `-ffast-math` changes it when it is loaded. So whatever
computes does so in the environment of IEEE 754 (to nearest, with subnormal numbers, without traps), and leaves the caller's as it was.
"""

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from .jit import intrinsic
from .types import INT

IEEE = {"x86_64": 0x1F80, "AMD64": 0x1F80}
"""What the control register holds in that environment; 0 on other processors."""
_WORD = ir.IntType(32)
_ON_X86 = platform.machine() in IEEE
_ON_ARM = platform.machine() in ("aarch64", "arm64")


def _mxcsr(builder: Any, operation: str, place: Any) -> None:
    pointer = _WORD.as_pointer()
    declared = ir.FunctionType(ir.VoidType(), [pointer])
    builder.call(cgutils.get_or_insert_function(builder.module, declared, f"llvm.x86.sse.{operation}"), [place])


def read_environment(builder: Any) -> Any:
    """Emit the reading of the control register of floating-point arithmetic; 0 where it is not known."""
    if _ON_X86:
        place = cgutils.alloca_once(builder, _WORD)
        _mxcsr(builder, "stmxcsr", place)
        return builder.zext(builder.load(place), INT)
    if _ON_ARM:
        return builder.asm(ir.FunctionType(INT, []), "mrs $0, fpcr", "=r", [], side_effect=True)
    return INT(0)


def write_environment(builder: Any, value: Any) -> None:
    """Emit the setting of the control register; nothing where it is not known."""
    if _ON_X86:
        place = cgutils.alloca_once(builder, _WORD)
        builder.store(builder.trunc(value, _WORD), place)
        _mxcsr(builder, "ldmxcsr", place)
    if _ON_ARM:
        builder.asm(ir.FunctionType(ir.VoidType(), [INT]), "msr fpcr, $0", "r", [value], side_effect=True)


@intrinsic
def get_environment(typing_context: Any) -> Any:
    """Return the control register."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return read_environment(builder)

    return types.int64(), generate


@intrinsic
def set_environment(typing_context: Any, value: Any) -> Any:
    """Set the control register."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        write_environment(builder, *arguments)
        return context.get_dummy_value()

    return types.void(types.int64), generate


IEEE_HERE = IEEE.get(platform.machine(), 0)
