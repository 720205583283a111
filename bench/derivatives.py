"""What derivatives are measured of: functions, the call, and their arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import staticgraph as sg

from .models import LINKS, TOOL, black_scholes, lennard_jones, network, rosenbrock

LAYERS = [(32, 16), (32,), (32, 32), (32,), (32,), ()]


@dataclass(frozen=True)
class Derivative:
    """A case: a function, the call that is measured, and how its arguments are drawn.

    Attributes
    ----------
    name, call : str
    build : callable
        Makes the output and the leaves.
    rows : int
        Of a batch.
    wrt : str or None
    """

    name: str
    call: str
    build: Callable[[], tuple[Any, list[Any]]]
    rows: int
    wrt: str | None = None

    def compile(self, engine: str) -> sg.Function:
        """Compile the function."""
        output, leaves = self.build()
        return sg.compile(output, leaves, engine=engine, name=self.name)

    def arguments(self, rows: int) -> list[Any]:
        """Draw arguments, behind the vectors that the call may take."""
        rng = np.random.default_rng(0)
        _, leaves = self.build()
        drawn = [rng.uniform(0.2, 1.2, (rows, *leaf.shape) if leaf.varying else leaf.shape) for leaf in leaves]
        return [np.ones_like(drawn[0]), *drawn] if self.call == "hvp" else drawn


def position_of_tool(joints: int) -> tuple[Any, list[Any]]:
    """Where the tool of an arm is."""
    angles = sg.input("angles", joints)
    sines, cosines = np.sin(angles), np.cos(angles)
    x, y, z = TOOL
    for joint in reversed(range(joints)):
        length, offset, turn = LINKS[joint]
        sine, cosine = sines[joint], cosines[joint]
        x, y, z = cosine * x - sine * y + length, sine * x + cosine * y, z + offset
        if turn:
            y, z = -turn * z, turn * y
    return sg.stack([x, y, z]), [angles]


def reprojection() -> tuple[Any, list[Any]]:
    """Where a camera sees a point, weighted: a residual of bundle adjustment, as in ADBench (Srajer, Kukelova, Fitzgibbon, 2018)."""
    camera, point, weight = sg.input("camera", 11), sg.input("point", 3), sg.input("weight")
    angle = np.sqrt(np.sum(camera[:3] ** 2))
    axis, away = camera[:3] / angle, point - camera[3:6]
    cross = sg.stack([axis[k - 2] * away[k - 1] - axis[k - 1] * away[k - 2] for k in range(3)])
    turned = away * np.cos(angle) + cross * np.sin(angle) + axis * (np.sum(axis * away) * (1.0 - np.cos(angle)))
    seen = turned[:2] / turned[2]
    square = np.sum(seen * seen)
    distorted = seen * (1.0 + camera[9] * square + camera[10] * square * square)
    return (distorted * camera[6] + camera[7:9]) * weight, [camera, point, weight]


def rosenbrock_of(dimensions: int) -> tuple[Any, list[Any]]:
    """Rosenbrock's valley."""
    x = sg.input("x", dimensions)
    return rosenbrock(sg, x), [x]


def atoms() -> tuple[Any, list[Any]]:
    """Energy of 13 atoms."""
    positions = sg.input("positions", (13, 3))
    return lennard_jones(sg, positions), [positions]


def layer() -> tuple[Any, list[Any]]:
    """A dense layer of 32 units."""
    x, weights, bias = sg.input("x", 32), sg.parameter("W", (32, 32)), sg.parameter("b", 32)
    return np.maximum(weights @ x + bias, 0.0), [x, weights, bias]


def elementwise(length: int) -> tuple[Any, list[Any]]:
    """A function of each element by itself."""
    x, factor = sg.input("x", length), sg.parameter("a", length)
    return np.maximum(0.0, factor * x), [x, factor]


def deep() -> tuple[Any, list[Any]]:
    """A network with two hidden layers."""
    x, parameters = sg.input("x", 16), [sg.parameter(f"p{number}", shape) for number, shape in enumerate(LAYERS)]
    return network(sg, x, *parameters), [x, *parameters]


def option() -> tuple[Any, list[Any]]:
    """Price of an option."""
    leaves = list(sg.inputs("spot strike maturity rate volatility"))
    return black_scholes(sg, *leaves), leaves


CASES = [
    Derivative("arm_6", "jacobian", lambda: position_of_tool(6), 100_000),
    Derivative("arm_7", "jacobian", lambda: position_of_tool(7), 100_000),
    Derivative("bundle", "jacobian", reprojection, 50_000),
    Derivative("rosenbrock_10", "hessian", lambda: rosenbrock_of(10), 20_000),
    Derivative("rosenbrock_100", "sparse_hessian", lambda: rosenbrock_of(100), 2_000),
    Derivative("lennard_jones", "hessian", atoms, 2_000),
    Derivative("layer", "jacobian", layer, 4_000, "x"),
    Derivative("elementwise_100", "sparse_jacobian", lambda: elementwise(100), 4_000, "x"),
    Derivative("elementwise_1000", "sparse_jacobian", lambda: elementwise(1000), 400, "x"),
    Derivative("network", "hvp", deep, 20_000, "x"),
    Derivative("black_scholes", "hessian", option, 50_000),
]
