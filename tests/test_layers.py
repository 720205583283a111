"""Layers: every file imports only from those below it, stays short, and LLVM stays in one place."""

import ast
from pathlib import Path

import pytest

import staticgraph
from staticgraph.compiler.sources import modules
from staticgraph.lanes.library import SOURCES
from staticgraph.machine.interpreter import MACHINE

ROOT = Path(staticgraph.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES = 300

# From the bottom up: a room, and what it may import; nothing that stands further down in this table.
ALLOWED = {
    "gates": "",
    "records": "",
    "compiler": "",
    "lanes": "compiler gates records",
    "nodes": "gates",
    "kinds": "gates lanes nodes records",
    "tracing": "gates nodes",
    "passes": "gates kinds nodes",
    "derivatives": "gates kinds nodes passes",
    "program": "gates kinds nodes records",
    "lowering": "gates kinds nodes program records",
    "machine": "compiler gates kinds lanes program records",
    "native": "compiler gates kinds lanes machine program records",
    "running": "compiler gates kinds machine native program records",
    "embedding": "compiler kinds lanes machine native nodes program",
    "saving": "gates kinds nodes running tracing",
    "inspecting": "kinds nodes",
    "calling": "compiler derivatives embedding gates inspecting kinds lanes lowering machine native nodes passes program records running "
    "saving tracing",
    "__init__": "calling derivatives gates kinds nodes program running",
    "__main__": "__init__ compiler lanes",
}
MOST_ROOMS = 18
"""Folders."""


def module_of(path):
    return path.relative_to(ROOT).with_suffix("").parts


def targets(path):
    """Return the modules of ours that a file imports, as paths of names."""
    tree = ast.parse(path.read_text())
    found = set()
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            assert not any(alias.name.split(".")[0] == "staticgraph" for alias in statement.names), f"{path}: our imports are relative"
        if isinstance(statement, ast.ImportFrom):
            assert statement.level or (statement.module or "").split(".")[0] != "staticgraph", f"{path}: our imports are relative"
        if isinstance(statement, ast.ImportFrom) and statement.level:
            base = (*module_of(path)[: -statement.level], *(statement.module or "").split("."))
            base = tuple(filter(None, base)) or ("__init__",)
            within = {(*base, alias.name) for alias in statement.names if (ROOT.joinpath(*base) / f"{alias.name}.py").exists()}
            found |= within or {base}
    return {each for each in found if not ROOT.joinpath(*each).with_suffix(".pyi").exists()}  # stubs import nothing when Python runs


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(module_of(path)))
def test_imports_go_only_downward(path):
    own = module_of(path)[0]
    assert own in ALLOWED, f"{own} is no room: add it to the table of this test, and to the one in CONTRIBUTING.md"
    for target in targets(path):
        if target[0] != own:
            assert target[0] in ALLOWED[own].split(), f"{path.name} imports {'.'.join(target)}, which the table of layers does not allow"


def test_the_table_of_layers_goes_only_downward():
    order = list(ALLOWED)
    for number, (name, below) in enumerate(ALLOWED.items()):
        assert set(below.split()) <= set(order[:number]), name
    missing = set(order) - {module_of(path)[0] for path in FILES}
    assert not missing, f"the table names what does not exist: {missing}"
    assert len([name for name in order if name[:2] != "__"]) <= MOST_ROOMS


def test_packages_have_layers_within():
    """Inside a package, too, imports have an order: following them never leads back."""
    below = {
        module_of(path): {target for target in targets(path) if target[0] == module_of(path)[0]}
        for path in FILES
        if len(module_of(path)) > 1 and path.name != "__init__.py"
    }
    while below:
        lowest = [module for module, imported in below.items() if not imported & set(below)]
        assert lowest, f"these import each other: {sorted(map('.'.join, below))}"
        below = {module: imported for module, imported in below.items() if module not in lowest}


NUMPY_AND_PYTHON = {"numpy", "math", "fractions", "functools", "collections", "typing", "importlib", "pkgutil"}


def test_the_gates_know_only_numpy():
    for path in (ROOT / "gates").glob("*.py"):
        for statement in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
            names += [statement.module] if isinstance(statement, ast.ImportFrom) and not statement.level else []
            assert {name.split(".")[0] for name in names} <= NUMPY_AND_PYTHON, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(module_of(path)))
def test_only_lanes_and_native_know_llvm_and_files_are_short(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= MOST_LINES
    knows = any("import llvmlite" in line or "from llvmlite" in line for line in lines)
    assert not knows or path.parent.name in ("lanes", "native") or path.stem.startswith("numba_")


KEPT = {"machine.interpreter": MACHINE, "native.driver": (*MACHINE, "native.driver"), "kinds": SOURCES}


@pytest.mark.parametrize(("kept", "made_by"), KEPT.items())
def test_all_that_compiled_functions_are_made_of_is_part_of_their_key(kept, made_by):
    """What a module leads to may be compiled into its functions; a change of it must make those that are kept stale."""
    digested = {tuple(name.split(".")[1:]) for each in made_by for name in modules(f"staticgraph.{each}")}
    seen, waiting = set(), [tuple(each.split(".")[1:]) for each in modules(f"staticgraph.{kept}")]
    while waiting:
        module = waiting.pop()
        path = ROOT.joinpath(*module, "__init__.py") if ROOT.joinpath(*module).is_dir() else ROOT.joinpath(*module).with_suffix(".py")
        if path.exists() and module not in seen and module != ("compiler", "worker"):  # who compiles, not what
            seen.add(module)
            waiting += targets(path)
    assert (("gates", "coefficients", "exponential") in seen) == (kept == "kinds")
    assert seen <= digested
