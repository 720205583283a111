"""The constants that are measured again, and how one is changed for that."""

import ast
import importlib
import inspect

import pytest

from staticgraph.compiler import store

from .altered import altered
from .choices import CHOICES, Choice, main, named, seconds_of


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_every_choice_names_a_constant(choice: Choice) -> None:
    """Its source can be changed to each neighbour, none of which is the chosen value, and nothing else changes."""
    assert choice.neighbours and choice.chosen not in choice.neighbours
    source = inspect.getsource(importlib.import_module(f"staticgraph.{choice.module}"))
    again = altered(source, choice.name, "CHANGED").replace("'CHANGED'", repr(choice.chosen))
    assert ast.dump(ast.parse(altered(source, choice.name, choice.chosen))) == ast.dump(ast.parse(again))
    for value in choice.neighbours:
        namespace: dict[str, object] = {}
        lines = [line for line in altered(source, choice.name, value).splitlines() if line not in source.splitlines()]
        exec("\n".join(lines), namespace)
        assert namespace[choice.name] == value


def test_one_of_several_constants_is_changed() -> None:
    """Whatever stands around it."""
    source = 'A, B = 1 << 2, 3\n"""Why."""\nC = A\n'
    assert altered(source, "A", 5) == 'A, B = 5, 3\n"""Why."""\nC = A\n'
    assert altered(source, "B", 0.5) == 'A, B = 1 << 2, 0.5\n"""Why."""\nC = A\n'
    with pytest.raises(LookupError, match="there is no constant D"):
        altered(source, "D", 1)


def test_a_constant_is_measured() -> None:
    """In processes that have other values of it, with what this session has compiled."""
    (choice,) = named(["program.program.SMALL_TILE_BYTES"])
    found = seconds_of(choice, str(store.folder() or "off"), processes=1, rounds=1, tiny=True)
    assert list(found) == [choice.chosen, *choice.neighbours]
    assert all(0.0 < each < 10.0 for (each,) in found.values())


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    """A name means all entries of a constant, with its module those of one of several of that name; an unknown one is told."""
    assert {each.module for each in named(["LONG"])} == {"gates.polynomials", "native.schedule"}
    assert {each.module for each in named(["native.schedule.LONG"])} == {"native.schedule"}
    with pytest.raises(SystemExit, match="unknown constant 'LONGER'"):
        named(["LONGER"])
    main(["--list", "AHEAD"])
    assert capsys.readouterr().out == "native.text.AHEAD = 4: rosenbrock_10 gradient, native float64\n"
