"""Write what type checkers and editors are told of the functions under `sg.` that follow from tables.

`python -m tools.stubs --write` makes `staticgraph/public.pyi` and `staticgraph/public_linalg.pyi`, modules that do not exist
when Python runs.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import staticgraph as sg
from staticgraph.nodes import linalg
from staticgraph.nodes.declaring import PUBLIC
from staticgraph.nodes.node import Node

FOLDER = Path(sg.__file__).parent
HEAD = '''"""{about}

Made by `python -m tools.stubs --write`; there is no such module when Python runs.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from .nodes.node import Node

Value: TypeAlias = float | np.number[Any] | np.bool | np.ndarray[Any, Any]
Values: TypeAlias = Value | Sequence[Value] | Sequence[Sequence[Value]]
Nodes: TypeAlias = Node | Value | Sequence[Any]
'''
RETURNS = {"softmax": "Node", "log_softmax": "Node"}
"""Where a function's own annotation says nothing, as it serves arrays too."""
WITH_TEXT = ("einsum",)
"""Functions that take a text among their operands."""
UNTOUCHED = ("scan", "fori")
"""Functions that are not NumPy's for arrays."""


def functions() -> dict[str, Callable[..., Any]]:
    """Return the functions under `sg.` that follow from tables, by name."""
    found = {name: getattr(sg, name) for name in dir(sg) if name[0] != "_"}
    return {name: each for name, each in found.items() if name in PUBLIC or getattr(each, "__module__", "") == sg.__name__}


def in_linalg() -> dict[str, Callable[..., Any]]:
    """Return those under `sg.linalg.`."""
    return {name: getattr(linalg, name) for name in linalg.__all__}


def _annotation(given: Any) -> str:
    """Return a type as a stub writes it: without the modules' names."""
    text = given if isinstance(given, str) else inspect.formatannotation(given)
    for module in ("typing.", "collections.abc.", f"{Node.__module__}.", "staticgraph.nodes.matrices."):
        text = text.replace(module, "")
    return "Any" if "SlogdetResult" in text else text


def _parameter(each: inspect.Parameter, kind: str) -> inspect.Parameter:
    default = each.default if each.default is each.empty or isinstance(each.default, (int, float, str, type(None))) else ...
    return each.replace(annotation=_Written(kind), default=default)


class _Written(str):
    """A type, which a signature writes without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _arrays(parameters: Sequence[inspect.Parameter]) -> list[str]:
    """Return the parameters that hold arrays: the first, and others without a default that have the names of mathematics."""
    needed = [each for each in parameters if each.default is each.empty and each.kind is not each.VAR_KEYWORD]
    return [each.name for each in needed if each is needed[0] or len(each.name) <= 2 or each.kind is each.VAR_POSITIONAL]


def _overloads(name: str, function: Callable[..., Any]) -> Iterator[str]:
    """Yield the lines of a function: what NumPy gives where no argument is a node, and otherwise a node."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    own = {each.name: "Any" if each.annotation is each.empty else _annotation(each.annotation) for each in parameters}
    arrays = [each for each in _arrays(parameters) if own[each] == "Any"]
    gate = name not in PUBLIC and name not in linalg.__all__
    returned = "Node" if gate else RETURNS.get(name) or _annotation(signature.return_annotation)
    text = "str | " if name in WITH_TEXT else ""
    forms: list[tuple[dict[str, str], str]] = [({}, returned)]
    if arrays and name not in UNTOUCHED and "Node" in returned:
        forms = [(dict.fromkeys(arrays, f"{text}{kind}"), result) for kind, result in (("Values", "Any"), ("Nodes", returned))]
    for changed, result in forms:
        typed = signature.replace(parameters=[_parameter(each, (own | changed)[each.name]) for each in parameters])
        written = str(typed.replace(return_annotation=signature.empty)).replace("=Ellipsis", "=...")
        yield from ["@overload"] if len(forms) > 1 else []
        yield f"def {name}{written} -> {result}:"
        yield from ['    """' + "\n    ".join(line for line in _told(function)) + '"""', ""]


def _told(function: Callable[..., Any]) -> list[str]:
    """Return what a function's documentation says before its parameters."""
    text = inspect.cleandoc(function.__doc__ or "").split("\n\nParameters\n")[0]
    return [*text.splitlines(), ""] if "\n" in text else [text]


def stub(about: str, found: dict[str, Callable[..., Any]]) -> str:
    """Return a stub."""
    lines = [line for name in sorted(found) for line in _overloads(name, found[name])]
    return HEAD.format(about=about) + "\n" + "\n".join(line if line.strip() else "" for line in lines).rstrip() + "\n"


def stubs() -> dict[Path, str]:
    """Return the stubs by their files."""
    return {
        FOLDER / "public.pyi": stub("The functions under `sg.` that follow from the table of gates and from declarations.", functions()),
        FOLDER / "public_linalg.pyi": stub("The functions under `sg.linalg.`.", in_linalg()),
    }


if __name__ == "__main__":
    for path, text in stubs().items():
        if sys.argv[1:] == ["--write"]:
            path.write_text(text, encoding="utf-8")
        else:
            print(text)
