"""Graphs of any size."""

from collections.abc import Callable
from typing import Any

import numpy as np

import staticgraph as sg


def mixed(instructions: int) -> sg.Function:
    """Give a random graph of so many instructions over eight inputs: sums, products, squares, maxima, and some functions."""
    generator = np.random.default_rng(0)
    values = list(sg.inputs("a b c d e f g h"))
    leaves = list(values)
    rules: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: np.square(a), lambda a, b: np.maximum(a, b),
        lambda a, b: np.sqrt(a + 1.5), lambda a, b: np.exp(-a), lambda a, b: np.sin(a),
    ]  # fmt: skip
    while len(values) < instructions - 40:
        first, second = (values[number] for number in generator.integers(max(0, len(values) - 40), len(values), 2))
        values.append(rules[generator.integers(len(rules))](first, second))
    return sg.compile(sum(values[-40:]), leaves, engine="interpreter")


def chain(gates: int) -> sg.Function:
    """Give a chain of products and sums."""
    x, y = sg.inputs("x y")
    value = x
    for number in range(gates // 2):
        value = value * y + float(number % 7 - 3)
    return sg.compile(value, inputs=[x, y])


def tree(gates: int) -> sg.Function:
    """Give a tree of sums over multiples of one input."""
    x = sg.input("x")
    values = [x * (1.0 + number / gates) for number in range(gates // 2)]
    while len(values) > 1:
        odd = values[len(values) & ~1 :]
        values = [left + right for left, right in zip(values[::2], values[1::2], strict=False)] + odd
    return sg.compile(values[0])
