"""`python -m staticgraph`: what is installed, on which machine, and whether it works here."""

import platform
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np

from . import __version__, compile, get_engine, get_num_threads, input, parameter
from .compiler import store
from .lanes.objects import processor


def told() -> str:
    """Return the versions, the processor, the threads and the cache, a line each."""
    place = store.folder()
    files = list(place.glob(f"*{store.SUFFIX}")) if place is not None and place.is_dir() else []
    used, most = sum(file.stat().st_size for file in files) / 2**20, store.limit() / 2**20
    lines = {
        "staticgraph": __version__,
        "Python": f"{platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in ('numpy', 'numba', 'llvmlite'))}",
        "processor": processor().partition("+")[0].strip(),
        "engine": f"{get_engine()}, {get_num_threads()} thread(s)",
        "cache": "off" if place is None else f"{place}: {len(files)} file(s), {used:.1f} of {most:.0f} MB",
    }
    return "\n".join(f"{name:12} {text}" for name, text in lines.items())


def failures() -> list[str]:
    """Return what does not work here: gradients by both engines must have the same bits, and be right."""
    x, w = input("x", 3), parameter("w", 3)
    output: Any = np.sum(np.exp(-x * x) * w)
    rows, weights = np.linspace(-1.0, 1.0, 3003).reshape(-1, 3), np.array([1.0, 2.0, 3.0])
    wanted = -2.0 * rows * np.exp(-rows * rows) * weights
    found = {engine: compile(output, [x, w], engine=engine).value_and_grad(rows, weights) for engine in ("interpreter", "native")}
    failed = [
        f"the gradient by the engine {engine!r} is wrong" for engine, (_, gradient) in found.items()
        if not np.allclose(gradient.x, wanted, rtol=1e-13, atol=1e-15)
    ]  # fmt: skip
    bits = {(value.tobytes(), gradient.x.tobytes(), gradient.w.tobytes()) for value, gradient in found.values()}
    return failed if len(bits) == 1 else [*failed, "the engines differ"]


def main() -> int:
    """Print what there is, check it, and return the exit status."""
    print(told())
    start = time.perf_counter()
    failed = failures()
    print("\n".join(failed) if failed else f"{'self-check':12} passed in {time.perf_counter() - start:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
