"""Compiled functions as C source, and as object files."""

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..embedding.addresses import object_code
from ..embedding.c_text import Source
from .entries import entry_by_name
from .function import Function

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def export_c(f: Function, path: Any, calls: Sequence[str] = ("value", "value_and_grad"), name: str | None = None) -> None:
    """Write a function as C: `NAME.c` and `NAME.h`.

    It is C99 without dependencies, and compiled with the flags that the header names it makes the bits of the calls from Python. For each
    call there are `int NAME_CALL(const T *leaf..., T *result..., int64_t rows)`, on rows `(rows, *S)` that lie one after another, and
    `int NAME_CALL_row(...)` without `rows`. Every input has `rows` rows. Results are the outputs, then the gradients, in the arguments'
    order; those of boolean outputs are `uint8_t`. They return 0, or write nothing: 1 if `rows` is negative, 2 if an address is null.

    Parameters
    ----------
    f : Function
    path : str or path
        The folder.
    calls : sequence of str, optional
        Which calls: `"value"`, `"grad"`, `"value_and_grad"`, `"jacobian"`, `"hessian"`.
    name : str, optional
        The files' and the symbols' name; the function's own by default.

    Raises
    ------
    ValueError
        For a name that is no identifier of C, an unknown call, and a function that is too large.
    TypeError
        For gradients of what is not one real output of shape `()`.
    OSError
        If the files cannot be written.
    """
    chosen, entries = _entries(f, calls, name)
    source, what = Source(chosen, entries), _described(f)
    folder = Path(os.fspath(path))
    _write(folder / f"{chosen}.h", source.header(what).encode())
    _write(folder / f"{chosen}.c", source.source(what).encode())


def export_object(
    f: Function, path: Any, calls: Sequence[str] = ("value", "value_and_grad"), target: str | None = None, name: str | None = None
) -> None:
    """Write a function as an object file, `NAME.o`, and its header, `NAME.h`, with the functions that `export_c` writes as C.

    Parameters
    ----------
    f, path, calls, name
        As in `export_c`.
    target : str, optional
        The triple of another processor or system, such as `"aarch64-linux-gnu"`, `"x86_64-pc-windows-msvc"` or `"wasm32-unknown-unknown"`;
        by default this processor, with all that it can do. Code for any other processor than this one calls the C function `fma` where
        the processor of that triple may lack the instruction.

    Raises
    ------
    ValueError, TypeError, OSError
        As in `export_c`; `ValueError` for an unknown target.
    """
    chosen, entries = _entries(f, calls, name)
    header = Source(chosen, entries).header(_described(f))
    code = object_code(list(entries.values()), target)
    folder = Path(os.fspath(path))
    _write(folder / f"{chosen}.h", header.encode())
    _write(folder / f"{chosen}.o", code)


def _entries(f: Any, calls: Any, name: str | None) -> tuple[str, dict[str, Any]]:
    """Return the name and the entries of an export, checked."""
    if not isinstance(f, Function):
        raise TypeError(f"export: expected a compiled function, got {type(f).__name__}; make one with sg.compile or @sg.function")
    chosen = f.__name__ if name is None else name
    if not isinstance(chosen, str) or not _IDENTIFIER.fullmatch(chosen):
        raise ValueError(f"export: the name {chosen!r} is no identifier of C; give one with name=")
    wanted = (calls,) if isinstance(calls, str) else tuple(calls)
    if not wanted or len(set(wanted)) < len(wanted):
        raise ValueError(f"export: calls are names, each once, at least one; got {calls!r}")
    return chosen, {call: entry_by_name(f, call, f"{chosen}_{call}") for call in wanted}


def _described(f: Function) -> str:
    """Return a function in one line."""
    leaves = ", ".join(f"{leaf.name}{list(leaf.shape) or ''}" for leaf in f.inputs)
    return f"{f.__name__.replace('*/', '* /')}({leaves}) in {f.dtype}, {len(f.graph)} nodes"


def _write(path: Path, content: bytes) -> None:
    """Write a file, or leave what is there as it is."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.unfinished")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
