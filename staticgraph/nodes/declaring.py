"""Declarations of functions that users call under `sg.`, and which NumPy functions they are."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from ..gates.accuracy import documented
from .node import Node
from .numpy_functions import implements

Function = TypeVar("Function", bound=Callable[..., Any])

untyped: Any = np
"""NumPy without its types, which know nothing of nodes, and differ between its versions."""
PUBLIC: dict[str, Callable[..., Any]] = {}
"""The functions under `sg.` by name."""


def public(function: Function) -> Function:
    """Declare a function of the package; its documentation tells its accuracy."""
    function.__doc__ = documented(function.__name__, function.__doc__)
    PUBLIC[function.__name__] = function
    return function


def is_symbolic(value: Any) -> bool:
    """Whether a value is a node, or a sequence with a node somewhere in it."""
    return isinstance(value, Node) or (isinstance(value, (list, tuple)) and any(is_symbolic(each) for each in value))


def numpy_function(*numpy_functions: Any, published: bool = True) -> Callable[[Function], Function]:
    """Declare a function of nodes that is NumPy's function of that name for everything else, under `sg.` unless it is not published."""

    def declare(function: Function) -> Function:
        @functools.wraps(function)
        def call(*operands: Any, **options: Any) -> Any:
            symbolic = any(map(is_symbolic, operands)) or any(map(is_symbolic, options.values()))
            return (function if symbolic else numpy_functions[0])(*operands, **options)

        implements(*numpy_functions)(function)
        return public(cast(Function, call)) if published else cast(Function, call)

    return declare
