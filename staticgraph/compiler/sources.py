"""What parts of the package are made of, as hashes: what is compiled from them is kept under these.

Modules are found and read through their loaders, since there are no files of source where the package is in a zip archive, was
installed as bytecode alone, or is a part of a frozen program.
"""

import hashlib
import marshal
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

ROOT = __name__.partition(".")[0]


def modules(name: str) -> Iterator[str]:
    """Yield the names of a module and, if it is a package, of all modules within."""
    yield name
    spec = find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        for within in pkgutil.iter_modules(spec.submodule_search_locations, f"{name}."):
            yield from modules(within.name)


@cache
def digest(*names: str) -> str:
    """Return the hash of modules of this package, and of all modules within those that are packages."""
    made = hashlib.sha256()
    for module in sorted({module for name in names for module in modules(f"{ROOT}.{name}")}):
        made.update(f"{module} {_digest_of_one(module)}\n".encode())
    return made.hexdigest()


@cache
def _digest_of_one(module: str) -> str:
    """Return the hash of one module: several parts of the package are made of the same ones."""
    return hashlib.sha256(_content(module)).hexdigest()


def _content(name: str) -> bytes:
    """Return a module's source, its bytecode where there is no source, and its code where there is no file at all."""
    spec = find_spec(name)
    loader: Any = spec and spec.loader
    try:
        content: bytes = loader.get_data(loader.get_filename(name))
        return content
    except (AttributeError, OSError):
        return marshal.dumps(loader.get_code(name), 2)  # later formats depend on how often an object is referred to
