"""What derivatives are measured of: functions, the call, and their arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import staticgraph as sg

from .. import inputs
from ..inputs import LAYERS, Draw, Shape
from ..models import black_scholes, lennard_jones, network, rosenbrock
from .functions import elementwise, layer, position_of_tool, reprojection

JACOBIAN, HESSIAN, PRODUCT = "jacobian", "hessian", "product"


@dataclass(frozen=True, eq=False)
class Derivative:
    """A case: a function, the call that is measured, and how its arguments are drawn.

    Attributes
    ----------
    name : str
    call : str
        The method.
    function : callable
        `function(library, *leaves)`, of one row.
    inputs, parameters : mapping of str to tuple of int
        The leaves, in the order of the arguments: inputs first.
    draw : callable
        `draw(rows, generator)` gives the arguments.
    rows : int
        Of a batch.
    wrt : tuple of str
        The leaves that are differentiated by.
    options : mapping
        Further arguments of the call.
    """

    name: str
    call: str
    function: Callable[..., Any]
    inputs: Mapping[str, Shape]
    draw: Draw
    rows: int
    wrt: tuple[str, ...]
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Which derivative it is."""
        return PRODUCT if self.call == "hvp" else HESSIAN if "hessian" in self.call else JACOBIAN

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of all leaves."""
        return {**self.inputs, **self.parameters}

    def compile(self, engine: str) -> sg.Function:
        """Compile the function."""
        leaves = [*(sg.input(*each) for each in self.inputs.items()), *(sg.parameter(*each) for each in self.parameters.items())]
        return sg.compile(self.function(sg, *leaves), leaves, engine=engine, name=self.name)

    def arguments(self, rows: int) -> list[Any]:
        """Draw arguments, behind the vector that a product takes."""
        drawn = list(self.draw(rows, np.random.default_rng(0)))
        return [np.ones_like(drawn[0]), *drawn] if self.kind == PRODUCT else drawn

    def bound(self, f: sg.Function, rows: int, threads: int) -> Callable[..., Any]:
        """Return the call on arguments, which takes `out`."""
        wrt = self.wrt[0] if len(self.wrt) == 1 else self.wrt
        method, given = getattr(f, self.call), self.arguments(rows)
        return lambda out=None: method(*given, wrt=wrt, threads=threads, out=out, **self.options)


def _cameras(rows: int, generator: np.random.Generator) -> tuple[Any, ...]:
    return generator.uniform(0.2, 1.2, (rows, 11)), generator.uniform(0.2, 1.2, (rows, 3)), generator.uniform(0.2, 1.2, rows)


def _with(*shapes: Shape) -> Draw:
    """Draw inputs of the first shape, and parameters of the others."""

    def draw(rows: int, generator: np.random.Generator) -> tuple[Any, ...]:
        return generator.normal(size=(rows, *shapes[0])), *(generator.normal(size=shape) for shape in shapes[1:])

    return draw


def _arm(joints: int) -> Derivative:
    return Derivative(
        f"arm_{joints}", "jacobian", position_of_tool, {"angles": (joints,)}, inputs.normal(joints), 100_000, ("angles",)
    )  # fmt: skip


def _elementwise(length: int) -> Derivative:
    return Derivative(
        f"elementwise_{length}", "sparse_jacobian", elementwise, {"x": (length,)}, _with((length,), (length,)), 400_000 // length,
        ("x",), {"a": (length,)},
    )  # fmt: skip


OPTION = dict.fromkeys(["spot", "strike", "maturity", "rate", "volatility"], ())
CASES = [
    _arm(6),
    _arm(7),
    Derivative(
        "bundle", "jacobian", reprojection, {"camera": (11,), "point": (3,), "weight": ()}, _cameras, 50_000, ("camera", "point", "weight")
    ),
    Derivative("lennard_jones", "hessian", lennard_jones, {"positions": (13, 3)}, inputs.atoms, 400, ("positions",)),
    Derivative("rosenbrock_10", "hessian", rosenbrock, {"x": (10,)}, inputs.normal(10), 20_000, ("x",)),
    Derivative(
        "rosenbrock_100", "sparse_hessian", rosenbrock, {"x": (100,)}, inputs.normal(100), 4_000, ("x",), options={"lower": True}
    ),
    Derivative(
        "layer", "jacobian", layer, {"x": (32,)}, _with((32,), (32, 32), (32,)), 4_000, ("x",), {"W": (32, 32), "b": (32,)}
    ),
    _elementwise(100),
    _elementwise(1000),
    Derivative("network", "hvp", network, {"x": (16,)}, inputs.network, 20_000, ("x",), LAYERS),
    Derivative("black_scholes", "hessian", black_scholes, OPTION, inputs.OPTIONS, 50_000, tuple(OPTION)),
]  # fmt: skip


def case(name: str) -> Derivative:
    """Find a case by its name."""
    return next(each for each in CASES if each.name == name)
