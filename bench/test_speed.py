"""Every case: its value alone and with its gradient, on both engines, in both precisions, on one thread and on all."""

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest

import staticgraph as sg

from .cases import CASES, case
from .conftest import NOISE, Calibrated
from .counts import flops_per_row


class Setting(NamedTuple):
    """What is measured."""

    case: str
    engine: str
    dtype: str
    what: str
    threads: int

    def __str__(self) -> str:
        return "-".join([self.what, self.case, self.engine, self.dtype, str(self.threads)])


# A case after the other, so that its functions and arguments are made once.
SETTINGS = [
    Setting(*each)
    for each in product(
        [each.name for each in CASES], ("interpreter", "native"), ("float64", "float32"), ("forward", "gradient"),
        sorted({1, sg.get_num_threads()}),
    )
]  # fmt: skip


@lru_cache(maxsize=1)
def compiled(name: str, engine: str, dtype: str) -> sg.Function:
    """Compile a case."""
    return case(name).compile(np.dtype(dtype), engine)


@lru_cache(maxsize=1)
def drawn(name: str, dtype: str, rows: int) -> tuple[np.ndarray, ...]:
    """Draw a case's arguments."""
    return case(name).arguments(rows, dtype=dtype)


@lru_cache(maxsize=8)
def flops(name: str, dtype: str, gradient: bool) -> int:
    """Count a case's operations."""
    chosen = case(name)
    return flops_per_row(chosen.compile(np.dtype(dtype), "interpreter"), chosen.wrt, gradient)


def resembled(setting: Setting, operations: int, moved: int) -> str:
    """Name the loop that a case resembles: native code that moves more bytes than it computes numbers waits for memory."""
    return "triad" if setting.engine == "native" and operations < moved else "fused"


def noise(setting: Setting, operations: int, moved: int) -> float:
    """Give the noise of a case: above what the ratios of runs in an hour differed by, which is in brackets.

    On one thread 10 % (9), or 20 % (18) where little is computed a byte: that lives on a cache and a memory which the whole machine
    shares. On all threads, where others take from a core at times, 15 % (12), and 40 % (39).
    """
    shared = operations < 2 * moved
    if setting.threads == 1:
        return 0.2 if shared else NOISE
    return 0.4 if shared else 0.15


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_speed(benchmark: Any, calibrated: Calibrated, setting: Setting, tiny: bool) -> None:
    """Results go to arrays that are there."""
    chosen, gradient, threads = case(setting.case), setting.what == "gradient", setting.threads
    rows = chosen.tiny if tiny else chosen.full
    function, arguments = compiled(setting.case, setting.engine, setting.dtype), drawn(setting.case, setting.dtype, rows)
    operations, moved = flops(setting.case, setting.dtype, gradient), chosen.bytes_per_row(setting.dtype, gradient)
    benchmark.group = f"{setting.case} {setting.what}"
    benchmark.extra_info.update(setting._asdict(), rows=rows, instructions=len(function.program), flops=operations, bytes=moved)
    call: Callable[..., Any] = partial(function.value_and_grad, *arguments, wrt=chosen.wrt) if gradient else partial(function, *arguments)
    out = call()
    loop, expected = resembled(setting, operations, moved), noise(setting, operations, moved)
    calibrated(lambda: call(out=out, threads=threads), threads, loop=loop, noise=expected)
    value, gradients = out if gradient else (out, ())
    assert value.shape == (rows,)
    assert all(np.isfinite(each).all() for each in (value, *gradients))
