"""The processor that code is made for."""

from platform import machine

import llvmlite.binding as llvm
from numba.core import config


def processor_name() -> tuple[str, str]:
    """Return the name and the features that Numba compiles for, the interpreter among the rest."""
    name, features = config.CPU_NAME, config.CPU_FEATURES
    if features is None:
        features = llvm.get_host_cpu_features().flatten()
    return (llvm.get_host_cpu_name() if name in (None, "host") else name), features


def stores_past_caches() -> bool:
    """Whether the processor is one on which stores past the caches have been measured, and whose fence is known: an x86-64."""
    return machine().lower() in ("x86_64", "amd64")
