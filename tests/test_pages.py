"""The pages of the documentation: every block of Python runs, in order, and gives what the page says; pictures are those that it makes."""

import re
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parent.parent / "docs"
OWN_TESTS = {"inside", "embedding", "solvers", "scale", "design"}
"""Pages that have a file of tests; what design.md shows is the package's own code."""


def near(found, expected, tolerance=1e-2):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def check_index(names):
    assert names["value"].shape == (1000,) and names["gradient"].x.shape == (1000, 10)


def check_tutorial(names):
    assert names["textbook"](-2.0, 5.0, -4.0) == -12.0
    assert tuple(names["textbook"].grad(-2.0, 5.0, -4.0)) == (-4.0, -4.0, 3.0)
    at = (-1.0, -2.0, 2.0, -3.0, -3.0)
    assert [node.gate.name for node in names["neuron"].graph.nodes if node.gate][-4:] == ["negative", "exp", "add", "reciprocal"]
    near(tuple(names["neuron"].grad(*at)), (0.39, -0.59, -0.20, -0.39, 0.20))
    near(tuple(names["fused"].grad(*at)), (0.39, -0.59, -0.20, -0.39, 0.20))
    assert "sigmoid" in str(names["fused"].graph)
    near(names["dx0"], 0.393, 1e-3)
    assert names["gradient"]._fields == tuple(names["shapes"])
    assert names["accuracy"] >= 0.95


def check_existing(names):
    assert np.isnan(names["found"]).any(axis=1).tolist() == [True, False, False, False, False]
    assert names["report"][0].rows.tolist() == [0]
    assert names["result"]["share"][2] == -0.3


def check_derivatives(names):
    assert names["matrices"].shape == (1000, 2, 3) and names["curvature"].w.w.shape == (3, 3)
    assert names["entries"].shape == (1000, 3) and names["structure"].rows.tolist() == [0, 1, 2]
    assert names["ahead"].shape == (1000, 2) and names["back"].shape == names["bent"].shape == (1000, 3)
    near(names["force_at"], [24.0, 0.0], 1e-9)
    near(names["stiffness_at"][1], 57.1, 1e-3)


def check_loops(names):
    assert names["gradient"].pushes.shape == (500,)
    near(names["root"](np.array([4.0, 9.0])), [2.0, 3.0], 1e-12)


def check_reproducibility(names):
    assert len(names["bits"]) == 1


def check_speed(names):
    assert names["density"].engine == "native"
    near(names["value"], names["density"](names["rows"], names["center"]), 0.0)


def check_api(names):
    assert names["slope"].tolist() == [0.01, 1.0]


CHECKS = {
    "index": check_index, "api": check_api,
    "tutorial": check_tutorial, "existing": check_existing, "derivatives": check_derivatives, "loops": check_loops,
    "reproducibility": check_reproducibility, "speed": check_speed,
}  # fmt: skip


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", CHECKS)
def test_a_page(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page, names = DOCS / f"{name}.md", {"__name__": "page"}
    for number, block in enumerate(blocks(page)):
        source = tmp_path / f"block{number}.py"  # `sg.function` reads the source of what it traces
        source.write_text(block, encoding="utf-8")
        exec(compile(block, str(source), "exec"), names)
    CHECKS[name](names)
    for picture in re.findall(r"!\[.+?\]\((\w+\.svg)\)", page.read_text(encoding="utf-8")):
        assert (tmp_path / picture).read_text() == (DOCS / picture).read_text(), f"docs/{picture} is not what the page makes"


def test_every_page_with_python_is_tested():
    with_python = {page.stem for page in DOCS.glob("*.md") if blocks(page)}
    assert with_python <= set(CHECKS) | OWN_TESTS


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`(test_\w+\.py): ", (DOCS / "promises.md").read_text(encoding="utf-8")))))
def test_the_tests_of_promises_exist(file):
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    for name in re.findall(rf"`{file}: (\w+)`", (DOCS / "promises.md").read_text(encoding="utf-8")):
        assert f"def {name}(" in text, name
