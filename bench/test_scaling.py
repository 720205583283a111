"""How the time of a row changes with the size of the batch, the size of the graph, and the number of threads."""

from typing import Any

import numpy as np
import pytest

import staticgraph as sg

from .cases import case
from .conftest import Calibrated
from .graphs import mixed

ENGINES = ("interpreter", "native")
BATCHES = tuple(10**power for power in range(7))
GRAPHS = {"interpreter": (100, 1000, 10_000, 100_000), "native": (100, 1000, 10_000)}
GRAPH_ROWS = 16_384


@pytest.mark.parametrize("rows", BATCHES)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["rosenbrock_10", "black_scholes"])
def test_batch(benchmark: Any, calibrated: Calibrated, name: str, engine: str, rows: int, tiny: bool) -> None:
    """Value and gradient of so many rows, with `out`, on all threads."""
    rows = min(rows, 100) if tiny else rows
    chosen = case(name)
    function, arguments = chosen.compile(engine=engine), chosen.arguments(rows)
    out = function.value_and_grad(*arguments)
    benchmark.extra_info["scaling"] = {"of": "batch", "case": name, "engine": engine, "rows": rows}
    calls = max(1, 1000 // rows)

    def often() -> Any:
        for _ in range(calls):
            result = function.value_and_grad(*arguments, out=out)
        return result

    value, _ = calibrated(often, sg.get_num_threads())
    benchmark.extra_info["calls"] = calls
    assert value.shape == (rows,)


@pytest.mark.parametrize(("engine", "instructions"), [(engine, size) for engine in ENGINES for size in GRAPHS[engine]])
def test_graph(benchmark: Any, calibrated: Calibrated, engine: str, instructions: int, tiny: bool) -> None:
    """Value and gradient of a random graph, on all threads."""
    function = mixed(min(instructions, 100) if tiny else instructions)
    if engine == "native":
        function.specialize()
    rows = 64 if tiny else max(1024, min(GRAPH_ROWS, GRAPH_ROWS * 10_000 // instructions))
    arguments = np.random.default_rng(0).uniform(0.1, 1.0, size=(8, rows))
    out = function.value_and_grad(*arguments)
    benchmark.extra_info["scaling"] = {"of": "graph", "engine": engine, "instructions": len(function.program), "rows": rows}
    value, _ = calibrated(lambda: function.value_and_grad(*arguments, out=out), sg.get_num_threads())
    assert value.shape == (rows,)


@pytest.mark.parametrize("threads", range(1, sg.get_num_threads() + 1))
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["xyz", "rosenbrock_100", "lennard_jones", "scene"])
def test_threads(benchmark: Any, calibrated: Calibrated, name: str, engine: str, threads: int, tiny: bool) -> None:
    """Value and gradient, with `out`, on so many threads."""
    chosen = case(name)
    rows = chosen.tiny if tiny else chosen.full
    function, arguments = chosen.compile(engine=engine), chosen.arguments(rows)
    out = function.value_and_grad(*arguments)
    benchmark.extra_info["scaling"] = {"of": "threads", "case": name, "engine": engine, "threads": threads, "rows": rows}
    value, _ = calibrated(lambda: function.value_and_grad(*arguments, out=out, threads=threads), threads)
    assert value.shape == (rows,)
