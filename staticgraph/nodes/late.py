"""Functions of packages that need not be installed: they are declared when their module is there."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

DECLARATIONS: dict[str, Callable[[ModuleType], dict[Any, Callable[..., Any]]]] = {}
"""What declares the functions of a module, by its name, until it has."""


def declare(table: dict[Any, Callable[..., Any]]) -> None:
    """Add to a table the functions of all modules that have been imported meanwhile."""
    for name in [each for each in DECLARATIONS if each in sys.modules]:
        table.update(DECLARATIONS.pop(name)(sys.modules[name]))
