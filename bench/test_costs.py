"""What is paid once: start of a process, tracing and compiling; and what each call pays."""

import os
import tempfile
from typing import Any

import numpy as np
import pytest

from .cases import case
from .conftest import Calibrated
from .graphs import chain, tree
from .timing import in_new_process

COMPILED = (100, 1000, 10_000)
OF_PROCESSES = 0.15
"""The noise of new processes, which read files and start threads."""


def _printed(benchmark: Any, calibrated: Calibrated, module: str, *arguments: str, rounds: int, **variables: str) -> None:
    """Run a script some times, and note the median of the seconds that it prints; the benchmark's time is that of the processes."""
    seconds: list[float] = []
    calibrated(lambda: seconds.extend(in_new_process(module, *arguments, **variables)), rounds=rounds, noise=OF_PROCESSES, warm=False)
    benchmark.extra_info["seconds"] = float(np.median(seconds))
    assert len(seconds) >= 1


@pytest.mark.parametrize("instructions", COMPILED)
def test_compile_native(benchmark: Any, calibrated: Calibrated, instructions: int, tiny: bool) -> None:
    """Native code for a random graph, value and gradient, nothing on disk."""
    size = str(COMPILED[0] if tiny else instructions)
    benchmark.extra_info["cost"] = f"native code for {instructions:,} instructions: compile"
    _printed(benchmark, calibrated, "bench.compile_time", size, "off", rounds=3)


@pytest.mark.parametrize("instructions", COMPILED)
def test_load_native(benchmark: Any, calibrated: Calibrated, instructions: int, tiny: bool) -> None:
    """The same from the disk, where another process has left it."""
    size = str(COMPILED[0] if tiny else instructions)
    benchmark.extra_info["cost"] = f"native code for {instructions:,} instructions: load from the disk"
    with tempfile.TemporaryDirectory() as folder:
        in_new_process("bench.compile_time", size, STATICGRAPH_CACHE_DIR=folder)
        _printed(benchmark, calibrated, "bench.compile_time", size, rounds=3, STATICGRAPH_CACHE_DIR=folder)


def test_startup_first(benchmark: Any, calibrated: Calibrated) -> None:
    """From the import to the first gradient, on a machine that has never run the package."""
    benchmark.extra_info["cost"] = "import to first gradient in a new process: first time"
    with tempfile.TemporaryDirectory() as cache:
        _printed(benchmark, calibrated, "bench.startup", rounds=1, STATICGRAPH_CACHE_DIR=cache)


def test_startup(benchmark: Any, calibrated: Calibrated) -> None:
    """The same, later times."""
    benchmark.extra_info["cost"] = "import to first gradient in a new process: later times"
    in_new_process("bench.startup")
    _printed(benchmark, calibrated, "bench.startup", rounds=7)


@pytest.mark.parametrize("build", [chain, tree], ids=lambda build: build.__name__)
def test_trace_and_compile(benchmark: Any, calibrated: Calibrated, build: Any, tiny: bool) -> None:
    """From Python operators to a verified program."""
    gates = 2000 if tiny else 200_000
    benchmark.extra_info["cost"] = f"{build.__name__} of {gates:,} scalar gates: trace and compile"
    program = calibrated(lambda: build(gates).program, rounds=3, warm=False)
    assert len(program) >= gates - 2


@pytest.mark.parametrize("what", ["forward", "gradient"])
def test_single_call(benchmark: Any, calibrated: Calibrated, what: str) -> None:
    """A call of `(x + y) * z` on three Python floats, a thousand times."""
    function = case("xyz").compile()
    call = function if what == "forward" else function.value_and_grad
    benchmark.extra_info.update(cost=f"call on three Python floats, {what}", calls=1000)

    def often() -> Any:
        for _ in range(1000):
            result = call(-2.0, 5.0, -4.0)
        return result

    result = calibrated(often)
    assert (result if what == "forward" else result[0]) == -12.0


@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_batch_call(benchmark: Any, calibrated: Calibrated, engine: str) -> None:
    """A call on 64 rows of Rosenbrock-10, with `out`, a thousand times: little is computed."""
    chosen = case("rosenbrock_10")
    function, (x,) = chosen.compile(engine=engine), chosen.arguments(64)
    out = function.value_and_grad(x)
    benchmark.extra_info.update(cost=f"call on 64 rows of Rosenbrock-10, gradient, {engine}", calls=1000)

    def often() -> Any:
        for _ in range(1000):
            result = function.value_and_grad(x, out=out)
        return result

    value, _ = calibrated(often)
    assert value.shape == (64,)


def test_memory(benchmark: Any, tiny: bool) -> None:
    """Megabytes beyond inputs and outputs of a large batch: they do not grow with it."""
    rows = "50000" if tiny else "5000000"
    whole, call = benchmark.pedantic(lambda: in_new_process("bench.memory", rows))
    benchmark.extra_info["megabytes"] = {"whole": whole, "call": call}
    assert os.name == "nt" or call < 64
