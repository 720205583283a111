"""Python code in the floating-point environment of IEEE 754, whatever the caller has set (see `environment`)."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from llvmlite import ir

from ..compiler import store
from ..compiler.worker import done_there
from .environment import IEEE_HERE, read_environment, write_environment
from .objects import Loaded, compiled, processor
from .types import INT

SYMBOL = "staticgraph_exchange"


def _text() -> str:
    """Return the module of a function that sets the control register and returns what it held."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(INT, [INT]), SYMBOL)
    builder = ir.IRBuilder(function.append_basic_block())
    before = read_environment(builder)
    write_environment(builder, function.args[0])
    builder.ret(before)
    return str(module)


def _load() -> tuple[Loaded, int]:
    name = store.key("environment", _text(), processor())
    objects = store.load(name)
    if objects is None:
        objects = [compiled(_text())]
        store.save(name, objects)
    loaded = Loaded(objects)
    return loaded, loaded.address(SYMBOL)


@cache
def _loaded() -> tuple[Callable[[int], int], Loaded]:
    """Return the function, and what keeps it in memory."""
    loaded, address = done_there(_load)
    return ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address), loaded


def exchange(value: int) -> int:
    """Set the control register of floating-point arithmetic, and return what it held."""
    return _loaded()[0](value)


@contextmanager
def ieee() -> Iterator[None]:
    """Compute to nearest, with subnormal numbers, without traps."""
    before = exchange(IEEE_HERE)
    try:
        yield
    finally:
        exchange(before)
