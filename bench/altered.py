"""The package with one constant changed, as if its source said so: `python -m bench.altered NUMBER MODULE NAME VALUE`.

The source is changed on the way from the file to Python's compiler, before anything imports the module. So whoever imports the constant,
or is made from it, has the new value; and what is compiled is kept under another key, which follows from the source that the loader gives.

Run as a script it prepares what `CHOICES[NUMBER]` measures, and times a round for each line that it is sent.
"""

import ast
import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

READY = "ready"


def altered(source: str, name: str, value: object) -> str:
    """Return the source of a module with another value of a constant, alone or one of several in an assignment.

    Raises
    ------
    LookupError
        If the module assigns no such constant.
    """
    place = _value_of(ast.parse(source), name)
    lines = source.splitlines(keepends=True)
    first, last = (sum(map(len, lines[: line - 1])) for line in (place.lineno, place.end_lineno or place.lineno))
    # Columns are counted in bytes; before a constant's value stand only its name and others'.
    return source[: first + place.col_offset] + repr(value) + source[last + (place.end_col_offset or 0) :]


def _value_of(tree: ast.Module, name: str) -> ast.expr:
    """Return the expression that a module assigns to a name."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            (target,), value = statement.targets, statement.value
            names, values = (each.elts if isinstance(each, ast.Tuple) else [each] for each in (target, value))
            for each, found in zip(names, values, strict=False):
                if isinstance(each, ast.Name) and each.id == name:
                    return found
    raise LookupError(f"there is no constant {name}")


class Altered(MetaPathFinder, SourceLoader):
    """Finds one module and loads it with another value of a constant. Nothing of it is written to a file of bytecode."""

    def __init__(self, module: str, name: str, value: object) -> None:
        self.module, self.name, self.value = module, name, value
        self.path = ""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module, and no other."""
        found = PathFinder.find_spec(fullname, path) if fullname == self.module else None
        if found is None or found.origin is None:
            return None
        self.path = found.origin
        return spec_from_file_location(fullname, self.path, loader=self)

    def get_filename(self, fullname: str) -> str:
        """Return where the module's source is."""
        return self.path

    def get_data(self, path: str) -> bytes:
        """Return the changed source."""
        return altered(Path(path).read_text(), self.name, self.value).encode()


def main(number: str, module: str, name: str, value: str, *tiny: str) -> None:
    """Measure whenever a line comes in."""
    sys.meta_path.insert(0, Altered(f"staticgraph.{module}", name, ast.literal_eval(value)))
    choices = importlib.import_module("bench.choices").CHOICES
    measure = choices[int(number)].work.prepared(bool(tiny))
    print(READY, flush=True)
    for _ in sys.stdin:
        print(measure(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
