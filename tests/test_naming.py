"""A node has one name, in what is printed of a graph and of its program."""

import inspect
import re

import numpy as np
import pytest

import staticgraph as sg


def model():
    x, w = sg.input("x", 3), sg.parameter("w", 3)
    inner = np.exp(w) * np.sin(x)
    return [np.sum(inner), inner[::-1] * w, inner[1], np.reshape(inner, (3, 1)) * 2.0, x, inner, inner]


def lines_of(text):
    """Return `name -> formula` of each line of a listing."""
    return dict(re.findall(r"^\s*(?:\d+  )?(.*?\S) +\([\d, ]*\) += (.*?)(?:  +gradient to.*)?(?:  +# .*)?$", text, re.MULTILINE))


def test_the_listing_calls_nodes_what_the_graph_calls_them():
    f = sg.compile(model())
    graph, program = lines_of(str(f.graph)), lines_of(str(f.program))
    gates = {name: line.split()[0] for name, line in graph.items() if not line.startswith(("input", "parameter", "constant"))}
    own = {name: line for name, line in program.items() if ".copy" not in name}
    assert len(own) >= 5
    for name, formula in own.items():
        symbol = {"multiply": "*", "add": "+"}.get(gates[name], gates[name])
        assert symbol in formula, (name, formula, gates[name])
    assert list(own) == [name for name in gates if gates[name] != "view"]


def test_the_listing_has_the_lines_of_the_user():
    lines = [line for line in str(sg.compile(model()).program).splitlines() if " = " in line]
    source, first = inspect.getsourcelines(model)
    found = [re.search(r"  # test_naming\.py:(\d+)$", line) for line in lines]
    assert len(lines) >= 5 and all(found)
    assert {int(each[1]) - first for each in found} == set(range(1, len(source)))


def test_copies_are_called_after_what_they_copy():
    f = sg.compile(model())
    copies = [name for name in lines_of(str(f.program)) if ".copy" in name]
    assert str(f.graph).splitlines()[-1] == "outputs: v3, v5, v2[1], v6, x, v2, v2"
    assert copies == ["v2[1].copy", "x.copy", "v2.copy"]
    assert lines_of(str(f.graph))["v6"] == "multiply v2.reshape(3, 1), c0"
    assert lines_of(str(f.program))["v6"] == "v2.reshape(3, 1) * 2"
    y = sg.input("y")
    assert list(lines_of(str(sg.compile([y, y, y]).program))) == ["y.copy", "y.copy2", "y.copy3"]


@pytest.mark.parametrize("name, expected", [("v3", "vv0"), ("v", "vv0"), ("v3x", "v0"), ("x", "v0")])
def test_no_leaf_has_the_name_of_a_gate(name, expected):
    f = sg.compile(np.sin(sg.input(name)) * 2.0)
    assert expected in lines_of(str(f.graph))
    assert expected in lines_of(str(f.program))


def test_every_name_is_used_once():
    x, c0 = sg.input("x"), sg.input("c0")
    f = sg.compile(sg.sin(x) * 2.0 + c0 * [1.0, 2.0, 3.0, 4.0, 5.0])
    names = [line.split()[0] for line in str(f.graph).splitlines()[:-1]]
    assert len(set(names)) == len(names) == len(f.graph)
