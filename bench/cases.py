"""The cases: what tests check, benchmarks measure, and peers are compared on."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import staticgraph as sg

from . import inputs, models
from .expression import pixels, read_expression
from .inputs import LAYERS, Draw, Shape


@dataclass(frozen=True)
class Case:
    """A function to test and to measure.

    Attributes
    ----------
    name : str
    function : callable
        `function(library, *arguments)`, see `bench.models`.
    inputs, parameters : mapping of str to tuple of int
        The leaves, in the order of the arguments: inputs first.
    draw : callable
        `draw(rows, generator)` gives the arguments.
    full, tiny : int
        Rows of a batch for measuring, and for testing.
    wrt : tuple of str or None
        The leaves whose gradient is measured; None for all.
    """

    name: str
    function: Callable[..., Any]
    inputs: Mapping[str, Shape]
    draw: Draw
    full: int
    tiny: int = 50
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    wrt: tuple[str, ...] | None = None

    def compile(self, dtype: Any = np.float64, engine: str = "auto") -> sg.Function:
        """Trace and compile the function."""
        inputs = [sg.input(name, shape) for name, shape in self.inputs.items()]
        parameters = [sg.parameter(name, shape) for name, shape in self.parameters.items()]
        leaves = [*inputs, *parameters]
        return sg.compile(self.function(sg, *leaves), inputs=leaves, dtype=dtype, engine=engine, name=self.name)

    def arguments(self, rows: int, seed: int = 0, dtype: Any = np.float64) -> tuple[np.ndarray, ...]:
        """Draw arguments for a batch of that many rows."""
        return tuple(each.astype(dtype, copy=False) for each in self.draw(rows, np.random.default_rng(seed)))

    def bytes_per_row(self, dtype: Any = np.float64, gradient: bool = True) -> int:
        """Count the bytes that every method moves: the inputs read once, the value and the gradients asked for written once."""
        read = sum(math.prod(shape) for shape in self.inputs.values())
        wanted = (self.wrt or tuple(self.inputs)) if gradient else ()
        written = 1 + sum(math.prod(shape) for name, shape in self.inputs.items() if name in wanted)
        return (read + written) * np.dtype(dtype).itemsize


def _numbers(names: str) -> dict[str, Shape]:
    return dict.fromkeys(names.split(), ())


CASES: tuple[Case, ...] = (
    Case("xyz", models.xyz, _numbers("x y z"), inputs.three_columns, full=2_000_000),
    Case("rosenbrock_10", models.rosenbrock, {"x": (10,)}, inputs.normal(10), full=400_000),
    Case("rosenbrock_100", models.rosenbrock, {"x": (100,)}, inputs.normal(100), full=40_000),
    Case("gaussians", models.gaussians, {"x": (3,)}, inputs.normal(3), full=400_000),
    Case("lennard_jones", models.lennard_jones, {"positions": (13, 3)}, inputs.atoms, full=40_000),
    Case("black_scholes", models.black_scholes, _numbers("spot strike maturity rate volatility"), inputs.OPTIONS, full=400_000),
    Case("network_by_input", models.network, {"x": (16,)}, inputs.network, full=100_000, parameters=LAYERS, wrt=("x",)),
    Case("network_by_weights", models.network, {"x": (16,)}, inputs.network, full=100_000, parameters=LAYERS, wrt=tuple(LAYERS)),
    Case(
        "logistic_regression", models.logistic_regression, {"features": (inputs.FEATURES,), "label": ()}, inputs.labelled, full=200_000,
        parameters={"slopes": (inputs.FEATURES,), "bias": ()}, wrt=("slopes", "bias"),
    ),
    Case(
        "mixture", models.mixture, {"point": (models.DIMENSIONS,)}, inputs.clustered, full=models.POINTS,
        parameters=inputs.MIXTURE, wrt=tuple(inputs.MIXTURE),
    ),
    Case("arm", models.arm, {"angles": (7,), "target": (3,)}, inputs.poses, full=200_000),
    Case("pendulum", models.pendulum, _numbers("angle speed damping stiffness"), inputs.PENDULUMS, full=16_384),
    Case("scene", models.scene, _numbers("x y z"), inputs.PLACES, full=16_384),
)  # fmt: skip

if os.environ.get("STATICGRAPH_PROSPERO"):
    CASES += (Case("prospero", read_expression(os.environ["STATICGRAPH_PROSPERO"]), _numbers("x y"), pixels, full=512 * 512, tiny=64),)


def case(name: str) -> Case:
    """Find a case by its name."""
    return next(each for each in CASES if each.name == name)
