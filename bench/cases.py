"""The cases: functions written once, for nodes and for arrays with leading batch axes alike, with realistic inputs."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import staticgraph as sg

from .expression import pixels, read_expression

Shape = tuple[int, ...]
Draw = Callable[[int, np.random.Generator], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Case:
    """A function to test and to measure.

    Attributes
    ----------
    name : str
    function : callable
        `function(library, *arguments)`, where `library` is `staticgraph`, or what one of `bench.libraries` gives. Only the last
        axes of each argument are touched, so that the same text serves nodes and whole batches of arrays.
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

    def arguments(self, rows: int, seed: int = 0) -> tuple[np.ndarray, ...]:
        """Draw arguments for a batch of that many rows."""
        return self.draw(rows, np.random.default_rng(seed))


def xyz(library: Any, x: Any, y: Any, z: Any) -> Any:
    """`(x + y) * z`."""
    return (x + y) * z


def rosenbrock(library: Any, x: Any) -> Any:
    """Rosenbrock's curved valley in any number of dimensions."""
    here, following = x[..., :-1], x[..., 1:]
    return library.sum(100.0 * (following - here * here) ** 2 + (1.0 - here) ** 2, axis=-1)


CENTRES = np.random.default_rng(1).normal(size=(8, 3))
WIDTHS = np.linspace(0.5, 1.2, 8)


def gaussians(library: Any, x: Any) -> Any:
    """Sum of 8 Gaussians in three dimensions."""
    away = (x[..., None, :] - CENTRES) / WIDTHS[:, None]
    return library.sum(library.exp(-0.5 * library.sum(away * away, axis=-1)), axis=-1)


FIRST, SECOND = np.triu_indices(13, 1)


def lennard_jones(library: Any, positions: Any) -> Any:
    """Energy of 13 atoms that attract each other from afar and repel each other when close."""
    between = positions[..., FIRST, :] - positions[..., SECOND, :]
    attraction = library.sum(between * between, axis=-1) ** -3
    return 4.0 * library.sum(attraction * attraction - attraction, axis=-1)


def black_scholes(library: Any, spot: Any, strike: Any, maturity: Any, rate: Any, volatility: Any) -> Any:
    """Price of a European call option."""
    spread = volatility * library.sqrt(maturity)
    upper = (library.log(spot / strike) + (rate + 0.5 * volatility * volatility) * maturity) / spread
    return spot * library.ndtr(upper) - strike * library.exp(-rate * maturity) * library.ndtr(upper - spread)


# Every matrix stands on the right, transposed: so the same text serves one row and a batch of rows.
def network(library: Any, x: Any, *parameters: Any) -> Any:
    """Output of a network with two hidden layers of 32 units."""
    first, first_bias, second, second_bias, last, last_bias = parameters
    hidden = library.tanh(x @ first.T + first_bias)
    hidden = library.tanh(hidden @ second.T + second_bias)
    return hidden @ last + last_bias


def logistic_regression(library: Any, features: Any, label: Any, weights: Any, bias: Any) -> Any:
    """Cross-entropy of a label of 0 or 1 under a linear model."""
    score = features @ weights + bias
    return library.softplus(score) - label * score


def _normal(*shape: int) -> Draw:
    return lambda rows, generator: (generator.normal(size=(rows, *shape)),)


def _columns(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    return tuple(generator.normal(size=rows) for _ in range(3))


def _atoms(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    # Atoms of a grid, shaken a little: at random places some pair would nearly coincide and its energy drown the others'.
    grid = 1.12 * np.array([(i, j, k) for i in range(3) for j in range(3) for k in range(2)][:13], dtype=float)
    return (grid + generator.normal(scale=0.05, size=(rows, 13, 3)),)


def _options(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    bounds = [(50.0, 150.0), (50.0, 150.0), (0.1, 3.0), (0.0, 0.08), (0.1, 0.6)]
    return tuple(generator.uniform(low, high, size=rows) for low, high in bounds)


LAYERS: dict[str, Shape] = {"W1": (32, 16), "b1": (32,), "W2": (32, 32), "b2": (32,), "W3": (32,), "b3": ()}


def _network_arguments(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    layers = (generator.normal(scale=0.2, size=shape) for shape in LAYERS.values())
    return generator.normal(size=(rows, 16)), *(np.asarray(layer) for layer in layers)


def _labelled(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    features = generator.normal(size=(rows, 20))
    weights = generator.normal(scale=0.3, size=20)
    label = (features @ weights + generator.logistic(size=rows) > 0).astype(float)
    return features, label, weights, np.asarray(0.1)


OPTION = dict.fromkeys(["spot", "strike", "maturity", "rate", "volatility"], ())

CASES: tuple[Case, ...] = (
    Case("xyz", xyz, {"x": (), "y": (), "z": ()}, _columns, full=2_000_000),
    Case("rosenbrock_10", rosenbrock, {"x": (10,)}, _normal(10), full=400_000),
    Case("rosenbrock_100", rosenbrock, {"x": (100,)}, _normal(100), full=40_000),
    Case("gaussians", gaussians, {"x": (3,)}, _normal(3), full=400_000),
    Case("lennard_jones", lennard_jones, {"positions": (13, 3)}, _atoms, full=40_000),
    Case("black_scholes", black_scholes, OPTION, _options, full=400_000),
    Case("network_by_input", network, {"x": (16,)}, _network_arguments, full=100_000, parameters=LAYERS, wrt=("x",)),
    Case("network_by_weights", network, {"x": (16,)}, _network_arguments, full=100_000, parameters=LAYERS, wrt=tuple(LAYERS)),
    Case(
        "logistic_regression", logistic_regression, {"features": (20,), "label": ()}, _labelled, full=200_000,
        parameters={"slopes": (20,), "bias": ()}, wrt=("slopes", "bias"),
    ),
)  # fmt: skip

if os.environ.get("STATICGRAPH_PROSPERO"):
    CASES += (Case("prospero", read_expression(os.environ["STATICGRAPH_PROSPERO"]), {"x": (), "y": ()}, pixels, full=512 * 512, tiny=64),)


def case(name: str) -> Case:
    """Find a case by its name."""
    return next(each for each in CASES if each.name == name)
