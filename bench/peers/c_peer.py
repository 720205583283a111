"""C by hand, `by_hand.c`, compiled on the spot and run by one thread for each core."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..cases import CENTRES, WIDTHS, Case
from . import BY_HAND, Prepared, Results, Skip

NAME, KIND = "C by hand", BY_HAND
SOURCE = Path(__file__).with_name("by_hand.c")
THREADS = os.cpu_count() or 1
EXTRA = {"gaussians": (CENTRES, WIDTHS)}
WRITTEN = ("xyz", "rosenbrock_10", "rosenbrock_100", "gaussians", "lennard_jones", "black_scholes")


@cache
def compiled() -> Any:
    """Compile the functions; `Skip` where that cannot be."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Skip("there is no C compiler")
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    if " avx512dq" not in flags:
        raise Skip("the processor has no AVX-512")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "by_hand.so"
        command = [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-lmvec", "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Skip(f"the compiler failed: {done.stderr.splitlines()[0]}")
        return ctypes.CDLL(str(library))


def shared(name: str, rows: int, arrays: Sequence[np.ndarray]) -> Callable[[], None]:
    """Give a call of a function that shares the rows among the threads; the rows beyond the last eight are left alone."""
    function = getattr(compiled(), name)
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]  # these keep the arrays alive
    bounds = [ctypes.c_long(rows // 8 * part // THREADS * 8) for part in range(THREADS + 1)]
    pool = ThreadPoolExecutor(THREADS)

    def call() -> None:
        waiting = [pool.submit(function, bounds[part], bounds[part + 1], *pointers) for part in range(THREADS)]
        for each in waiting:
            each.result()

    return call


def prepare(case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Compile, and bind a case's arrays."""
    if case.name not in WRITTEN:
        raise Skip("it is not written")
    given = [np.ascontiguousarray(array) for array in arguments]
    rows = len(given[0])
    value, gradients = np.zeros(rows), [np.zeros_like(array) for array in given]
    call = shared(case.name, rows, [*given, value, *gradients, *EXTRA.get(case.name, ())])

    def results(_: Any) -> Results:
        return value, gradients

    return call, results
