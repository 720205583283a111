"""Pictures of graphs: everything is in them, nothing lies over anything else."""

import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.nodes.picture import LETTER, MOST_NODES, short

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture):
    return [each.text for each in ElementTree.fromstring(picture.svg).iter(f"{SVG}text")]


def by_class(picture, name):
    return [each.text for each in ElementTree.fromstring(picture.svg).iter(f"{SVG}text") if each.get("class") == name]


def test_the_textbook_s_example():
    """Values flow forward, gradients back: f = (x + y) z at (-2, 5, -4)."""
    x, y, z = sg.input("x"), sg.input("y"), sg.input("z")
    f = sg.compile((x + y) * z)
    picture = f.draw(-2.0, 5.0, -4.0)
    assert by_class(picture, "value") == ["-2", "5", "3", "-4", "-12"]
    assert by_class(picture, "gradient") == ["-4", "-4", "-4", "3", "1"]
    assert [each for each in texts(picture) if not re.match(r"-?\d", each)] == ["x", "y", "+", "z", "*", "output"]
    assert picture._repr_svg_() == picture.svg
    batch = f.draw(np.array([0.0, -2.0]), 5.0, -4.0, row=1)
    assert batch.svg == f.draw(np.array([-2.0]), 5.0, -4.0, row=-1).svg == picture.svg
    alone = f.draw()
    assert alone.svg == f.graph.draw().svg
    assert texts(alone) == ["x", "y", "+", "z", "*", "output"]


def test_shapes_names_and_constants():
    x, w = sg.input("x", 4), sg.parameter("w", (3, 4))
    found = texts(sg.compile((np.sum(np.maximum(w @ x, 0.5)), (w @ x) > x[0])).graph.draw())
    assert {"x", "(4,)", "w", "parameter", "(3, 4)", "@", "(3,)", "max", "0.5", "sum", "[0]", ">", "output 0", "output 1"} <= set(found)


def random_graph(count):
    generator = np.random.default_rng(count)
    leaves = [sg.input(f"leaf{number}") for number in range(10)]
    nodes = list(leaves)
    for _ in range(count):
        a, b = (nodes[each] for each in generator.integers(max(0, len(nodes) - 50), len(nodes), 2))
        nodes.append([np.add, np.multiply, np.maximum, np.arctan2][generator.integers(4)](a, b))
    return sg.compile(sum(nodes[-20:]))


def boxes_of(element):
    """Return the rectangles of all boxes, and of all texts beside them."""
    found = []
    for group in element.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        x, y, width, height = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
        for text in group.iter(f"{SVG}text"):
            if text.get("text-anchor") == "end":
                right, base = float(text.get("x")), float(text.get("y"))
                found.append((right - len(text.text) * LETTER, base - 9, right, base + 2))
    return found


@pytest.mark.parametrize("count", [5, 250])
def test_nothing_overlaps(count):
    f = random_graph(count)
    picture = f.draw(*np.linspace(0.1, 1.0, len(f.inputs)))
    root = ElementTree.fromstring(picture.svg)
    width, height = float(root.get("width")), float(root.get("height"))
    rectangles = boxes_of(root)
    assert len(rectangles) > 3 * count
    for left, top, right, bottom in rectangles:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for a, b in combinations(rectangles, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 0.01 or b[3] <= a[1] + 0.01


def test_large_graphs_show_what_is_near_the_outputs():
    x = sg.input("x")
    y = x
    for _ in range(2 * MOST_NODES):
        y = np.sin(y) * x
    f = sg.compile(y)
    assert texts(f.graph.draw()).count("sin") <= MOST_NODES
    near = texts(f.graph.draw(depth=2))
    assert near.count("sin") == 1
    assert any(each.startswith("... ") for each in near)
    assert texts(sg.compile(np.sin(x)).graph.draw(depth=0)) == ["... x", "sin", "output"]
    assert texts(f.draw(0.5, depth=2)).count("sin") == 1


@pytest.mark.parametrize("depth", [-1, 1.5, True, "2"])
def test_depths_that_are_none(depth):
    with pytest.raises(ValueError, match="depth: expected how many gates"):
        sg.compile(np.sin(sg.input("x"))).graph.draw(depth=depth)


def test_files(tmp_path):
    picture = sg.compile(np.sin(sg.input("x"))).draw(1.0)
    picture.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == picture.svg
    assert "prefers-color-scheme:dark" in picture.svg
    with pytest.raises(ValueError, match=r"must end with .svg, got .*graph.png"):
        picture.save(tmp_path / "graph.png")
    assert repr(picture) == "<Picture of 3 boxes; .save('graph.svg') writes it>"


def test_labels():
    assert [short(each) for each in (1.0, -2.5e-9, [1.0, 2.0], [1.0, 2.0, 3.0], [], True, [[7.0]])] == [
        "1", "-2.5e-09", "[1 2]", "[1 2 …]", "[]", "True", "7",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2])
def test_graphs_of_constants(count):
    f = sg.compile([sg.constant([1.0, 2.0]), sg.constant(3.0) * 2.0][:count], inputs=[sg.input("x")])
    for each in (f.draw(), f.draw(1.0), f.draw(np.ones(2), row=1, depth=3)):
        assert texts(each).count("output" if count == 1 else "output 1") == 1
        assert {"[1 2]", "3", "6"} & set(texts(each)) == ({"[1 2]"} if count == 1 else {"[1 2]", "6"})
