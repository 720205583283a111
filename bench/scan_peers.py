"""The loops of `bench.scan_cases` and the pendulum by JAX' scan, in Numba and in C by hand, on one thread."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from .cases import Case
from .peers.compiler import compiled, pointers
from .peers.peer import SkipError
from .scans_by_hand import BY_HAND

Form = tuple[Callable[[], Any], Callable[[], list[np.ndarray]]]
"""A call, and what gives the value and the gradients of the last one."""
IN_C = Path(__file__).with_name("peers").joinpath("c", "scans.c")


def jax_library() -> Any:
    """Return what functions of a `library` find in JAX."""
    try:
        import jax
    except ImportError:
        raise SkipError("jax is not installed (pip install jax)") from None
    jax.config.update("jax_enable_x64", True)

    def scan(step: Any, carry: Any, xs: Any = None, length: Any = None) -> Any:
        return jax.lax.scan(step, carry, xs, length=length)

    names = ("sin", "cos", "tanh", "log", "sum")
    return SimpleNamespace(**{name: getattr(jax.numpy, name) for name in names}, sigmoid=jax.nn.sigmoid, scan=scan, jax=jax)


def by_jax(case: Case, arguments: Any) -> Form:
    """Value and gradient, mapped over rows, in JAX."""
    library = jax_library()
    jax, names = library.jax, (*case.inputs, *case.parameters)
    places = tuple(names.index(name) for name in case.wrt or names)
    axes = tuple(0 if name in case.inputs else None for name in names)

    def total(*given: Any) -> Any:
        values = jax.vmap(lambda *row: case.function(library, *row), in_axes=axes)(*given)
        return values.sum(), values

    made = jax.jit(jax.value_and_grad(total, argnums=places, has_aux=True))
    return _kept(lambda given: jax.block_until_ready(made(*given)), [jax.numpy.asarray(each) for each in arguments], lambda last: [
        np.asarray(last[0][1]), *map(np.asarray, last[1])
    ])  # fmt: skip


def _kept(call: Callable[[Any], Any], given: Any, result: Callable[[Any], list[np.ndarray]]) -> Form:
    last: list[Any] = []

    def run() -> None:
        last[:] = [call(given)]

    return run, lambda: result(last[0])


def _outputs(case: Case, arguments: Any) -> list[np.ndarray]:
    names = (*case.inputs, *case.parameters)
    return [np.empty(len(arguments[0])), *(np.empty_like(arguments[names.index(name)]) for name in case.wrt or names)]


def by_numba(case: Case, arguments: Any) -> Form:
    """Value and gradient by hand in Numba."""
    outputs = _outputs(case, arguments)
    return (lambda: BY_HAND[case.name](*arguments, *outputs)), lambda: outputs


def by_c(case: Case, arguments: Any) -> Form:
    """Value and gradient by hand in C, eight rows side by side."""
    source = IN_C.read_text()
    if f"run_{case.name}" not in source:
        raise SkipError("not written in C")
    outputs = _outputs(case, arguments)
    given = [np.ascontiguousarray(each) for each in arguments] + outputs
    function = getattr(compiled(source), f"run_{case.name}")
    addresses = pointers(given)
    return (lambda: function(addresses, len(outputs[0]))), lambda: outputs


def hessian_by_jax(case: Case, arguments: Any) -> Callable[[], Any]:
    """The Hessian by all inputs, mapped over rows, in JAX."""
    library = jax_library()
    jax = library.jax
    made = jax.jit(jax.vmap(jax.hessian(lambda *row: case.function(library, *row), argnums=tuple(range(len(arguments))))))
    there = [jax.numpy.asarray(each) for each in arguments]
    return lambda: jax.block_until_ready(made(*there))
