"""What the benchmarks share: an option for small sizes, and a way of timing a call beside the machine's own speed."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .calibration import calibrate

ROUNDS, FEWEST = 25, 7
BUDGET = 0.5
"""Rounds of a benchmark, the fewest, and the seconds that they take together if the fewest do not take longer."""

NOISE = 0.1
"""The least share by which a ratio may grow without a reason."""

Call = Callable[[], Any]
Calibrated = Callable[..., Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--tiny`."""
    parser.addoption("--tiny", action="store_true", help="a few rows instead of the full batch, to see that every benchmark runs")


SIZES = ("rows", "instructions", "threads", "dtype")
"""Parameters of which `--tiny` keeps one: it makes batches and graphs alike, and precisions and threads are what the tests try."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--tiny`, keep one size of each benchmark."""
    if config.getoption("--tiny"):
        kept = list({_kind(item): item for item in reversed(items)}.values())[::-1]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def _kind(item: pytest.Item) -> Any:
    """Return what an item has in common with the other sizes of its benchmark; what is no benchmark is alone."""
    if "tiny" not in getattr(item, "fixturenames", ()) or not hasattr(item, "callspec"):
        return item.nodeid
    given = item.callspec.params
    given = {name: part for value in given.values() if hasattr(value, "_asdict") for name, part in value._asdict().items()} | given
    return item.nodeid.split("[")[0], *(str(value) for name, value in given.items() if name not in SIZES and not hasattr(value, "_asdict"))


@pytest.fixture
def tiny(request: pytest.FixtureRequest) -> bool:
    """Whether batches are to be small."""
    return bool(request.config.getoption("--tiny"))


@pytest.fixture
def calibrated(benchmark: Any) -> Calibrated:
    """Time a call, and the loops of `bench.loops` before each round of it.

    `extra_info` gets `ratio`, the time of the fastest round divided by that of the fastest run of the loop that is named, `noise`, by
    which share of it another run may exceed it though nothing has changed, and `calibration`, the fastest runs of all loops. The
    call's result is returned.
    """

    def run(
        call: Call, threads: int = 1, *, loop: str = "fused", noise: float = NOISE, rounds: int | None = None, warm: bool = True
    ) -> Any:
        found: list[dict[str, float]] = []

        def before() -> None:
            found.append(calibrate(threads))
            if warm:  # The loops have filled the caches, and other threads than the call's were awake.
                call()

        if benchmark.disabled:
            return benchmark.pedantic(call)
        count = rounds or _rounds(call)
        result = benchmark.pedantic(call, setup=before, rounds=count, warmup_rounds=int(warm))
        times = np.array(benchmark.stats.stats.data)
        fastest = {name: min(each[name] for each in found) for name in found[0]}
        benchmark.extra_info["calibration"] = fastest
        benchmark.extra_info["ratio"], benchmark.extra_info["noise"] = float(times.min() / fastest[loop]), noise
        return result

    return run


def _rounds(call: Call) -> int:
    """Choose the number of rounds from the time of a call."""
    call()
    start = time.perf_counter()
    call()
    return int(np.clip(BUDGET / (2.0 * (time.perf_counter() - start) + 5e-3), FEWEST, ROUNDS))
