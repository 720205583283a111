"""Loops: `python -m bench.scans` prints a pendulum as a scan beside the loop written out, what length costs, and loops beside their peers.

Value and gradient, native code, one thread, nanoseconds a row, in turns; the seconds until a function of a long loop has been compiled, and
the memory of a thread's tile. Peers are JAX' scan, and Numba and C by hand; what is absent is left out.
"""

import contextlib
import os
from typing import Any

import numpy as np

import staticgraph as sg

from . import inputs, models
from .cases import Case, case
from .peers.peer import SkipError
from .scan_cases import CASES
from .scan_peers import Form, by_c, by_jax, by_numba, hessian_by_jax
from .scans_by_hand import BY_HAND
from .timing import interleaved, seconds

LENGTHS = (200, 20_000, 1_000_000)
ROWS = 4096


def pendulum(library: Any, angle: Any, speed: Any, damping: Any, stiffness: Any, length: int = models.STEPS) -> Any:
    """The pendulum of `bench.models` as a scan; `library` is `staticgraph`."""

    def acceleration(angle: Any, speed: Any) -> Any:
        return -stiffness * library.sin(angle) - damping * speed

    def step(state: Any, _: Any) -> Any:
        angle, speed = state
        first = acceleration(angle, speed)
        second_speed = speed + 0.5 * models.STEP * first
        second = acceleration(angle + 0.5 * models.STEP * speed, second_speed)
        third_speed = speed + 0.5 * models.STEP * second
        third = acceleration(angle + 0.5 * models.STEP * second_speed, third_speed)
        fourth_speed = speed + models.STEP * third
        fourth = acceleration(angle + models.STEP * third_speed, fourth_speed)
        angle = angle + models.STEP / 6.0 * (speed + 2.0 * (second_speed + third_speed) + fourth_speed)
        return (angle, speed + models.STEP / 6.0 * (first + 2.0 * (second + third) + fourth)), None

    (angle, speed), _ = library.scan(step, (angle, speed), length=length)
    return 0.5 * speed * speed + stiffness * (1.0 - library.cos(angle))


PENDULUM = Case(
    "pendulum as a scan", pendulum, dict.fromkeys(("angle", "speed", "damping", "stiffness"), ()), inputs.PENDULUMS, full=16_384
)  # fmt: skip


def recurrent(library: Any, state: Any, inputs: Any, matrix: Any) -> Any:
    """Sum of the last state of a recurrent network of 16 units over 50 steps; `library` is `staticgraph`."""
    last, _ = library.scan(lambda each, x: (library.tanh(matrix @ each + x), None), state, inputs)
    return library.sum(last)


def _draw(rows: int, generator: Any) -> inputs.Arguments:
    return generator.normal(size=(rows, 16)), generator.normal(size=(rows, 50, 16)), 0.2 * generator.normal(size=(16, 16))


RECURRENT = Case(
    "recurrent network as a scan", recurrent, {"state": (16,), "inputs": (50, 16)}, _draw, full=2048, parameters={"matrix": (16, 16)}
)  # fmt: skip


def of_length(length: int) -> sg.Function:
    """Compile the pendulum of so many steps."""
    leaves = [sg.input(name) for name in PENDULUM.inputs]
    return sg.compile(pendulum(sg, *leaves, length=length), leaves, engine="native")


def _of_steps() -> None:
    arguments = PENDULUM.arguments(ROWS)
    functions = {"scan": PENDULUM.compile(engine="native"), "written out": case("pendulum").compile(engine="native")}
    times = interleaved({name: lambda each=each: each.value_and_grad(*arguments, threads=1) for name, each in functions.items()})
    for name, taken in times.items():
        print(f"{name:>12}: {taken / ROWS * 1e9:,.0f} ns a row")
    print("      length   compile   tile of a thread")
    for length in LENGTHS:
        compiling = seconds(lambda length=length: of_length(length).specialize())
        program = of_length(length).program
        tile = program.rows * program.lanes * program.dtype.itemsize / 1e6
        print(f"{length:>12,} {compiling:>7.2f} s {tile:>7.1f} MB")


def _checked(case: Case, ours: Any, forms: dict[str, Form]) -> None:
    """Compare the peers' results with ours."""
    value, gradients = ours
    for name, (call, result) in forms.items():
        call()
        for one, other in zip([value, *gradients], result(), strict=True):
            assert np.allclose(one, other, rtol=1e-6, atol=1e-6 * np.abs(one).max()), (case.name, name)


def _beside_peers(case: Case) -> dict[str, float]:
    """Return the seconds of a case by us and by others."""
    arguments, function, forms = case.arguments(case.full), case.compile(engine="native"), dict[str, Form]()
    for name, make in (("jax", by_jax), ("numba by hand", by_numba), ("c by hand", by_c)):
        if name != "numba by hand" or case.name in BY_HAND:
            with contextlib.suppress(SkipError):
                forms[name] = make(case, arguments)

    def ours() -> Any:
        return function.value_and_grad(*arguments, wrt=case.wrt, threads=1)

    _checked(case, ours(), forms)
    return interleaved({"ours": ours} | {name: call for name, (call, _) in forms.items()})


def _hessians() -> dict[str, float]:
    arguments, function = PENDULUM.arguments(1024), PENDULUM.compile(engine="native")
    calls = {"ours": lambda: function.hessian(*arguments, threads=1)}
    with contextlib.suppress(SkipError):
        calls["jax"] = hessian_by_jax(PENDULUM, arguments)
    for _ in range(3):
        calls["ours"]()
    return interleaved(calls)


def main() -> None:
    """Measure, and print."""
    _of_steps()
    found = {case.name: (_beside_peers(case), case.full) for case in (PENDULUM, *CASES)} | {"Hessian of the pendulum": (_hessians(), 1024)}
    for name, (times, rows) in found.items():
        ratios = ", ".join(f"{each} {taken / times['ours']:.2f}" for each, taken in times.items() if each != "ours")
        print(f"{name}: {times['ours'] / rows * 1e9:,.0f} ns a row; of others in its times: {ratios}")
    for peer in ("jax", "numba by hand", "c by hand"):
        ratios = [found[case.name][0][peer] / found[case.name][0]["ours"] for case in CASES if peer in found[case.name][0]]
        if ratios:
            print(f"{peer}: {np.exp(np.mean(np.log(ratios))):.2f} in the geometric mean of {len(ratios)}")


if __name__ == "__main__":
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    main()
