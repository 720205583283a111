"""Files: read whole once their beginning is right, replaced in one step."""

import contextlib
import os
import secrets
from collections.abc import Iterable
from typing import Any

from .decoding import body_length, check_length
from .layout import PREFIX

UNFINISHED = ".unfinished"


def read(path: Any) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If its first bytes or its size show that it is another file, before the rest is read.
    """
    with open(path, "rb") as file:
        length = body_length(file.read(PREFIX.size))
        size = os.fstat(file.fileno()).st_size
        check_length(length, size)
        file.seek(0)
        return file.read(size)


def replace(path: Any, parts: Iterable[bytes]) -> None:
    """Write a file in one step: whoever reads it, and whatever happens, it is the old one or the whole new one.

    Raises
    ------
    OSError
        If it cannot be written; then nothing has changed.
    """
    target = os.path.realpath(os.fsdecode(path))
    folder = os.path.dirname(target)
    unfinished = os.path.join(folder, f"{secrets.token_hex(8)}{UNFINISHED}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
    _keep(folder)


def _keep(folder: str) -> None:
    """Have the folder's new entry outlast a power failure, where the system can: not everywhere is a folder a file."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
