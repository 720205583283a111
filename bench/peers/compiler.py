"""C code compiled on the spot."""

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .peer import SkipError

FLAGS = ("-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC", "-pthread", "-D_GNU_SOURCE")


@functools.cache
def compiled(source: str) -> ctypes.CDLL:
    """Compile C source with what the machine has, and load it.

    Raises
    ------
    SkipError
        If there is no compiler or no AVX-512, or the compiler fails.
    """
    gcc = compiler()
    if not _has_avx512():
        raise SkipError("the processor has no AVX-512")
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder, "peer.c"), Path(folder, "peer.so")
        text.write_text(source)
        command = [gcc, *FLAGS, f"-I{Path(__file__).with_name('c')}", str(text), "-o", str(library), "-lmvec", "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SkipError(f"gcc failed: {done.stderr.strip()[:300]}")
        return ctypes.CDLL(str(library))


def compiler() -> str:
    """Find gcc, or raise `SkipError`."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise SkipError("no gcc found")
    return gcc


def _has_avx512() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return all(f" {each} " in flags for each in ("avx512f", "avx512dq", "avx512vl"))


def pointers(arrays: list[np.ndarray]) -> ctypes.Array[ctypes.c_void_p]:
    """Give the addresses of arrays, which the caller keeps alive."""
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


@functools.cache
def gcc_version() -> str:
    """Name the compiler."""
    if shutil.which("gcc") is None:
        return "no gcc"
    return "gcc " + subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
