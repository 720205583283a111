"""Compile a rule alone, for this processor or for another set of instructions, and call it on arrays.

Tests compare the bits of different instruction sets with it; whoever writes a kernel reads its assembly with it.
"""

import ctypes
from collections.abc import Callable
from functools import cached_property
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import cgutils

from staticgraph.lanes.code import Code
from staticgraph.lanes.permuting import AVX2
from staticgraph.lanes.types import INT
from staticgraph.records.instruction import VECTOR_BYTES

INSTRUCTION_SETS = {"AVX-512": "x86-64-v4", "AVX2": "x86-64-v3", "SSE2": "x86-64"}
"""The name of each set and what LLVM calls the processor that has it."""
_NEEDED = {"AVX-512": ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"), "AVX2": ("avx2", "bmi2", "fma"), "SSE2": ("sse2",)}


def runnable_sets() -> list[str]:
    """Return LLVM's names for the instruction sets that this processor has; none if it is of another kind."""
    has = llvm.get_host_cpu_features()
    return [each for name, each in INSTRUCTION_SETS.items() if all(has.get(feature, False) for feature in _NEEDED[name])]


def code_for(processor: str) -> type[Code]:
    """Return the class of code for a processor by LLVM's name, none for this one."""

    class CodeFor(Code):
        permutations = {INSTRUCTION_SETS["AVX2"]: AVX2, INSTRUCTION_SETS["SSE2"]: ""}.get(processor)

        def at(self, builder: Any) -> Code:
            return CodeFor(builder, self.dtype)

    return CodeFor


class Emitted:
    """The loop of one rule over arrays.

    Parameters
    ----------
    rule
        A gate's forward rule, or any function of lanes; one of several results gives a list.
    arity
        How many operands it takes.
    dtype
        Of all arrays.
    processor
        What LLVM calls it; this machine's by default.
    results
        How many results the rule has, if they are a list.

    Attributes
    ----------
    code : str
        The optimised LLVM code.
    """

    def __init__(self, rule: Callable[..., Any], arity: int, dtype: Any, processor: str = "", results: int | None = None) -> None:
        self.dtype, self.arity, self.results, self.processor = np.dtype(dtype), arity, results, processor
        target = llvm.Target.from_triple(llvm.get_process_triple())
        features = "" if processor else llvm.get_host_cpu_features().flatten()
        self.machine = target.create_target_machine(cpu=processor or llvm.get_host_cpu_name(), features=features, opt=3)
        module = llvm.parse_assembly(str(self._module(rule)))
        module.verify()
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        passes = llvm.create_pass_builder(self.machine, tuning)
        passes.getModulePassManager().run(module, passes)
        self.code = str(module)
        self.engine = llvm.create_mcjit_compiler(module, self.machine)
        self.engine.finalize_object()
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * (arity + (results or 1) + 1))
        self.run = kind(self.engine.get_function_address("run"))

    @cached_property
    def assembly(self) -> str:
        """What the processor runs; few ask, and writing it takes as long as compiling."""
        made: str = self.machine.emit_assembly(llvm.parse_assembly(self.code))
        return made

    def _module(self, rule: Callable[..., Any]) -> ir.Module:
        module = ir.Module()
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT] * (self.arity + (self.results or 1) + 1)), "run")
        builder = ir.IRBuilder(function.append_basic_block())
        code = code_for(self.processor)(builder, self.dtype)
        with cgutils.for_range(builder, function.args[-1], intp=INT) as loop:
            offset = builder.mul(loop.index, ir.Constant(INT, VECTOR_BYTES))
            operands = [code.load(builder.add(address, offset)) for address in function.args[: self.arity]]
            made = rule(*operands)
            for value, address in zip([made] if self.results is None else made, function.args[self.arity : -1], strict=True):
                code.store(value, builder.add(address, offset))
        builder.ret_void()
        return module

    def __call__(self, *arrays: Any) -> Any:
        """Return the rule's values for arrays of the same length, a list of them for several results."""
        count, width = len(arrays[0]), VECTOR_BYTES // self.dtype.itemsize
        padded = -(-count // width) * width
        places = [self._aligned(padded) for _ in range(self.arity + (self.results or 1))]
        for place, array in zip(places, arrays, strict=False):
            place[:] = np.resize(np.asarray(array, self.dtype), padded)
        self.run(*(place.ctypes.data for place in places), padded // width)
        made = [place[:count] for place in places[self.arity :]]
        return made[0] if self.results is None else made

    def _aligned(self, count: int) -> Any:
        memory = np.zeros(count * self.dtype.itemsize + VECTOR_BYTES, np.uint8)
        start = -memory.ctypes.data % VECTOR_BYTES
        return memory[start : start + count * self.dtype.itemsize].view(self.dtype)


llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
