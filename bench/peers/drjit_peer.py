"""Dr.Jit on the processor: a frozen function of columns, one array for each element."""

from typing import Any

import numpy as np

from ..cases import Case
from . import LIBRARY, Prepared, Results, Skip
from .symbols import elements, filled, library

NAME, KIND = "Dr.Jit", LIBRARY


def prepare(case: Case, arguments: tuple[np.ndarray, ...]) -> Prepared:
    """Freeze the function that evaluates the value and all gradients."""
    try:
        import drjit as dr
        from drjit.llvm.ad import Float64
    except ImportError:
        raise Skip("drjit is not installed") from None
    if case.parameters:
        raise Skip("its sums for 1,633 parameters take minutes to compile")
    try:
        dr.eval(Float64(1.0) + 1.0)
    except Exception as failure:
        raise Skip(f"{failure}; LLVM's shared library is one of Debian's packages libllvm15, or named by DRJIT_LIBLLVM_PATH") from None
    functions = library(dr.exp, dr.log, dr.sqrt, dr.tanh, dr.erf)
    shapes = list(case.inputs.values())
    columns = [
        [Float64(np.ascontiguousarray(column)) for column in array.reshape(len(array), -1).T] for array in arguments
    ]
    flat = [column for each in columns for column in each]

    nothing = dr.opaque(Float64, 0.0)

    @dr.freeze
    def evaluate(*given: Any) -> Any:
        leaves = [Float64(each) for each in given]
        dr.enable_grad(*leaves)
        left = iter(leaves)
        values = [filled(shape, lambda _: next(left)) for shape in shapes]
        value = case.function(functions, *values)
        dr.backward(value)
        # Added to a zero that it does not know to be one: a gradient that is another array, as z is of (x + y) * z, is written like all.
        return [dr.detach(value), *(dr.grad(leaf) + nothing for leaf in leaves)]

    def call() -> Any:
        made = evaluate(*flat)
        dr.eval(made)
        dr.sync_thread()
        return made

    def results(made: Any) -> Results:
        arrays = iter([np.asarray(each) for each in made[1:]])
        stacked = [np.stack([next(arrays) for _ in each], axis=-1) for each in columns]
        gradients = [array.reshape(-1, *shape) for array, shape in zip(stacked, shapes, strict=True)]
        return np.asarray(made[0]), gradients

    assert len(flat) == sum(len(elements(filled(shape, int))) for shape in shapes)
    return call, results
