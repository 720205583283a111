"""All measurements of the report, in one run: the suite with the machine's peaks, the peers, and two profiles."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

import staticgraph as sg

from .. import machine
from ..calibration import peaks
from ..cases import case
from ..peers import CASE_NAMES, PEERS
from ..peers.peer import BY_HAND, LIBRARY
from ..peers.results import measure_all
from ..track import FILES
from ..track import measured as benchmarks_of

SINGLE_ROUNDS = 5
"""In float32, where only the fastest library matters."""
FAR = 5.0
"""A library that in float64 takes more than this times the fastest library's time is not measured in float32: the most that one gains there
beside what another gains was found to be 3.4, Dr.Jit's on Rosenbrock-100 beside PyTorch's."""
PROFILED = ("black_scholes", "lennard_jones")
Benchmark = dict[str, Any]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measured(tiny: bool) -> dict[str, Any]:
    """Measure everything; the format is that of `data.json`."""
    before = machine.load()
    _say("the suite")
    benchmarks = benchmarks_of([*FILES, "bench/test_scaling.py", *(["--tiny"] if tiny else [])])
    peers = measure_all(CASE_NAMES, PEERS, tiny=tiny, progress=_say)
    _say("float32")
    others = tuple(peer for peer in PEERS if peer.kind != BY_HAND)
    single = measure_all(
        CASE_NAMES, others, dtype="float32", rounds=SINGLE_ROUNDS, tiny=tiny, left_out=far_libraries(peers), progress=_say
    )  # fmt: skip
    return {
        "conditions": _conditions(peers["conditions"], before),
        "machine": _machine(benchmarks),
        "peers": {name: peers[name] for name in ("kinds", "bandwidth", "cases")},
        "peers_float32": {name: single[name] for name in ("kinds", "cases")},
        "suite": [_speed(each) for each in benchmarks if "what" in each["extra_info"]],
        "scaling": {of: _scaling(benchmarks, of) for of in ("batch", "graph", "threads")},
        "costs": [_cost(each) for each in benchmarks if "cost" in each["extra_info"]],
        "profiles": [_profile(name, tiny) for name in PROFILED],
    }


def _conditions(of_peers: dict[str, Any], before: float) -> dict[str, Any]:
    return of_peers | {"load_before": before, "commit": machine.commit(), "command": "python -m bench.report"}


def far_libraries(peers: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Give, for each case, the libraries that are far behind in float64 or absent there, and why each is not measured in float32."""
    return {each["case"]: _far(each, peers["kinds"]) for each in peers["cases"]}


def _far(of_case: dict[str, Any], kinds: dict[str, str]) -> dict[str, str]:
    times = {peer: time["nanoseconds"] for peer, time in of_case["times"].items() if kinds[peer] == LIBRARY}
    limit = FAR * min(times.values(), default=0.0)
    slow = {peer: f"in float64 it takes over {FAR:g} times the fastest library's time" for peer, time in times.items() if time > limit}
    absent = {peer: f"as in float64: {why}" for peer, why in of_case["skipped"].items() if kinds[peer] == LIBRARY and peer not in times}
    return slow | absent


def _machine(benchmarks: Sequence[Benchmark]) -> dict[str, dict[str, float]]:
    """Give the peaks by the number of threads, from the loops beside all benchmarks: a moment would be too short on a shared machine."""
    found = {}
    for count in sorted({1, sg.get_num_threads()}):
        taken = [each["extra_info"]["calibration"] for each in benchmarks if each["extra_info"].get("threads") == count]
        found[str(count)] = peaks({name: min(each[name] for each in taken) for name in taken[0]}, count)
    return {name: {count: _rounded(each[name]) for count, each in found.items()} for name in ("fma", "triad")}


def _per_row(benchmark: Benchmark, rows: int) -> dict[str, float]:
    """Give the median and the quartiles of the rounds, in nanoseconds a row."""
    times = np.array(benchmark["stats"]["data"]) / benchmark["extra_info"].get("calls", 1) / rows * 1e9
    low, middle, high = np.quantile(times, [0.25, 0.5, 0.75])
    return {"nanoseconds": _rounded(middle), "low": _rounded(low), "high": _rounded(high)}


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")


def _speed(benchmark: Benchmark) -> dict[str, Any]:
    known = benchmark["extra_info"]
    kept = {name: known[name] for name in ("case", "engine", "dtype", "what", "threads", "rows", "instructions", "flops", "bytes")}
    return kept | _per_row(benchmark, known["rows"])


def _scaling(benchmarks: Sequence[Benchmark], of: str) -> list[dict[str, Any]]:
    found = []
    for each in benchmarks:
        setting = dict(each["extra_info"].get("scaling", {}))
        if setting.pop("of", None) == of:
            size = setting["instructions"] if of == "graph" else 1
            found.append(setting | {"nanoseconds": _rounded(_per_row(each, setting["rows"] * size)["nanoseconds"])})
    return found


def _cost(benchmark: Benchmark) -> dict[str, Any]:
    known = benchmark["extra_info"]
    seconds = known.get("seconds", benchmark["stats"]["median"] / known.get("calls", 1))
    return {"name": known["cost"], "seconds": _rounded(seconds)}


def _profile(name: str, tiny: bool) -> dict[str, str]:
    chosen = case(name)
    profile = chosen.compile().profile(*chosen.arguments(chosen.tiny if tiny else chosen.full), wrt=chosen.wrt)
    return {"title": f"{name}, interpreter, 1 thread", "text": str(profile)}
