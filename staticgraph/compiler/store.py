"""Compiled code on disk, under the hash of all that it follows from.

One file an entry, written under another name and then renamed, so that no process sees half of one. Whatever does not prove whole and
one's own counts as absent, and the next `save` replaces it. Without a folder that can be written, nothing is stored, and the user is told.
"""

import contextlib
import hashlib
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .notices import warn_once

FOLDER, LIMIT = "STATICGRAPH_CACHE_DIR", "STATICGRAPH_CACHE_MB"
"""Environment variables: the folder, or `off`; and how many megabytes it may hold."""
OFF = "off"
NUMBA_FOLDER = "NUMBA_CACHE_DIR"
"""Where Numba keeps what it compiles, if the user has chosen that: then ours is a folder in it, unless ours is chosen too."""
DEFAULT_MEGABYTES = 256
KEPT = 0.75
"""Of a folder that is too large, the entries used last are kept, up to this part of the limit."""
ABANDONED_SECONDS = 3600.0
MAGIC = b"staticgraph objects 1\n"
SUFFIX, UNFINISHED = ".objects", ".unfinished"
OURS = re.compile(rf"[0-9a-f]{{64}}({re.escape(SUFFIX)}|\.[0-9a-f]+{re.escape(UNFINISHED)})")
"""The names that may be deleted: the folder may be one where the user keeps other things."""


def key(*parts: bytes | str) -> str:
    """Return the hash of parts, each of which counts with its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def folder() -> Path | None:
    """Return the folder of the store by the environment or the platform's convention; None if it is switched off or there is none."""
    chosen, numba = os.environ.get(FOLDER), os.environ.get(NUMBA_FOLDER)
    if chosen == OFF:
        return None
    try:
        if chosen:
            return _expanded(chosen)
        if numba:
            return _expanded(numba) / "staticgraph"
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return Path(local) / "staticgraph" / "Cache" if local else None
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "staticgraph"
        shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (shared if shared.is_absolute() else Path.home() / ".cache") / "staticgraph"
    except RuntimeError:  # the user has no home
        return None


def _expanded(path: str) -> Path:
    """Return a path with `~` and variables replaced: what sets the environment is not always a shell, which does that."""
    return Path(os.path.expandvars(path)).expanduser()


def limit() -> int:
    """Return how many bytes the folder may hold: the default, after a warning, if the environment variable is not a positive number."""
    megabytes = os.environ.get(LIMIT)
    try:
        number = float(megabytes) if megabytes else float(DEFAULT_MEGABYTES)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        number = float(DEFAULT_MEGABYTES)
        warn_once(LIMIT, f"the environment variable {LIMIT} must be a positive number of megabytes, got {megabytes!r}: {number:g} are used")
    return int(number * 2**20)


def is_there(name: str) -> bool:
    """Whether there is an entry, whole or not."""
    place = folder()
    return place is not None and os.path.exists(place / (name + SUFFIX))


def load(name: str) -> list[bytes] | None:
    """Return the objects of an entry, None if it is absent or not whole."""
    place = folder()
    if place is None:
        return None
    path = place / (name + SUFFIX)
    try:
        if not _own(place.stat()):
            return None
        # What is examined is what is read, whoever renames files meanwhile; a pipe must not make us wait.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags), "rb") as file:
            state = os.fstat(file.fileno())
            objects = _unpacked(name, file.read()) if stat.S_ISREG(state.st_mode) and _own(state) else None
        if objects is not None:
            with contextlib.suppress(OSError):
                os.utime(path)
    except OSError:
        return None
    return objects


def save(name: str, objects: Sequence[bytes]) -> None:
    """Store the objects of an entry; if that fails, nothing is stored, nothing is left behind, and the user is told, once."""
    place = folder()
    if place is None:
        if os.environ.get(FOLDER) != OFF:
            _tell("the user has no home folder")
        return
    most, data = limit(), _packed(name, objects)
    if len(data) > KEPT * most:  # it would displace all others and then itself
        _tell(f"its {len(data) / 2**20:.2g} megabytes are too many for the {most / 2**20:.2g} of {LIMIT}", "set it to more")
        return
    try:
        _write(place, name, data)
        _shrink(place, most)
    except OSError as failure:
        _tell(f"{place}: {failure.strerror or failure}")


def _write(place: Path, name: str, data: bytes) -> None:
    """Write a file in one step, or raise `OSError`."""
    # Numbers of processes and threads are not unique where containers or machines share a home.
    path, unfinished = place / (name + SUFFIX), place / f"{name}.{secrets.token_hex(8)}{UNFINISHED}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _own(place.stat()):
        raise PermissionError("it belongs to another user, or others may write there, who could have anything executed")
    if path.is_dir():
        path.rmdir()
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _tell(reason: str, remedy: str = f"set the environment variable {FOLDER} to a folder that only you can write, or to {OFF!r}") -> None:
    """Warn that compiled code could not be kept."""
    warn_once(FOLDER, f"compiled code cannot be kept, so that every process compiles it again: {reason} ({remedy})")


def _own(found: os.stat_result) -> bool:
    """Whether a file or folder is the user's own, and no other user may write there: what is in it will be executed."""
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _packed(name: str, objects: Sequence[bytes]) -> bytes:
    """Return a file's content: what it is, its name, the lengths, the objects, and the hash of all that."""
    lengths = b"".join(len(each).to_bytes(8, "little") for each in objects)
    body = b"".join([MAGIC, name.encode(), len(objects).to_bytes(8, "little"), lengths, *objects])
    return body + hashlib.sha256(body).digest()


def _unpacked(name: str, data: bytes) -> list[bytes] | None:
    """Return the objects of a file's content, None if anything about it is wrong."""
    size, header = hashlib.sha256().digest_size, MAGIC + name.encode()
    body = data[:-size]
    if not body.startswith(header) or hashlib.sha256(body).digest() != data[-size:]:
        return None
    start = len(header) + 8
    count = int.from_bytes(body[len(header) : start], "little")
    objects, place = [], start + 8 * count
    for number in range(count):
        length = int.from_bytes(body[start + 8 * number : start + 8 * (number + 1)], "little")
        objects.append(body[place : place + length])
        place += length
    return objects


def _shrink(place: Path, most: int) -> None:
    """Delete the entries used longest ago if the folder has grown too large, and what was never finished; others may do so, too."""
    found: list[tuple[float, int, Path]] = []
    for path in filter(lambda each: OURS.fullmatch(each.name), place.iterdir()):
        with contextlib.suppress(OSError):
            state = path.lstat()
            if path.suffix == UNFINISHED and state.st_mtime < time.time() - ABANDONED_SECONDS:
                path.unlink()
            elif path.suffix == SUFFIX:
                found.append((state.st_mtime, state.st_size, path))
    total = sum(size for _, size, _ in found)
    if total <= most:
        return
    for _, size, path in sorted(found):
        if total <= KEPT * most:
            return
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            total -= size
