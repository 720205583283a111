"""Measure the largest error of each elementwise function, in units in the last place.

`python -m tools.accuracy` prints a Markdown table for all functions, with a million samples for each of them and each dtype.
`python -m tools.accuracy exp log --samples 20000` takes seconds. `--gradients` adds a table of the derivatives' errors.

The unit is the distance of the numbers around the exact result, rounded to the dtype. An infinity must be given where the exact
result rounds to one, and nowhere else; NaN must be given where the result is undefined. Where a result near zero is a difference
of terms that are not, the unit is that of a larger number, see `SCALES`.
"""

import argparse
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

import staticgraph as sg
from staticgraph.gates.accuracy import BARS

from .exact import VALUES, exact
from .samples import ELEMENTS, draw, draw_tame

Array = np.ndarray[Any, np.dtype[Any]]
DTYPES: dict[str, Any] = {"float64": np.float64, "float32": np.float32}
NAMES = tuple(VALUES)
ROWS_PER_TASK = 20_000
SEED = 20240501


def _lgamma_scale(value: Array, x: Array) -> Array:
    """Left of 0, about the logarithm of `gamma(1 - x)`, from which the reflection subtracts; nothing right of it."""
    return np.where(x < 0, np.maximum(1.0, -x * (np.log(np.maximum(-x, 1.0)) - 1.0)), 0.0)


def _digamma_scale(value: Array, x: Array) -> Array:
    """A quarter at the positive zero; left of 0, about `digamma(1 - x)`, from which the reflection subtracts."""
    return np.where(x < 0, np.maximum(1.0, np.log(np.maximum(1.0 - x, 1.0))), 0.25)


def _logsumexp_scale(value: Array, *x: Array) -> Array:
    """The largest element, to which a logarithm is added, or 1, as that is the logarithm of a rounded sum of at least 1."""
    return np.maximum(np.abs(np.max(x, axis=0)), 1.0)


Scale = Callable[..., Array]
# The least number whose unit in the last place is taken, from the exact value and the arguments.
SCALES: dict[str, Scale] = {
    "lgamma": _lgamma_scale, "digamma": _digamma_scale, "logsumexp": _logsumexp_scale,
}  # fmt: skip
# Derivatives that are another function here have its scale.
SLOPE_SCALES: dict[str, Scale] = {"lgamma": _digamma_scale}


@dataclass(frozen=True)
class Worst:
    """The largest error of a function in one dtype, in ulps, and the arguments that have it."""

    ulps: float
    arguments: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.ulps:.3f} | {', '.join(f'{each!r}' for each in self.arguments)}"


def value_error(name: str, dtype: Any, samples: int, pool: Executor | None = None, seed: int = SEED) -> Worst:
    """Return the largest error of a function on so many samples and all hard cases."""
    columns = draw(name, dtype, samples, np.random.default_rng(seed))
    function, arguments = _compiled(name, dtype, columns)
    (reference,) = _exact(name, columns, False, pool)
    return _worst(function(*arguments), reference, columns, SCALES.get(name))


def gradient_error(name: str, dtype: Any, samples: int, pool: Executor | None = None, seed: int = SEED) -> Worst:
    """Return the largest error of a function's derivatives, in any argument."""
    columns = draw_tame(name, dtype, samples, np.random.default_rng(seed))
    function, arguments = _compiled(name, dtype, columns)
    gradients = function.grad(*arguments)
    computed = gradients[0].T if name in ELEMENTS else gradients
    references = _exact(name, columns, True, pool)
    each = [_worst(*pair, columns, SLOPE_SCALES.get(name)) for pair in zip(computed, references, strict=True)]
    return max(each, key=lambda worst: worst.ulps)


def errors(computed: Array, head: Array, tail: Array, scale: Array | float = 0.0) -> Array:
    """Return the errors of computed numbers in ulps of the exact ones, which are given as in `exact`."""
    limits = np.finfo(computed.dtype)
    dtype, bits, last = computed.dtype, limits.nmant + 1, limits.minexp - limits.nmant
    with np.errstate(all="ignore"):
        found = computed.astype(float)
        exact_place = _place(head, 53, -1074)
        rounded = (head + np.ldexp(tail, exact_place)).astype(dtype).astype(float)
        place = _place(np.maximum(np.abs(rounded), scale), bits, last)
        apart = np.abs(np.ldexp(found - head, -place) - np.ldexp(tail, exact_place - place))
    same = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
    finite = np.isfinite(found) & np.isfinite(rounded)
    return np.where(finite, apart, np.where(same, 0.0, np.inf))


def _place(values: Array, bits: int, last: int) -> Array:
    """Return the exponents of the numbers' last places; zero has that of the subnormal numbers."""
    return np.where(values == 0, last, np.maximum(np.frexp(values)[1] - bits, last))


def _compiled(name: str, dtype: Any, columns: Sequence[Array]) -> tuple[sg.Function, list[Array]]:
    """Return the compiled function and its arguments: the columns, or one array of them for a function of elements."""
    if name in ELEMENTS:
        leaf = sg.input("x", ELEMENTS[name])
        result = getattr(sg, name)(leaf)
        return sg.compile(result[0] if name == "softmax" else result, [leaf], dtype=dtype), [np.stack(columns, axis=-1)]
    leaves = [sg.input(letter) for letter in "ab"[: len(columns)]]
    return sg.compile(getattr(sg, name)(*leaves), leaves, dtype=dtype), list(columns)


def _exact(name: str, columns: Sequence[Array], derivative: bool, pool: Executor | None) -> Array:
    wide = [column.astype(float) for column in columns]
    starts = range(0, len(wide[0]), ROWS_PER_TASK)
    parts = [[column[start : start + ROWS_PER_TASK] for column in wide] for start in starts]
    names, derivatives = [name] * len(parts), [derivative] * len(parts)
    run = map if pool is None else pool.map
    return np.concatenate(list(run(exact, names, parts, derivatives)), axis=-1)


def _worst(computed: Array, reference: Array, columns: Sequence[Array], scale: Scale | None) -> Worst:
    head, tail = reference
    least = 0.0 if scale is None else scale(head, *(column.astype(float) for column in columns))
    ulps = errors(computed, head, tail, least)
    place = int(np.argmax(ulps))
    return Worst(float(ulps[place]), tuple(float(column[place]) for column in columns))


def _table(title: str, names: Sequence[str], dtypes: Sequence[str], measure: Callable[[str, Any], Worst], bars: bool) -> Iterator[str]:
    """Yield the lines of a table, a function's when it has been measured."""
    heads = [title, *(head for dtype in dtypes for head in (f"worst ulp {dtype}", "at argument")), *(["bar"] if bars else [])]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for name in names:
        cells = [f"`{name}`", *(str(measure(name, DTYPES[dtype])) for dtype in dtypes), *([str(BARS[name])] if bars else [])]
        yield f"| {' | '.join(cells)} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.accuracy", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {' '.join(NAMES)}; all by default")
    parser.add_argument("--samples", type=int, default=1_000_000, help="for each function and dtype")
    parser.add_argument("--dtype", choices=[*DTYPES, "both"], default="both")
    parser.add_argument("--processes", type=int, default=2, help="that compute exact values")
    parser.add_argument("--gradients", action="store_true", help="print the derivatives' errors as well")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown: {' '.join(unknown)}")
    return options


def main() -> None:
    """Print the tables."""
    options = _options()
    names = options.names or NAMES
    dtypes = list(DTYPES) if options.dtype == "both" else [options.dtype]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.processes, fresh) if options.processes > 1 else nullcontext() as pool:
        for line in _table("function", names, dtypes, lambda name, dtype: value_error(name, dtype, options.samples, pool), True):
            print(line, flush=True)
        if options.gradients:
            print()
            for line in _table("gradient of", names, dtypes, lambda name, dtype: gradient_error(name, dtype, options.samples, pool), False):
                print(line, flush=True)


if __name__ == "__main__":
    main()
