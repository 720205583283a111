"""JAX, compiled: rows `(N, d)` or columns `(d, N)`, whichever is faster."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from ..cases import Case
from ..timing import seconds
from . import LIBRARY, Prepared, Results, Skip

NAME, KIND = "JAX", LIBRARY


def _library() -> Any:
    try:
        import jax
    except ImportError:
        raise Skip("jax is not installed") from None
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from jax.scipy.special import ndtr

    names = ("exp", "log", "sqrt", "tanh", "sum")
    return jax, SimpleNamespace(**{name: getattr(jnp, name) for name in names}, ndtr=ndtr, softplus=jax.nn.softplus)


def prepare(case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Compile both forms, and keep the faster."""
    jax, library = _library()
    inputs, wanted = len(case.inputs), _wanted(case)
    moved = [array.ndim > 1 and number < inputs for number, array in enumerate(arguments)]

    def of_columns(*given: Any) -> Any:
        rows = [jax.numpy.moveaxis(array, -1, 0) if move else array for array, move in zip(given, moved, strict=True)]
        values = case.function(library, *rows)
        return values.sum(), values

    def of_rows(*given: Any) -> Any:
        values = case.function(library, *given)
        return values.sum(), values

    columns = [np.ascontiguousarray(np.moveaxis(array, 0, -1)) if move else array for array, move in zip(arguments, moved, strict=True)]
    forms = []
    for function, given, transposed in ((of_rows, arguments, False), (of_columns, columns, True)):
        compiled = jax.jit(jax.value_and_grad(function, argnums=wanted, has_aux=True))
        placed = [jax.device_put(array) for array in given]

        def call(compiled: Any = compiled, placed: Any = placed) -> Any:
            return jax.block_until_ready(compiled(*placed))

        call()
        forms.append((min(seconds(call) for _ in range(3)), call, transposed))
    _, call, transposed = min(forms, key=lambda form: form[0])

    def results(made: Any) -> Results:
        (_, value), gradients = made
        back = [
            np.moveaxis(np.asarray(each), -1, 0) if transposed and moved[number] else np.asarray(each)
            for number, each in zip(wanted, gradients, strict=True)
        ]
        return np.asarray(value), back

    return call, results


def _wanted(case: Case) -> tuple[int, ...]:
    names = [*case.inputs, *case.parameters]
    return tuple(number for number, name in enumerate(names) if case.wrt is None or name in case.wrt)
