"""Memory at addresses, and calls of kernels at theirs, as operations of jitted functions: the machine knows nothing else."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from ..records.table import KERNEL_ARGUMENTS
from .jit import intrinsic
from .processor import stores_past_caches
from .types import INT


def _place(builder: Any, table: Any, index: Any) -> Any:
    return builder.inttoptr(builder.add(table, builder.shl(index, INT(3))), INT.as_pointer())


@intrinsic
def get(typing_context: Any, table: Any, index: Any) -> Any:
    """Read a word of a table at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(builder, *arguments))

    return types.int64(types.int64, types.int64), generate


@intrinsic
def put(typing_context: Any, table: Any, index: Any, value: Any) -> Any:
    """Write a word of a table at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table, index, value = arguments
        builder.store(value, _place(builder, table, index))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def fence(typing_context: Any) -> Any:
    """Have what was written past the caches be written before what follows: on x86-64 nothing else sees to that."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if stores_past_caches():
            name = "llvm.x86.sse.sfence"
            builder.call(cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), []), name), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def run(typing_context: Any, kernel: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    """Call the kernel at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        declared = ir.FunctionType(ir.VoidType(), [INT] * KERNEL_ARGUMENTS)
        builder.call(builder.inttoptr(arguments[0], declared.as_pointer()), list(arguments[1:]))
        return context.get_dummy_value()

    return types.void(*[types.int64] * (1 + KERNEL_ARGUMENTS)), generate


@intrinsic
def run_function(typing_context: Any, address: Any, frame: Any, vectors: Any) -> Any:
    """Call a function of native code at an address, with its frame and how many vectors of rows it runs over."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, frame, vectors = arguments
        declared = ir.FunctionType(ir.VoidType(), [INT, INT])
        builder.call(builder.inttoptr(address, declared.as_pointer()), [frame, vectors])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate
