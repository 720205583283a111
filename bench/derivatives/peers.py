"""The peers' forms: each gives what computes a case, and how its result reads in our layout."""

import ctypes
import math
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from ..peers.compiler import compiler
from ..peers.objects import arranged, library
from ..peers.peer import SkipError
from .cases import HESSIAN, JACOBIAN, PRODUCT, Derivative

Array = np.ndarray


class Form(NamedTuple):
    """One way to compute a case: a call, and what gives the arrays of its last result in the layout of rows."""

    name: str
    call: Callable[[], Any]
    result: Callable[[], list[Array]] | None


def _imported(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        raise SkipError(f"{name} is not installed (pip install {name})") from None


def _jax() -> Any:
    jax = _imported("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def _function(jax: Any, case: Derivative) -> Callable[..., Any]:
    """Return a case's function of one row of JAX' arrays."""
    names = ("exp", "log", "sqrt", "tanh", "sin", "cos", "sum", "maximum", "stack")
    functions = SimpleNamespace(**{name: getattr(jax.numpy, name) for name in names}, ndtr=jax.scipy.special.ndtr)
    return partial(case.function, functions)


def _form(jax: Any, name: str, derivative: Callable[..., Any], case: Derivative, rows: int, axis: int) -> Form:
    """Map over the rows of arguments that have them first, or last."""
    given = case.arguments(rows)
    varying = len(given) - len(case.parameters)
    turned = [np.moveaxis(each, 0, axis) if place < varying else each for place, each in enumerate(given)]
    mapped = jax.jit(jax.vmap(derivative, in_axes=(axis,) * varying + (None,) * len(case.parameters), out_axes=axis))
    there = [jax.numpy.asarray(np.asarray(each, order="C")) for each in turned]
    last: list[Any] = []

    def call() -> None:
        last[:] = [jax.block_until_ready(mapped(*there))]

    def result() -> list[Array]:
        return [np.moveaxis(np.asarray(each), axis, 0) for each in _flat(last[0])]

    return Form(f"{name}, {'columns' if axis else 'rows'}", call, result)


def _flat(result: Any) -> list[Any]:
    return [array for each in result for array in _flat(each)] if isinstance(result, tuple) else [result]


def by_jax(case: Derivative, rows: int, threads: int) -> Iterator[Form]:
    """Both modes for Jacobians, whose faster one depends on the case."""
    jax = _jax()
    function, places = _function(jax, case), tuple([*case.shapes].index(name) for name in case.wrt)

    def product(vector: Any, x: Any, *others: Any) -> Any:
        return jax.jvp(lambda x: jax.grad(function)(x, *others), (x,), (vector,))[1]

    if case.kind == PRODUCT:
        modes = {"": product}
    elif case.kind == HESSIAN:
        modes = {"": jax.hessian(function, argnums=places)}
    else:
        modes = {" forward": jax.jacfwd(function, argnums=places), " reverse": jax.jacrev(function, argnums=places)}
    for mode, derivative in modes.items():
        for axis in (0, -1):
            form = _form(jax, f"JAX{mode}", derivative, case, rows, axis)
            yield form._replace(result=None) if "sparse" in case.call else form


def by_asdex(case: Derivative, rows: int, threads: int) -> Iterator[Form]:
    """JAX with the pattern found and coloured beforehand: the entries' values, or the products that hold them, not yet picked."""
    if "sparse" not in case.call:
        return
    jax, asdex = _jax(), _imported("asdex")
    sample = [np.ones(shape) for shape in case.shapes.values()]
    function = _function(jax, case)
    whole, compressed = (
        (asdex.hessian, asdex.compressed_hessian) if case.kind == HESSIAN else (asdex.jacobian, asdex.compressed_jacobian)
    )
    entries, products = whole(function, *sample), compressed(function, *sample)

    def values(*given: Any) -> Any:
        return entries(*given).data

    for name, derivative in (("asdex", values), ("asdex, products", products)):
        for axis in (0, -1):
            yield _form(jax, name, derivative, case, rows, axis)._replace(result=None)


LOOP = """
void over_rows(const double **arg, double **res, const long *in, const long *out, long first, long last)
{
    const double *given[sz_arg]; double *made[sz_res]; casadi_int iw[sz_iw + 1]; double w[sz_w + 1];
    for (long row = first; row < last; row++) {
        for (int k = 0; k < inputs; k++) given[k] = arg[k] + row * in[k];
        for (int k = 0; k < outputs; k++) made[k] = res[k] + row * out[k];
        row_of(given, made, iw, w, 0);
    }
}
"""


def by_casadi(case: Derivative, rows: int, threads: int) -> Iterator[Form]:
    """Generated C, compiled with everything on, in a loop over the rows, of which each thread takes a share."""
    casadi, gcc = _imported("casadi"), compiler()
    function, sizes = _casadi_function(casadi, case)
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "row.c"), Path(folder, "row.so")
        function.generate("row.c", {"with_header": False})
        Path("row.c").rename(source)
        work = {f"sz_{name}": getattr(function, f"sz_{name}")() for name in ("arg", "res", "iw", "w")}
        work |= {"inputs": function.n_in(), "outputs": function.n_out()}
        text = LOOP
        for name, number in work.items():
            text = text.replace(name, str(number))
        source.write_text(source.read_text() + text)
        subprocess.run([gcc, "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(made), "-lm"], check=True)
        run = ctypes.CDLL(str(made)).over_rows
    given = [np.asarray(each, order="C") for each in case.arguments(rows)]
    varying = len(given) - len(case.parameters)
    results = [np.zeros((rows, size)) for size in sizes]
    steps = [each[0].size if place < varying else 0 for place, each in enumerate(given)]
    pointers = [(ctypes.c_void_p * len(each))(*(array.ctypes.data for array in each)) for each in (given, results)]
    strides = [(ctypes.c_long * len(each))(*each) for each in (steps, sizes)]
    shares = list(pairwise([ctypes.c_long(rows * each // threads) for each in range(threads + 1)]))
    pool = ThreadPoolExecutor(threads)

    def call(alive: Any = (given, results)) -> None:  # whose addresses are used
        list(pool.map(lambda share: run(*pointers, *strides, *share), shares)) if threads > 1 else run(*pointers, *strides, *shares[0])

    yield Form("CasADi C", call, None if "sparse" in case.call else lambda: results)


def _casadi_function(casadi: Any, case: Derivative) -> tuple[Any, list[int]]:
    """Return the derivatives of one row, each row-major, and their sizes."""
    functions = library(casadi, casadi.fmax, casadi.fmin)
    functions.stack = lambda parts: arranged(list(parts), (len(parts),))
    symbols = {name: casadi.SX.sym(name, math.prod(shape)) for name, shape in case.shapes.items()}
    leaves = [arranged(casadi.vertsplit(symbols[name]), shape) for name, shape in case.shapes.items()]
    with np.errstate(all="ignore"):
        value = case.function(functions, *leaves)
    column = casadi.vertcat(*(value.ravel() if isinstance(value, np.ndarray) else [value]))
    by, arguments = [symbols[name] for name in case.wrt], list(symbols.values())
    if case.kind == PRODUCT:
        vector = casadi.SX.sym("vector", by[0].numel())
        found = [casadi.jtimes(casadi.gradient(column, by[0]), by[0], vector)]
        arguments = [vector, *arguments]
    elif case.kind == JACOBIAN:
        found = [casadi.jacobian(column, each).T for each in by]
    else:
        whole = casadi.hessian(column, casadi.vertcat(*by))[0]
        ends = np.cumsum([0, *(each.numel() for each in by)]).tolist()
        found = [whole[a:b, c:d].T for a, b in pairwise(ends) for c, d in pairwise(ends)]
    if "sparse" in case.call:
        found = [casadi.SX(casadi.tril(each) if case.options.get("lower") else each).nz[:] for each in found]
    dense = [casadi.densify(casadi.vec(each)) for each in found]
    return casadi.Function("row_of", arguments, dense, {"cse": True}), [each.numel() for each in dense]


PEERS: Sequence[Callable[[Derivative, int, int], Iterator[Form]]] = (by_jax, by_casadi, by_asdex)
