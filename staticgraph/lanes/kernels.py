"""Kernels: the loops that the machine calls at addresses, one for each gate, direction and case, emitted when a program needs them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir

from ..gates import CONTRACTION, ELEMENTWISE, LAYOUT, REDUCTION, Gate
from ..gates.analysis import is_elementary, vanishes
from ..instruction import Instruction
from ..table import KERNEL_ARGUMENTS
from .contraction import backward_cases, contraction_backward, contraction_forward, forward_case
from .decode import Decoder
from .strips import clear, elementwise_backward, elementwise_forward, layout_backward, layout_forward, reduction_backward, reduction_forward
from .types import INT
from .value import Code


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


def _of_instruction(name: str, emit: Callable[[Code, Decoder], None]) -> Kernel:
    return Kernel(name, lambda code, arguments: emit(code, Decoder(code, arguments)))


CLEARING = _of_instruction("clear", clear)
"""The kernel that starts gradient rows."""


def forward_kernel(gate: Gate, instruction: Instruction) -> Kernel:
    """Return the kernel that runs an instruction of a gate forward."""
    name = f"forward.{gate.name}"
    if gate.kind == CONTRACTION:
        swapped, variant = forward_case(gate, instruction)
        name += "." + _letters(swapped, *variant)
        return _of_instruction(name, partial(contraction_forward, gate, swapped=swapped, variant=variant))
    if gate.kind == LAYOUT:
        return _of_instruction("forward.layout", layout_forward)
    return _of_instruction(name, partial({ELEMENTWISE: elementwise_forward, REDUCTION: reduction_forward}[gate.kind], gate))


def backward_kernel(gate: Gate, instruction: Instruction, guarded: bool) -> Kernel:
    """Return the kernel that runs an instruction of a gate backward, with zeros guarded or not.

    Often one kernel does for both, so that fewer are compiled. A rule that makes zero of a zero upstream gradient by itself needs no guard:
    neither has one. Beside an elementary function a guard costs nothing: both have one.
    """
    if gate.kind == LAYOUT:
        return _of_instruction("backward.layout", layout_backward)
    needs = instruction.backward
    really = (guarded or is_elementary(gate)) and not vanishes(gate, needs)
    name = f"backward.{gate.name}.{needs}.{really:d}"
    if gate.kind == CONTRACTION:
        variants = backward_cases(gate, instruction, really)
        name = ".".join([name, *("none" if each is None else _letters(*each) for each in variants)])
        return _of_instruction(name, partial(contraction_backward, gate, variants=variants))
    if gate.kind == REDUCTION:
        return _of_instruction(name, partial(reduction_backward, gate, guarded=really))
    return _of_instruction(name, partial(elementwise_backward, gate, needs=needs, guarded=really))


def _letters(*flags: bool) -> str:
    return "".join(f"{flag:d}" for flag in flags)
