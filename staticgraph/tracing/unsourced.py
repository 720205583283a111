"""Functions without source (`python -c`, `exec`, prompts): their own code, run with other globals.

What such code looks up, it finds as something that calls as rewritten code does. Its branches become paths, as nothing joins them in place.
"""

import builtins
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

FOLLOWED_MODULES = ("numpy", "scipy", "math", "cmath", "functools", "operator", "staticgraph")
DTYPES = {float: np.dtype(float), int: np.dtype(int), bool: np.dtype(bool), complex: np.dtype(complex)}

Call = Callable[..., Any]


class Module:
    """A module whose functions are called as rewritten code calls them."""

    def __init__(self, module: Any, stand: Callable[[Any], Any]) -> None:
        self._module = module
        self._stand = stand

    def __getattr__(self, name: str) -> Any:
        return self._stand(getattr(self._module, name))


class Kind(type):
    """The class of what stands for one of Python's numbers: it tests instances as that does, and is called as rewritten code calls it."""

    original: Any
    call: Call

    def __call__(cls, *args: Any, **options: Any) -> Any:
        """Convert a value."""
        return cls.call(cls.original, *args, **options)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.original)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, cls.original)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.original, name)


@functools.lru_cache(maxsize=64)
def _kind(original: type, call: Call) -> Any:
    members = {"original": original, "call": staticmethod(call)}
    if original in DTYPES:
        members["dtype"] = DTYPES[original]
    return Kind(original.__name__, (), members)


def original_of(value: Any) -> Any:
    """Return the class that stands behind what stands for one of Python's numbers; anything else as it is."""
    return value.original if type(value) is Kind else value


class Globals(dict[str, Any]):
    """Globals of a function, in which each lookup gives what stands for a value; Python asks `__getitem__`, as it is no plain `dict`."""

    def __init__(self, own: dict[str, Any], stand: Callable[[Any], Any]) -> None:
        super().__init__(__builtins__={})
        self._own = own
        self._stand = stand

    def __getitem__(self, name: str) -> Any:
        value = self._own[name] if name in self._own else vars(builtins)[name]
        return self._stand(value)


def standing(call: Call, load: Callable[[Any], Any], kinds: frozenset[type]) -> Callable[[Any], Any]:
    """Return what gives, for a value that code looks up, what stands for it.

    Parameters
    ----------
    call, load : callable
        What rewritten code calls.
    kinds : set of type
        The classes that are called in another way.
    """

    def stand(value: Any) -> Any:
        if isinstance(value, types.ModuleType):
            return Module(value, stand) if value.__name__.partition(".")[0] in FOLLOWED_MODULES else value
        if isinstance(value, type):
            return _kind(value, call) if value in kinds else value
        if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc)):
            return functools.partial(call, value)
        if callable(value) and type(value).__module__.partition(".")[0] in FOLLOWED_MODULES:
            return Callee(value, call, stand)
        return load(value)

    return stand


class Callee:
    """A callable object of NumPy's, called as rewritten code calls it."""

    def __init__(self, value: Any, call: Call, stand: Callable[[Any], Any]) -> None:
        self._value, self._call, self._stand = value, call, stand

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the object."""
        return self._call(self._value, *args, **options)

    def __getattr__(self, name: str) -> Any:
        return self._stand(getattr(self._value, name))


def with_globals(function: types.FunctionType, stand: Callable[[Any], Any]) -> types.FunctionType:
    """Return the function's code with globals, and outer variables, in which what stands for them is found."""
    cells = tuple([_standing_cell(cell, stand) for cell in function.__closure__ or ()])
    scope = Globals(function.__globals__, stand)
    made = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells or None)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _standing_cell(cell: types.CellType, stand: Callable[[Any], Any]) -> types.CellType:
    """Return a cell with what stands for a module or a function; other cells are shared, as they may be written."""
    try:
        content = cell.cell_contents
    except ValueError:
        return cell
    stands = isinstance(content, (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, np.ufunc, np.ndarray))
    return types.CellType(stand(content)) if stands else cell
