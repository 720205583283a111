"""Native code on disk: what is found there is used, and only what follows from the same program and sources is found."""

import gc
import os
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.compiler import store
from staticgraph.native import engine
from staticgraph.native.frame import Build


@pytest.fixture
def folder(tmp_path, monkeypatch):
    compiled()(np.arange(9.0), 2.0)  # what is compiled once a machine is kept where the user keeps things
    monkeypatch.setattr(engine, "store", store)
    monkeypatch.setattr(engine, "_codes", weakref.WeakValueDictionary())  # another test may hold code of the same content
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


def compiled(text="x * y"):
    x, y = sg.inputs("x y")
    return sg.compile(eval(text, {"x": x, "y": y}), [x, y], engine="native")


def test_a_second_function_is_loaded_not_compiled(folder, monkeypatch):
    expected = compiled()(np.arange(3000.0), 2.0)
    gc.collect()
    monkeypatch.setattr(engine, "_built", lambda *_: pytest.fail("it was compiled again"))
    f = compiled()
    assert f.engine == "native"
    assert f(np.arange(3000.0), 2.0).tobytes() == expected.tobytes()


WRONG = [[], [b""], [b"{}"], [b"\xff"], [b'{"scratch": 0}'], [b"[1]"]]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_whole_entries_that_are_not_understood_are_replaced(wrong, folder):
    compiled("x * y + 1.0")
    right = {path.stem: store.load(path.stem) for path in folder.iterdir()}
    gc.collect()
    for name in right:
        store.save(name, wrong)
    assert compiled("x * y + 1.0").engine == "native"
    assert {name: store.load(name) for name in right} == right
    assert len(right) == 2


def test_other_content_has_another_key():
    programs = [compiled(text).program for text in ("x * y", "x + y", "x * (y + 1.0)", "x * (y + 2.0)")]
    builds = [Build(False), Build(True), Build(False, frozenset([24])), Build(False, frozenset([24, 26]))]
    assert len({engine.content_key(program, build) for program in programs for build in builds}) == 16


DIGEST = "from staticgraph.native.engine import compiler_digest; print(compiler_digest())"


@pytest.mark.parametrize("changed", ["gates/arithmetic.py", "gates/coefficients/exponential.py", "native/schedule.py", "native/text.py"])
def test_a_changed_rule_or_compiler_has_another_key(changed, tmp_path):
    package = tmp_path / "staticgraph"
    shutil.copytree(Path(sg.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    digests = []
    for _ in range(2):
        run = [sys.executable, "-c", DIGEST]
        environment = os.environ | {"PYTHONPATH": str(tmp_path)}
        digests.append(subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout)
        with (package / changed).open("a") as file:
            file.write("\n# changed\n")
    assert digests[0] != digests[1]
