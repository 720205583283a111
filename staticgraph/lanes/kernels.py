"""One kernel per gate and direction, and the `switch` that reaches them, as operations that a jitted function can call."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError

from ..gates import CONTRACTION, ELEMENTWISE, GATES, LAYOUT, REDUCTION, Gate
from ..gates.analysis import is_elementary, receiving, vanishes
from ..instruction import CLEAR
from .contraction import contraction_backward, contraction_forward
from .decode import FRAME, Decoder
from .jit import intrinsic, jitable
from .strips import clear, elementwise_backward, elementwise_forward, layout_backward, layout_forward, reduction_backward, reduction_forward
from .value import INT, Code

Emit = Callable[[Code, Decoder], None]


@jitable
def backward_number(opcode: Any, needs: Any, guarded: Any) -> Any:
    """Return the number of a backward kernel: of this gate, for this set of operands, with or without a guard."""
    return opcode << 4 | needs << 1 | guarded


FORWARD: dict[str, Callable[[Gate, Code, Decoder], None]] = {
    ELEMENTWISE: elementwise_forward,
    REDUCTION: reduction_forward,
    CONTRACTION: contraction_forward,
    LAYOUT: lambda _, code, machine: layout_forward(code, machine),
}
"""What emits a forward kernel, for each kind of gate."""


def forward_kernels() -> dict[int, tuple[str, Emit]]:
    """Return every forward kernel by its opcode."""
    return {gate.opcode: (gate.name, partial(FORWARD[gate.kind], gate)) for gate in GATES.values()}


def backward_kernels() -> dict[int, tuple[str, Emit]]:
    """Return every backward kernel by its number: gate, set of operands, and whether zeros are guarded.

    Where a rule makes zero of a zero by itself, both numbers lead to the kernel without a guard; where it takes an elementary
    function, beside which a guard costs nothing, to the one with it.
    """
    kernels: dict[int, tuple[str, Emit]] = {}
    for gate in GATES.values():
        everything = receiving(gate)
        for needs in (each for each in range(1, everything + 1) if each & everything == each):
            for guarded in (False, True):
                really = (guarded or is_elementary(gate)) and not vanishes(gate, needs)
                emit = _backward(gate, needs, really)
                kernels[backward_number(gate.opcode, needs, guarded)] = f"{gate.name}.{needs}.{really:d}", emit
    for guarded in (False, True):
        kernels[backward_number(CLEAR, 1, guarded)] = "clear", clear
    return kernels


def _backward(gate: Gate, needs: int, guarded: bool) -> Emit:
    if gate.kind == ELEMENTWISE:
        return lambda code, machine: elementwise_backward(gate, code, machine, needs, guarded)
    if gate.kind == REDUCTION:
        return lambda code, machine: reduction_backward(gate, code, machine, guarded)
    if gate.kind == CONTRACTION:
        return lambda code, machine: contraction_backward(gate, code, machine, needs, guarded)
    return layout_backward


def _kernel(module: Any, name: str, dtype: np.dtype[Any], emit: Emit) -> Any:
    """Return the function of a kernel, emitted the first time."""
    function_type = ir.FunctionType(ir.VoidType(), [INT] * len(FRAME))
    function = cgutils.get_or_insert_function(module, function_type, f"staticgraph.{name}")
    if function.is_declaration:
        function.linkage = "internal"
        function.attributes.add("noinline")
        function.attributes.add("optsize")  # no unrolling: 5.4 s to compile instead of 8.9, and the loops are bound by memory
        code = Code(ir.IRBuilder(function.append_basic_block()), dtype)
        emit(code, Decoder(code, function.args))
        code.builder.ret_void()
    return function


def _switch(builder: Any, number: Any, frame: Any, dtype: np.dtype[Any], kernels: dict[int, tuple[str, Emit]], kind: str) -> None:
    done = builder.append_basic_block("done")
    switch = builder.switch(number, done)
    blocks: dict[str, Any] = {}
    for each, (name, emit) in kernels.items():
        if name not in blocks:
            blocks[name] = builder.append_basic_block(name)
            with builder.goto_block(blocks[name]):
                builder.call(_kernel(builder.module, f"{kind}.{name}", dtype, emit), frame)
                builder.branch(done)
        switch.add_case(each, blocks[name])
    builder.position_at_end(done)


def _dispatcher(kind: str, kernels: Callable[[], dict[int, tuple[str, Emit]]]) -> Any:
    @intrinsic
    def run(typing_context: Any, number: Any, frame: Any, like: Any) -> Any:
        if not isinstance(frame, types.BaseTuple) or [each.bitwidth for each in frame.types] != [64] * len(FRAME):
            raise TypingError(f"a kernel takes a frame of {len(FRAME)} 64-bit integers: {', '.join(FRAME)}")

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            values = cgutils.unpack_tuple(builder, arguments[1])
            dtype = np.dtype(str(signature.args[2].dtype))
            _switch(builder, arguments[0], values, dtype, kernels(), kind)
            return context.get_dummy_value()

        return types.void(types.int32, frame, like), generate

    return run


run_forward = _dispatcher("forward", forward_kernels)
"""`run_forward(opcode, frame, tile)`: run one instruction forward."""
run_backward = _dispatcher("backward", backward_kernels)
"""`run_backward(number, frame, tile)`: run one instruction backward."""


@intrinsic
def read(typing_context: Any, address: Any, like: Any) -> Any:
    """Read an element of the array's dtype at an address, aligned or not."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        stored = context.get_data_type(signature.return_type)
        return builder.load(builder.inttoptr(arguments[0], stored.as_pointer()), align=1)

    return like.dtype(types.int64, like), generate


@intrinsic
def write(typing_context: Any, address: Any, value: Any) -> Any:
    """Write an element at an address, aligned or not."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        stored = context.get_value_as_data(builder, signature.args[1], arguments[1])
        builder.store(stored, builder.inttoptr(arguments[0], stored.type.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, value), generate
