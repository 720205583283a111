"""From a file to a compiled function."""

import os
from typing import Any

from ..saving.decoding import decode
from ..saving.files import read
from .function import Function
from .raising import Guards


def load(path: Any) -> Function:
    """Return the function that `Function.save` has written into a file, with the same bits.

    Nothing in the file is executed, so that it may come from anybody. Nothing is compiled before the first call, and until then memory
    grows with the file alone.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Function

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        Saying what is wrong, if it does not hold a function.
    """
    try:
        saved = decode(read(path))
        guards = None if saved.guards is None else Guards.from_file(saved.guards)
    except ValueError as error:
        raise ValueError(f"{os.fsdecode(path)}: {error}") from None
    return Function(
        saved.graph, saved.single, saved.dtype, saved.name, saved.doc, saved.engine, saved.form, guards, saved.fuse, ready=False
    )  # fmt: skip
