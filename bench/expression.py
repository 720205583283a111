"""Signed-distance expressions in the text format of the `fidget` project: one instruction a line, `name op operands`."""

import math
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def read_expression(path: str | Path) -> Callable[..., Any]:
    """Read a file as a function `function(library, x, y)`, whose value is that of the last line."""
    lines = Path(path).read_text().splitlines()
    instructions = [line.split() for line in lines if line.strip() and not line.startswith("#")]

    def function(library: Any, x: Any, y: Any) -> Any:
        operations = {
            "add": operator.add, "sub": operator.sub, "mul": operator.mul, "neg": operator.neg,
            "max": library.maximum, "min": library.minimum, "square": library.square, "sqrt": library.sqrt,
        }  # fmt: skip
        values: dict[str, Any] = {"var-x": x, "var-y": y}
        for name, operation, *operands in instructions:
            if operation == "const":
                values[name] = float(operands[0])
            elif operation in values:
                values[name] = values[operation]
            else:
                values[name] = operations[operation](*(values[operand] for operand in operands))
        return values[instructions[-1][0]]

    return function


def pixels(rows: int, generator: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Give the centres of the pixels of a square picture over [-1, 1] by [-1, 1], as columns; `rows` is a square number."""
    side = math.isqrt(rows)
    if side * side != rows:
        raise ValueError(f"a square picture needs a square number of pixels, got {rows}")
    middle = np.linspace(-1.0, 1.0, 2 * side + 1)[1::2]
    return np.tile(middle, side), np.repeat(-middle, side)
