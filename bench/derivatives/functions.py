"""The functions whose derivatives are measured, for one row: `library` is `staticgraph` or what a peer gives."""

from typing import Any

from ..models import LINKS, TOOL


def position_of_tool(library: Any, angles: Any) -> Any:
    """Where the tool of an arm is; of fewer joints than its own, the first ones."""
    sines, cosines = library.sin(angles), library.cos(angles)
    x, y, z = TOOL
    for joint in reversed(range(angles.shape[0])):
        length, offset, turn = LINKS[joint]
        sine, cosine = sines[joint], cosines[joint]
        x, y, z = cosine * x - sine * y + length, sine * x + cosine * y, z + offset
        if turn:
            y, z = -turn * z, turn * y
    return library.stack([x, y, z])


def reprojection(library: Any, camera: Any, point: Any, weight: Any) -> Any:
    """Where a camera sees a point, weighted: a residual of bundle adjustment, as in ADBench (Srajer, Kukelova, Fitzgibbon, 2018)."""
    angle = library.sqrt(library.sum(camera[:3] * camera[:3], axis=0))
    axis, away = camera[:3] / angle, point - camera[3:6]
    cross = library.stack([axis[k - 2] * away[k - 1] - axis[k - 1] * away[k - 2] for k in range(3)])
    cosine, sine = library.cos(angle), library.sin(angle)
    turned = away * cosine + cross * sine + axis * (library.sum(axis * away, axis=0) * (1.0 - cosine))
    seen = turned[:2] / turned[2]
    square = library.sum(seen * seen, axis=0)
    distorted = seen * (1.0 + camera[9] * square + camera[10] * square * square)
    return (distorted * camera[6] + camera[7:9]) * weight


def layer(library: Any, x: Any, weights: Any, bias: Any) -> Any:
    """A dense layer."""
    return library.maximum(weights @ x + bias, 0.0)


def elementwise(library: Any, x: Any, factor: Any) -> Any:
    """A function of each element by itself."""
    return library.maximum(factor * x, 0.0)
