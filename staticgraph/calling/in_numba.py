"""Compiled functions in Numba's functions: what Numba calls by its entry point `numba_extensions` before it compiles for the first time."""

from functools import partial
from typing import Any

from ..compiler import store
from ..compiler.sources import digest
from ..lanes.objects import processor
from ..native.batch import Entry
from ..nodes.node import VARYING
from ..saving.encoding import content
from .arguments import asked_names
from .entries import entry_of
from .function import Function
from .results import gradients_type

SOURCES = (
    "gates", "records", "lanes", "nodes", "kinds", "passes", "derivatives", "program", "lowering", "machine", "native", "embedding",
    "calling",
)  # fmt: skip
"""The rooms that the code of a caller follows from, beside the graph."""


def register() -> None:
    """Tell Numba the types of compiled functions."""
    from numba.extending import typeof_impl

    @typeof_impl.register(Function)  # type: ignore[untyped-decorator]  # Numba has no types
    def typeof(function: Function, context: Any) -> Any:
        from ..embedding.numba_calls import methods
        from ..embedding.numba_types import Content, type_of

        content = Content(*_content(function))
        return type_of(content, function, lambda made: methods(content, partial(_entry, made)))


def _content(function: Function) -> tuple[Any, ...]:
    """Return the name, the hash of the content, the leaves and the dtype of a function; found once."""
    found = function._kept.get(("numba", ""))
    if found is None:
        # The graph, not a program: that is not made before a caller is compiled, for one kept on disk never.
        described = repr((function.__name__, str(function.dtype), function._single, function._default, function._fuse))
        hashed = store.key("numba", described, content(function._source), digest(*SOURCES), processor())
        leaves = tuple((str(leaf.name), leaf.shape, leaf.role in VARYING) for leaf in function.inputs)
        found = function._kept.setdefault(("numba", ""), (function.__name__, hashed, leaves, str(function.dtype)))
    return tuple(found)


def _entry(made: Any, call: str, symbol: str, wrt: Any) -> tuple[Entry, Any, bool, bool]:
    """Return the entry of a call, the type of its gradients, whether one was asked for alone, and whether the output is no tuple."""
    function = made.function
    names, alone = (function._default, False) if wrt is None else asked_names(function.__name__, function.inputs, function._places, wrt)
    return entry_of(function, call, symbol, names), gradients_type(names), alone, function._single
