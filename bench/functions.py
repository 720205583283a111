"""Time every elementary function against NumPy's of the same name: `python -m bench.functions [name ...]`.

A million elements of the interval in which the function has its shape (`tools.samples.draw_tame`), one thread, results into arrays that
exist already. NumPy's kernels for AVX-512 are allowed an error of 4 ulps.
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


def times(name: str, dtype: type, elements: int, repeats: int = 15) -> tuple[float, float, float]:
    """Return nanoseconds per element: ours, ours with the gradient, and NumPy's (NaN where it has none)."""
    columns = draw_tame(name, dtype, elements, np.random.default_rng(0))
    leaves = [sg.input(letter) for letter in "ab"[: len(columns)]]
    function = sg.compile(getattr(sg, name)(*leaves), leaves, dtype=dtype)
    out = function.value_and_grad(*columns, threads=1)
    calls = {
        "value": lambda: function(*columns, out=out[0], threads=1),
        "gradient": lambda: function.value_and_grad(*columns, out=out, threads=1),
    }
    theirs = getattr(np, name, None)
    if theirs is not None:
        target = np.empty_like(columns[0])
        calls["numpy"] = lambda: theirs(*columns, out=target)
    measured = interleaved(calls, repeats)
    value, gradient, numpy = (measured.get(each, float("nan")) / len(columns[0]) * 1e9 for each in ("value", "gradient", "numpy"))
    return value, gradient, numpy


def lines(names: list[str], elements: int = 1_000_000) -> Iterator[str]:
    """Yield the table, and the ratios' geometric means."""
    heads = [f"{np.dtype(dtype)}: {what}" for dtype in DTYPES for what in ("ns", "with gradient", "NumPy", "NumPy / ours")]
    yield f"| function | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    ratios: dict[type, list[float]] = {dtype: [] for dtype in DTYPES}
    for name in names:
        cells = []
        for dtype in DTYPES:
            value, gradient, numpy = times(name, dtype, elements)
            cells += [f"{value:.2f}", f"{gradient:.2f}", *(["", ""] if numpy != numpy else [f"{numpy:.2f}", f"{numpy / value:.2f}"])]
            ratios[dtype] += [] if numpy != numpy else [numpy / value]
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
