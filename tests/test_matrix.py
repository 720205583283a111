"""What `python -m tools.matrix` tries: the oldest versions are those that the package asks for."""

import re
from pathlib import Path

import pytest

from tools.matrix import DEPENDENCIES, PYTHONS, QUICK, ROOT, interpreter, rows

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_every_python_has_its_oldest_dependencies():
    assert [version for _, version in DEPENDENCIES] == list(PYTHONS)
    assert f'requires-python = ">={PYTHONS[0]}"' in PROJECT


def test_the_oldest_are_the_lowest_that_are_asked_for():
    lowest = dict(re.findall(r'"(numpy|numba|llvmlite)>=([\d.]+)"', PROJECT))
    assert dict(each.removesuffix(".*").split("==") for each in DEPENDENCIES["oldest", PYTHONS[0]]) == lowest


def test_a_sample_is_the_oldest_of_all(monkeypatch):
    monkeypatch.setattr("tools.matrix.interpreter", lambda version: None if version == "3.14" else f"python{version}")
    sample = list(rows(Path("a.tar.gz"), Path("a.whl"), True))
    assert [(row.version, row.age, row.package.suffix, bool(row.needs)) for row in sample] == [("3.10", "oldest", ".gz", True)]
    assert len(list(rows(Path("a.tar.gz"), Path("a.whl"), False))) == 8


@pytest.mark.parametrize("name", QUICK)
def test_its_tests_exist(name):
    assert (ROOT / "tests" / name).is_file()


def test_a_python_that_is_not_there():
    assert interpreter("3.99") is None
