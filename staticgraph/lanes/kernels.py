"""Kernels: the loops that the machine calls at addresses, one for each gate, direction and case, emitted when a program needs them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..records.table import KERNEL_ARGUMENTS
from .code import Code
from .decode import Decoder, integer
from .types import INT


@dataclass(frozen=True)
class Kernel:
    """A kernel: the name by which it is known, what emits it from its arguments, and whether LLVM may unroll and specialise its loops.

    Without that (`optsize`) compiling takes 0.6 of the time. Gates' loops do without, as memory bounds them.
    """

    name: str
    emit: Callable[[Code, Sequence[Any]], None] = field(compare=False)
    unrolled: bool = False

    @property
    def symbol(self) -> str:
        """Its name in object code."""
        return f"staticgraph.kernel.{self.name}"

    def text(self, dtype: np.dtype[Any]) -> str:
        """Return its module as LLVM text."""
        module = ir.Module()
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT] * KERNEL_ARGUMENTS), self.symbol)
        if not self.unrolled:
            function.attributes.add("optsize")
        code = Code(ir.IRBuilder(function.append_basic_block()), dtype)
        self.emit(code, function.args)
        code.builder.ret_void()
        return str(module)


def of_instruction(name: str, emit: Callable[[Code, Decoder], None]) -> Kernel:
    """Return a kernel that runs an instruction, emitted from its decoded fields."""
    return Kernel(name, lambda code, arguments: emit(code, Decoder(code, arguments)))


def _clear(code: Code, machine: Decoder) -> None:
    """Emit the storing of -0.0 into gradient rows, so that every later write can add."""
    rows = machine.value("gradient")
    count = code.builder.mul(machine.field("rows"), machine.vectors)
    with cgutils.for_range(code.builder, count, intp=INT) as vector:
        code.store(-0.0, rows.address(integer(0), vector.index))


CLEARING = of_instruction("clear", _clear)
"""The kernel that starts gradient rows."""
