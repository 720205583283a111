"""Long rows: `python -m bench.long_rows` prints what rows of many elements take, and how long the loops over them take to compile.

Value and gradient of `sum(sin(x) * exp(-x * x))` in float64 on one thread, nanoseconds an element, in turns, beside a Numba loop by hand
along rows.
"""

import math
from typing import Any

import numba
import numpy as np

import staticgraph as sg

from .timing import interleaved, seconds

LENGTHS = (1000, 10_000, 100_000)
ELEMENTS = 4_000_000


def waves(x: Any) -> Any:
    """The function."""
    return np.sum(np.sin(x) * np.exp(-x * x))


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]  # Numba has no types
def by_hand(x: Any, values: Any, gradients: Any) -> None:
    """Compute value and gradient row by row."""
    for row in range(x.shape[0]):
        total = 0.0
        for place in range(x.shape[1]):
            each = x[row, place]
            sine, cosine, bell = math.sin(each), math.cos(each), math.exp(-each * each)
            total += sine * bell
            gradients[row, place] = bell * (cosine - 2.0 * each * sine)
        values[row] = total


def measure(length: int, elements: int = ELEMENTS) -> tuple[float, dict[str, float]]:
    """Return the seconds until a function of rows of so many elements is compiled, and what an element takes."""
    rows = elements // length
    x, values, gradients = np.random.default_rng(0).normal(size=(rows, length)), np.empty(rows), np.empty((rows, length))
    made: list[sg.Function] = []

    def compiled() -> None:
        made.append(sg.compile(waves(sg.input("x", length)), engine="native"))
        made[-1].grad(x[:8])

    compiling = seconds(compiled)
    slow = sg.compile(waves(sg.input("x", length)), engine="interpreter")
    found = interleaved({
        "native": lambda: made[0].value_and_grad(x, out=(values, (gradients,)), threads=1),
        "interpreter": lambda: slow.value_and_grad(x, out=(values, (gradients,)), threads=1),
        "Numba by hand": lambda: by_hand(x, values, gradients),
    })
    return compiling, {name: 1e9 * each / (rows * length) for name, each in found.items()}


def main() -> None:
    """Measure and print."""
    print("| elements | compile and first call, s | native, ns | interpreter | Numba by hand | by hand / native |")
    print("|---|---|---|---|---|---|")
    for length in LENGTHS:
        compiling, found = measure(length)
        columns = " | ".join(f"{each:.2f}" for each in found.values())
        print(f"| {length:,} | {compiling:.2f} | {columns} | {found['Numba by hand'] / found['native']:.1f} |")


if __name__ == "__main__":
    main()
