"""The package without files of source: in a zip archive, as bytecode alone, frozen."""

import compileall
import os
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

import staticgraph as sg
from staticgraph.compiler import sources, store

PACKAGE = Path(sg.__file__).parent
DIGEST = "from staticgraph.native.engine import compiler_digest; print(compiler_digest())"
CALL = """
import staticgraph as sg
x, y = sg.inputs("x y")
value, gradients = sg.compile(x * y).value_and_grad(3.0, 4.0)
print(sg.__file__, value, *gradients)
"""


@cache
def digest_of(path, before=""):
    """Return what a new process says the digest is: most of its second is the import."""
    return run_python(before + DIGEST, path)


def run_python(code, path, **variables):
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=path.parent, capture_output=True, timeout=120, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Return paths of copies of the package: as source and as bytecode, each as files and in an archive."""
    base = tmp_path_factory.mktemp("copies")
    made = {}
    for name in ("source", "bytecode"):
        root = made[name] = base / name
        shutil.copytree(PACKAGE, root / "staticgraph", ignore=shutil.ignore_patterns("__pycache__"))
        if name == "bytecode":
            compileall.compile_dir(root, quiet=1, legacy=True)
            for path in root.rglob("*.py"):
                path.unlink()
        made[f"{name} in an archive"] = base / f"{name}.zip"
        with zipfile.ZipFile(base / f"{name}.zip", "w") as archive:
            for path in sorted(root.rglob("*.py*")):
                archive.write(path, path.relative_to(root))
    return made


def test_the_same_content_has_the_same_digest_wherever_it_is(copies):
    digests = {name: digest_of(path) for name, path in copies.items()}
    assert digests["source"] == digests["source in an archive"]
    assert digests["bytecode"] == digests["bytecode in an archive"]
    assert digests["source"] != digests["bytecode"]


@pytest.mark.parametrize("form", ["source in an archive", "bytecode in an archive"])
def test_functions_can_be_called(form, copies, tmp_path):
    """Source in an archive runs on what is kept for source; for bytecode the machine is compiled anew."""
    suffix, variables = (".py", {}) if form.startswith("source") else (".pyc", {store.FOLDER: str(tmp_path)})
    assert run_python(CALL, copies[form], **variables) == f"{copies[form] / 'staticgraph' / '__init__'}{suffix} 12.0 4.0 3.0"


FROZEN = """
import importlib.abc, importlib.machinery, importlib.util, sys
find = importlib.machinery.PathFinder.find_spec
class Frozen(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    def __init__(self, found=None):
        self.found = found
    def find_spec(self, name, path=None, target=None):
        found = find(name, path)
        if name.split(".")[0] != "staticgraph" or found is None:
            return None
        made = importlib.util.spec_from_loader(name, Frozen(found), is_package=found.submodule_search_locations is not None)
        made.submodule_search_locations = found.submodule_search_locations
        return made
    def get_source(self, name):
        return None
    def get_code(self, name):
        return self.found.loader.get_code(name)
sys.meta_path.insert(0, Frozen())
"""
"""An importer that gives the code of modules and knows of no files, as in a program that is one file."""


def test_without_files_the_digest_is_that_of_the_code(copies, tmp_path):
    first, again = digest_of(copies["source"], FROZEN), run_python(FROZEN + DIGEST, copies["source"])
    assert first == again
    assert first != digest_of(copies["source"])
    shutil.copytree(copies["source"], tmp_path / "changed")
    with (tmp_path / "changed" / "staticgraph" / "gates" / "gamma.py").open("a") as file:
        file.write("\nCHANGED = 1\n")
    assert run_python(FROZEN + DIGEST, tmp_path / "changed") != first


def test_all_modules_within_a_package_count():
    found = set(sources.modules("staticgraph"))
    parts = (("staticgraph", *path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py"))
    assert found == {".".join(each).removesuffix(".__init__") for each in parts}
    assert sources.digest("native.driver") != sources.digest("native")
