"""Find the float32 number at which a function of one argument has its largest error: `python -m tools.every_single exp log`.

All numbers of the function's domain are tried, from 1e-10 in magnitude on, in a minute or so. What is exact is the function in float64,
whose error is nothing here. `WORST_SINGLE` in `tools/hard_cases.py` has what was found, so that `python -m tools.accuracy` finds it again.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import staticgraph as sg

from .samples import domain

Array = np.ndarray[Any, np.dtype[Any]]
LEAST = 1e-10
TOGETHER = 1 << 20


def worst(name: str) -> tuple[float, float]:
    """Return the largest error of a function in float32, in units in the last place, and its argument."""
    single, double = (sg.compile(getattr(sg, name)(sg.input("x")), dtype=dtype, engine="native") for dtype in (np.float32, np.float64))
    found = (0.0, 0.0)
    for arguments in _numbers(name):
        computed, exact = single(arguments), double(arguments.astype(np.float64))
        with np.errstate(all="ignore"):
            rounded = exact.astype(np.float32)
            errors = np.abs(computed.astype(np.float64) - exact) / np.spacing(np.abs(rounded)).astype(np.float64)
        errors = np.where(np.isfinite(rounded), errors, 0.0)
        place = int(np.argmax(errors))
        found = max(found, (float(errors[place]), float(arguments[place])))
    return found


def _numbers(name: str) -> Iterator[Array]:
    """Yield the numbers of a function's domain, negative ones as well, some at a time."""
    where, largest = domain(name, np.float32), float(np.finfo(np.float32).max)
    for sign, low, high in ((0, where.low, where.high), (1 << 31, -where.high, -where.low)):
        if high > LEAST:
            first, last = (int(np.float32(each).view(np.uint32)) for each in (max(low, LEAST), min(high, largest)))
            for start in range(first, last + 1, TOGETHER):
                yield (np.arange(start, min(start + TOGETHER, last + 1), dtype=np.uint32) | np.uint32(sign)).view(np.float32)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        ulps, argument = worst(each)
        print(f"{each}: {ulps:.3f} at {argument.hex()}", flush=True)
