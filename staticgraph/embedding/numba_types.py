"""Compiled functions as values in Numba's functions.

There is a type for each, named by the hash of its content, whose values are nothing at run time.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils
from numba.core import types as _types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin, lower_constant
from numba.core.registry import cpu_target
from numba.extending import NativeValue, box, overload_method, register_model, unbox

types: Any = _types
"""Numba's types, without what it says of them."""


class Content(NamedTuple):
    """What a function is to Numba.

    Attributes
    ----------
    name, key : str
        The function's name, and the hash of all that its code follows from.
    leaves : tuple of (str, tuple of int, bool)
        For each leaf its name, its shape, and whether it differs from row to row.
    dtype : str
    """

    name: str
    key: str
    leaves: tuple[tuple[str, tuple[int, ...], bool], ...]
    dtype: str


class FunctionType(types.Type):  # type: ignore[misc]  # Numba has no types
    """The type of one compiled function; each has a class of its own, since methods belong to classes.

    It is none of Numba's `Opaque`, which are read from modules without a word to us (see `_constant`).

    Two functions of the same content have the same type, in this process and in a later one, where Numba finds what it has kept.
    """

    content: Content
    function: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type_of, (tuple(self.content),)


Methods = Callable[[type[FunctionType]], dict[str, Callable[..., Any]]]
"""Returns the methods of a class, for `overload_method`."""


@cache
def _class_of(content: Content) -> type[FunctionType]:
    made = type("FunctionType", (FunctionType,), {"content": content})
    register_model(made)(models.OpaqueModel)
    unbox(made)(lambda typ, value, c: NativeValue(c.context.get_dummy_value()))
    box(made)(_boxed)
    lower_constant(made)(_constant)
    return made


def type_of(content: Any, function: Any = None, methods: Methods | None = None) -> FunctionType:
    """Return the type of a function, known by its content; the first time that the function itself is seen it gets its methods."""
    content = Content(*content)
    with global_compiler_lock:  # other threads may be compiling, or see the same function for the first time
        made = _class_of(content)
        typ = made(f"staticgraph.{content.name}.{content.key}")
        if made.function is None and function is not None and methods is not None:
            for name, method in methods(made).items():
                overload_method(made, name, prefer_literal=True)(method)
            lower_builtin(typ, made, types.VarArg(types.Any))(_called)
            # A function that is a global is first seen while its caller is compiled, when Numba has looked for new declarations already.
            cpu_target.typing_context.refresh()
            cpu_target.target_context.refresh()
            made.function = function
    return typ


def _called(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Call a function: Numba types that as its method `__call__`, but does not look there for the code."""
    method = context.typing_context.resolve_getattr(signature.args[0], "__call__")
    return context.get_function(method, signature)(builder, args)


def _boxed(typ: FunctionType, value: Any, c: Any) -> Any:
    """Return the function itself, where Numba's code hands it to Python."""
    return c.pyapi.unserialize(c.pyapi.serialize_object(typ.function))


def _constant(context: Any, builder: Any, typ: FunctionType, value: Any) -> Any:
    """Return the value of a function that Numba's code reads as a global, or from a closure.

    What reads it as a global, or from a module or a tuple, must not be kept on disk: Numba would not see that it has become another
    function. (The values that a closure holds are part of the name under which Numba keeps it.) A global variable with this name is
    Numba's own sign for that. Where a value comes from is told by the names of the variables that hold it: one that tells nothing counts
    as a global.
    """
    held = [variable for variable, each in (context.fndesc.typemap or {}).items() if each == typ]
    if not all("load_deref" in variable for variable in held):
        mark = cgutils.add_global_variable(builder.module, ir.IntType(8), f"numba.dynamic.globals.{typ.content.key[:16]}")
        mark.linkage, mark.initializer = "weak", ir.Constant(ir.IntType(8), 0)
    return context.get_dummy_value()
