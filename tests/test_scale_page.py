"""docs/scale.md: every block runs, in order, and what it asserts holds."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "scale.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("one_engine")
def test_the_blocks_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/scale.md", "exec"), names)
    assert "loss.value_and_grad 100%" in capsys.readouterr().err
    np.testing.assert_allclose(names["mean"], np.mean((names["x"] @ names["w"] + names["b"] - names["y"]) ** 2))
