"""docs/embedding.md: its code runs, in Python and in C."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_alone import GCC, needs_c, shared_library

PAGE = Path(__file__).parent.parent / "docs" / "embedding.md"
PYTHON, C = (re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL) for language in ("python", "c"))

RECIPES = dict(re.findall(r"```python (\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
"""By the library that they are for."""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Run every block of Python after those before it, in one folder; return what they have made."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "exported").mkdir()
    found = {"__name__": "page"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number, block in enumerate(PYTHON):
            source = folder / f"block{number}.py"  # Numba keeps what it caches beside a file
            source.write_text(block, encoding="utf-8")
            exec(compile(block, str(source), "exec"), found)
    return found | {"folder": folder / "exported"}


def test_blocks_of_python(names):
    assert np.allclose(names["x"], 1.0, atol=1e-3)
    assert names["made_for"](names["valley"])(names["rows"]) == sum(names["valley"](row, 1.0) for row in names["rows"])
    assert names["area"] == pytest.approx(names["quad"](lambda t: np.exp(-0.3 * t**2) * np.cos(t), 0.0, 5.0)[0])


@pytest.mark.filterwarnings("ignore::FutureWarning")  # what a library imports may announce changes of its own
@pytest.mark.parametrize("library", RECIPES)
def test_recipes(library):
    pytest.importorskip(library)
    exec(RECIPES[library], {"__name__": "recipe"})


@needs_c
def test_blocks_of_c(names):
    folder = names["folder"]
    declared, program = C
    header = " ".join((folder / "valley.h").read_text().split())
    assert all(line in header for line in declared.splitlines())
    library = shared_library(folder, "valley")
    (folder / "main.c").write_text(program)
    subprocess.run([GCC, "-std=c99", str(folder / "main.c"), str(library), "-o", str(folder / "main")], check=True)
    assert subprocess.run([folder / "main"], check=True, capture_output=True, text=True).stdout == "9 -2\n"
