"""A compiled function outside Python: addresses, `ctypes`, and SciPy's low-level callables."""

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..embedding.addresses import loaded
from ..lanes.objects import Loaded
from ..native.adapters import ADAPTERS
from ..native.batch import Entry
from .entries import entry_by_name
from .evaluation import Evaluation

SYMBOL = "staticgraph"


class Embedded(Evaluation):
    """What a function is to code that is not Python's."""

    _kept: dict[tuple[str, str], Any]

    def address(self, call: str = "value_and_grad", *, abi: str | None = None) -> int:
        """Return the address of native code for a call.

        It is `int (const void *const *arguments, void *const *results, int64_t rows)`: the addresses of the arguments, in order, and of
        the results (the outputs, then the derivatives), of rows `(rows, *S)` that lie one after another. Every input has `rows` rows;
        parameters and their gradients have none. Results of boolean outputs are bytes.

        Parameters
        ----------
        call : str
            `"value"`, `"grad"`, `"value_and_grad"`, `"jacobian"` or `"hessian"`.
        abi : str, optional
            The address of an adapter instead: `"quad"`, `double (int, double *)` with numbers for leaves; `"lsoda"`, `void (double t,
            double *u, double *du, double *p)`, for a function of a number, a vector and perhaps another one; `"nlopt"`, `double (unsigned,
            const double *x, double *gradient, void *)`, whose `x` has all leaves one after another.

        Returns
        -------
        int
            Valid as long as the function lives. It returns 0, or writes nothing: 1 if `rows` is negative, 2 if an address is null.

        Raises
        ------
        ValueError
            For an unknown call or ABI, or a function that does not fit an ABI.
        TypeError
            For a gradient of what is not one real output of shape `()`.
        """
        if abi is None:
            return self._library(call, "")[0].address(f"{SYMBOL}_table")
        _check_abi(self, call, abi)
        return self._library("value", abi)[0].address(f"{SYMBOL}_{abi}")

    def ctypes(self, call: str = "value_and_grad") -> Any:
        """Return the code at `address(call)` as a function of `ctypes`, which keeps this function alive.

        Raises
        ------
        ValueError, TypeError
            As in `address`.
        """
        table = ctypes.POINTER(ctypes.c_void_p)
        made: Any = ctypes.CFUNCTYPE(ctypes.c_int, table, table, ctypes.c_int64)(self.address(call))
        made.function = self
        return made

    def low_level_callable(self, call: str = "value", *, abi: str | None = None) -> Any:
        """Return a `scipy.LowLevelCallable` `double (int, double *)` of a function of numbers with one number for output.

        With an `abi` the address of that adapter is returned instead, as by `address`.

        Raises
        ------
        ValueError, TypeError
            As in `address`; for leaves that are no numbers.
        ImportError
            If SciPy is not installed.
        """
        if abi is not None:
            return self.address(call, abi=abi)
        if call != "value":
            raise ValueError(f"{self.__name__}: a low-level callable returns one number: call is 'value', got {call!r}")
        from scipy import LowLevelCallable

        _check_abi(self, call, "quad")
        address = self.address("value", abi="quad")
        made: Any = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, ctypes.POINTER(ctypes.c_double))(address)
        made.function = self
        return LowLevelCallable(made)

    def _library(self, call: str, abi: str) -> tuple[Loaded, tuple[Entry, ...]]:
        """Return the code of a call, or of an adapter, made when first asked for."""
        found: tuple[Loaded, tuple[Entry, ...]] | None = self._kept.get((call, abi))
        if found is None:
            entries = [entry_by_name(self, call, SYMBOL)]
            adapt: Callable[[Any], None] | None = None
            if abi:
                entries += [entry_by_name(self, "value_and_grad", f"{SYMBOL}_gradient")] if abi == "nlopt" else []
                adapt = partial(_adapt, abi, entries[0], entries[-1])
            found = self._kept.setdefault((call, abi), (loaded(entries, abi, adapt), tuple(entries)))
        return found


def _adapt(abi: str, value: Entry, gradient: Entry, module: Any) -> None:
    ADAPTERS[abi](module, f"{SYMBOL}_{abi}", value, gradient)


def _check_abi(function: Evaluation, call: str, abi: str) -> None:
    """Raise `ValueError` for an unknown ABI, and where a function does not have its form."""
    if abi not in ADAPTERS:
        raise ValueError(f"{function.__name__}: abi {abi!r} is unknown; expected one of {', '.join(ADAPTERS)}")
    name, leaves = function.__name__, function.inputs
    if function.dtype != np.float64:
        raise ValueError(f"{name}: abi {abi!r} takes float64, but the function computes in {function.dtype}; compile it in float64")
    numbers = not any(leaf.shape for leaf in leaves)
    fits, expected = {
        "quad": (function._scalar and numbers, "numbers for leaves and one real output of shape ()"),
        "nlopt": (function._scalar, "one real output of shape ()"),
        "lsoda": (_is_derivative(function), "leaves t of shape (), u of shape (n,) and perhaps p, and one output of shape (n,)"),
    }[abi]
    if not fits:
        shapes = ", ".join(f"{leaf.name} of shape {leaf.shape}" for leaf in leaves)
        outputs = ", ".join(str(node.shape) for node in function.graph.outputs)
        raise ValueError(f"{name}: abi {abi!r} needs {expected}; there are the leaves {shapes} and outputs of shapes {outputs}")


def _is_derivative(function: Evaluation) -> bool:
    """Whether a function is the right side of a differential equation: of a number, a vector and perhaps parameters, to such a vector."""
    leaves, outputs = function.inputs, function.graph.outputs
    return (
        2 <= len(leaves) <= 3 and not leaves[0].shape and leaves[1].ndim == 1
        and len(outputs) == 1 and outputs[0].shape == leaves[1].shape and not outputs[0].boolean
    )  # fmt: skip
