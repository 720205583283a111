"""Loops: `python -m bench.scans` prints the pendulum as a scan beside the loop written out, and what length costs.

Value and gradient, native code, one thread, nanoseconds a row, in turns; the seconds until a function of a long loop has been compiled, and
the memory of a thread's tile.
"""

from typing import Any

import staticgraph as sg

from . import inputs, models
from .cases import Case, case
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


def main() -> None:
    """Measure, and print."""
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


if __name__ == "__main__":
    main()
