"""Functions with the signatures of other libraries, around the function for one row."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ..lanes.decode import integer as number
from .batch import POINTER, STATUS, Entry

DOUBLE, ADDRESS = ir.DoubleType(), ir.DoubleType().as_pointer()
ROW = "row"


def _places(builder: Any, entry: Entry, first: Any) -> list[Any]:
    """Return where each argument begins in a vector that has them one after another."""
    places, offset = [], 0
    for each in entry.arguments:
        places.append(builder.gep(first, [number(offset)]))
        offset += each.size
    return places


def _call(builder: Any, entry: Entry, given: list[Any]) -> None:
    """Call the function for one row."""
    function = builder.module.globals[f"{entry.name}_{ROW}"]
    builder.call(function, [builder.bitcast(each, POINTER) for each in given])


def quad(module: ir.Module, name: str, value: Entry, gradient: Entry | None) -> None:
    """Write `double (int count, double *leaves, void *unused)`, of SciPy's low-level callables: leaves are numbers."""
    function = ir.Function(module, ir.FunctionType(DOUBLE, [STATUS, ADDRESS, POINTER]), name)
    builder = ir.IRBuilder(function.append_basic_block())
    result = builder.alloca(DOUBLE)
    _call(builder, value, [*_places(builder, value, function.args[1]), result])
    builder.ret(builder.load(result))


def lsoda(module: ir.Module, name: str, value: Entry, gradient: Entry | None) -> None:
    """Write `void (double t, double *u, double *du, double *p)`: leaves are a number, a vector, and perhaps another one."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [DOUBLE, ADDRESS, ADDRESS, ADDRESS]), name)
    builder = ir.IRBuilder(function.append_basic_block())
    time = builder.alloca(DOUBLE)
    builder.store(function.args[0], time)
    leaves = [time, function.args[1], function.args[3]][: len(value.arguments)]
    _call(builder, value, [*leaves, function.args[2]])
    builder.ret_void()


def nlopt(module: ir.Module, name: str, value: Entry, gradient: Entry | None) -> None:
    """Write `double (unsigned count, const double *x, double *gradient, void *unused)`; without an address no gradient is computed."""
    assert gradient is not None
    function = ir.Function(module, ir.FunctionType(DOUBLE, [STATUS, ADDRESS, ADDRESS, POINTER]), name)
    builder = ir.IRBuilder(function.append_basic_block())
    _, x, slopes, _ = function.args
    result = builder.alloca(DOUBLE)
    wanted = builder.icmp_unsigned("!=", slopes, ir.Constant(ADDRESS, None))
    with builder.if_else(wanted) as (both, alone):
        with both:
            _call(builder, gradient, [*_places(builder, gradient, x), result, *_places(builder, gradient, slopes)])
        with alone:
            _call(builder, value, [*_places(builder, value, x), result])
    builder.ret(builder.load(result))


ADAPTERS: dict[str, Callable[[ir.Module, str, Entry, Entry | None], None]] = {"quad": quad, "lsoda": lsoda, "nlopt": nlopt}
"""By the library's name."""
