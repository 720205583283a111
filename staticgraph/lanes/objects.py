"""From LLVM text to object code, and from object code to functions at addresses."""

import ctypes
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from llvmlite.binding import ffi

from ..compiler.worker import keep
from .processor import processor_name
from .sums_of_products import VARIANTS, kernel

LEVEL = 2
"""Of code generation."""


@cache
def _initialised() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def processor() -> str:
    """Describe what code is made for: the processor, its features, and the compiler."""
    versions = (llvmlite.__version__, ".".join(map(str, llvm.llvm_version_info)))
    return " ".join((llvm.get_process_triple(), *processor_name(), *versions))


def target_machine(level: int) -> Any:
    """Return what makes code for this processor; each thread has its own. It serves many modules, as it takes 1.3 ms to make."""
    _initialised()
    name, features = processor_name()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=name, features=features, opt=level, codemodel="jitdefault")


@cache
def _emitting() -> Any:
    """Return LLVM's function that makes object code, without llvmlite's lock: modules of different contexts share nothing."""
    locked = ffi.lib.LLVMPY_TargetMachineEmitToMemory
    free = ctypes.CDLL(ffi.lib._name).LLVMPY_TargetMachineEmitToMemory
    free.argtypes, free.restype = locked.argtypes, locked.restype
    return free


def _emitted(machine: Any, module: Any) -> bytes:
    with ffi.OutputString() as message:
        buffer = _emitting()(machine, module, True, message)
        if not buffer:
            raise RuntimeError(str(message))
    try:
        return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), ffi.lib.LLVMPY_GetBufferSize(buffer))
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def compiled(text: str, level: int = LEVEL, optimise: bool = False) -> bytes:
    """Return the object code of a module."""
    return compiled_by(target_machine(level), text, optimise)


def compiled_by(machine: Any, text: str, optimise: bool = False) -> bytes:
    """Return the object code of a module, which has a context of its own, so that other threads compile others meanwhile."""
    with closing(llvm.create_context()) as context, closing(llvm.parse_assembly(text, context)) as module:
        if optimise:
            passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
            passes.getModulePassManager().run(module, passes)
        return _emitted(machine, module)


def compiled_for(text: str, target: str | None) -> bytes:
    """Return the object code of a module that stands alone, position-independent: for this processor, or for any of a triple.

    Raises
    ------
    ValueError
        For a triple that the compiler does not know.
    """
    _initialised()
    if target is None:
        triple, (name, features) = llvm.get_process_triple(), processor_name()
    else:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        triple, name, features = target, "", ""
    try:
        machine = llvm.Target.from_triple(triple).create_target_machine(cpu=name, features=features, opt=2, reloc="pic")
    except RuntimeError as error:
        raise ValueError(f"the target {triple!r} is unknown; a target is a triple such as 'aarch64-linux-gnu': {error}") from None
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = triple, str(machine.target_data)
    code: bytes = machine.emit_object(module)
    return code


def kernel_text(dtype: np.dtype[Any], number: int) -> str:
    """Return the module of a kernel for products of matrices."""
    module = ir.Module()
    made = kernel(module, dtype, VARIANTS[number])
    made.linkage, made.name = "external", kernel_name(dtype, number)
    return str(module)


def kernel_name(dtype: np.dtype[Any], number: int) -> str:
    """Return the symbol of a kernel."""
    return f"staticgraph_product_{dtype}_{number}"


class Loaded:
    """Object code in memory, ready to be called while this lives. Where it is dropped, LLVM is not called: the worker frees the code."""

    def __init__(self, objects: Sequence[bytes]) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine(LEVEL))
        for code in objects:
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        keep(self, self._engine)

    def address(self, name: str) -> int:
        """Return the address of a function."""
        found: int = self._engine.get_function_address(name)
        return found
