"""Time every elementary function against NumPy's of the same name: `python -m bench.functions [name ...]`.

A million elements of the interval in which the function has its shape (`tools.samples.draw_tame`), one thread, results into arrays that
exist already. NumPy's kernels for AVX-512 are allowed an error of 4 ulps. Its times are compared with those of native code, which is what
functions that run often become; the interpreter, which moves every tile into its own scratch and back, is timed beside it.
"""

import statistics
import sys
from collections.abc import Iterator

import numpy as np

import staticgraph as sg
from tools.samples import draw_tame

from .machine import conditions
from .timing import interleaved

FUNCTIONS = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh",
    "tanh", "arcsinh", "arccosh", "arctanh", "power", "cbrt", "hypot", "sigmoid", "softplus", "erf", "erfc", "ndtr", "log_ndtr", "lgamma",
    "digamma",
)  # fmt: skip
DTYPES = (np.float64, np.float32)
CALLS = ("native", "with gradient", "interpreter", "NumPy")


def times(name: str, dtype: type, elements: int, repeats: int = 15) -> dict[str, float]:
    """Return nanoseconds per element: native code, with the gradient, the interpreter, and NumPy (where it has the function)."""
    columns = draw_tame(name, dtype, elements, np.random.default_rng(0))
    leaves = [sg.input(letter) for letter in "ab"[: len(columns)]]
    value = getattr(sg, name)(*leaves)
    native, interpreter = (sg.compile(value, leaves, dtype=dtype, engine=engine) for engine in ("native", "interpreter"))
    out = native.value_and_grad(*columns, threads=1)
    calls = {
        "native": lambda: native(*columns, out=out[0], threads=1),
        "with gradient": lambda: native.value_and_grad(*columns, out=out, threads=1),
        "interpreter": lambda: interpreter(*columns, out=out[0], threads=1),
    }
    theirs = getattr(np, name, None)
    if theirs is not None:
        target = np.empty_like(columns[0])
        calls["NumPy"] = lambda: theirs(*columns, out=target)
    return {call: seconds / len(columns[0]) * 1e9 for call, seconds in interleaved(calls, repeats).items()}


def lines(names: list[str], elements: int = 1_000_000) -> Iterator[str]:
    """Yield the table, and the ratios' geometric means."""
    heads = [f"{np.dtype(dtype)}: {what}" for dtype in DTYPES for what in (*CALLS, "NumPy / native")]
    yield f"| function | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    ratios: dict[type, list[float]] = {dtype: [] for dtype in DTYPES}
    for name in names:
        cells = []
        for dtype in DTYPES:
            measured = times(name, dtype, elements)
            cells += [f"{measured[call]:.2f}" if call in measured else "" for call in CALLS]
            compared = [measured["NumPy"] / measured["native"]] if "NumPy" in measured else []
            cells.append(f"{compared[0]:.2f}" if compared else "")
            ratios[dtype] += compared
        yield f"| `{name}` | {' | '.join(cells)} |"
    for dtype in DTYPES:
        if ratios[dtype]:
            mean, least = statistics.geometric_mean(ratios[dtype]), min(ratios[dtype])
            yield f"\n{np.dtype(dtype)}: NumPy takes {mean:.2f} times as long in the geometric mean, {least:.2f} times at least."


def main(names: list[str]) -> None:
    """Print the table."""
    unknown = [name for name in names if name not in FUNCTIONS]
    if unknown:
        sys.exit(f"unknown function {unknown[0]!r}; there are {', '.join(FUNCTIONS)}")
    print(conditions(), end="\n\n")
    for line in lines(names or list(FUNCTIONS)):
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
