"""JAX: compiled, the batch first or last."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..cases import Case
from .constants import with_constants
from .peer import LIBRARY, Arguments, Form, Peer, Result, SkipError, as_rows, columns


def _jax() -> Any:
    try:
        import jax
    except ImportError:
        raise SkipError("not installed (pip install jax)") from None
    return jax


def _library(jax: Any) -> SimpleNamespace:
    names = ("exp", "log", "sqrt", "square", "tanh", "sin", "cos", "sum", "maximum", "minimum")
    of_numpy = {name: getattr(jax.numpy, name) for name in names}
    return SimpleNamespace(**of_numpy, ndtr=jax.scipy.special.ndtr, softplus=jax.nn.softplus, logsumexp=jax.scipy.special.logsumexp)


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the forms of a case."""
    dtype = arguments[0].dtype
    jax, of_case = _jax(), with_constants(case.function, dtype)
    # In float32 as it is without being told: its indices are of 32 bits too then.
    jax.config.update("jax_enable_x64", dtype == np.float64)
    inputs = len(case.inputs)
    library = _library(jax)
    names = (*case.inputs, *case.parameters)
    places = tuple(names.index(name) for name in case.wrt or names)

    def function(*given: Any) -> Any:
        return of_case(library, *given)

    for name, axis in (("rows", 0), ("columns", -1)):
        if axis == -1 and not any(case.inputs.values()):
            continue
        axes = (axis,) * inputs + (None,) * len(case.parameters)
        by_weights = places[0] >= inputs
        derived = (_summed if by_weights else _each)(jax, function, axes, places)
        given = [each if axis == 0 or place >= inputs else columns(each) for place, each in enumerate(arguments)]
        yield _form(jax, name, derived, given, by_weights=by_weights)


def _each(jax: Any, function: Callable[..., Any], axes: tuple[int | None, ...], places: tuple[int, ...]) -> Callable[..., Any]:
    """Give the values and each row's own gradients."""
    return jax.vmap(jax.value_and_grad(function, argnums=places), in_axes=axes, out_axes=(0, axes[0]))


def _summed(jax: Any, function: Callable[..., Any], axes: tuple[int | None, ...], places: tuple[int, ...]) -> Callable[..., Any]:
    """Give the values and the gradients of their sum."""

    def total(*given: Any) -> Any:
        values = jax.vmap(function, in_axes=axes)(*given)
        return values.sum(), values

    return jax.value_and_grad(total, argnums=places, has_aux=True)


def _form(jax: Any, name: str, derived: Callable[..., Any], given: list[np.ndarray], *, by_weights: bool) -> Form:
    compiled, there = jax.jit(derived), [jax.numpy.asarray(each) for each in given]
    last: list[Any] = []

    def call() -> None:
        last.clear()
        last.append(jax.block_until_ready(compiled(*there)))

    def result() -> Result:
        value, gradients = last[0]
        if by_weights:
            return value[1], gradients
        turn = as_rows if name == "columns" else np.asarray
        return value, [turn(np.asarray(each)) for each in gradients]

    return Form(name, call, result)


def _version() -> str:
    try:
        return f"jax {_jax().__version__}"
    except SkipError:
        return "no jax"


JAX = Peer("jax", LIBRARY, prepare, _version)
