"""From LLVM text to object code, and from object code to functions at addresses."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from ..compiler.worker import keep
from .processor import processor_name
from .sums_of_products import VARIANTS, kernel


@cache
def _initialised() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def processor() -> str:
    """Describe what code is made for: the processor, its features, and the compiler."""
    versions = (llvmlite.__version__, ".".join(map(str, llvm.llvm_version_info)))
    return " ".join((llvm.get_process_triple(), *processor_name(), *versions))


def _target(level: int) -> Any:
    _initialised()
    name, features = processor_name()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=name, features=features, opt=level, codemodel="jitdefault")


def compiled(text: str, level: int = 2, optimise: bool = False) -> bytes:
    """Return the object code of a module."""
    machine = _target(level)
    module = llvm.parse_assembly(text)
    if optimise:
        passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
        passes.getModulePassManager().run(module, passes)
    code: bytes = machine.emit_object(module)
    return code


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
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(2))
        for code in objects:
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        keep(self, self._engine)

    def address(self, name: str) -> int:
        """Return the address of a function."""
        found: int = self._engine.get_function_address(name)
        return found
