"""What a function tells of its inside: lines, where NaN comes from, kinks, and what each gate does in a row."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.calling import insides, inspection, kinks
from staticgraph.kinds.reference import gradients, values

HERE = Path(__file__).read_text().splitlines()


def at(mark):
    """Return `file:line` of the line that ends with a mark."""
    (number,) = [number for number, line in enumerate(HERE, 1) if line.endswith(f"# {mark}")]
    return f"{__file__}:{number}"


def model(x, p):
    a = np.sin(x) * p  # line a
    b = np.where(x > 0, np.sqrt(x), 0.0)  # line b
    c = np.log(x + 2.0)  # line c
    return np.sum(np.maximum(a, b)) + np.max(c)  # line d


@pytest.fixture(scope="module")
def f():
    return sg.function(inputs={"x": 3}, parameters={"p": ()})(model)


ROWS = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 1.5], [-3.0, 1.0, 1.0], [np.nan, 1.0, 1.0], [-2.0, 0.5, 0.2], [-2.5, 1.0, 1.5]])


def test_nodes_keep_the_line_through_all_passes(f):
    lines = {node.gate.name: node.line for node in f.graph.nodes if node.gate is not None}
    assert lines["sin"] == at("line a")
    assert lines["sqrt"] == lines["where"] == at("line b")
    assert lines["log"] == at("line c")
    assert lines["max"] == lines["maximum"] == at("line d")
    x = sg.input("x")
    y = sg.sigmoid(x) * x  # line of a node
    fused = sg.compile(1.0 / (1.0 + np.exp(-x)))  # line of a fused gate
    assert {node.line for node in sg.compile(y).graph.nodes if node.gate is not None} == {at("line of a node")}
    assert [node.line for node in fused.graph.nodes if node.gate is not None] == [at("line of a fused gate")]
    again = pickle.loads(pickle.dumps(f))
    assert [node.line for node in again.graph.nodes] == [node.line for node in f.graph.nodes]


def test_derivatives_have_the_lines_of_what_they_are_the_derivatives_of(f):
    x = sg.input("x")
    y = np.exp(x * x)  # line of a value
    slope = sg.gradient(np.log(y) * y, x)
    assert at("line of a value") in {node.line for node in sg.compile(slope).graph.nodes if node.gate is not None}


def test_files_keep_no_lines(f, tmp_path):
    f.save(tmp_path / "f.sgraph")
    assert {node.line for node in sg.load(tmp_path / "f.sgraph").graph.nodes} == {""}


def found(report):
    return {(each.gate, each.line, each.direction): each.rows.tolist() for each in report}


def test_where_nan_comes_from(f):
    """The infinity of row 4 reaches no output, as another element is larger."""
    report = f.find_nonfinite(ROWS, 1.0)
    (leaf,) = [node for node in f.inputs if node.name == "x"]
    assert found(report) == {("log", at("line c"), "forward"): [2, 5], ("input x", leaf.line, "forward"): [3]}
    assert len(report) == 2
    assert "forward: log of [-1 3 3] gives [nan 1.09861 1.09861]: 2 row(s): 2, 5" in str(report)
    assert report[0].operands[0].tolist() == [-1.0, 3.0, 3.0]
    clean = f.find_nonfinite(ROWS[:2], 1.0)
    assert len(clean) == 0
    assert str(clean) == "all outputs and gradients are finite"
    assert not f.find_nonfinite(ROWS[0], 1.0)
    assert found(f.find_nonfinite(ROWS[2], 1.0)) == {("log", at("line c"), "forward"): [0]}


x, y, q = sg.input("x"), sg.input("y"), sg.parameter("q")
v, w, m = sg.input("v", 2), sg.input("w", 2), sg.data("m", (2, 2))
BACKWARD = {
    "a slope": (np.sqrt(x) * y, {"x": [0.0, 1.0], "y": [1.0, 2.0]}, [("sqrt", "backward", [0])]),
    "one that nothing reaches": (np.sqrt(x) * y, {"x": [0.0, 1.0], "y": [0.0, 2.0]}, []),
    "only the branch that is chosen": (
        np.where(y > 0, np.log(x), np.sqrt(x)), {"x": [-1.0, -1.0, 1.0], "y": [1.0, -1.0, 1.0]},
        [("log", "forward", [0]), ("sqrt", "forward", [1])],
    ),
    "infinity times zero": (np.log(x) * y, {"x": [0.0], "y": [0.0]}, [("log", "forward", [0])]),
    "a sum that overflows": (x * 1e308 + x * 0.5e308 * y, {"x": [0.0], "y": [3.0]}, [("input x", "backward", [0])]),
    "a parameter, in one row": (np.sqrt(q) * x + y, {"x": [0.0, 2.0, 0.0], "y": 1.0, "q": 0.0}, [("sqrt", "backward", [1])]),
    "a parameter, in a row beside one with another cause": (
        np.sqrt(q) * x + np.log(y), {"x": [2.0, 0.0, 0.0], "y": [1.0, -1.0, 1.0], "q": 0.0},
        [("sqrt", "backward", [0]), ("log", "forward", [1])],
    ),
    "a product whose sum overflows": (np.sum(m @ v), {"m": np.full((2, 2), 1e308), "v": [[0.0, 0.0]]}, [("matmul", "backward", [0])]),
    "copies whose sum overflows": (np.sum(v[np.array([0, 1, 0])] * 1e308), {"v": [[0.0, 0.0]]}, [("gather", "backward", [0])]),
    "no gradient": (sg.stop_gradient(np.log(x)) * 1.0, {"x": [-1.0, 2.0]}, [("log", "forward", [0])]),
    "operands that are all wrong": (np.maximum(np.log(x), y), {"x": [0.0], "y": [-np.inf]}, [("log", "forward", [0])]),
    "both operands": ((x * y - 1e20) * 1e300, {"x": [1e10], "y": [1e10]}, [("multiply", "backward", [0])]),
    "an element that is put right": (
        np.sum(np.exp(np.log(v) + w)), {"v": [[0.0, 1.0], [1.0, 1.0]], "w": [[0.0, 800.0], [0.0, 0.0]]}, [("exp", "forward", [0])],
    ),
    "a sum over rows that overflows": (q * x, {"x": [1e308, 1e308], "q": 1.0}, [("parameter q", "backward", [0, 1])]),
    "a sum over rows that does not": (q * x, {"x": [1e308, -1e308], "q": 1.0}, []),
    "two outputs": ((np.log(x), x > y), {"x": [-1.0, 2.0], "y": 0.0}, [("log", "forward", [0])]),
}  # fmt: skip


@pytest.mark.parametrize("case", BACKWARD.values(), ids=BACKWARD)
@pytest.mark.parametrize("chunk", [1, 1000])
def test_forward_and_backward_causes(case, chunk, monkeypatch):
    outputs, given, wanted = case
    monkeypatch.setattr(inspection, "CHECKED_ROWS", 2)
    monkeypatch.setattr(insides, "CHUNK_BYTES", chunk)
    f = sg.compile(outputs)
    report = f.find_nonfinite(**{name: np.asarray(value) for name, value in given.items()})
    assert [(each.gate, each.direction, each.rows.tolist()) for each in report] == wanted


def test_gradients_of_the_users_own_are_not_passed_over():
    @sg.custom_gradient
    def tripled(a):
        return a * 3.0, lambda g: g * np.log(a)

    value = tripled(x)  # line of a custom gradient
    f = sg.compile(value * q)
    assert found(f.find_nonfinite(np.array([1.0, -1.0, np.nan]), 1.0)) == {
        ("input x", x.line, "forward"): [2], ("custom_gradient", value.line, "backward"): [1],
    }  # fmt: skip
    assert not f.find_nonfinite(np.array([1.0, 2.0]), 1.0)
    assert {each.upstream for each in f.explain(2.0, 1.0)} == {None}
    assert "gradient" not in "".join(re.findall('class="(.*?)"', f.draw(2.0, 1.0).svg))


def test_infinity_that_is_multiplied_by_an_upstream_zero_is_no_news():
    f = sg.compile(np.sqrt(x) * 0.0 + y)
    assert not f.find_nonfinite(np.zeros(2), np.ones(2))


z = sg.input("z", 3)
KINKS = {
    "maximum": (np.maximum(x, y), ([0.0, 1.0], [1.0, 1.0]), [1]), "abs": (np.abs(x), ([0.0, 1.0, -0.0],), [0, 2]),
    "clip": (np.clip(x, -1.0, 1.0), ([-1.0, 0.0, 1.0, 2.0],), [0, 2]), "relu": (sg.relu(x), ([0.0, 1.0],), [0]),
    "max": (np.max(z), ([[1.0, 2.0, 2.0], [2.0, 1.0, 1.0]],), [0]), "min": (np.min(z), ([[1.0, 2.0, 2.0], [2.0, 1.0, 1.0]],), [1]),
}  # fmt: skip


@pytest.mark.parametrize(("gate", "case"), KINKS.items(), ids=KINKS)
def test_kinks(gate, case, monkeypatch):
    output, given, rows = case
    monkeypatch.setattr(kinks, "CHECKED_ROWS", 2)
    report = sg.compile(output).find_kinks(*map(np.asarray, given))
    assert [(each.gate, each.rows.tolist()) for each in report] == [(gate, rows)]
    assert f"{gate}: {len(rows)} row(s): {', '.join(map(str, rows))}" in str(report)
    smooth = sg.compile(np.sin(x)).find_kinks(np.zeros(3))
    assert (len(smooth), str(smooth)) == (0, "no gate sits on a kink")


def test_explanations_are_the_reference_s_numbers(f):
    row = {"x": ROWS[0], "p": np.float64(1.5)}
    report = f.explain(ROWS, 1.5, row=0)
    wanted, received = values(f.graph, row), gradients(f.graph, row, [1.0])
    named = {each.name: each for each in report}
    assert len(report) == len([node for node in f.graph.nodes if node.role != "constant"])
    for node, value in wanted.items():
        if node.name:
            assert named[node.name].value.tolist() == value.tolist()
            assert named[node.name].upstream == pytest.approx(received[node.name])
    (multiply,) = [each for each in report if each.gate == "multiply"]
    assert multiply.formula == "v0 * p"
    assert multiply.line == at("line a")
    assert multiply.rows.tolist() == [0]
    assert [each.tolist() for each in multiply.local] == [[1.5] * 3, np.sin(ROWS[0]).tolist()]
    assert f.explain(ROWS, 1.5, row=-6)[0].value.tolist() == ROWS[0].tolist()
    assert len(str(report).splitlines()) == len(report) + 1
    assert "local derivatives" in str(report)


def test_negative_zeros_stay_what_they_are():
    f = sg.compile(np.maximum(1.0 / x, y), [x, y])
    assert f.grad(-0.0, 1.0) == (0.0, 1.0)
    assert [float(each.upstream) for each in f.explain(-0.0, 1.0)[:2]] == [0.0, 1.0]
    assert not f.find_nonfinite(-0.0, 1.0)


@pytest.mark.parametrize("row", [6, -7, 1.0, None, True])
def test_rows_that_are_not_there(f, row):
    with pytest.raises(ValueError, match="row: expected a row of the batch, from 0 to 5"):
        f.explain(ROWS, 1.0, row=row)
    with pytest.raises(ValueError, match="row: expected a batch that has rows, to look at one of them, got 0 of 0"):
        f.explain(ROWS[:0], 1.0)


def test_leaves_with_the_names_of_options_are_given_by_position():
    row, depth, gradient = sg.input("row"), sg.input("depth"), sg.input("gradient")
    f = sg.compile(row * depth + gradient, [row, depth, gradient])
    given = {"row": 1.0, "depth": 2.0, "gradient": 3.0}
    for method, option in ((f.draw, "row"), (f.explain, "row"), (f.profile, "gradient")):
        with pytest.raises(TypeError, match=f"give the argument '{option}' by position: {option}= is an option of {method.__name__}"):
            method(**given)
    with pytest.raises(TypeError, match="give the argument 'depth' by position"):
        f.draw(depth=2)
    assert f.draw().svg == f.graph.draw().svg
    assert f.explain(1.0, 2.0, 3.0, row=0)[-1].value == 5.0
    assert f.explain(1.0, depth=2.0, gradient=3.0)[-1].value == 5.0
    assert "5" in f.draw(1.0, 2.0, gradient=3.0, row=0).svg


def test_profiles_by_line(f):
    lines = f.profile(np.abs(np.tile(ROWS[:2], (500, 1))), 1.0).by_line()
    assert {each.line for each in lines} == {at(f"line {letter}") for letter in "abcd"}
    assert sum(each.share for each in lines) == pytest.approx(1.0)
    assert [each.time for each in lines] == sorted([each.time for each in lines], reverse=True)
    assert "np.log(x + 2.0)" in str(lines)


def test_reports_show_in_notebooks_as_they_print(f):
    for report in (f.explain(ROWS, 2.0), f.find_kinks(ROWS, 2.0), f.find_nonfinite(ROWS, 2.0)):
        assert repr(report) == str(report)
