"""Functions that Numba compiles once a machine: kept on disk, loaded only if they are whole and the user's own, compiled otherwise."""

import ctypes
import errno
import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from numba.core import config

import staticgraph as sg
from staticgraph.compiler import notices, store
from staticgraph.lanes import kept
from staticgraph.lanes.jit import jitted_once

PACKAGE = Path(sg.__file__).parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(notices, "_warned", set())
    monkeypatch.setenv(store.FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


def made(digest="rules"):
    """Return a new function as the next process would have it."""

    def twice_and_one(x):
        return 2 * x + 1

    return jitted_once(digest, "a function", 1)(twice_and_one)


def loaded(function, *arguments):
    """Call a function that has not been called; return whether it was loaded, not compiled."""
    assert function(*arguments) == 2 * arguments[0] + 1
    return bool(function.stats.cache_hits)


def entries(folder):
    return sorted(folder.iterdir())


def test_the_next_process_loads_what_was_compiled(folder):
    assert not loaded(made(), 5)
    assert loaded(made(), 5)
    assert not loaded(made(), 5.5)
    assert len(entries(folder)) == 2
    f = made()
    assert (f(5), f(5.5), f(6)) == (11, 12.0, 13)
    assert len(f.stats.cache_hits) == 2


def test_what_code_follows_from_is_a_part_of_the_key(folder, monkeypatch):
    assert not loaded(made(), 5)
    assert not loaded(made("other rules"), 5)
    monkeypatch.setattr(kept, "VERSIONS", "others")
    assert not loaded(made(), 5)
    monkeypatch.setattr(config, "OPT", config._OptLevel(1))
    assert not loaded(made(), 5)
    monkeypatch.undo()
    monkeypatch.setenv(store.FOLDER, str(folder))
    assert loaded(made(), 5)


def test_functions_of_one_name_are_told_apart_by_what_they_close_over():
    def times(factor):
        def multiplied(x):
            return factor * x

        return jitted_once("rules", "a function", 1)(multiplied)

    assert [times(factor)(5) for factor in (2, 3, 2)] == [10, 15, 10]
    with pytest.raises(TypeError, match="close over numbers and strings alone"):
        times(object())


address_of_this_process = None
"""The next test is of what a function does with a global."""


def test_a_function_of_addresses_is_not_kept(folder, monkeypatch):
    address = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x)

    def called(x):
        return address_of_this_process(x)

    monkeypatch.setitem(globals(), "address_of_this_process", address)
    with pytest.raises(TypeError, match="holds addresses of this process"):
        jitted_once("rules", "a function", 1)(called)(5.0)
    assert not folder.exists()


DAMAGES = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[:1000],
    "without its end": lambda data: data[:-1],
    "a changed byte": lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:],
    "garbage": lambda data: b"\x80\x04garbage" * 1000,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_replaced(damage, folder):
    made()(5)
    (path,) = entries(folder)
    data = path.read_bytes()
    path.write_bytes(DAMAGES[damage](data))
    assert not loaded(made(), 5)
    assert loaded(made(), 5)
    assert entries(folder) == [path]


WRONG = [[], [b""], [b"garbage"], [pickle.dumps(None)], [pickle.dumps((1, 2, 3))], [b"cno.such\nname\n."]]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_whole_entry_that_is_not_understood_is_replaced(wrong, folder):
    made()(5)
    (path,) = entries(folder)
    store.save(path.stem, wrong)
    assert not loaded(made(), 5)
    assert loaded(made(), 5)


class Hostile:
    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return Path.touch, (Path(self.target),)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners and permissions are those of POSIX")
@pytest.mark.parametrize("of", ["file", "folder", "owner"])
def test_what_others_may_have_written_is_not_executed(of, folder, tmp_path, monkeypatch):
    made()(5)
    (path,) = entries(folder)
    store.save(path.stem, [pickle.dumps(Hostile(tmp_path / "executed"))])
    if of == "owner":
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    else:
        (path if of == "file" else folder).chmod(0o777)
    if of == "file":
        assert not loaded(made(), 5)
    else:
        with pytest.warns(RuntimeWarning, match="cannot be kept"):
            assert not loaded(made(), 5)
    assert not (tmp_path / "executed").exists()


def test_a_full_disk_costs_no_more_than_the_next_compilation(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.warns(RuntimeWarning, match=r"No space left on device .*STATICGRAPH_CACHE_DIR"):
        assert not loaded(made(), 5)
    assert not loaded(made(), 5)
    assert entries(folder) == []


def test_switched_off_nothing_is_kept(folder, monkeypatch):
    monkeypatch.setenv(store.FOLDER, store.OFF)
    assert not loaded(made(), 5)
    assert not loaded(made(), 5)
    assert not folder.exists()


@pytest.mark.parametrize("off", [False, True])
def test_long_compilations_are_told(off, monkeypatch, capsys):
    often = "in every process, as nothing is kept on disk (STATICGRAPH_CACHE_DIR)" if off else "once"
    monkeypatch.setattr(notices, "PATIENCE_SECONDS", 0.001)
    if off:
        monkeypatch.setenv(store.FOLDER, store.OFF)
    made()(5)
    assert capsys.readouterr().err == f"staticgraph: compiling a function for this machine, {often}; this takes about 1 s\n"
    made()(5)
    assert bool(capsys.readouterr().err) == off


def test_a_failed_compilation_is_not_told(monkeypatch, capsys):
    def wrong(x):
        return x.no_such_attribute

    monkeypatch.setattr(notices, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(Exception, match="no_such_attribute"):
        jitted_once("rules", "a function", 1)(wrong)(5)
    time.sleep(1.0)
    assert capsys.readouterr().err == ""


def run_python(code, root, **variables):
    """Run code in a new Python process; return what it prints, to users and beside."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, cwd=root, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


WITH_A_RULE = """
import staticgraph as sg
x, y = sg.inputs("x y")
value, gradients = sg.compile(x * y).value_and_grad(3.0, 4.0)
print(value, *gradients)
"""


def test_a_changed_rule_is_used_by_the_next_process(tmp_path):
    """Also: the first process says what takes longer than a second, and the next one loads in silence."""
    root, cache = tmp_path / "source", tmp_path / "cache"
    shutil.copytree(PACKAGE, root / "staticgraph", ignore=shutil.ignore_patterns("__pycache__"))
    variables = {store.FOLDER: "", store.NUMBA_FOLDER: str(cache)}
    first = run_python(WITH_A_RULE, root, **variables)
    said = "staticgraph: compiling its interpreter for this machine, once; this takes about 2 s\n"
    assert first[0] == "12.0 4.0 3.0\n"
    assert first[1] in ("", said)
    kept = entries(cache / "staticgraph")
    assert run_python(WITH_A_RULE, root, **variables) == ("12.0 4.0 3.0\n", "")
    assert entries(cache / "staticgraph") == kept
    rules = root / "staticgraph" / "gates" / "arithmetic.py"
    text = rules.read_text()
    assert text.count("return a * b\n") == text.count("return g * b, g * a\n") == 1
    rules.write_text(text.replace("return a * b\n", "return a * b + 100.0\n").replace("g * b, g * a\n", "g * b, g * a + 7.0\n"))
    assert run_python(WITH_A_RULE, root, **variables) == ("112.0 4.0 10.0\n", "")
    texts = 3  # of the rule: forward, backward, and guarded
    assert len(entries(cache / "staticgraph")) <= 2 * len(kept) + texts


def test_without_numbas_compiler_the_import_says_what_to_do():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", "import staticgraph"], env=environment, capture_output=True, timeout=60, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: staticgraph runs on what Numba compiles, which NUMBA_DISABLE_JIT=1 forbids: unset this environment variable"
    )
