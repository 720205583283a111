"""README: its table of gates is current, and its code runs."""

import re
from pathlib import Path

import pytest

from tools.gate_table import README, with_table

BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_table_of_gates_is_current():
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text), "run `python tools/gate_table.py --write`"


def test_every_block_of_code_runs_after_those_before_it():
    assert BLOCKS
    names = {}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), names)
    assert names["gradient"].x.shape == (1000, 3)
    assert names["gradient"].W.shape == (4, 3)


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_the_files_that_it_speaks_of_exist(name):
    assert (Path(README).parent / name).is_file()
