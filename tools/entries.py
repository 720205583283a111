"""What is derived: polynomials, constants cut into parts, and tables of such."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


def rounded(value: Any, kind: str) -> float:
    """Return the nearest number of a format."""
    return float(np.float32(float(value))) if kind == "float32" else float(value)


class Fit(NamedTuple):
    """A polynomial in each format.

    Attributes
    ----------
    name
        What the kernel imports.
    function
        Of an `mpmath` number: what the polynomial stands for.
    interval
        Where it does.
    degrees
        In float64 and in float32; None where the kernel of that format does not need it.
    weight
        Of the absolute error, which is to be smallest; None for the relative error.
    fixed
        The first coefficients, where they are given.
    note
        What the docstring says of it.
    """

    name: str
    function: Callable[[Any], Any]
    interval: tuple[Any, Any]
    degrees: tuple[int | None, int | None]
    note: str
    weight: Callable[[Any], Any] | None = None
    fixed: tuple[float, ...] = ()


class Number(NamedTuple):
    """A constant cut into as many numbers of each format as are asked for, each the rest of those before.

    Attributes
    ----------
    name
        What the kernel imports.
    value
        Gives the constant.
    parts
        How many numbers its sum is made of.
    note
        What the docstring says of it.
    bits
        How many bits the first number has in float64 and in float32, where it is cut short so that products with it are exact.
    """

    name: str
    value: Callable[[], Any]
    parts: int
    note: str
    bits: tuple[int, int] = (53, 24)


class Table(NamedTuple):
    """Constants, each cut into as many numbers as are asked for, one after the other.

    Attributes
    ----------
    name
        What the kernel imports.
    values
        Gives the constants for a format, by NumPy's name of it.
    parts
        How many numbers each is the sum of.
    note
        What the docstring says of it.
    """

    name: str
    values: Callable[[str], list[Any]]
    parts: int
    note: str


class Pieces(NamedTuple):
    """Tables of sixteen numbers each, which make a function of float32 in as many pieces.

    Attributes
    ----------
    name
        What the kernel imports.
    tables
        Gives the numbers of all tables.
    note
        What the docstring says of it.
    """

    name: str
    tables: Callable[[], list[float]]
    note: str


Entry = Pieces | Fit | Number | Table
