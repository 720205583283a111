"""Three loops that stand for what a machine does: a fused loop by hand, a triad of memory, and multiplications with additions."""

import contextlib
import ctypes
import os
from collections.abc import Callable
from functools import cache

import llvmlite.binding as llvm
import numpy as np
from numba import njit

ROWS, REPEATS = 2048, 24
"""Rows of ten columns that the fused loop takes through the second cache, and how often."""
TRIAD = 1 << 22
TRIAD_BYTES = 3 * 8 * TRIAD
"""Bytes of the triad's three arrays, 96 MB: beyond a processor's caches."""
CHAINS, STEPS = 10, 1 << 18
"""Independent chains hide the latency of an operation: 8 would do where 2 are begun in each cycle and one takes 4 cycles."""


def cores() -> list[int]:
    """Number the cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def stay_on(core: int) -> None:
    """Keep the calling thread on a core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {core})


@njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"}, cache=True)
def _rosenbrock(x, value, gradient, repeats):
    """Rosenbrock's function and its gradient, column by column."""
    for _ in range(repeats):
        value[:] = 0.0
        gradient[0] = 0.0
        for j in range(len(x) - 1):
            for i in range(x.shape[1]):
                here = x[j, i]
                miss, rest = x[j + 1, i] - here * here, 1.0 - here
                value[i] += 100.0 * miss * miss + rest * rest
                gradient[j, i] -= 2.0 * (here * 200.0 * miss + rest)
                gradient[j + 1, i] = 200.0 * miss


@njit(nogil=True, error_model="numpy", cache=True)
def _triad(a, b, c, factor):
    for i in range(len(a)):
        a[i] = b[i] + factor * c[i]


def fused() -> Callable[[], object]:
    """Give the fused loop with data of its own."""
    x = np.random.default_rng(0).normal(size=(10, ROWS))
    value, gradient = np.zeros(ROWS), np.zeros((10, ROWS))
    return lambda: _rosenbrock(x, value, gradient, REPEATS)


def triad() -> Callable[[], object]:
    """Give the triad with data of its own."""
    a, b, c = (np.ones(TRIAD) for _ in range(3))
    return lambda: _triad(a, b, c, 3.0)


@cache
def _machine() -> tuple[llvm.ExecutionEngine, int]:
    """Compile the chains for the processor; give the engine, which keeps the code, and the lanes of a register."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    lanes = 8 if features.get("avx512f") else 4 if features.get("avx2") else 2
    target = llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=2)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(_chains(lanes)), target)
    engine.finalize_object()
    return engine, lanes


def _chains(lanes: int) -> str:
    vector = f"<{lanes} x double>"
    phis = "\n".join(f"  %a{k} = phi {vector} [splat (double {k}.0), %entry], [%b{k}, %loop]" for k in range(CHAINS))
    call = f"call {vector} @llvm.fma.v{lanes}f64({vector}"
    steps = "\n".join(f"  %b{k} = {call} %a{k}, {vector} splat (double 0.5), {vector} splat (double 1.0))" for k in range(CHAINS))
    stores = "\n".join(
        f"  %p{k} = getelementptr {vector}, ptr %to, i64 {k}\n  store {vector} %b{k}, ptr %p{k}, align 8" for k in range(CHAINS)
    )
    return f"""
declare {vector} @llvm.fma.v{lanes}f64({vector}, {vector}, {vector})
define void @chains(i64 %count, ptr %to) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
{phis}
{steps}
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %loop, label %done
done:
{stores}
  ret void
}}"""


def flops() -> int:
    """Count the operations of the chains."""
    return 2 * CHAINS * _machine()[1] * STEPS


def fma() -> Callable[[], object]:
    """Give chains of multiplications with additions in registers."""
    engine, lanes = _machine()
    run = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)(engine.get_function_address("chains"))
    to = np.empty(CHAINS * lanes)
    return lambda: run(STEPS, to.ctypes.data)


LOOPS = {"fused": fused, "triad": triad, "fma": fma}
