"""Products of matrices: `python -m bench.products` prints how fast layers of several sizes are, beside BLAS as NumPy calls it.

`W @ x` for a square parameter `W` and a batch of `x`, and the gradients of `sum((W @ x)**2)` in both: two and six times `rows * size**2`
operations, on one thread, in float64 and float32, in turns.
"""

import sys
from typing import Any

import numpy as np

import staticgraph as sg

from .timing import in_new_process, interleaved

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
OPERATIONS = 4e8


def measure(size: int, dtype: Any, operations: float = OPERATIONS) -> dict[str, float]:
    """Return 1e9 operations a second: of products and of gradients, ours and by BLAS."""
    rows = max(256, min(20_000, int(operations / size**2)) // 256 * 256)
    x, matrix = sg.input("x", size), sg.parameter("matrix", (size, size))
    product = sg.compile(matrix @ x, dtype=dtype, engine="native")
    energy = sg.compile(np.sum(np.square(matrix @ x)), dtype=dtype, engine="native")
    generator = np.random.default_rng(0)
    values, weights = generator.normal(size=(rows, size)).astype(dtype), generator.normal(size=(size, size)).astype(dtype)
    made, by_value, by_weight = np.empty_like(values), np.empty_like(values), np.empty_like(weights)

    def by_blas() -> None:
        np.matmul(values, weights.T, out=made)
        np.multiply(made, 2.0, out=made)
        np.matmul(made, weights, out=by_value)
        np.matmul(made.T, values, out=by_weight)

    seconds = interleaved({
        "product": lambda: product(values, weights, out=made, threads=1),
        "product, BLAS": lambda: np.matmul(values, weights.T, out=made),
        "gradients": lambda: energy.grad(values, weights, out=(by_value, by_weight), threads=1),
        "gradients, BLAS": by_blas,
    })
    return {name: (6 if name.startswith("gradients") else 2) * rows * size**2 / each / 1e9 for name, each in seconds.items()}


def main() -> None:
    """Measure and print, each size in a process of its own, where BLAS has one thread; with a size and a dtype only that."""
    if len(sys.argv) > 1:
        print(*measure(int(sys.argv[1]), np.dtype(sys.argv[2])).values())
        return
    for dtype in ("float64", "float32"):
        print(f"\n{dtype}, 1e9 operations a second\n")
        print("| size | product | BLAS | ours / BLAS | gradients | BLAS | ours / BLAS |\n|---|---|---|---|---|---|---|")
        for size in SIZES:
            ours, blas, gradients, gradients_blas = in_new_process("bench.products", str(size), dtype, **ONE_THREAD)
            columns = (ours, blas, ours / blas, gradients, gradients_blas, gradients / gradients_blas)
            print(f"| {size} | {' | '.join(f'{each:.2f}' for each in columns)} |")


if __name__ == "__main__":
    main()
