"""docs/inside.md: every block runs, in order, and the page's pictures are those that it makes."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "inside.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[.+?\]\((\w+\.svg)\)", PAGE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Run the page in a folder of its own; return the folder and the names."""
    folder, names = tmp_path_factory.mktemp("page"), {"__name__": "page"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(compile(block, "docs/inside.md", "exec"), names)
    return folder, names


def test_the_blocks_run(made):
    assert {"report", "kinks", "profile"} <= set(made[1])


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_those_of_the_page(made, name):
    assert (made[0] / name).read_text() == (DOCS / name).read_text()


def test_the_page_has_pictures():
    assert PICTURES == ["textbook.svg", "layer.svg"]
