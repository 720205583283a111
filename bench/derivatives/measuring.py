"""One case's calls, ours and the peers', in turns; and how they must compare."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..peers.peer import SkipError
from .cases import PRODUCT, Derivative
from .peers import PEERS

ROUNDS = 9


class Bar(NamedTuple):
    """How many times as long as ours a form must take; `over` begins its name, and of several the fastest counts."""

    case: str
    over: str
    least: float


BARS = (
    Bar("arm_7", "JAX", 8.0),
    Bar("arm_7", "CasADi", 5.0),
    Bar("bundle", "JAX", 8.0),
    Bar("bundle", "CasADi", 6.0),
    Bar("lennard_jones", "JAX", 30.0),
    Bar("lennard_jones", "CasADi", 2.5),
    Bar("rosenbrock_10", "JAX, rows", 1.25),
    Bar("rosenbrock_10", "JAX, columns", 0.8),
    Bar("rosenbrock_100", "asdex", 1.0),
    Bar("layer", "JAX", 1.0),
    Bar("elementwise_1000", "the function", 0.25),
    Bar("network", "value and gradient", 0.5),
    Bar("network", "JAX", 1.0),
    Bar("black_scholes", "JAX", 8.0),
)


def arrays(result: Any) -> list[np.ndarray]:
    """List the arrays of a result."""
    return [array for each in result for array in arrays(each)] if isinstance(result, tuple) else [result]


def prepared(case: Derivative, rows: int, threads: int) -> tuple[dict[str, Callable[[], Any]], list[str]]:
    """Return what is called, by name, all checked against ours, and which peers are missing and why."""
    f = case.compile("native")
    call = case.bound(f, rows, threads)
    out = call()
    calls: dict[str, Callable[[], Any]] = {"ours": lambda: call(out=out)} | _ourselves(case, f, rows, threads)
    missing = []
    for peer in PEERS:
        try:
            for form in peer(case, rows, threads):
                form.call()
                if form.result is not None:
                    _check(arrays(out), form.result())
                calls[form.name] = form.call
        except SkipError as reason:
            missing.append(str(reason))
    return calls, missing


def _ourselves(case: Derivative, f: Any, rows: int, threads: int) -> dict[str, Callable[[], Any]]:
    """Return what our derivatives are compared with: the function, or its value and gradient."""
    given = case.arguments(rows)
    if case.kind == PRODUCT:
        first = f.value_and_grad(*given[1:], wrt=case.wrt[0])
        return {"value and gradient": lambda: f.value_and_grad(*given[1:], wrt=case.wrt[0], threads=threads, out=first)}
    value = f(*given)
    return {"the function": lambda: f(*given, threads=threads, out=value)}


def _check(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(np.reshape(other, mine.shape), mine, rtol=1e-8, atol=1e-11 * float(np.abs(mine).max()))


def fewest(calls: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Give the fewest seconds of each call, which take turns."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            found[name] = min(found[name], time.perf_counter() - start)
    return found


def measured(case: Derivative, threads: int, tiny: bool) -> dict[str, Any]:
    """Give nanoseconds a row of each form of a case, and who is missing."""
    rows = 64 if tiny else case.rows
    calls, missing = prepared(case, rows, threads)
    return {"times": {name: seconds / rows * 1e9 for name, seconds in fewest(calls).items()}, "missing": missing}
