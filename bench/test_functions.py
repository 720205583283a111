"""The table of the elementary functions' times."""

import pytest

from .functions import FUNCTIONS, lines


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_row_for_every_function(name: str) -> None:
    """At a few elements, to see that each can be measured."""
    table = list(lines([name], elements=500))
    assert table[2].startswith(f"| `{name}` |")
    assert all(line.count("|") == table[0].count("|") for line in table[1:3])
