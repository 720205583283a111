"""Layers: every file imports only from those below it, stays short, and LLVM stays in one place."""

import ast
from pathlib import Path

import pytest

import staticgraph
from staticgraph.interpreter import MACHINE
from staticgraph.lanes.library import SOURCES
from staticgraph.sources import modules

ROOT = Path(staticgraph.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MOST_LINES = 330

# From the bottom up: a module, or a package as a whole, and what it may import; nothing that stands further down in this table.
ALLOWED = {
    # what is told, kept, and kept apart
    "notices": "",
    "sources": "",
    "store": "notices",
    # plain data
    "shapes": "",
    "rows": "",
    "runs": "",
    "events": "runs",
    # threads, and what none of them may lose
    "locks": "",
    "stacks": "locks",
    "cores": "",
    "threads": "cores locks stacks",
    "steps": "locks",
    "worker": "stacks steps",
    "collection": "",
    "profile": "",
    # what a gate computes, and its gradient
    "gates": "",
    # what a user can write
    "messages": "gates",
    "operators": "gates messages",
    "primitives": "",
    "node": "gates messages operators primitives shapes",
    "leaves": "node shapes",
    "results": "leaves",
    "functions": "gates node shapes",
    "linalg": "functions",
    "naming": "gates node",
    "graph": "gates naming node",
    "composing": "gates graph node",
    "evaluate": "gates node",
    "reference": "evaluate gates graph node",
    # how the graph is made smaller
    "passes": "evaluate gates graph node shapes",
    # the instruction array
    "instruction": "",
    "listing": "gates naming node",
    "program": "instruction listing",
    "verify": "events gates instruction program runs",
    "storage": "gates node",
    "flow": "gates storage",
    "liveness": "flow gates storage",
    "gradients": "rows storage",
    "layout": "evaluate gradients instruction storage",
    "assembly": "gates instruction layout storage",
    "packing": "gates storage",
    "lowering": "assembly flow gates gradients graph instruction layout liveness node packing program rows storage verify",
    # how it runs
    "table": "",
    "lanes": "gates instruction notices sources store table worker",
    "blocks": "lanes table",
    "dispatch": "gates instruction lanes program table",
    "interpreter": "blocks instruction lanes sources table",
    "cost": "gates program",
    "native": "blocks dispatch gates instruction interpreter lanes program rows sources store table worker",
    "overlap": "table",
    "binding": "native program table",
    "executor": "binding blocks cost dispatch instruction interpreter native overlap program table threads",
    "single": "binding executor",
    # what the user calls
    "arguments": "lanes leaves node shapes table",
    "destinations": "node overlap shapes table",
    "plan": "binding destinations executor node overlap results single table",
    "profiling": "destinations executor interpreter lanes listing native plan profile sources table",
    "evaluation": "arguments collection composing destinations executor graph lanes lowering native node passes plan single table threads",
    "function": "arguments destinations evaluation graph native node profile profiling program threads",
    "compiling": "function graph native node",
    "tracing": "compiling function leaves native node",
    "elementwise": "compiling function gates leaves node shapes",
    "__init__": "compiling elementwise function functions gates graph leaves linalg native node profile program threads tracing",
}


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
            package = module_of(path)[: -statement.level]
            names = [statement.module] if statement.module else [alias.name for alias in statement.names]
            found |= {(*package, *name.split(".")) for name in names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(module_of(path)))
def test_imports_go_only_downward(path):
    own = module_of(path)[0]
    assert own in ALLOWED, f"{own} is in no layer: add it to the table of this test, and to the one in CONTRIBUTING.md"
    for target in targets(path):
        if target[0] != own:
            assert target[0] in ALLOWED[own].split(), f"{path.name} imports {'.'.join(target)}, which the table of layers does not allow"


def test_the_table_of_layers_goes_only_downward():
    order = list(ALLOWED)
    for number, (name, below) in enumerate(ALLOWED.items()):
        assert set(below.split()) <= set(order[:number]), name
    missing = set(order) - {module_of(path)[0] for path in FILES}
    assert not missing, f"the table names what does not exist: {missing}"


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


def test_the_gates_know_only_numpy():
    for path in (ROOT / "gates").glob("*.py"):
        for statement in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
            names += [statement.module] if isinstance(statement, ast.ImportFrom) and not statement.level else []
            assert {name.split(".")[0] for name in names} <= {"numpy", "math", "fractions", "functools", "collections", "typing"}, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(module_of(path)))
def test_only_lanes_knows_llvm_and_files_are_short(path):
    lines = path.read_text().splitlines()
    assert len(lines) < MOST_LINES
    assert path.parent.name == "lanes" or not any("import llvmlite" in line or "from llvmlite" in line for line in lines)


KEPT = {"interpreter": MACHINE, "native.driver": (*MACHINE, "native.driver"), "lanes.kernels": SOURCES}


@pytest.mark.parametrize(("kept", "made_by"), KEPT.items())
def test_all_that_compiled_functions_are_made_of_is_part_of_their_key(kept, made_by):
    """What a module leads to may be compiled into its functions; a change of it must make those that are kept stale."""
    digested = {tuple(name.split(".")[1:]) for each in made_by for name in modules(f"staticgraph.{each}")}
    seen, waiting = set(), [tuple(kept.split("."))]
    while waiting:
        module = waiting.pop()
        path = ROOT.joinpath(*module, "__init__.py") if ROOT.joinpath(*module).is_dir() else ROOT.joinpath(*module).with_suffix(".py")
        if path.exists() and module not in seen and module != ("worker",):  # who compiles, not what
            seen.add(module)
            waiting += targets(path)
    assert (("gates", "coefficients", "exponential") in seen) == (kept == "lanes.kernels")
    assert seen <= digested
